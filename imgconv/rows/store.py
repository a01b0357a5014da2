"""Loops that store finished rows as pixels, or look at them before they are stored."""

from __future__ import annotations

import numpy as np

from imgconv.machine_code import machine_loop, machine_part

_ZERO = np.float32(0)
_HALF = np.float32(0.5)


@machine_part
def whole(value, maximum):  # type: ignore[no-untyped-def]
    """The nearest whole number within 0 .. maximum, halves upwards."""
    return np.int32(min(max(value, _ZERO), maximum) + _HALF)


@machine_loop
def store_whole(rows, maximum, stored, channels, pixels, clipped):  # type: ignore[no-untyped-def]
    """pixels = rows rounded once, half up, and clamped to 0 .. maximum.

    ``clipped[0]`` grows by the number of values that lay outside by more than rounding.
    """
    low, high = -_HALF, maximum + _HALF
    for y in range(rows.shape[0]):
        source, target = rows[y], pixels[y]
        outside = 0
        for i in range(source.shape[0]):
            outside += (source[i] < low) | (source[i] >= high)
        clipped[0] += outside
        width = source.shape[0] // channels
        if stored == channels:
            for i in range(source.shape[0]):
                target[i] = whole(source[i], maximum)
        elif stored == 4 and channels == 3:  # with numbers in place of names it is vectorised
            for x in range(width):
                target[4 * x] = whole(source[3 * x], maximum)
                target[4 * x + 1] = whole(source[3 * x + 1], maximum)
                target[4 * x + 2] = whole(source[3 * x + 2], maximum)
                target[4 * x + 3] = 255
        else:
            for x in range(width):
                for k in range(channels):
                    target[x * stored + k] = whole(source[x * channels + k], maximum)


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
