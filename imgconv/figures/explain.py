"""The figure of one pixel: its surroundings, and for each channel patch x kernel = products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.grids import Grid, cell_side, draw_frame, draw_grid, draw_outside
from imgconv.figures.pictures import shown, tint
from imgconv.figures.style import (
    ARROW,
    FAINT,
    INK,
    LABEL,
    LINE,
    TIMES,
    TITLE,
    ink_on,
    new_figure,
    whole_axes,
)
from imgconv.figures.text import fitting_size, line_height, shortened, text_width
from imgconv.images.pixels import CHANNEL_NAMES
from imgconv.study.numbers import number
from imgconv.study.pixel import ChannelValue, Explanation, KernelSum, Stage
from imgconv.study.surroundings import View

# Lengths in pixels.
_MARGIN, _HEAD, _VIEW, _GAP = 22, 74, 280, 30
_OPERATOR, _HEADING, _BETWEEN = 40, 22, 22
_SWATCH = (96, 44)


class Block(NamedTuple):
    """A part of a channel: grids beside each other with operators between, then text and swatch.

    ``origin`` is the row and column of the origin in the grids.
    """

    headings: tuple[str, ...]
    grids: tuple[Grid, ...]
    operators: tuple[str, ...]
    lines: tuple[str, ...]
    origin: tuple[int, int] = (0, 0)
    is_outside: NDArray[np.bool_] | None = None
    swatch: tuple[str, tuple[float, float, float]] | None = None

    @property
    def side(self) -> float:
        return cell_side(self.grids[0].values.shape)

    @property
    def grids_width(self) -> float:
        if not self.grids:
            return 0
        return len(self.grids) * self.column + len(self.operators) * _OPERATOR + _GAP

    @property
    def column(self) -> float:
        """The room for a grid, and for its heading."""
        headings = (text_width(heading, LABEL) for heading in self.headings)
        return max(self.side * int(self.grids[0].values.shape[1]), *headings)

    @property
    def height(self) -> float:
        grid = self.side * int(self.grids[0].values.shape[0]) if self.grids else 0
        text = len(self.lines) * line_height(LABEL) + (_SWATCH[1] + 8 if self.swatch else 0)
        return _HEADING + max(grid, text)


def draw_explanation(
    title: str, facts: str, explanation: Explanation, views: Sequence[View]
) -> Figure:
    """Return the figure; ``views`` are the surroundings before and after."""
    blocks = [block for each in explanation.channels for block in _blocks(explanation, each)]
    right = _MARGIN + _VIEW + _GAP
    text_left = right + max(block.grids_width for block in blocks)
    lines = [text_width(line, LABEL) for block in blocks for line in block.lines]
    width = text_left + max(*lines, _SWATCH[0]) + _MARGIN
    views_height = sum(_view_height(view) for view in views)
    blocks_height = sum(block.height + _BETWEEN for block in blocks)
    figure = new_figure(width, _HEAD + max(views_height, blocks_height) + _MARGIN)
    axes = whole_axes(figure)
    _draw_head(axes, title, facts, width)
    top = float(_HEAD)
    for view, name in zip(views, ("before", "after"), strict=True):
        _draw_view(axes, explanation, view, name, top)
        top += _view_height(view)
    top = _HEAD
    for block in blocks:
        _draw_block(axes, block, right, text_left, top)
        top += block.height + _BETWEEN
    return figure


def _draw_head(axes: Axes, title: str, facts: str, width: float) -> None:
    room = width - 2 * _MARGIN
    axes.text(_MARGIN, 30, title, fontsize=fitting_size(title, room, TITLE), va="center")
    facts = shortened(facts, room, LABEL)
    axes.text(_MARGIN, 53, facts, fontsize=LABEL, color=FAINT, va="center")


def _view_scale(view: View) -> float:
    return _VIEW / int(max(view.levels.shape[:2]))


def _view_height(view: View) -> float:
    return _view_scale(view) * int(view.levels.shape[0]) + 2 * line_height(LABEL)


def _draw_view(axes: Axes, explanation: Explanation, view: View, name: str, top: float) -> None:
    pixels, scale = explanation.chain.pixels, _view_scale(view)
    height, width = view.levels.shape[:2]
    colours = shown(view.levels, pixels.channels, pixels.maximum)
    right, bottom = _MARGIN + scale * width, top + scale * height
    axes.imshow(
        colours,
        extent=(_MARGIN, right, bottom, top),
        interpolation="nearest",
        aspect="auto",
    )
    corner = (_MARGIN, top)
    edge = Rectangle(corner, scale * width, scale * height, fill=False, edgecolor=LINE)
    axes.add_patch(edge)
    x, y, wide, high = (scale * length for length in view.box)
    frame = draw_frame(axes, _MARGIN + x, top + y, wide, high)
    frame.set_clip_path(edge)  # a neighbourhood may reach outside
    caption = f"{name}: {width}x{height} pixels"
    at = bottom + 0.8 * line_height(LABEL)
    axes.text(_MARGIN, at, caption, fontsize=LABEL, color=FAINT, va="center")


def _blocks(explanation: Explanation, channel: ChannelValue) -> Iterator[Block]:
    """Yield a block for each kernel, the last with what follows; one for a carried channel."""
    maximum = explanation.chain.pixels.maximum
    name = CHANNEL_NAMES.get(channel.name, f"channel {channel.name}")
    blocks = [_kernel_block(each, name, maximum) for each in channel.sums]
    *before, last = blocks or [Block((name,), (), (), ())]
    yield from before
    swatch = (number(channel.value), tint(channel.value / maximum, channel.name))
    yield last._replace(lines=(*last.lines, *map(_line, channel.stages)), swatch=swatch)


def _line(stage: Stage) -> str:
    return f"{stage.formula} {number(stage.value)}"


def _kernel_block(each: KernelSum, name: str, maximum: float) -> Block:
    largest_weight, largest_product = (
        float(np.nanmax(np.abs(grid))) or 1.0 for grid in (each.weights, each.products)
    )
    grids = [
        Grid.gray(each.patch, maximum),
        Grid.signed(each.weights, largest_weight),
        Grid.signed(each.products, largest_product),
    ]
    headings, operators = [name, "kernel", "products"], [TIMES, "="]
    if each.levels is not None:
        grids.insert(0, Grid.gray(each.levels, maximum))
        headings, operators = [name, "as light", *headings[1:]], [ARROW, *operators]
    if each.is_weighted:
        headings[-2] = f"kernel {TIMES} alpha"
    lines = tuple(map(_line, each.stages))
    how = (tuple(headings), tuple(grids), tuple(operators), lines)
    return Block(*how, each.origin, each.is_outside)


def _draw_block(axes: Axes, block: Block, left: float, text_left: float, top: float) -> None:
    inside = top + _HEADING
    at = left
    for position, grid in enumerate(block.grids):
        height = block.side * int(grid.values.shape[0])
        axes.text(at, inside - 6, block.headings[position], fontsize=LABEL, va="bottom")
        draw_grid(axes, grid, at, inside, block.side)
        if position < len(block.grids) - 2 and block.is_outside is not None:
            draw_outside(axes, block.is_outside, at, inside, block.side)
            row, column = block.origin
            place = at + block.side * column, inside + block.side * row
            draw_frame(axes, *place, block.side, block.side)
        at += block.column
        if position < len(block.operators):
            centre = at + _OPERATOR / 2, inside + height / 2
            sign = block.operators[position]
            axes.text(*centre, sign, fontsize=TITLE, ha="center", va="center")
            at += _OPERATOR
    if not block.grids:
        axes.text(left, inside - 6, block.headings[0], fontsize=LABEL, va="bottom")
    _draw_lines(axes, block, text_left if block.grids else left, inside)


def _draw_lines(axes: Axes, block: Block, left: float, top: float) -> None:
    step = line_height(LABEL)
    for position, line in enumerate(block.lines):
        axes.text(left, top + step * (position + 0.5), line, fontsize=LABEL, va="center")
    if block.swatch:
        text, colour = block.swatch
        width, height = _SWATCH
        corner = (left, top + step * len(block.lines) + 8)
        axes.add_patch(Rectangle(corner, width, height, facecolor=colour, edgecolor=INK))
        axes.text(
            *(corner[0] + width / 2, corner[1] + height / 2, text),
            fontsize=fitting_size(text, 0.9 * width, TITLE),
            color=ink_on(colour),
            ha="center",
            va="center",
        )
