"""A mask in the frequency domain at work, as text, as JSON and as a figure of four steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from imgconv import figures
from imgconv.batch import kept_frequencies
from imgconv.cli.answers.facts import fact_fields, facts, place_fields, stage_fields, title
from imgconv.cli.console import print_json, say, show_line
from imgconv.execution.frequencies import Kept
from imgconv.images.pixels import channel_name
from imgconv.study.chain import Chain
from imgconv.study.masked import Masked
from imgconv.study.numbers import number
from imgconv.study.pixel import Explanation, Stage, masked_stages

if TYPE_CHECKING:
    from imgconv.cli.explain import ExplainRequest


def answer(request: ExplainRequest, explanation: Explanation) -> None:
    """Print or draw what the mask of the explained step keeps, and what it does to one pixel."""
    masked = explanation.step.source
    assert isinstance(masked, Masked)
    kept = Kept.of_mask(masked.mask, *masked.spectrum_size)._replace(energies=masked.energies)
    (sentence,) = kept_frequencies.notes([[kept]])
    stages = masked_stages(explanation, masked)
    head = f"{title(explanation)} of {_facts(request.source, explanation.chain)}"
    if request.as_json:
        print_json(_document(request.source, explanation, kept, stages))
    if request.output:
        _draw(request, explanation, [sentence, _pixel(explanation, stages)])
        say(f"{request.filtering.filter_text} {sentence}; drawn in {request.output}")
    elif not request.as_json:
        show_line(head)
        click.echo(sentence)
        for channel, lines in zip(explanation.channels, stages, strict=True):
            click.echo(channel_name(channel.name))
            for stage in lines:
                click.echo(f"  {stage.text}")


def _facts(source: str, chain: Chain) -> str:
    return facts(source, chain, chain.settings.mask_border)


def _pixel(explanation: Explanation, stages: Sequence[Sequence[Stage]]) -> str:
    """Return the levels of all channels before and after in one line."""
    levels = (
        f"{channel_name(channel.name)} {number(first.value)} before, {number(last.value)} after"
        for channel, (first, *_, last) in zip(explanation.channels, stages, strict=True)
    )
    return f"at x {explanation.x}, y {explanation.y}: {'; '.join(levels)}"


def _draw(request: ExplainRequest, explanation: Explanation, lines: list[str]) -> None:
    assert request.output
    count = len(explanation.chain.steps)
    step = f"step {explanation.number} of " if count > 1 else ""
    about = _facts(request.source, explanation.chain)
    head = f"{step}{request.filtering.filter_text}: {about}"
    figures.style.save(figures.masked.draw_masked(head, lines, explanation), request.output)


def _document(
    source: str, explanation: Explanation, kept: Kept, stages: Sequence[Sequence[Stage]]
) -> dict[str, Any]:
    chain = explanation.chain
    of_kept, of_all, of_kept_rest, of_rest = kept.energies
    return {
        **fact_fields(source, chain, explanation.step),
        **place_fields(explanation),
        "border": chain.settings.mask_border,
        "kept": kept.number,
        "frequencies": kept.size,
        "energy": of_kept / of_all if of_all else None,
        "energy_without_mean": of_kept_rest / of_rest if of_rest else None,
        "channels": [
            {
                "channel": channel.name,
                "stages": [stage_fields(stage) for stage in lines],
                "value": lines[-1].value,
            }
            for channel, lines in zip(explanation.channels, stages, strict=True)
        ],
    }
