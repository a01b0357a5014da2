"""Grids of coloured cells with numbers, as patches, kernels and products are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.style import CELL, EMPHASIS, INK, LINE, SIGNED, SMALLEST, ink_on
from imgconv.figures.text import fitting_size
from imgconv.study.numbers import cell_numbers, without_zero

Array = NDArray[np.float64]

# From so many cells to a side on, cells have colours only.
UNNUMBERED = 12

# The side of a cell in pixels by the longer side of the grid, and that of a whole larger grid.
_CELL_SIDES = ((3, 54), (5, 46), (7, 40), (9, 36), (11, 34))
_LARGE_GRID = 300

# How much of the width of a cell its number may take.
_SHARE = 0.88

_HATCH = "#8e8f98"


class Grid(NamedTuple):
    """Values (height, width), and the colour of each cell (height, width, 3), from 0 to 1."""

    values: Array
    colours: Array

    @classmethod
    def signed(cls, values: Array, largest: float) -> Grid:
        """Return values in blue, white and orange, which is full at ``largest``."""
        shares = np.nan_to_num(values / (2 * largest) + 0.5)
        return cls(values, SIGNED(shares)[..., :3])

    @classmethod
    def gray(cls, values: Array, maximum: float) -> Grid:
        """Return levels as grey; those outside of 0 .. ``maximum`` are black and white."""
        shares = np.nan_to_num(values / maximum).clip(0, 1)
        return cls(values, np.repeat(shares[..., None], 3, axis=-1))

    @property
    def is_numbered(self) -> bool:
        longer: int = max(self.values.shape)
        return longer < UNNUMBERED


def cell_side(shape: tuple[int, ...]) -> float:
    """Return the side in pixels of the cells of a grid."""
    longer = max(shape)
    return next((side for most, side in _CELL_SIDES if longer <= most), _LARGE_GRID / longer)


def draw_grid(axes: Axes, grid: Grid, left: float, top: float, side: float) -> None:
    """Draw a grid with its upper left corner at a place, in pixels."""
    height, width = grid.values.shape
    across, down = left + side * np.arange(width + 1), top + side * np.arange(height + 1)
    has_lines = grid.is_numbered
    axes.pcolormesh(
        across,
        down,
        grid.colours,
        edgecolors=LINE if has_lines else "none",
        linewidth=0.8 if has_lines else 0,
        antialiased=has_lines,
        zorder=1,
    )
    frame = Rectangle((left, top), side * width, side * height, fill=False, edgecolor=INK)
    axes.add_patch(frame)
    if grid.is_numbered:
        draw_numbers(axes, _labels(grid.values, side), grid.colours, (left, top), side)


def _labels(values: Array, side: float) -> list[list[str]]:
    """Return the numbers of cells: as many digits as tables have, or fewer in small cells."""
    for significant in (4, 3):
        cells = cell_numbers(values, significant)
        labels = [[*map(without_zero, row)] for row in cells]
        if fitting_size(_longest(labels), _SHARE * side, CELL) == CELL:
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
) -> None:
    """Draw the text of each cell of a grid, in ink that is legible on its colour."""
    size = max(SMALLEST, fitting_size(_longest(labels), _SHARE * side, CELL))
    for j, row in enumerate(labels):
        for i, label in enumerate(row):
            if label:
                axes.text(
                    *(corner[0] + side * (i + 0.5), corner[1] + side * (j + 0.5), label),
                    fontsize=size,
                    color=ink_on(colours[j, i]),
                    ha="center",
                    va="center",
                    zorder=4,
                )


def _longest(labels: Sequence[Sequence[str]]) -> str:
    return max((label for row in labels for label in row), key=len)


def draw_outside(
    axes: Axes, is_outside: NDArray[np.bool_], left: float, top: float, side: float
) -> None:
    """Hatch the cells that a border filled in."""
    for j, i in np.argwhere(is_outside).tolist():
        corner = (left + side * i, top + side * j)
        axes.add_patch(
            Rectangle(corner, side, side, fill=False, hatch="////", edgecolor=_HATCH, linewidth=0)
        )


def draw_frame(axes: Axes, left: float, top: float, width: float, height: float) -> Rectangle:
    """Draw a frame that stands out, and return it."""
    frame = Rectangle((left, top), width, height, fill=False, edgecolor=EMPHASIS, linewidth=2)
    frame.set_zorder(3)
    axes.add_patch(frame)
    return frame
