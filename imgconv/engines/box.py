"""Running sums: a box of any size costs the same, as each sum is made of the one before it.

column[x]   = sum over j < height of rows[y + j, x]
            = the column of the row above + rows[y + height - 1, x] - rows[y - 1, x]
sums[y, i]  = weight * sum over k < width of column[i + k * channels]

Sums that go on over a whole picture drift where they are rounded. So values are rounded to
multiples of one quantum, and a sum is exact wherever it began. The rounder is 1.5 times the number
at which floats of its type have that quantum as their last place: adding it and subtracting it
again rounds a value. It is 0 for values of 8 and 16 bits, which are whole already.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.engines import Cost
from imgconv.engines.base import (
    LARGEST_WHOLE,
    Engine,
    Lowering,
    Pass,
    PlanOptions,
    RowLayout,
    gain,
)
from imgconv.jit.arguments import SlidingView
from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.schedule import whole_lines
from imgconv.kernels.kernel import Kernel

# The quanta of the largest value: sums of four million such values are exact in float64. A value
# moves by up to three quarters of their share, as the largest value may be no power of two.
_QUANTA = 2**30


@jit_loop
def enter(rows, rounder, column):  # type: ignore[no-untyped-def]
    """Add the sum of all rows[y, x] to column[x]."""
    big = rounder[0]
    for y in range(rows.shape[0]):
        row = rows[y]
        for x in range(column.shape[0]):
            column[x] += (row[x] + big) - big


@jit_loop
def running(rows, rounder, box, column, sums, tall):  # type: ignore[no-untyped-def]
    """Slide the column down four rows, then sum along these."""
    (coming, going), (width, channels, weight) = rows, box
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
    """Set tall to column + coming, and column to tall - going."""
    for x in range(column.shape[0]):
        total = column[x] + ((coming[x] + big) - big)
        tall[x] = total
        column[x] = total - ((going[x] + big) - big)


@jit_inline
def slide_4_rows(coming, going, top, big, column, tall):  # type: ignore[no-untyped-def]
    """Slide the column down four rows from ``top`` on, into the rows of ``tall``."""
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
    """Set out[i] to weight * sum over k < width of row[i + k * channels]."""
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
@jit_inline
def along_3_channels(row, width, weight, out):  # type: ignore[no-untyped-def]
    """Sum ``along`` a row of three channels."""
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


def rounder(kernel: Kernel, rows: RowLayout) -> NDArray[Any]:
    """Return the rounder that makes sums exact: one value, of the type to sum in."""
    if rows.is_whole and rows.maximum * kernel.taps < LARGEST_WHOLE:
        return np.zeros(1, np.float32)
    return np.array([0.0 if rows.is_whole else 1.5 * 2.0**52 * rows.maximum / _QUANTA])


def no_smaller(weight: float) -> float:
    """Return the float32 next to ``weight``, away from zero: no half becomes less than one."""
    near = np.float32(weight)
    return float(near if abs(near) >= abs(weight) else np.nextafter(near, 2 * near))


def lower(lowering: Lowering, kernel: Kernel, sums: SlidingView, level: object) -> None:
    """Add a call that sums up the first rows, and one for the rows that enter and leave the box.

    The rows of a picture that leave are read again, in a window above the box.
    """
    assert kernel.factor is not None, "all weights of a box are equal, and not zero"
    schedule, reach, layout = lowering.schedule, kernel.reach, lowering.layout
    if lowering.is_picture:
        window = lowering.window(reach, True)
        coming = window.fresh
        going = lowering.window(reach._replace(below=-reach.above), True).fresh
    else:
        window = lowering.window(reach, False)
        coming, going = window.rows._replace(start=kernel.height - 1), window.rows
    right, channels = lowering.columns_before(kernel), layout.channels
    fresh, coming, going = (rows._replace(offset=right) for rows in (window.fresh, coming, going))
    round_by = rounder(kernel, layout)
    length = sums.array.shape[1] + (kernel.width - 1) * channels
    column = schedule.state(np.zeros(length, round_by.dtype))
    tall = schedule.workspace((4, whole_lines(length + channels)), round_by.dtype)
    before = schedule.column(np.where(np.diff(lowering.bounds) == 0, window.added, 0))
    schedule.call(enter, fresh, round_by, column, when=before)
    weight = kernel.factor.column[0] * kernel.factor.row[0]
    weight = weight if _is_divided_later(kernel) else no_smaller(weight / kernel.scale)
    box = (kernel.width, channels, weight)
    schedule.call(running, (coming, going), round_by, box, column, sums, tall, when=sums.height)


def candidate(kernel: Kernel, options: PlanOptions) -> Pass | None:
    """Return the pass of a box. Over floats it must be forced; a NaN would spoil all sums."""
    error, is_forced = _error(kernel, options), options.engine == "running"
    suits = kernel.is_box and options.is_finite
    if not (suits and (is_forced or (not options.is_float and error <= options.tolerance / 255))):
        return None
    if options.least_inside is not None:  # sums are divided by the weights inside, not by the scale
        kernel = kernel.replaced(scale=1.0)
    scale = kernel.scale if _is_divided_later(kernel) else 1.0
    return Pass("running", kernel, 1, scale, error)


def _error(kernel: Kernel, options: PlanOptions) -> float:
    """Return the error of values that are rounded to quanta, as in ``Pass``.

    It counts as 0 below the resolution of float32, as for values up to white.
    """
    error = 0.75 / _QUANTA * options.bounds.magnitude * gain(kernel)
    return error if error > 2.0**-24 else 0.0


def _is_divided_later(kernel: Kernel) -> bool:
    """Return whether halves must be exact, as one that is too large may get less than one later."""
    return kernel.is_integer and (kernel.offset != 0 or kernel.sum / kernel.scale < 0)


ENGINE = Engine(candidate, lower, Cost(0.45, 0.0), ("blur:5", "blur:50"), reads_twice=True)
