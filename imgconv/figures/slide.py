"""The frames of a kernel that slides over a picture: the result fills in beside it.

What stays is drawn once; each frame adds a cell to it, and draws frames and a line over a copy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.colours import LINE, PAPER, signed_colours
from imgconv.figures.grids import (
    Grid,
    draw_cells,
    draw_frame,
    draw_grid,
    draw_numbers,
    draw_outside,
    has_numbers,
)
from imgconv.figures.layers import Layers
from imgconv.figures.pictures import shown
from imgconv.figures.style import LABEL, MARGIN, new_figure, whole_axes
from imgconv.figures.text import draw_caption, draw_title, fitting_size, line_height
from imgconv.images.pixels import channel_name
from imgconv.study.numbers import cell_numbers, number
from imgconv.study.pixel import ChannelValue, KernelSum
from imgconv.study.slide import Slide

Array = NDArray[np.float64]

# Lengths in pixels.
_HEAD, _GAP, _LARGEST_CELL = 72, 28, 60

# Products that are written out; a sum of more is given as one number.
_MOST_TERMS = 25

# A line that would be smaller, in points, leaves its products out.
_LEGIBLE = 7.0

_EMPTY = "#f3f3f6"


class SlideFigure:
    """Draws the frames, in reading order of the results, ``width`` pixels wide.

    The line and the numbers in the cells belong to one channel.
    """

    def __init__(self, slide: Slide, title: str, channel: int, width: int, height: int | None):
        self._slide, self._channel = slide, channel
        (high, wide), (rows, columns) = slide.levels.shape[:2], slide.results.shape[:2]
        self._side = _side(wide + columns, high, width, height)
        self._origins = (MARGIN, _HEAD), self._result_corner(high - rows, wide)
        below = 2.4 * line_height(LABEL)
        even = 2 * math.ceil((_HEAD + self._side * high + below) / 2)  # as films need it
        self.figure = new_figure(width + width % 2, even)
        self._axes = whole_axes(self.figure)
        draw_title(self._axes, title, 26)
        self._draw_captions()
        colours = self._colours(slide.levels)
        draw_grid(
            self._axes, Grid(slide.levels[..., channel], colours), *self._origins[0], self._side
        )
        draw_outside(self._axes, slide.is_outside, colours, self._origins[0], self._side)
        self._draw_empty(rows, columns)

    def _colours(self, levels: Array) -> Array:
        """Return the colours of levels (..., 3) from 0 to 1, transparent ones over paper."""
        pixels = self._slide.chain.pixels
        colours = shown(levels, pixels.channels, pixels.maximum)
        alpha = colours[..., 3:]
        return colours[..., :3] * alpha + np.array(to_rgb(PAPER)) * (1 - alpha)

    def _draw_captions(self) -> None:
        """Name both grids, and the channel of the numbers where there are several."""
        channels = self._slide.chain.pixels.channels
        values = f" ({channel_name(channels[self._channel])} values)" if channels[1:] else ""
        for (left, top), text in zip(self._origins, (f"picture{values}", "result"), strict=True):
            draw_caption(self._axes, left, top - 12, text)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.figure.bbox.width), int(self.figure.bbox.height)

    def _result_corner(self, difference: int, wide: int) -> tuple[float, float]:
        left = MARGIN + self._side * wide + _GAP
        return left, _HEAD + self._side * difference / 2

    def _draw_empty(self, rows: int, columns: int) -> None:
        colours = np.tile(to_rgb(_EMPTY), (rows, columns, 1))
        draw_cells(self._axes, colours, *self._origins[1], self._side)

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """Yield each frame, shape (height, width, 3)."""
        layers = Layers(self.figure)
        for row, column, value in self._slide.values(self._channel):
            layers.draw(self._cell(row, column, value))
            yield layers.frame(self._moving(row, column, value))

    def _cell(self, row: int, column: int, value: ChannelValue) -> list[Artist]:
        """Return the cell of a result: its colour, blue below zero, and its rounded value."""
        left, top = self._origins[1]
        side, chain = self._side, self._slide.chain
        result = unclamped(value)
        colour: Any
        if result < 0:
            colour = signed_colours(np.array(result), chain.pixels.maximum) / 255
        else:
            colour = self._colours(chain.stored(self._slide.results[row, column]))
        corner = (left + side * column, top + side * row)
        cell = Rectangle(corner, side, side, facecolor=colour, edgecolor=LINE, linewidth=0.8)
        artists: list[Artist] = [self._axes.add_patch(cell)]
        if has_numbers(side):
            labels, colours = cell_numbers(np.array([[result]])), np.reshape(colour, (1, 1, 3))
            artists += draw_numbers(self._axes, labels, colours, corner, side)
        return artists

    def _moving(self, row: int, column: int, value: ChannelValue) -> list[Artist]:
        """Return the frame of the kernel, that of the result, and the line of arithmetic."""
        side = self._side
        above, below, left, right = self._slide.step.reach
        (x, y), (result_x, result_y) = self._origins
        place = x + side * column, y + side * row
        kernel = draw_frame(
            self._axes, *place, side * (left + right + 1), side * (above + below + 1)
        )
        place = result_x + side * column, result_y + side * row
        result = draw_frame(self._axes, *place, side, side)
        bottom = _HEAD + side * self._slide.levels.shape[0] + 1.2 * line_height(LABEL)
        room = self.figure.bbox.width - 2 * MARGIN
        text = sum_line(value)
        if fitting_size(text, room, LABEL) < _LEGIBLE:
            text = sum_line(value, is_short=True)
        size = fitting_size(text, room, LABEL)
        line = self._axes.text(MARGIN, bottom, text, fontsize=size, va="center")
        return [kernel, result, line]


def _side(columns: int, rows: int, width: int, height: int | None) -> float:
    """Return the side of a cell: as large as the figure has room for, in whole pixels if it can."""
    side = (width - 2 * MARGIN - _GAP) / columns
    if height is not None:
        side = min(side, (height - _HEAD - 2.4 * line_height(LABEL)) / rows)
    side = min(side, _LARGEST_CELL)
    return float(np.floor(side)) if side >= 1 else max(side, 0.1)


def unclamped(value: ChannelValue) -> float:
    """Return a result before it is clamped, rounded unless it is a float."""
    stages = [stage for stage in value.all_stages if stage.kind != "clamp"]
    last = stages[-1].value
    return float(np.floor(last + 0.5)) if value.is_rounded else last


def sum_line(value: ChannelValue, is_short: bool = False) -> str:
    """Return the arithmetic of a result in one line, its products left out if ``is_short``."""
    before = [stage for stage in value.all_stages if stage.kind not in ("round", "clamp")]
    result = number(before[-1].value)
    rounded = f", rounded {number(unclamped(value))}" if value.is_rounded else ""
    if len(value.sums) == 1:
        expression, total = _expression(value.sums[0], is_short), number(value.sums[0].value)
        text = expression if expression == total else f"{expression} = {total}"
        others = [
            stage for stage in before if stage.kind not in ("sum", "inside", "scale", "offset")
        ]
        then = "".join(f", {stage.text}" for stage in others)
        return f"{text}{then}{rounded}"
    return f"{before[-1].formula} {result}{rounded}"


def _expression(each: KernelSum, is_short: bool) -> str:
    taps = [(w, p) for w, p in zip(each.weights.flat, each.patch.flat, strict=True) if w]
    if is_short or len(taps) > _MOST_TERMS:
        text = f"sum of {len(taps)} products"
    else:
        text = " ".join(_term(position, *tap) for position, tap in enumerate(taps)) or "0"
    for stage in each.stages[1:]:
        operator = stage.formula.split(",")[0].removesuffix(" =")
        text = f"{text} {operator}" if stage.kind == "offset" else f"({text}) {operator}"
    return text


def _term(position: int, weight: float, value: float) -> str:
    factor = "" if abs(weight) == 1 else f"{number(abs(weight), 3)}·"
    sign = ("-" if weight < 0 else "") if position == 0 else ("- " if weight < 0 else "+ ")
    return f"{sign}{factor}{number(value, 1)}"
