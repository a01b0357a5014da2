"""The convolution theorem as text, as JSON and as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from imgconv import figures
from imgconv.cli.answers import pixel
from imgconv.cli.answers.facts import fact_fields, facts
from imgconv.cli.console import print_json, say
from imgconv.cli.study_options import check_figure
from imgconv.study.chain import Chain
from imgconv.study.numbers import number
from imgconv.study.theorem import Theorem, convolution_theorem

if TYPE_CHECKING:
    from imgconv.cli.explain import ExplainRequest


def answer(request: ExplainRequest) -> None:
    """Print or draw the theorem; raises ``UsageError``."""
    if request.output:
        check_figure(request.output, request.inputs)
    filters = request.filtering.filters()
    if len(filters) == 1 and filters[0].mask:  # whose four steps are a product of spectra
        pixel.answer(request)
        return
    settings = request.filtering.settings()._replace(straight_alpha=True)
    chain = Chain(request.pixels(), filters, settings)
    theorem = convolution_theorem(chain)
    lines = _lines(theorem, 255 / chain.pixels.maximum, settings.border.name == "wrap")
    if request.as_json:
        print_json(_document(request.source, chain, theorem))
    if request.output:
        _draw(request, chain, theorem, lines)
        say(f"{lines[0]}; drawn in {request.output}")
    elif not request.as_json:
        click.echo("\n".join(lines))


def _lines(theorem: Theorem, unit: float, is_wrapping: bool) -> list[str]:
    """Return sentences about each way, with differences in levels of 255."""
    row, column = theorem.kernel.origin
    if theorem.wrapped is None:
        without = "without padding there is no room for the whole result"
    elif theorem.wrapped:
        without = (
            f"without padding the picture wraps round: {theorem.wrapped:,} pixels along the edge "
            f"differ, by up to {_levels(theorem.wrapped_difference * unit)}"
        )
    else:
        why = "the border wraps round as well" if is_wrapping else "no pixel outside is read"
        without = f"without padding nothing differs: {why}"
    return [
        f"by sums and by Fourier: largest difference {_levels(theorem.difference * unit)} "
        "(of 255), before rounding",
        without,
        f"with the kernel's corner, not its origin, at (0, 0) the result is shifted by "
        f"{column},{row}: up to {_levels(theorem.corner_difference * unit)} off",
        "without the conjugate the kernel is turned, as with --flip: up to "
        f"{_levels(theorem.turned_difference * unit)} off",
    ]


def _levels(value: float) -> str:
    return f"{number(value) if value >= 0.001 or not value else f'{value:.2g}'} levels"


def _draw(request: ExplainRequest, chain: Chain, theorem: Theorem, lines: list[str]) -> None:
    assert request.output
    title = f"{chain.steps[0].filter.name} by Fourier: {facts(request.source, chain)}"

    def stored(values: Any) -> Any:
        return chain.stored(chain.levels(values))

    drawn = figures.theorem.draw_theorem(title, lines, theorem, chain.pixels, stored)
    figures.style.save(drawn, request.output)


def _document(source: str, chain: Chain, theorem: Theorem) -> dict[str, Any]:
    return {
        **fact_fields(source, chain, chain.steps[0]),
        "difference": theorem.difference,
        "wrapped_pixels": theorem.wrapped,
        "wrapped_difference": theorem.wrapped_difference,
        "corner_shift": theorem.kernel.origin[::-1],
        "corner_difference": theorem.corner_difference,
        "turned_difference": theorem.turned_difference,
    }
