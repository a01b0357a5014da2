"""The loops that quantize 16-bit sums to 8-bit pixels: divided, rounded half up and clamped.

    level = sum / divisor + offset, rounded half up
          = floor(dividend / divisor)      dividend = sum + offset * divisor + floor(divisor / 2)
          = (dividend * factor >> 16) * last >> 16
                                           factor = ceil(2^(16 + shift) / divisor)
                                           last = 2^(16 - shift)

The factor has 15 bits, and is too large by less than ``divisor`` parts of 2^(16 + shift). So no
quotient passes a whole number where dividend * divisor < 2^(16 + shift) (Granlund and Montgomery,
"Division by invariant integers using multiplication", 1994). The upper half of a product is one
instruction for all values of a vector: this takes half the time of floats.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.fixed_point import LARGEST_INT16
from imgconv.execution.stages.store import PixelLayout, add_expand, packed_view
from imgconv.jit.arguments import SlidingView
from imgconv.jit.functions import jit_inline, upper_half
from imgconv.jit.kernel_loop import JitLoop, jit_loop
from imgconv.jit.schedule import Schedule

SMALLEST_DIVISOR = 9

# The number of values that 16 bits can count without overflow.
BLOCK = 1024

_ZERO, _WHITE = np.int16(0), 255


@jit_loop
def clamp(rows, added, maximum, levels, clipped):  # type: ignore[no-untyped-def]
    """levels = rows + added, clamped to 0 .. maximum; ``clipped[0]`` counts the clamped values."""
    numbers = (np.int16(added), np.int16(maximum))
    for y in range(rows.shape[0]):
        for start in range(0, rows.shape[1], BLOCK):
            end = min(start + BLOCK, rows.shape[1])
            clipped[0] += clamp_block(rows[y, start:end], numbers, levels[y, start:end])


@jit_inline
def clamp_block(row, numbers, into):  # type: ignore[no-untyped-def]
    """Clamp up to ``BLOCK`` values and return how many lay outside."""
    (plus, high), outside = numbers, np.int16(0)
    for i in range(row.shape[0]):
        level = np.int16(row[i] + plus)
        inside = min(max(level, _ZERO), high)
        outside = np.int16(outside + np.int16(inside != level))
        into[i] = inside
    return outside


@jit_loop
def divide(rows, added, factor, last, maximum, levels, clipped):  # type: ignore[no-untyped-def]
    """``clamp`` for sums that are divided after ``added``, by a ``division``."""
    numbers = (np.int16(added), np.int16(factor), np.int16(last), np.int16(maximum))
    for y in range(rows.shape[0]):
        for start in range(0, rows.shape[1], BLOCK):
            end = min(start + BLOCK, rows.shape[1])
            clipped[0] += divide_block(rows[y, start:end], numbers, levels[y, start:end])


@jit_inline
def divide_block(row, numbers, into):  # type: ignore[no-untyped-def]
    """Divide and clamp up to ``BLOCK`` values and return how many lay outside."""
    (plus, first, second, high), outside = numbers, np.int16(0)
    for i in range(row.shape[0]):
        dividend = np.int16(row[i] + plus)
        level = upper_half(upper_half(max(dividend, _ZERO), first), second)
        is_outside = (dividend < _ZERO) | (level > high)
        outside = np.int16(outside + np.int16(is_outside))
        into[i] = min(level, high)
    return outside


@jit_loop
def divide_within(rows, added, factor, last, levels):  # type: ignore[no-untyped-def]
    """``divide`` where all quotients are bytes: there is nothing to clamp or to count."""
    plus, first, second = np.int16(added), np.int16(factor), np.int16(last)
    for y in range(rows.shape[0]):
        row, into = rows[y], levels[y]
        for i in range(row.shape[0]):
            into[i] = upper_half(upper_half(np.int16(row[i] + plus), first), second)


def division(divisor: float, offset: float, largest: float) -> tuple[Any, ...] | None:
    """Return the numbers that ``clamp`` or ``divide`` needs for sums up to ``largest``.

    None where they would not be exact. The factor of a divisor below 9 would not fit into 16 bits,
    and that of one above 60 is seldom exact.
    """
    if not (divisor.is_integer() and offset.is_integer()):
        return None
    if divisor == 1:
        return (int(offset),) if largest + abs(offset) <= LARGEST_INT16 else None
    if not SMALLEST_DIVISOR <= divisor <= LARGEST_INT16:
        return None
    number = int(divisor)
    added = int(offset) * number + number // 2
    unit = 1 << (14 + (number - 1).bit_length())
    factor = -(-unit // number)
    reach = largest + abs(added)
    if reach > LARGEST_INT16 or reach * (factor * number - unit) >= unit:
        return None
    return added, factor, (1 << 32) // unit


def add_quantize(
    schedule: Schedule,
    sums: SlidingView,
    divisor: tuple[Any, ...],
    pixels: SlidingView,
    layout: PixelLayout,
    stays_within: bool,
) -> NDArray[np.int64]:
    """Add the calls that store 16-bit ``sums`` as ``pixels``; ``divisor`` is a ``division``.

    Returns the array of one number that counts the values outside the range by more than rounding:
    none where ``stays_within`` says that all quotients are bytes.
    """
    clipped = schedule.state(np.zeros(1, np.int64))
    loop: JitLoop = clamp if len(divisor) == 1 else divide
    packed = packed_view(schedule, sums, pixels, layout)
    if stays_within and loop is divide and layout.maximum == _WHITE:
        schedule.call(divide_within, sums, *divisor, packed, when=sums.height)
    else:
        limits = (int(layout.maximum), packed, clipped)
        schedule.call(loop, sums, *divisor, *limits, when=sums.height)
    add_expand(schedule, packed, pixels, layout)
    return clipped
