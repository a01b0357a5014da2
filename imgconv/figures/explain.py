"""The figure of one pixel: its surroundings, and for each channel patch x kernel = products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.colours import INK
from imgconv.figures.grids import (
    Grid,
    cell_side,
    draw_frame,
    draw_grid,
    draw_outside,
    has_numbers,
)
from imgconv.figures.pictures import draw_picture, fitted, shown, tint
from imgconv.figures.style import ARROW, LABEL, MARGIN, TIMES, TITLE, ink_on, new_figure, whole_axes
from imgconv.figures.text import (
    draw_caption,
    draw_title,
    fitting_size,
    line_height,
    shortened,
    text_width,
)
from imgconv.images.pixels import channel_name
from imgconv.study.numbers import number
from imgconv.study.pixel import ChannelValue, Explanation, KernelSum
from imgconv.study.surroundings import View

# Lengths in pixels.
_HEAD, _GAP = 74, 30
_OPERATOR, _HEADING, _BETWEEN, _VIEW_CAPTION = 40, 22, 22, 40
_SWATCH = (96, 44)

# The longer side of each picture: as large as the blocks beside both have room for.
_SMALLEST_VIEW, _LARGEST_VIEW = 180, 280


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
    blocks_height = sum(block.height + _BETWEEN for block in blocks)
    room = blocks_height / len(views) - _VIEW_CAPTION
    side = min(max(room, _SMALLEST_VIEW), _LARGEST_VIEW)
    right = MARGIN + side + _GAP
    text_left = right + max(block.grids_width for block in blocks)
    lines = [text_width(line, LABEL) for block in blocks for line in block.lines]
    width = text_left + max(*lines, _SWATCH[0]) + MARGIN
    views_height = sum(_view_height(view, side) for view in views)
    figure = new_figure(width, _HEAD + max(views_height, blocks_height) + MARGIN)
    axes = whole_axes(figure)
    draw_title(axes, title)
    if any(block.is_outside is not None and block.is_outside.any() for block in blocks):
        facts += "; hatched pixels lie outside the picture"
    draw_caption(axes, MARGIN, 53, shortened(facts, width - 2 * MARGIN, LABEL))
    top = float(_HEAD)
    for view, name in zip(views, ("before", "after"), strict=True):
        _draw_view(axes, explanation, view, name, (top, side))
        top += _view_height(view, side)
    top = _HEAD
    for block in blocks:
        _draw_block(axes, block, right, text_left, top)
        top += block.height + _BETWEEN
    return figure


def _view_height(view: View, side: float) -> float:
    return fitted(view.levels.shape, side)[1] + _VIEW_CAPTION


def _draw_view(
    axes: Axes, explanation: Explanation, view: View, name: str, place: tuple[float, float]
) -> None:
    """Draw a view with its caption; ``place`` is the top and the longer side."""
    top, side = place
    pixels, size = explanation.chain.pixels, fitted(view.levels.shape, side)
    height, width = view.levels.shape[:2]
    colours = shown(view.levels, pixels.channels, pixels.maximum)
    edge = draw_picture(axes, colours, (MARGIN, top), size)
    x, y, wide, high = (size[0] / width * length for length in view.box)
    frame = draw_frame(axes, MARGIN + x, top + y, wide, high)
    frame.set_clip_path(edge)  # a neighbourhood may reach outside
    at = top + size[1] + 0.4 * _VIEW_CAPTION
    draw_caption(axes, MARGIN, at, f"{name}: {width}x{height} pixels")


def _blocks(explanation: Explanation, channel: ChannelValue) -> Iterator[Block]:
    """Yield a block for each kernel, the last with what follows; one for a carried channel."""
    maximum = explanation.chain.pixels.maximum
    name = channel_name(channel.name)
    count = len(channel.sums)
    blocks = [
        _kernel_block(each, name, f"kernel {at} of {count}" if count > 1 else "kernel", maximum)
        for at, each in enumerate(channel.sums, 1)
    ]
    *before, last = blocks or [Block((name,), (), (), ())]
    yield from before
    swatch = (number(channel.value), tint(channel.value / maximum, channel.name))
    yield last._replace(
        lines=(*last.lines, *(stage.text for stage in channel.stages)), swatch=swatch
    )


def _kernel_block(each: KernelSum, name: str, kernel: str, maximum: float) -> Block:
    grids = [
        Grid.gray(each.patch, maximum),
        Grid.signed(each.weights),
        Grid.signed(each.products),
    ]
    weights = f"{kernel} {TIMES} alpha / their sum" if each.is_weighted else kernel
    headings, operators = [name, weights, "products"], [TIMES, "="]
    if each.levels is not None:
        grids.insert(0, Grid.gray(each.levels, maximum))
        headings, operators = [name, "as light", *headings[1:]], [ARROW, *operators]
    if not has_numbers(cell_side(each.weights.shape)):
        headings = [f"{text}, {grid.range}" for text, grid in zip(headings, grids, strict=True)]
    lines = tuple(stage.text for stage in each.stages)
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
            draw_outside(axes, block.is_outside, grid.colours, (at, inside), block.side)
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
