"""Loops that finish rows of sums: scale, combine, show, and put back what is not filtered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from imgconv.machine_code import MachineLoop, machine_loop

Show = tuple[tuple[MachineLoop, tuple[float, ...]], ...]


@machine_loop
def adjust(rows, scale, offset):  # type: ignore[no-untyped-def]
    """rows = rows / scale + offset."""
    for y in range(rows.shape[0]):
        row = rows[y]
        if scale == 1:
            for i in range(row.shape[0]):
                row[i] += offset
        else:
            for i in range(row.shape[0]):
                row[i] = row[i] / scale + offset


@machine_loop
def drop_sign(rows):  # type: ignore[no-untyped-def]
    """rows = |rows|."""
    for y in range(rows.shape[0]):
        row = rows[y]
        for i in range(row.shape[0]):
            row[i] = abs(row[i])


@machine_loop
def magnitude(sums, threshold):  # type: ignore[no-untyped-def]
    """sums[0] = sqrt(sums[0]² + sums[1]² + ...), one more at a time."""
    for y in range(sums.shape[1]):
        first = sums[0, y]
        if sums.shape[0] == 1:
            for i in range(first.shape[0]):
                first[i] = abs(first[i])
        for k in range(1, sums.shape[0]):
            other = sums[k, y]
            for i in range(first.shape[0]):
                first[i] = np.sqrt(first[i] * first[i] + other[i] * other[i])


@machine_loop
def largest(sums, threshold):  # type: ignore[no-untyped-def]
    """sums[0] = max(sums[0], sums[1], ...)."""
    for y in range(sums.shape[1]):
        first = sums[0, y]
        for k in range(1, sums.shape[0]):
            other = sums[k, y]
            for i in range(first.shape[0]):
                first[i] = max(first[i], other[i])


@machine_loop
def add_above(sums, threshold):  # type: ignore[no-untyped-def]
    """sums[0] = sums[0] + sums[1] where |sums[1]| >= threshold."""
    for y in range(sums.shape[1]):
        first, other = sums[0, y], sums[1, y]
        for i in range(first.shape[0]):
            first[i] += other[i] if abs(other[i]) >= threshold else 0


@machine_loop
def carry(rows, margin, kept, result):  # type: ignore[no-untyped-def]
    """Put the channels ``kept`` back as they were, into a result that lies ``margin`` values in."""
    channels = kept.shape[0]
    for y in range(result.shape[0]):
        source, target = rows[y, margin:], result[y]
        for x in range(0, target.shape[0], channels):
            for k in range(channels):
                if kept[k]:
                    target[x + k] = source[x + k]


# One for each of filter.COMBINATIONS but "none".
COMBINE: dict[str, MachineLoop] = {
    "magnitude": magnitude,
    "max": largest,
    "add-above": add_above,
}

# For each of filter.RANGES, the loops that a row meets before it is clamped, and what they take
# beside it; ``middle`` is the grey half-way up. What "stretch" does depends on the whole picture:
# see filtering.py.
SHOW: dict[str, Callable[[float], Show]] = {
    "clamp": lambda middle: (),
    "abs": lambda middle: ((drop_sign, ()),),
    "offset": lambda middle: ((adjust, (1.0, middle)),),
    "stretch": lambda middle: (),
}
