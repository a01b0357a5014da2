"""Linear light: levels become light when they are loaded, and levels again before they are stored.

Light has the maximum of levels, so all stages between are unchanged. Transfer functions are tables.
For whole numbers they hold the light of each level, and for the way back the light half-way between
levels, the marks: a level is the number of marks that the light has reached, which rounds it once
and exactly. For floats a table holds points of the curve, with straight lines between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv import images
from imgconv.jit.arguments import SlidingView
from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.schedule import Schedule
from imgconv.kernels.border import OUTSIDE

if TYPE_CHECKING:
    from imgconv.images.transfer import Curve

Values = NDArray[np.float64]
Table = NDArray[np.float32]

# The points of a curve for floats between a number and twice it, from 2^-24 to 2^6. A straight line
# between two of them is nearer to any usual curve than float32 can tell.
_POINTS, _OCTAVES = 2048, range(-24, 6)

# Values are searched for in blocks of this many.
BLOCK = 1024

# The parts of the range for which the first possible mark is known. Points of curves crowd at 0,
# where no number of parts helps.
_PARTS = {"uint8": 2**12, "uint16": 2**16, "float32": 1}

_FAR, _BRIGHTEST = np.float32(np.inf), 1e30


@jit_inline
def count_marks(values, marks, search, found):  # type: ignore[no-untyped-def]
    """found = the number of rising ``marks`` that are not above each of ``values``.

    ``search`` is (firsts, finer, steps): ``firsts[p]`` marks surely are not above values from
    p / finer on, and less than 2^steps more are not above (p + 1) / finer. Steps halve their
    number. All values take a step together without a branch, since no branch could be predicted.
    """
    firsts, finer, steps = search
    last = np.float32(firsts.shape[0] - 1)
    for i in range(values.shape[0]):
        part = values[i] * finer
        part = part if part > 0 else np.float32(0)  # also for NaN
        found[i] = firsts[np.uint32(part if part < last else last)]
    for step in range(steps - 1, -1, -1):
        half = np.int32(1 << step)
        for i in range(values.shape[0]):
            found[i] += half * np.int32(marks[np.uint32(found[i] + half - 1)] <= values[i])


@jit_loop
def look_up(rows, place, which, light):  # type: ignore[no-untyped-def]
    """rows = light[which, rows] for whole numbers; channels with a negative ``which`` stay.

    ``place`` is (positions, first, length): the picture's own values in a row are ``length`` from
    ``first`` on. Rows OUTSIDE hold a colour that is light already.
    """
    positions, first, length = place
    channels = which.shape[0]
    for y in range(rows.shape[0]):
        row = rows[y, first : first + length]
        if positions[y] != OUTSIDE:
            for k in range(channels):
                if which[k] >= 0:
                    table = light[which[k]]
                    for i in range(k, length, channels):
                        row[i] = table[np.uint32(row[i])]


@jit_loop
def count_levels(rows, which, search, scratch):  # type: ignore[no-untyped-def]
    """rows = the number of marks[which] that each light has reached, less one.

    Light below all levels becomes -1, light above them at least the highest level plus one.
    ``search`` is a ``Search``, ``scratch`` room for a block of values and numbers.
    """
    (marks, firsts, finer, steps), (values, found) = search, scratch
    channels = which.shape[0]
    pixels = rows.shape[1] // channels
    for y in range(rows.shape[0]):
        row = rows[y]
        for k in range(channels):
            if which[k] >= 0:
                for x in range(0, pixels, BLOCK):
                    count = min(BLOCK, pixels - x)
                    start, taken, at = x * channels + k, values[0:count], found[0:count]
                    for i in range(count):
                        taken[i] = row[start + i * channels]
                    count_marks(taken, marks[which[k]], (firsts[which[k]], finer, steps), at)
                    for i in range(count):
                        row[start + i * channels] = np.float32(at[i] - 1)


@jit_loop
def interpolate(rows, place, which, search, points, scratch):  # type: ignore[no-untyped-def]
    """rows = the height at each value of the line through ``points`` (x[which], y[which]).

    Before its first point a line is rotated by half a turn about it; behind its last two it goes on
    straight. The marks of ``search`` are ``x``; the rest is as for ``look_up``.
    """
    (positions, first, length), (marks, firsts, finer, steps) = place, search
    (x, y), (values, found) = points, scratch
    channels = which.shape[0]
    pixels = length // channels
    for line in range(rows.shape[0]):
        row = rows[line, first : first + length]
        for k in range(channels):
            if which[k] >= 0 and positions[line] != OUTSIDE:
                across, up = x[which[k]], y[which[k]]
                for begin in range(0, pixels, BLOCK):
                    count = min(BLOCK, pixels - begin)
                    start, far, at = begin * channels + k, values[0:count], found[0:count]
                    for i in range(count):
                        far[i] = across[0] + abs(row[start + i * channels] - across[0])
                    count_marks(far, marks[which[k]], (firsts[which[k]], finer, steps), at)
                    for i in range(count):
                        left = np.uint32(min(max(at[i] - 1, 0), across.shape[0] - 2))
                        right = np.uint32(left + 1)
                        slope = (up[right] - up[left]) / (across[right] - across[left])
                        height = up[left] + (far[i] - across[left]) * slope
                        if row[start + i * channels] < across[0]:
                            height = up[0] - (height - up[0])
                        row[start + i * channels] = height


class Search(NamedTuple):
    """Rising marks, a row for each curve, and the facts that ``count_marks`` needs of them."""

    marks: Table
    firsts: NDArray[np.int32]
    finer: float
    steps: int

    @classmethod
    def among(cls, marks: Table, parts: int, maximum: float) -> Search:
        """Return the search among ``marks``, most of which lie between 0 and ``maximum``."""
        edges = np.arange(1, parts + 1) * (maximum / parts)
        before = np.stack([np.searchsorted(row, edges * (1 - 1e-6)) for row in marks])
        after = np.stack([np.searchsorted(row, edges * (1 + 1e-6), "right") for row in marks])
        firsts = np.pad(before, ((0, 0), (1, 0)))
        lasts = np.pad(after, ((0, 0), (0, 1)), constant_values=marks.shape[1])
        steps = int((lasts - firsts).max()).bit_length()
        padded = np.pad(marks, ((0, 0), (0, 1 << steps)), constant_values=_FAR)
        return cls(padded, firsts.astype(np.int32), parts / maximum, steps)


class Light:
    """The conversion between levels of the type ``dtype`` and linear light, both 0..``maximum``.

    ``curves`` has the transfer function of each channel, or None for a channel that is not light.
    """

    def __init__(
        self, curves: Sequence[Curve | None], dtype: np.dtype[Any], maximum: float
    ) -> None:
        self._curves, self._maximum, self._channels = curves, maximum, len(curves)
        different = tuple(dict.fromkeys(curve for curve in curves if curve))
        which = [different.index(curve) if curve else -1 for curve in curves]
        # Where all channels have one curve, a row is one of a single channel.
        self._which = np.array(which if any(which) else which[:1])
        self._is_float = dtype.kind == "f"
        self._to_light, self._to_levels = _tables(different, dtype.name, maximum)

    def of(self, colour: Sequence[float]) -> tuple[float, ...]:
        """Return the light of one pixel."""
        return tuple(
            float(_light_of(curve, np.array(level), self._maximum)) if curve else level
            for curve, level in zip(self._curves, colour, strict=True)
        )

    def add_light(
        self, schedule: Schedule, rows: SlidingView, positions: SlidingView, left: int, width: int
    ) -> None:
        """Add the call that converts levels, in rows of ``width`` pixels with margins."""
        place = (positions, left * self._channels, width * self._channels)
        if self._is_float:
            how = (place, self._which, *self._to_light, _scratch())
            schedule.call(interpolate, rows, *how, when=rows.height)
        else:
            schedule.call(look_up, rows, place, self._which, *self._to_light, when=rows.height)

    def add_levels(self, schedule: Schedule, rows: SlidingView) -> None:
        """Add the call that converts light to levels, rounded to whole ones unless float32."""
        if self._is_float:
            place = (np.zeros(len(rows.array), np.int64), 0, rows.array.shape[1])
            how = (place, self._which, *self._to_levels, _scratch())
            schedule.call(interpolate, rows, *how, when=rows.height)
        else:
            how = (self._which, *self._to_levels, _scratch())
            schedule.call(count_levels, rows, *how, when=rows.height)


def _scratch() -> tuple[Table, NDArray[np.int32]]:
    return np.zeros(BLOCK, np.float32), np.zeros(BLOCK, np.int32)


# The tables of 16 bits take 16 ms a curve; pictures of a folder mostly have the same ones.
@lru_cache(maxsize=8)
def _tables(
    curves: tuple[Curve, ...], dtype: str, maximum: float
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return what the loops need that convert to light, and to levels: a row for each curve."""
    parts = _PARTS[dtype]
    if dtype == "float32":
        levels, light = _points(curves, maximum)
        to_light = Search.among(levels, parts, maximum), (levels, light)
        return to_light, (Search.among(light, parts, maximum), (light, levels))
    whole = np.arange(np.iinfo(dtype).max + 1).clip(None, maximum)
    light = np.stack([_light_of(curve, whole, maximum) for curve in curves]).astype(np.float32)
    marks = np.stack([_marks(curve, maximum) for curve in curves])
    return (light,), (Search.among(marks, parts, maximum),)


def _light_of(curve: Curve, levels: Values, maximum: float) -> Values:
    return maximum * images.transfer.light_of(curve, levels / maximum)


def _marks(curve: Curve, maximum: float) -> Table:
    """Return the light half-way between levels, from below 0 to above the highest.

    The ends lie where a straight line puts them. Where a curve begins flat, its light is black.
    """
    inside = _light_of(curve, np.arange(maximum) + 0.5, maximum).astype(np.float32)
    black, white = _light_of(curve, np.array([0, maximum]), maximum).astype(np.float32)
    marks = np.array([2 * black - inside[0], *inside, 2 * white - inside[-1]])
    marks[0] = min(marks[0], np.nextafter(black, -_FAR))
    marks[-1] = max(marks[-1], np.nextafter(white, _FAR))
    marks[1:] = np.maximum(marks[1:], np.nextafter(black, _FAR))
    return marks


def _points(curves: Sequence[Curve], maximum: float) -> tuple[Table, Table]:
    """Return points of each curve: their levels, and their light, as rows of two tables."""
    steps = np.arange(_OCTAVES.start * _POINTS, _OCTAVES.stop * _POINTS + 1) / _POINTS
    knots = [curve.knots for curve in curves]
    levels = np.unique(np.concatenate([[0.0], 2.0**steps, *knots]).astype(np.float32))
    with np.errstate(over="ignore"):
        exact = np.stack([curve.light(levels.astype(np.float64)) for curve in curves])
    light: Table = exact.clip(None, _BRIGHTEST).astype(np.float32)
    light[:, 1:] = np.maximum(light[:, 1:], np.nextafter(light[:, :1], _FAR))
    light[:, -1] = np.maximum(light[:, -1], np.nextafter(light[:, -2], _FAR))
    scale = np.float32(maximum)
    return np.broadcast_to(levels * scale, light.shape).copy(), light * scale
