"""Loops that store finished rows as pixels, or look at them before they are stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imgconv.machine_code import machine_loop
from imgconv.parts import machine_part
from imgconv.program import Moving, Program
from imgconv.rows.spread import add_spread, spread

# The value of full brightness, the values of a pixel in memory, and those of them that count.
Layout = tuple[float, int, int]

_ZERO = np.float32(0)
_HALF = np.float32(0.5)


@machine_part
def whole(value, maximum):  # type: ignore[no-untyped-def]
    """The nearest whole number within 0 .. maximum, halves upwards."""
    return np.int32(min(max(value, _ZERO), maximum) + _HALF)


# In 32 bits, so that as many are counted at once as there are values in a vector.
@machine_part
def lies_outside(value, maximum):  # type: ignore[no-untyped-def]
    """1 for a value outside 0 .. maximum by more than rounding."""
    return np.int32((value < -_HALF) | (value >= maximum + _HALF))


@machine_loop
def store_whole(rows, maximum, pixels, clipped):  # type: ignore[no-untyped-def]
    """pixels = rows rounded once, half up, and clamped to 0 .. maximum.

    ``clipped[0]`` grows by the number of values that lay outside by more than rounding.
    """
    for y in range(rows.shape[0]):
        source, target = rows[y], pixels[y]
        outside = np.int32(0)
        for i in range(source.shape[0]):
            outside = np.int32(outside + lies_outside(source[i], maximum))
            target[i] = whole(source[i], maximum)
        clipped[0] += outside


@machine_loop
def extremes(rows, kept, lowest_highest):  # type: ignore[no-untyped-def]
    """Widen ``lowest_highest`` to the values of the channels that are not ``kept``."""
    channels = kept.shape[0]
    for y in range(rows.shape[0]):
        row = rows[y]
        for x in range(0, row.shape[0], channels):
            for k in range(channels):
                if not kept[k]:
                    lowest_highest[0] = min(lowest_highest[0], row[x + k])
                    lowest_highest[1] = max(lowest_highest[1], row[x + k])


def add_pixels(program: Program, rows: Moving, pixels: Moving, layout: Layout) -> NDArray[np.int64]:
    """Have ``rows`` stored as ``pixels``, floats as they are.

    Gives the place where what was clipped is counted.
    """
    clipped = program.state(np.zeros(1, np.int64))
    maximum, stored, channels = layout
    if pixels.array.dtype == np.float32:
        program.call(spread, rows, stored, channels, pixels, when=rows.height)
        return clipped

    def add(levels: Moving) -> None:
        program.call(store_whole, rows, maximum, levels, clipped, when=rows.height)

    add_spread(program, rows, pixels, stored, channels, add)
    return clipped
