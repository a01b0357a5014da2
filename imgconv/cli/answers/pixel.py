"""The explanation of a pixel as text, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from numpy.typing import NDArray

from imgconv import figures
from imgconv.cli.answers import masked
from imgconv.cli.answers.facts import fact_fields, facts, place_fields, stage_fields, title
from imgconv.cli.answers.tables import LARGEST_GRID, aligned, beside, style, visible, width
from imgconv.cli.console import print_json, say, show_line
from imgconv.cli.study_options import check_figure
from imgconv.images.pixels import channel_name
from imgconv.kernels.display import middle
from imgconv.study.chain import Chain
from imgconv.study.numbers import cell_numbers, number
from imgconv.study.pixel import ChannelValue, Explanation, KernelSum, explain_pixel
from imgconv.study.surroundings import before_and_after

if TYPE_CHECKING:
    from imgconv.cli.explain import ExplainRequest

Array = NDArray[np.float64]

_INDENT = "  "

# Colours of a terminal for negative and positive numbers.
_NEGATIVE, _POSITIVE = "blue", "yellow"


def answer(request: ExplainRequest) -> None:
    """Print or draw the explanation of one pixel; raises ``UsageError``."""
    source, output, place = request.source, request.output, request.place
    if output:
        check_figure(output, request.inputs)
    filters, settings = request.filtering.filters(), request.filtering.settings()
    explanation = explain_pixel(Chain(request.pixels(), filters, settings), place.step, place.at)
    if explanation.step.filter.mask:
        masked.answer(request, explanation)
        return
    if request.as_json:
        print_json(_document(source, explanation))
    if output:
        _draw(source, output, explanation, place.context)
    elif not request.as_json:
        _print(source, explanation)


def _draw(source: str, output: str, explanation: Explanation, context: int | None) -> None:
    """Write the figure, and say the result on standard error."""
    views = before_and_after(explanation, context)
    head = title(explanation), facts(source, explanation.chain)
    figures.style.save(figures.explain.draw_explanation(*head, explanation, views), output)
    say(f"{head[0]}: {_result(explanation)}; drawn in {output}")


def _print(source: str, explanation: Explanation) -> None:
    """Print the heading, and for each channel its grids and the lines of arithmetic."""
    show_line(f"{title(explanation)} of {facts(source, explanation.chain)}")
    for channel in explanation.channels:
        click.echo(style(channel_name(channel.name), bold=True))
        for line in _lines(channel):
            click.echo(f"{_INDENT}{line}".rstrip())


def _result(explanation: Explanation) -> str:
    """Return the values of all channels in one line."""
    return ", ".join(
        f"{channel_name(each.name)} {number(each.value)}" for each in explanation.channels
    )


def _lines(channel: ChannelValue) -> Iterator[str]:
    """Yield the lines of a channel; stages behind several kernels stand below their blocks."""
    shared = channel.stages if len(channel.sums) == 1 else ()
    for each in channel.sums:
        yield from _kernel_lines(each, [stage.text for stage in (*each.stages, *shared)])
    if not shared:
        yield from (stage.text for stage in channel.stages)


def _kernel_lines(each: KernelSum, stages: Sequence[str]) -> list[str]:
    """Return patch x weights = products, and the stages, beside each other or below."""
    shown = middle(each.patch.shape, LARGEST_GRID)
    marks = each.is_outside[shown]
    patch = _grid(each.patch[shown], marks)
    weights, products = (
        _grid(values[shown], signed=True) for values in (each.weights, each.products)
    )
    tail = [""] * max(0, len(patch) - len(stages)) + list(stages)
    lines = beside(patch, ["x"], weights, ["="], products, tail)
    if max(map(visible, lines)) + len(_INDENT) > width():
        lines = [*patch, "x", *weights, "=", *products, *stages]
    if each.levels is not None:
        lines = ["levels", *_grid(each.levels[shown], marks), "light", *lines]
    if marks.size < each.patch.size:
        size = f"{each.patch.shape[1]}x{each.patch.shape[0]}"
        lines.append(f"(the middle {marks.shape[1]}x{marks.shape[0]} of {size}; the sum is of all)")
    return lines


def _grid(values: Array, marks: NDArray[np.bool_] | None = None, signed: bool = False) -> list[str]:
    """Return the lines of a grid; marked values have a * behind them, others a space."""
    cells = cell_numbers(values, significant=4)
    if signed:
        cells = [[_coloured(cell) for cell in row] for row in cells]
    if marks is not None and marks.any():
        cells = [
            [cell + " *"[mark] for cell, mark in zip(row, line, strict=True)]
            for row, line in zip(cells, marks.tolist(), strict=True)
        ]
    return aligned(cells)


def _coloured(cell: str) -> str:
    if not cell.strip("0."):
        return cell
    return style(cell, fg=_NEGATIVE if cell.startswith("-") else _POSITIVE)


def _document(source: str, explanation: Explanation) -> dict[str, Any]:
    """Return the explanation for JSON, with unrounded numbers."""
    return {
        **fact_fields(source, explanation.chain, explanation.step),
        **place_fields(explanation),
        "channels": [_channel_fields(channel) for channel in explanation.channels],
    }


def _channel_fields(channel: ChannelValue) -> dict[str, Any]:
    return {
        "channel": channel.name,
        "kernels": [_kernel_fields(each) for each in channel.sums],
        "stages": [stage_fields(stage) for stage in channel.stages],
        "value": channel.value,
    }


def _kernel_fields(each: KernelSum) -> dict[str, Any]:
    grids = {"patch": each.patch, "weights": each.weights, "products": each.products}
    grids |= {} if each.levels is None else {"levels": each.levels}
    return {
        **grids,
        "outside": each.is_outside,
        "origin": each.origin,
        "stages": [stage_fields(stage) for stage in each.stages],
    }
