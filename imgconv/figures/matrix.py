"""The figure of a weight matrix: a cell for each weight, in signed colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.grids import draw_numbers
from imgconv.figures.style import (
    FAINT,
    INK,
    LABEL,
    LINE,
    SIGNED,
    TITLE,
    new_figure,
    signed_limits,
    whole_axes,
)
from imgconv.figures.text import fitting_size, text_width
from imgconv.study.numbers import cell_numbers

Array = NDArray[np.float64]

# Lengths in pixels: of the longer side of the matrix, of the largest cell, and of one that still
# has a number.
_LONGER, _LARGEST_CELL, _NUMBERED_CELL = 900, 34, 20
_LEFT, _TOP, _MARGIN = 46, 84, 24


def draw_matrix(
    title: str,
    weights: Array,
    widths: tuple[int, int],
    names: Sequence[Mapping[int, str]] | None = None,
) -> Figure:
    """Return the figure; ``widths`` are those of the picture and of the result.

    Lines part the rows of the result, and the rows of the picture. ``names`` are texts in place of
    weights, by row and column. Of a large matrix, a pixel shows the largest weight of its cells.
    """
    rows, columns = weights.shape
    block = -(-max(rows, columns) // _LONGER)
    side = min(_LARGEST_CELL, _LONGER / max(rows, columns))
    is_numbered = side >= _NUMBERED_CELL
    shown = weights if block == 1 else _largest(weights, block)
    side = side if block == 1 else 1.0
    labels = _labels(weights, names) if is_numbered else None
    width, height = side * shown.shape[1], side * shown.shape[0]
    room = max(width, text_width(title, LABEL), 260)
    figure = new_figure(_LEFT + room + _MARGIN, _TOP + height + _MARGIN)
    axes = whole_axes(figure)
    low, high = signed_limits(weights)
    colours = SIGNED((shown - low) / (high - low))[..., :3]
    axes.imshow(
        colours,
        extent=(_LEFT, _LEFT + width, _TOP + height, _TOP),
        interpolation="nearest",
        aspect="auto",
    )
    _draw_lines(axes, (width, height), (side / block * widths[0], side / block * widths[1]))
    if labels:
        draw_numbers(axes, labels, colours, (_LEFT, _TOP), side)
    axes.text(_LEFT, 24, title, fontsize=fitting_size(title, room, TITLE), va="center")
    axes.text(_LEFT, _TOP - 12, "pixels of the picture", fontsize=LABEL, color=FAINT, va="center")
    middle = _TOP + height / 2
    turned = {"rotation": 90, "ha": "center", "va": "center"}
    axes.text(_LEFT - 16, middle, "result", fontsize=LABEL, color=FAINT, **turned)  # type: ignore[arg-type]
    return figure


def _labels(weights: Array, names: Sequence[Mapping[int, str]] | None) -> list[list[str]]:
    """Return the text of each cell; a weight of 0 has none."""
    texts = cell_numbers(weights)
    return [
        [
            (names[row].get(column, "") if names else text) if names or weights[row, column] else ""
            for column, text in enumerate(line)
        ]
        for row, line in enumerate(texts)
    ]


def _largest(weights: Array, block: int) -> Array:
    """Return of each ``block`` x ``block`` cells the weight that is farthest from 0."""
    rows, columns = (-(-length // block) for length in weights.shape)
    padded = np.zeros((rows * block, columns * block))
    padded[: weights.shape[0], : weights.shape[1]] = weights
    blocks = padded.reshape(rows, block, columns, block).swapaxes(1, 2).reshape(rows, columns, -1)
    farthest = np.abs(blocks).argmax(axis=2)[..., None]
    return np.take_along_axis(blocks, farthest, axis=2)[..., 0]


def _draw_lines(axes: Axes, size: tuple[float, float], steps: tuple[float, float]) -> None:
    """Draw the frame, and a line after every row of the picture and of the result."""
    width, height = size
    across, down = steps
    xs = np.arange(_LEFT + across, _LEFT + width - 0.5, across) if across >= 6 else ()
    ys = np.arange(_TOP + down, _TOP + height - 0.5, down) if down >= 6 else ()
    axes.vlines(xs, _TOP, _TOP + height, colors=LINE, linewidth=1)
    axes.hlines(ys, _LEFT, _LEFT + width, colors=LINE, linewidth=1)
    axes.add_patch(Rectangle((_LEFT, _TOP), width, height, fill=False, edgecolor=INK))
