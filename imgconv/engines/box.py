"""Running sums: a box of any size costs the same, since each sum is the one before with changes.

column[x]   = sum over j < height of rows[y + j, x]
            = that of the row above + rows[y + height - 1, x] - rows[y - 1, x]
sums[y, i]  = weight * sum over k < width of column[i + k * channels]

Sums that go on over a whole picture drift where they are rounded. These are not: values are whole
multiples of one quantum, so that a sum is exact wherever it began. ``rounder`` is 1.5 times the
number at which floats of its type have that quantum for their last place: adding it and taking it
off again rounds a value. It is 0 for the values of 8 and 16 bits, which are whole already.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.base import RunningSumEngine
from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import jit_loop
from imgconv.kernels.kernel import Kernel

# Float32 holds all whole numbers up to this one.
_EXACT = 2**24

# Other values are taken to so many quanta of full brightness: sums of four million values as bright
# as that are exact in float64.
_QUANTA = 2**30


@jit_loop
def enter(rows, rounder, column):  # type: ignore[no-untyped-def]
    """column[x] += the sum of all rows[y, x]."""
    big = rounder[0]
    for y in range(rows.shape[0]):
        row = rows[y]
        for x in range(column.shape[0]):
            column[x] += (row[x] + big) - big


@jit_loop
def running(  # type: ignore[no-untyped-def]
    coming, going, rounder, width, channels, weight, column, sums, tall
):
    """Slide the column down four rows, then sum along these."""
    for y in range(0, sums.shape[0], 4):
        if y + 4 <= sums.shape[0]:
            slide_4_rows(coming, going, y, rounder[0], column, tall)
        else:
            for k in range(y, sums.shape[0]):
                slide(coming[k], going[k], rounder[0], column, tall[k - y])
        for k in range(y, min(y + 4, sums.shape[0])):
            along(tall[k - y], width, channels, weight, sums[k])


@jit_inline
def slide(coming, going, big, column, tall):  # type: ignore[no-untyped-def]
    """tall = column + coming; column = that - going."""
    for x in range(column.shape[0]):
        total = column[x] + ((coming[x] + big) - big)
        tall[x] = total
        column[x] = total - ((going[x] + big) - big)


@jit_inline
def slide_4_rows(coming, going, top, big, column, tall):  # type: ignore[no-untyped-def]
    """``slide`` for four rows from ``top`` on, into those of ``tall``."""
    c0, c1, c2, c3 = coming[top], coming[top + 1], coming[top + 2], coming[top + 3]
    g0, g1, g2, g3 = going[top], going[top + 1], going[top + 2], going[top + 3]
    t0, t1, t2, t3 = tall[0], tall[1], tall[2], tall[3]
    for x in range(column.shape[0]):
        total = column[x] + ((c0[x] + big) - big)
        t0[x] = total
        total = total - ((g0[x] + big) - big) + ((c1[x] + big) - big)
        t1[x] = total
        total = total - ((g1[x] + big) - big) + ((c2[x] + big) - big)
        t2[x] = total
        total = total - ((g2[x] + big) - big) + ((c3[x] + big) - big)
        t3[x] = total
        column[x] = total - ((g3[x] + big) - big)


@jit_inline
def along(row, width, channels, weight, out):  # type: ignore[no-untyped-def]
    """out[i] = weight * sum over k < width of row[i + k * channels]."""
    if channels == 3:
        along_3_channels(row, width, weight, out)
        return
    for channel in range(channels):
        total = row[channel]
        for j in range(1, width):
            total += row[channel + j * channels]
        come, go, to = row[channel + width * channels :], row[channel:], out[channel:]
        i = 0
        for _ in range(out.shape[0] // channels):
            to[i] = total * weight
            total += come[i] - go[i]
            i += channels


# One sum must wait for the one before it: three that do not depend on each other fill the time.
# Four rows at once, of one channel or of all, took no less.
@jit_inline
def along_3_channels(row, width, weight, out):  # type: ignore[no-untyped-def]
    """``along`` for three channels."""
    a, b, c = row[0], row[1], row[2]
    for j in range(1, width):
        a, b, c = a + row[3 * j], b + row[3 * j + 1], c + row[3 * j + 2]
    come = row[3 * width :]
    for x in range(out.shape[0] // 3):
        i = 3 * x
        out[i], out[i + 1], out[i + 2] = a * weight, b * weight, c * weight
        a += come[i] - row[i]
        b += come[i + 1] - row[i + 1]
        c += come[i + 2] - row[i + 2]


def rounder(kernel: Kernel, maximum: float, is_whole: bool) -> NDArray[Any]:
    """What makes sums of values up to ``maximum`` exact, in an array of the type to sum them in."""
    if is_whole and maximum * kernel.taps < _EXACT:
        return np.zeros(1, np.float32)
    return np.array([0.0 if is_whole else 1.5 * 2.0**52 * maximum / _QUANTA])


def _prepare(kernel: Kernel, channels: int) -> tuple[Any, ...]:
    assert kernel.factor is not None, "all weights of a box are equal, and not zero"
    weight = kernel.factor.column[0] * kernel.factor.row[0] / kernel.scale
    return kernel.width, channels, no_smaller(weight)


def no_smaller(weight: float) -> float:
    """The float32 next to ``weight``, away from zero: then no half becomes less than one."""
    near = np.float32(weight)
    return float(near if abs(near) >= abs(weight) else np.nextafter(near, 2 * near))


ENGINE = RunningSumEngine("sums that run along", _prepare, rounder, enter, running)
