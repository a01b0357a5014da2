"""The figure of a sequence: stems at places, or the line of a function."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from imgconv.figures.colours import BLUE, INK, LINE
from imgconv.figures.style import LABEL, TITLE, new_figure
from imgconv.figures.text import shortened, text_width
from imgconv.study.numbers import number
from imgconv.study.sequences.signal import Signal

Array = NDArray[np.float64]

# Lengths in pixels, and the most stems that are drawn.
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 800, 420, 76, 28, 64, 56
_MOST_STEMS = 150

# The share of the width that stays free beside the first and the last value.
_MARGIN = 0.06


def draw_sequence(title: str, signal: Signal, unit: str = "x") -> Figure:
    """Return the figure of a sequence, whose places have a unit."""
    x, values = signal.x, signal.mono
    figure = new_figure(_WIDTH, _HEIGHT)
    axes = figure.add_axes(
        (
            _LEFT / _WIDTH,
            _BOTTOM / _HEIGHT,
            1 - (_LEFT + _RIGHT) / _WIDTH,
            1 - (_TOP + _BOTTOM) / _HEIGHT,
        )
    )
    title = shortened(title, _WIDTH - _LEFT - _RIGHT, TITLE)
    figure.text(_LEFT / _WIDTH, 1 - 26 / _HEIGHT, title, fontsize=TITLE, va="center")
    axes.set_xlabel(unit)
    axes.axhline(0, color=INK, linewidth=0.8)
    if signal.is_function or len(x) > _MOST_STEMS:
        axes.plot(x, values, color=BLUE, linewidth=1.6)
    else:
        draw_stems(axes, x, values, BLUE, 5)
        _draw_numbers(axes, x, values)
    if not np.any(x % 1):
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.margins(_MARGIN, 0.1)
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure


def draw_stems(axes: Axes, x: Array, values: Array, colour: str, size: float) -> list[Artist]:
    """Draw a line from zero to each value, with a dot of ``size`` points; return both."""
    lines = axes.vlines(x, 0, values, colors=colour, linewidth=2)
    return [lines, *axes.plot(x, values, "o", color=colour, markersize=size)]


def _draw_numbers(axes: Axes, x: Array, values: Array) -> None:
    """Draw the value at each stem, if there is room for all."""
    labels = [number(value, 3) for value in values.tolist()]
    room = (_WIDTH - _LEFT - _RIGHT) / (1 + 2 * _MARGIN)
    distance = room if len(x) == 1 else room * float(np.diff(x).min() / (x[-1] - x[0]))
    beside = _MARGIN * room if len(x) > 1 else room / 2
    widest = max(text_width(label, LABEL - 1) for label in labels)
    if widest > 0.95 * distance or widest / 2 > beside:
        return
    for place, value, label in zip(x.tolist(), values.tolist(), labels, strict=True):
        is_above = value >= 0
        axes.annotate(
            label,
            (place, value),
            (0, 7 if is_above else -7),
            textcoords="offset points",
            ha="center",
            va="bottom" if is_above else "top",
            fontsize=LABEL - 1,
        )
