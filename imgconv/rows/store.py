"""Loops that store finished rows as pixels, or look at them before they are stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imgconv.machine_code import MachineLoop, machine_loop
from imgconv.parts import machine_part
from imgconv.program import Moving, Program

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
def store_whole(rows, maximum, stored, channels, pixels, clipped):  # type: ignore[no-untyped-def]
    """pixels = rows rounded once, half up, and clamped to 0 .. maximum.

    ``clipped[0]`` grows by the number of values that lay outside by more than rounding.
    """
    for y in range(rows.shape[0]):
        source, target = rows[y], pixels[y]
        outside = np.int32(0)
        for x in range(source.shape[0] // channels):
            for k in range(channels):
                value = source[x * channels + k]
                outside = np.int32(outside + lies_outside(value, maximum))
                target[x * stored + k] = whole(value, maximum)
        clipped[0] += outside


@machine_loop
def store_packed(rows, maximum, stored, channels, pixels, clipped):  # type: ignore[no-untyped-def]
    """``store_whole`` where all that is stored is channels."""
    for y in range(rows.shape[0]):
        source, target = rows[y], pixels[y]
        outside = np.int32(0)
        for i in range(source.shape[0]):
            outside = np.int32(outside + lies_outside(source[i], maximum))
            target[i] = whole(source[i], maximum)
        clipped[0] += outside


@machine_loop
def store_3_of_4(rows, maximum, stored, channels, pixels, clipped):  # type: ignore[no-untyped-def]
    """``store_whole`` for Pillow's RGB: with numbers in place of names it is vectorised."""
    for y in range(rows.shape[0]):
        source, target = rows[y], pixels[y]
        outside = np.int32(0)
        for i in range(source.shape[0]):
            outside = np.int32(outside + lies_outside(source[i], maximum))
        clipped[0] += outside
        for x in range(source.shape[0] // 3):
            target[4 * x] = whole(source[3 * x], maximum)
            target[4 * x + 1] = whole(source[3 * x + 1], maximum)
            target[4 * x + 2] = whole(source[3 * x + 2], maximum)
            target[4 * x + 3] = 255


@machine_loop
def store_float(rows, maximum, stored, channels, pixels, clipped):  # type: ignore[no-untyped-def]
    """pixels = rows, neither clamped nor rounded."""
    for y in range(rows.shape[0]):
        source, target = rows[y], pixels[y]
        for x in range(source.shape[0] // channels):
            for k in range(channels):
                target[x * stored + k] = source[x * channels + k]


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


def storer(stored: int, channels: int, is_float: bool) -> MachineLoop:
    """The quickest loop that stores pixels of this layout."""
    if is_float:
        return store_float
    if stored == channels:
        return store_packed
    return store_3_of_4 if (stored, channels) == (4, 3) else store_whole


def add_pixels(program: Program, rows: Moving, pixels: Moving, layout: Layout) -> NDArray[np.int64]:
    """Have ``rows`` stored as ``pixels``; gives the place where what was clipped is counted."""
    clipped = program.state(np.zeros(1, np.int64))
    _, stored, channels = layout
    loop = storer(stored, channels, pixels.array.dtype == np.float32)
    program.call(loop, rows, *layout, pixels, clipped, when=rows.height)
    return clipped
