"""Grids of coloured cells with numbers, as patches, kernels and products are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from numpy.typing import NDArray

from imgconv.figures.colours import EMPHASIS, INK, LINE, signed_colours
from imgconv.figures.style import CELL, SMALLEST, ink_on
from imgconv.figures.text import fitting_size
from imgconv.study.numbers import cell_numbers, number, without_zero

Array = NDArray[np.float64]

# Cells of a smaller side, in pixels, have no numbers, and no lines between them.
_NUMBERED, _LINED = 24, 12

# The side of a cell in pixels by the longer side of the grid, and that of a whole larger grid.
_CELL_SIDES = ((3, 54), (5, 46), (7, 40), (9, 36), (11, 34))
_LARGE_GRID = 280

# How much of the width of a cell its number may take.
_SHARE = 0.86

# A number of fewer digits is better than a smaller one, in points.
_LEGIBLE = 8.0

# How strong the ink is that hatches cells.
_HATCH = 0.4


class Grid(NamedTuple):
    """Values (height, width), and the colour of each cell (height, width, 3), from 0 to 1."""

    values: Array
    colours: Array

    @classmethod
    def signed(cls, values: Array) -> Grid:
        """Return values in blue, white and orange, which is full at the largest magnitude."""
        return cls(values, signed_colours(values) / 255)

    @classmethod
    def gray(cls, values: Array, maximum: float) -> Grid:
        """Return levels as grey; those outside of 0 .. ``maximum`` are black and white."""
        shares = np.nan_to_num(values / maximum).clip(0, 1)
        return cls(values, np.repeat(shares[..., None], 3, axis=-1))

    @property
    def range(self) -> str:
        """The smallest and the largest value as text."""
        low, high = number(float(self.values.min()), 3), number(float(self.values.max()), 3)
        return f"{low} to {high}" if low != high else f"all {low}"


def cell_side(shape: tuple[int, ...]) -> float:
    """Return the side in pixels of the cells of a grid."""
    longer = max(shape)
    return next((side for most, side in _CELL_SIDES if longer <= most), _LARGE_GRID / longer)


def has_numbers(side: float) -> bool:
    """Return whether cells of this side in pixels have room for numbers."""
    return side >= _NUMBERED


def draw_grid(axes: Axes, grid: Grid, left: float, top: float, side: float) -> None:
    """Draw a grid with its upper left corner at a place, in pixels."""
    height, width = grid.values.shape
    draw_cells(axes, grid.colours, left, top, side)
    frame = Rectangle((left, top), side * width, side * height, fill=False, edgecolor=INK)
    axes.add_patch(frame)
    if has_numbers(side):
        draw_numbers(axes, _labels(grid.values, side), grid.colours, (left, top), side)


def draw_cells(axes: Axes, colours: Array, left: float, top: float, side: float) -> None:
    """Draw cells of colours (height, width, 3), with thin lines between them if they are large."""
    height, width = colours.shape[:2]
    has_lines = side >= _LINED
    axes.pcolormesh(
        left + side * np.arange(width + 1),
        top + side * np.arange(height + 1),
        colours,
        edgecolors=LINE if has_lines else "none",
        linewidth=0.8 if has_lines else 0,
        antialiased=has_lines,
        zorder=1,
    )


def _labels(values: Array, side: float) -> list[list[str]]:
    """Return the numbers of cells: as many digits as tables have, or fewer in small cells."""
    for significant in (4, 3):
        cells = cell_numbers(values, significant)
        labels = [[*map(without_zero, row)] for row in cells]
        if fitting_size(_longest(labels), _SHARE * side, CELL) >= _LEGIBLE:
            return labels
    if fitting_size(_longest(labels), _SHARE * side, CELL) < SMALLEST:
        return [[_short(value) for value in row] for row in values.tolist()]
    return labels


def _short(value: float) -> str:
    """Return a number of two digits and an exponent, as in 1.7e8."""
    return f"{value:.1e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def draw_numbers(
    axes: Axes,
    labels: Sequence[Sequence[str]],
    colours: Array,
    corner: tuple[float, float],
    side: float,
) -> list[Text]:
    """Draw the text of each cell of a grid, in ink that is legible on its colour."""
    longest = max(_longest(labels), "000", key=len)  # so that levels have one size in all grids
    size = max(SMALLEST, fitting_size(longest, _SHARE * side, CELL))
    how: dict[str, Any] = {"fontsize": size, "ha": "center", "va": "center", "zorder": 4}
    left, top = corner
    return [
        axes.text(
            left + side * (i + 0.5),
            top + side * (j + 0.5),
            label,
            color=ink_on(colours[j, i]),
            **how,
        )
        for j, row in enumerate(labels)
        for i, label in enumerate(row)
        if label
    ]


def _longest(labels: Sequence[Sequence[str]]) -> str:
    return max((label for row in labels for label in row), key=len)


def farthest(values: Array, block: int) -> Array:
    """Return of each ``block`` values of a row the one that is farthest from 0."""
    rows, length = values.shape
    padded = np.zeros((rows, -(-length // block) * block))
    padded[:, :length] = values
    blocks = padded.reshape(rows, -1, block)
    at = np.abs(blocks).argmax(axis=2)[..., None]
    return np.take_along_axis(blocks, at, axis=2)[..., 0]


def draw_outside(
    axes: Axes,
    is_outside: NDArray[np.bool_],
    colours: Array,
    corner: tuple[float, float],
    side: float,
) -> None:
    """Hatch the cells of a grid that a border filled in, in ink that is visible on each."""
    for j, i in np.argwhere(is_outside).tolist():
        place = corner[0] + side * i, corner[1] + side * j
        ink = to_rgba(ink_on(colours[j, i]), _HATCH)
        axes.add_patch(
            Rectangle(place, side, side, fill=False, hatch="////", edgecolor=ink, linewidth=0)
        )


def draw_frame(axes: Axes, left: float, top: float, width: float, height: float) -> Rectangle:
    """Draw a frame that stands out, and return it."""
    frame = Rectangle((left, top), width, height, fill=False, edgecolor=EMPHASIS, linewidth=2)
    frame.set_zorder(3)
    axes.add_patch(frame)
    return frame
