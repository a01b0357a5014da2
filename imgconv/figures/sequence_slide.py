"""The frames of one sequence that slides over another, and their convolution below.

What stays is drawn once; each frame draws g(c - a), the products and the result up to c over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import NDArray

from imgconv.figures.colours import BLUE, EMPHASIS, INK, LINE, ORANGE
from imgconv.figures.layers import Layers
from imgconv.figures.sequence import draw_stems
from imgconv.figures.style import LABEL, TITLE, new_figure
from imgconv.figures.text import fitting_size, shortened
from imgconv.study.numbers import number
from imgconv.study.sequences.overlap import Frame, Overlap, extent, value_at
from imgconv.study.sequences.signal import Signal

Array = NDArray[np.float64]

# Lengths in pixels: margins, the heads above both axes, and the height for a width of 1.
_LEFT, _RIGHT, _HEAD, _GAP, _BOTTOM = 64, 24, 76, 64, 52
_HEIGHT = 0.66

# The colour of products, and how strongly their area is filled.
_AREA, _FILLED = "#f2b705", 0.55


class SlideFigure:
    """Draws the frames; ``width`` pixels wide, and as high as is given or needed."""

    def __init__(self, slide: Overlap, names: tuple[str, str], width: int, height: int | None):
        self._slide = slide
        even = 2 * round((height or width * _HEIGHT) / 2)  # as films need it
        self.figure = new_figure(width + width % 2, even)
        room = (even - _HEAD - _GAP - _BOTTOM) / 2
        self._above = self._axes(_BOTTOM + room + _GAP, room)
        self._below = self._axes(_BOTTOM, room)
        self._points = np.linspace(*self._span(), 2 * width)
        self._set_limits()
        self._draw_legend(names)
        self._draw_f()
        self._above.set_xlabel("a", labelpad=1)
        self._below.set_xlabel("c", labelpad=1)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.figure.bbox.width), int(self.figure.bbox.height)

    def _axes(self, bottom: float, height: float) -> Axes:
        width, whole = self.size
        across = width - _LEFT - _RIGHT
        place = (_LEFT / width, bottom / whole, across / width, height / whole)
        axes = self.figure.add_axes(place)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.grid(axis="y", color=LINE, linewidth=0.6)
        axes.set_axisbelow(True)
        return axes

    def _span(self) -> tuple[float, float]:
        """Return the places that any frame shows: of f, of the result, and of g beside f."""
        f, g = extent(self._slide.f), extent(self._slide.g)
        places = self._slide.places
        first, last = float(places[0]), float(places[-1])
        low, high = min(f[0], first, first - g[1]), max(f[1], last, last - g[0])
        margin = (high - low) * 0.03 or 1.0
        return low - margin, high + margin

    def _set_limits(self) -> None:
        f, g, result, _ = self._slide
        shown = np.concatenate([f.mono, g.mono, _largest_products(f, g)])
        for axes, values in ((self._above, shown), (self._below, result.mono)):
            low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
            room = 0.1 * ((high - low) or 1.0)
            axes.set_ylim(low - (room if low < 0 else 0.02 * (high - low)), high + room)
            axes.set_xlim(*self._span())

    def _draw_legend(self, names: tuple[str, str]) -> None:
        width, height = self.size
        parts = [
            (f"f(a): {names[0]}", BLUE),
            (f"g(c - a): {names[1]}", ORANGE),
            ("product", _AREA),
        ]
        room = (width - _LEFT - _RIGHT) / len(parts)
        for position, (text, colour) in enumerate(parts):
            left = _LEFT + room * position
            y = 1 - 52 / height
            marker: dict[str, Any] = {"transform": self.figure.transFigure, "color": colour}
            self._above.plot(
                [left / width, (left + 18) / width], [y, y], lw=4, clip_on=False, **marker
            )
            label = shortened(text, room - 40, LABEL)
            self.figure.text((left + 28) / width, y, label, fontsize=LABEL, va="center")

    def _draw_f(self) -> None:
        f = self._slide.f
        if self._slide.is_function:
            self._above.plot(self._points, value_at(f, self._points), color=BLUE, linewidth=1.8)
        else:
            draw_stems(self._above, f.x, f.mono, BLUE, 7)

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """Yield each frame, shape (height, width, 3)."""
        layers = Layers(self.figure)
        for frame in self._slide.frames():
            yield layers.frame(self._moving(frame))

    def _moving(self, frame: Frame) -> list[Artist]:
        draw = self._lines if self._slide.is_function else self._stems
        drawn = draw(frame)
        x, y = [frame.place], [frame.value]
        dot = self._below.plot(x, y, "o", color=EMPHASIS, markersize=9, clip_on=False)
        width, height = self.size
        line = f"c = {number(frame.place)}     (f * g)(c) = {number(frame.value)}"
        size = fitting_size(line, width - _LEFT - _RIGHT, TITLE)
        text = self.figure.text(_LEFT / width, 1 - 22 / height, line, fontsize=size, va="center")
        return [*drawn, *dot, text]

    def _lines(self, frame: Frame) -> list[Artist]:
        """Return g(c - a) as a line, the product as an area, and the result up to c."""
        f, g, result, _ = self._slide
        turned = value_at(g, frame.place - self._points)
        products = value_at(f, self._points) * turned
        area = self._above.fill_between(
            self._points, products, color=_AREA, alpha=_FILLED, linewidth=0
        )
        moving = self._above.plot(self._points, turned, color=ORANGE, linewidth=1.8)
        x = result.x
        until = np.append(x[x < frame.place], frame.place)
        values = np.append(result.mono[x < frame.place], frame.value)
        return [area, *moving, *self._below.plot(until, values, color=INK, linewidth=2)]

    def _stems(self, frame: Frame) -> list[Artist]:
        """Return g(c - a) and the products as stems, and the results up to c."""
        f, g, result, _ = self._slide
        places = (frame.place - g.x)[::-1]
        products = g.mono[::-1] * _values_at(f, places)
        meets = products != 0
        shown = result.x <= frame.place + result.step / 2
        return [
            *draw_stems(self._above, places, g.mono[::-1], ORANGE, 5),
            *draw_stems(self._above, places[meets], products[meets], _AREA, 9),
            *draw_stems(self._below, result.x[shown], result.mono[shown], INK, 5),
        ]


def _largest_products(f: Signal, g: Signal) -> Array:
    """Return the products of the ends of both ranges, between which all products lie."""
    ends = [np.array([values.min(), values.max()]) for values in (f.mono, g.mono)]
    return np.kron(*ends)


def _values_at(f: Signal, places: Array) -> Array:
    """Return the values of ``f`` at places, and 0 beside its own places."""
    at = np.rint((places - f.start) / f.step).astype(int)
    is_inside = (at >= 0) & (at < f.count)
    return np.where(is_inside, f.mono[np.clip(at, 0, f.count - 1)], 0.0)
