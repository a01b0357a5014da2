"""Loops that store finished rows as pixels, or look at them before they are stored."""

from __future__ import annotations

import numpy as np

from imgconv.machine_code import machine_loop

_HALF = np.float32(0.5)


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
        if stored == channels:
            for i in range(source.shape[0]):
                target[i] = np.int32(min(max(source[i], 0), maximum) + _HALF)
        else:
            for x in range(source.shape[0] // channels):
                for k in range(channels):
                    value = source[x * channels + k]
                    target[x * stored + k] = np.int32(min(max(value, 0), maximum) + _HALF)


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
