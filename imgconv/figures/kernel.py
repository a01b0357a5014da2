"""The figure of kernels: weights in signed colours, and the response to frequencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from imgconv.figures.colours import BLUE, EMPHASIS, FAINT, INK, LINE
from imgconv.figures.grids import Grid, draw_numbers, farthest
from imgconv.figures.pictures import draw_picture
from imgconv.figures.style import DOTS_PER_INCH, LABEL, MARGIN, new_figure, whole_axes
from imgconv.figures.text import draw_caption, draw_title
from imgconv.kernels.kernel import Kernel
from imgconv.study.numbers import cell_numbers, number
from imgconv.study.response import DIRECTIONS, end_of, response_along, response_grid

Array = NDArray[np.float64]

# Lengths in pixels.
_HEAD, _SIDE, _GAP, _FOOT = 62, 257, 56, 46
_CURVES, _AXIS, _WHITE = 330, 66, 100

# The most cells to a side with numbers, with lines, and at all.
_NUMBERED, _LINED, _MOST_CELLS = 7, 33, 257

_CURVE_STYLES: tuple[dict[str, Any], ...] = (
    {"color": INK},
    {"color": EMPHASIS, "linestyle": "--"},
    {"color": BLUE, "linestyle": ":", "linewidth": 2.2},
)


def draw_kernels(titles: Sequence[str], kernels: Sequence[Kernel], has_curves: bool) -> Figure:
    """Return the figure: a row for each kernel, with curves of the response if asked for."""
    width = 2 * MARGIN + 2 * _SIDE + _GAP + _WHITE
    width += _AXIS + _CURVES + MARGIN if has_curves else 0
    row = _HEAD + _SIDE + _FOOT
    figure = new_figure(width, row * len(kernels) + MARGIN)
    axes = whole_axes(figure)
    for position, (title, kernel) in enumerate(zip(titles, kernels, strict=True)):
        top = MARGIN / 2 + row * position
        draw_title(axes, title, top + 14)
        top += _HEAD
        _draw_weights(axes, kernel, MARGIN, top)
        left = MARGIN + _SIDE + _GAP
        _draw_response(axes, kernel, left, top)
        if has_curves:
            _draw_curves(figure, kernel, left + _SIDE + _WHITE + _AXIS, top)
    return figure


def _draw_weights(axes: Axes, kernel: Kernel, left: float, top: float) -> None:
    """Draw the weights, with numbers in few cells, and without lines between many."""
    cells = _reduced(kernel)
    height, width = cells.shape
    side = _SIDE / max(height, width)
    grid = Grid.signed(cells)
    wide, high = side * width, side * height
    draw_picture(axes, grid.colours, (left, top), (wide, high), INK)
    if max(height, width) <= _LINED:
        lines: dict[str, Any] = {"colors": LINE, "linewidth": 0.8}
        axes.vlines(left + side * np.arange(1, width), top, top + high, **lines)
        axes.hlines(top + side * np.arange(1, height), left, left + wide, **lines)
    if max(height, width) <= _NUMBERED:
        draw_numbers(axes, cell_numbers(cells), grid.colours, (left, top), side)
    draw_caption(axes, left, top - 13, f"weights: {grid.range}")


def _reduced(kernel: Kernel) -> Array:
    """Return the weights, of a large kernel the farthest from 0 of each block of cells."""
    block = -(-max(kernel.height, kernel.width) // _MOST_CELLS)
    if block == 1:
        return kernel.weights
    if kernel.factor:
        column, row = (farthest(part[None], block)[0] for part in kernel.factor)
        return np.outer(column, row)
    across = farthest(kernel.weights, block)
    return farthest(across.T, block).T


def _draw_response(axes: Axes, kernel: Kernel, left: float, top: float) -> None:
    """Draw the magnitude of the response in grey, frequency 0 in the middle."""
    magnitude = np.abs(response_grid(kernel, _SIDE))
    white = float(magnitude.max())
    draw_picture(axes, magnitude / (white or 1.0), (left, top), (_SIDE, _SIDE), INK)
    draw_caption(axes, left, top - 13, "|response|, cycles a pixel")
    draw_caption(axes, left + _SIDE + 8, top + 8, f"white: {number(white)}")
    for share, (text, align) in enumerate((("-1/2", "top"), ("0", "center"), ("1/2", "bottom"))):
        at = share * _SIDE / 2
        draw_caption(axes, left + at, top + _SIDE + 13, text, ha="center")
        draw_caption(axes, left - 6, top + at, text, ha="right", va=align)


def _draw_curves(figure: Figure, kernel: Kernel, left: float, top: float) -> None:
    """Draw the magnitude of the response along each direction as a curve."""
    width, height = figure.get_size_inches() * DOTS_PER_INCH
    place = (left / width, 1 - (top + _SIDE) / height, _CURVES / width, _SIDE / height)
    axes = figure.add_axes(place)
    for degrees, style in zip(DIRECTIONS, _CURVE_STYLES, strict=True):
        frequencies = np.linspace(0, end_of(degrees), 201)
        values = np.abs(response_along(kernel, degrees, frequencies))
        axes.plot(frequencies, values, label=f"{degrees}°", **style)
    axes.set_xlim(0, end_of(45))
    axes.set_ylim(bottom=0)
    axes.set_xticks([0, 0.25, 0.5, end_of(45)], ["0", "1/4", "1/2", ".707"])
    lowest, highest = axes.get_ylim()
    axes.set_ylim(lowest, highest * 1.25 or 1.0)
    axes.legend(frameon=False, fontsize=LABEL, loc="upper right", ncols=3, handlelength=1.6)
    axes.set_title("|response| along three directions", loc="left", color=FAINT, fontsize=LABEL)
    axes.set_xlabel("cycles a pixel", color=FAINT, labelpad=1)
