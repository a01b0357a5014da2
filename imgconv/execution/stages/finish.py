"""The loops that finish rows of sums: scale, combine, range rules, and channels carried past.

Sums are float32, or int16, of which ``to_float`` or a combination makes float32.
"""

from collections.abc import Callable

import numpy as np

from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import JitLoop, jit_loop

# Loops that change rows in place, with their arguments beside the rows.
Stages = tuple[tuple[JitLoop, tuple[float, ...]], ...]

# float32 holds the squares of numbers between the first two. Others are multiplied by a power of
# two before. A sum of two squares beyond the last two may have lost one.
_NEAR, _FAR = np.float32(2.0**-50), np.float32(2.0**62)
_UP, _ONE, _DOWN = np.float32(2.0**100), np.float32(1), np.float32(2.0**-66)
_LEAST, _LARGEST = np.float32(2.0**-100), np.finfo(np.float32).max


@jit_loop
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


@jit_loop
def divide(rows, inside, channels):  # type: ignore[no-untyped-def]
    """rows[y, x] = rows[y, x] / (down[y] * across[case[y], x]), the sum of the weights inside.

    ``inside`` is (down, case, across); infinite where no weight lies inside.
    """
    down, case, across = inside
    for y in range(rows.shape[0]):
        row, sums, times = rows[y], across[case[y]], down[y]
        for x in range(sums.shape[0]):
            divisor = times * sums[x]
            for k in range(channels):
                row[x * channels + k] = row[x * channels + k] / divisor


@jit_loop
def to_float(sums, factor, divisor, offset, result):  # type: ignore[no-untyped-def]
    """result = sums * factor / divisor + offset; the factor or the divisor is 1."""
    for y in range(result.shape[0]):
        source, target = sums[y], result[y]
        if divisor == 1:
            for i in range(target.shape[0]):
                target[i] = np.float32(source[i]) * factor + offset
        else:
            for i in range(target.shape[0]):
                target[i] = np.float32(source[i]) / divisor + offset


@jit_loop
def absolute(rows):  # type: ignore[no-untyped-def]
    """rows = |rows|."""
    for y in range(rows.shape[0]):
        row = rows[y]
        for i in range(row.shape[0]):
            row[i] = abs(row[i])


@jit_loop
def magnitude(sums, threshold, result):  # type: ignore[no-untyped-def]
    """result = sqrt(sums[0]² + sums[1]² + ...), one more at a time."""
    for y in range(result.shape[0]):
        first, target = sums[0, y], result[y]
        if sums.shape[0] == 1:
            for i in range(target.shape[0]):
                target[i] = abs(np.float32(first[i]))
        else:
            lengths(first, sums[1, y], target)
        for k in range(2, sums.shape[0]):
            other = sums[k, y]
            for i in range(target.shape[0]):
                target[i] = length(target[i], np.float32(other[i]))


@jit_inline
def lengths(a, b, target):  # type: ignore[no-untyped-def]
    """target = sqrt(a² + b²), quickly where float32 holds all squares of the row."""
    lost = np.int32(0)
    for i in range(target.shape[0]):
        x, y = np.float32(a[i]), np.float32(b[i])
        square = x * x + y * y
        target[i] = np.sqrt(square)
        is_near = np.int32(square < _LEAST) & np.int32(abs(x) + abs(y) > 0)
        lost = np.int32(lost + (is_near | np.int32(square > _LARGEST)))
    if lost > 0:
        for i in range(target.shape[0]):
            target[i] = length(np.float32(a[i]), np.float32(b[i]))


@jit_inline
def length(a, b):  # type: ignore[no-untyped-def]
    """Return sqrt(a² + b²), of other numbers where float32 cannot hold the squares."""
    is_far = abs(a) > _FAR or abs(b) > _FAR
    is_near = abs(a) < _NEAR and abs(b) < _NEAR
    times = _DOWN if is_far else (_UP if is_near else _ONE)
    x, y = a * times, b * times
    return np.sqrt(x * x + y * y) / times


@jit_loop
def largest(sums, threshold, result):  # type: ignore[no-untyped-def]
    """result = max(sums[0], sums[1], ...), and NaN where one of them is."""
    for y in range(result.shape[0]):
        first, target = sums[0, y], result[y]
        for i in range(target.shape[0]):
            target[i] = first[i]
        for k in range(1, sums.shape[0]):
            other = sums[k, y]
            for i in range(target.shape[0]):
                a, b, is_nan = target[i], np.float32(other[i]), other[i] != other[i]
                target[i] = b if b > a or is_nan else a


@jit_loop
def add_above(sums, threshold, result):  # type: ignore[no-untyped-def]
    """result = sums[0] + sums[1] where |sums[1]| >= threshold or NaN, else sums[0]."""
    for y in range(result.shape[0]):
        first, other, target = sums[0, y], sums[1, y], result[y]
        for i in range(target.shape[0]):
            target[i] = first[i] + (0 if abs(other[i]) < threshold else other[i])


@jit_loop
def carry(rows, margin, unit, carried, result):  # type: ignore[no-untyped-def]
    """Copy the channels marked in ``carried`` from ``rows``, ``margin`` values in.

    A level is ``unit`` in the rows.
    """
    channels = carried.shape[0]
    for y in range(result.shape[0]):
        source, target = rows[y, margin:], result[y]
        for x in range(0, target.shape[0], channels):
            for k in range(channels):
                if carried[k]:
                    target[x + k] = source[x + k] / np.float32(unit)


# The loop of each of ``filter.COMBINATIONS`` but "none". The result is an array of its own, because
# LLVM does not vectorise a loop whose arrays may overlap.
COMBINE: dict[str, JitLoop] = {
    "magnitude": magnitude,
    "max": largest,
    "add-above": add_above,
}

# The stages of each of ``filter.RANGES`` before rows are clamped; ``middle`` is mid grey. The
# range of "stretch" depends on the whole picture: execution/executor.py adds its stages.
RANGE_STAGES: dict[str, Callable[[float], Stages]] = {
    "clamp": lambda middle: (),
    "abs": lambda middle: ((absolute, ()),),
    "offset": lambda middle: ((adjust, (1.0, middle)),),
    "stretch": lambda middle: (),
}
