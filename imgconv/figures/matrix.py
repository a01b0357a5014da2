"""The figure of a weight matrix: a cell for each weight, in signed colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from imgconv.figures.colours import INK, LINE, signed_colours
from imgconv.figures.grids import draw_numbers, farthest
from imgconv.figures.pictures import draw_picture
from imgconv.figures.style import LABEL, MARGIN, TITLE, new_figure, whole_axes
from imgconv.figures.text import draw_caption, fitting_size, text_width
from imgconv.study.numbers import cell_numbers, number

Array = NDArray[np.float64]

# Lengths in pixels: of the longer side of the matrix, of the largest cell, and of one that still
# has a number.
_LONGER, _LARGEST_CELL, _NUMBERED_CELL = 900, 34, 20
_LEFT, _TOP, _LEAST = 52, 104, 480


def draw_matrix(
    title: str,
    weights: Array,
    widths: tuple[int, int],
    names: Sequence[Mapping[int, str]] | None = None,
    inputs: str = "pixels of the picture",
) -> Figure:
    """Return the figure; ``widths`` are the widths of the picture and of the result in pixels.

    Lines part the rows of the result, and the rows of the picture. ``names`` are texts in place of
    weights, by row and column, ``inputs`` says what the columns are. Of a large matrix, a pixel
    shows the weight of its cells that is farthest from 0.
    """
    rows, columns = weights.shape
    block = -(-max(rows, columns) // _LONGER)
    side = min(_LARGEST_CELL, _LONGER / max(rows, columns))
    shown = farthest(farthest(weights, block).T, block).T
    side = side if block == 1 else 1.0
    labels = _labels(weights, names) if side >= _NUMBERED_CELL else None
    width, height = side * shown.shape[1], side * shown.shape[0]
    full = _full_colour(weights)
    facts = f"white is 0, blue is negative, full orange is {number(full)}"
    facts += "" if np.abs(weights).max() <= full else " and more"
    room = max(width, text_width(facts, LABEL), min(text_width(title, TITLE), _LEAST))
    figure = new_figure(_LEFT + room + MARGIN, _TOP + height + MARGIN)
    axes = whole_axes(figure)
    axes.text(_LEFT, 26, title, fontsize=fitting_size(title, room, TITLE), va="center")
    draw_caption(axes, _LEFT, 52, facts)
    draw_caption(axes, _LEFT, _TOP - 14, inputs)
    draw_caption(axes, _LEFT - 16, _TOP + height / 2, "results", rotation=90, ha="center")
    colours = signed_colours(shown, full)
    draw_picture(axes, colours, (_LEFT, _TOP), (width, height), INK)
    _draw_lines(axes, (width, height), (side / block * widths[0], side / block * widths[1]))
    if labels:
        draw_numbers(axes, labels, colours / 255, (_LEFT, _TOP), side)
    return figure


def _full_colour(weights: Array) -> float:
    """Return the weight that is drawn in full colour: the median of the largest of each row.

    The largest of all would leave most rows pale: weights of pixels that a border repeats add up.
    """
    return float(np.median(np.abs(weights).max(axis=1))) or float(np.abs(weights).max()) or 1.0


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


def _draw_lines(axes: Axes, size: tuple[float, float], steps: tuple[float, float]) -> None:
    """Draw a line after every row of the picture and of the result."""
    width, height = size
    across, down = steps
    xs = np.arange(_LEFT + across, _LEFT + width - 0.5, across) if across >= 6 else ()
    ys = np.arange(_TOP + down, _TOP + height - 0.5, down) if down >= 6 else ()
    axes.vlines(xs, _TOP, _TOP + height, colors=LINE, linewidth=1)
    axes.hlines(ys, _LEFT, _LEFT + width, colors=LINE, linewidth=1)
