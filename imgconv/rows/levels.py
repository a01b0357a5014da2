"""Sums of 16 bits to pixels of 8: divided, rounded half up and clamped as whole numbers.

    level = sum / divisor + offset, rounded half up
          = floor(dividend / divisor)      dividend = sum + offset * divisor + floor(divisor / 2)
          = (dividend * factor >> 16) * last >> 16
                                           factor = ceil(2^(16 + shift) / divisor)
                                           last = 2^(16 - shift)

The factor has 15 bits, and is too large by less than ``divisor`` parts of 2^(16 + shift): no
quotient moves over a whole number where dividend * divisor < 2^(16 + shift) (Granlund and
Montgomery, "Division by invariant integers using multiplication", 1994). The upper half of a
product is one instruction for all values of a vector: this takes half the time of floats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.fixed_point import LARGEST
from imgconv.machine_code import MachineLoop, machine_loop, upper_half
from imgconv.program import Moving, Program, workspace
from imgconv.rows.store import Layout

SMALLEST_DIVISOR = 9

# As many as are counted in 16 bits without running over.
BLOCK = 1024

_ZERO = np.int16(0)


@machine_loop
def limit(rows, added, maximum, levels, clipped):  # type: ignore[no-untyped-def]
    """levels = rows + added, within 0 .. maximum; ``clipped[0]`` counts those that were not."""
    plus, high = np.int16(added), np.int16(maximum)
    for y in range(rows.shape[0]):
        for start in range(0, rows.shape[1], BLOCK):
            end = min(start + BLOCK, rows.shape[1])
            row, into = rows[y, start:end], levels[y, start:end]
            outside = np.int16(0)
            for i in range(row.shape[0]):
                level = np.int16(row[i] + plus)
                inside = min(max(level, _ZERO), high)
                outside = np.int16(outside + np.int16(inside != level))
                into[i] = inside
            clipped[0] += outside


@machine_loop
def divide(rows, added, factor, last, maximum, levels, clipped):  # type: ignore[no-untyped-def]
    """``limit`` for what is divided after ``added``, by a ``division``."""
    plus, high = np.int16(added), np.int16(maximum)
    first, second = np.int16(factor), np.int16(last)
    for y in range(rows.shape[0]):
        for start in range(0, rows.shape[1], BLOCK):
            end = min(start + BLOCK, rows.shape[1])
            row, into = rows[y, start:end], levels[y, start:end]
            outside = np.int16(0)
            for i in range(row.shape[0]):
                dividend = np.int16(row[i] + plus)
                level = upper_half(upper_half(max(dividend, _ZERO), first), second)
                is_outside = (dividend < _ZERO) | (level > high)
                outside = np.int16(outside + np.int16(is_outside))
                into[i] = min(level, high)
            clipped[0] += outside


def division(divisor: float, offset: float, largest: float) -> tuple[Any, ...] | None:
    """What ``limit`` or ``divide`` takes for sums up to ``largest``; None where they cannot do it.

    The factor of a divisor below 9 would not fit, and one above 60 is seldom exact.
    """
    if not (divisor.is_integer() and offset.is_integer()):
        return None
    if divisor == 1:
        return (int(offset),) if largest + abs(offset) <= LARGEST else None
    if not SMALLEST_DIVISOR <= divisor <= LARGEST:
        return None
    number = int(divisor)
    added = int(offset) * number + number // 2
    unit = 1 << (14 + (number - 1).bit_length())
    factor = -(-unit // number)
    reach = largest + abs(added)
    if reach > LARGEST or reach * (factor * number - unit) >= unit:
        return None
    return added, factor, (1 << 32) // unit


@machine_loop
def spread(levels, stored, channels, pixels):  # type: ignore[no-untyped-def]
    """pixels = levels, which are whole and in range, where there is room for ``stored`` a pixel."""
    for y in range(levels.shape[0]):
        source, target = levels[y], pixels[y]
        for x in range(source.shape[0] // channels):
            for k in range(channels):
                target[x * stored + k] = source[x * channels + k]


@machine_loop
def spread_3_in_4(levels, stored, channels, pixels):  # type: ignore[no-untyped-def]
    """``spread`` for Pillow's RGB: with numbers in place of names it is vectorised."""
    for y in range(levels.shape[0]):
        source, target = levels[y], pixels[y]
        for x in range(source.shape[0] // 3):
            target[4 * x] = source[3 * x]
            target[4 * x + 1] = source[3 * x + 1]
            target[4 * x + 2] = source[3 * x + 2]
            target[4 * x + 3] = 255


def spreader(stored: int, channels: int) -> MachineLoop:
    """The quickest loop that spreads levels into pixels of this layout."""
    return spread_3_in_4 if (stored, channels) == (4, 3) else spread


def add_levels(
    program: Program, sums: Moving, dividing: tuple[Any, ...], pixels: Moving, layout: Layout
) -> NDArray[np.int64]:
    """Have ``sums`` stored as ``pixels``; ``dividing`` is a ``division``.

    Gives the place where the values are counted that lie outside the range by more than rounding.
    """
    clipped = program.state(np.zeros(1, np.int64))
    loop: MachineLoop = limit if len(dividing) == 1 else divide
    maximum, stored, channels = layout
    is_packed = stored == channels
    room = pixels if is_packed else sums._replace(array=workspace(sums.array.shape, np.uint8))
    program.call(loop, sums, *dividing, int(maximum), room, clipped, when=sums.height)
    if not is_packed:
        program.call(spreader(stored, channels), room, stored, channels, pixels, when=room.height)
    return clipped
