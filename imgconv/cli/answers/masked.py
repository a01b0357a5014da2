"""A mask in the frequency domain at work, as text, as JSON and as a figure of four steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from numpy.typing import NDArray

from imgconv import figures
from imgconv.cli.answers.pixel import channel_title, facts, stage_fields, stage_text, title
from imgconv.cli.console import say, show_line
from imgconv.cli.study_options import print_json
from imgconv.execution.frequencies import Kept, described
from imgconv.study.chain import Chain, Source
from imgconv.study.masked import Masked
from imgconv.study.numbers import json_number, number
from imgconv.study.pixel import ChannelValue, Explanation, Stage

if TYPE_CHECKING:
    from imgconv.cli.explain import ExplainRequest

Array = NDArray[np.float64]


def answer(request: ExplainRequest, explanation: Explanation) -> None:
    """Print or draw what the mask of the explained step keeps, and what it does to one pixel."""
    masked = explanation.step.source
    assert isinstance(masked, Masked)
    kept = Kept.of_mask(masked.mask, *masked.spectrum_size)._replace(energies=masked.energies)
    (sentence,) = described([[kept]])
    before = _before(masked, explanation)
    head = f"{title(explanation)} of {_facts(request.source, explanation.chain)}"
    if request.as_json:
        print_json(_document(request.source, explanation, kept, before))
    if request.output:
        _draw(request, explanation, [sentence, _pixel(explanation, before)])
        say(f"{request.filtering.filter_text} {sentence}; drawn in {request.output}")
    elif not request.as_json:
        show_line(head)
        click.echo(sentence)
        for channel, value in zip(explanation.channels, before, strict=True):
            click.echo(channel_title(channel))
            for stage in _stages(channel, value):
                click.echo(f"  {stage_text(stage)}")


def _facts(source: str, chain: Chain) -> str:
    return ", ".join(facts(source, chain, chain.settings.mask_border))


def _before(masked: Masked, explanation: Explanation) -> Array:
    """Return the levels of the explained pixel in the picture, or as the step before gives it."""
    place = np.array([explanation.y]), np.array([explanation.x])
    source = masked.source
    levels = source.levels(*place) if isinstance(source, Source) else source.colours(*place)
    found: Array = levels[0, 0]
    return found


def _stages(channel: ChannelValue, before: float) -> Iterator[Stage]:
    """Yield the value before, that of what is kept, and what becomes of it."""
    yield Stage("before", "before", before)
    for stage in channel.all_stages:
        yield stage._replace(kind="kept", formula="kept") if stage.kind == "sum" else stage


def _pixel(explanation: Explanation, before: Array) -> str:
    """Return the value of all channels before and after in one line."""
    values = (
        f"{channel_title(channel)} {number(value)} before, {number(channel.value)} after"
        for channel, value in zip(explanation.channels, before.tolist(), strict=True)
    )
    return f"at x {explanation.x}, y {explanation.y}: {'; '.join(values)}"


def _draw(request: ExplainRequest, explanation: Explanation, lines: list[str]) -> None:
    assert request.output
    count = len(explanation.chain.steps)
    step = f"step {explanation.number} of " if count > 1 else ""
    about = _facts(request.source, explanation.chain)
    head = f"{step}{request.filtering.filter_text}: {about}"
    figures.style.save(figures.masked.draw_masked(head, lines, explanation), request.output)


def _document(source: str, explanation: Explanation, kept: Kept, before: Array) -> dict[str, Any]:
    chain, step = explanation.chain, explanation.step
    of_kept, of_all, of_kept_rest, of_rest = kept.energies
    return {
        "filter": step.filter.name,
        "input": source,
        "size": [chain.pixels.width, chain.pixels.height],
        "maximum": json_number(chain.pixels.maximum),
        "border": chain.settings.mask_border,
        "step": explanation.number,
        "steps": len(chain.steps),
        "kept": kept.number,
        "frequencies": kept.size,
        "energy": of_kept / of_all if of_all else None,
        "energy_without_mean": of_kept_rest / of_rest if of_rest else None,
        "at": [explanation.x, explanation.y],
        "channels": [
            {
                "channel": channel.name,
                "stages": [stage_fields(stage) for stage in _stages(channel, value)],
                "value": json_number(channel.value),
            }
            for channel, value in zip(explanation.channels, before.tolist(), strict=True)
        ],
    }
