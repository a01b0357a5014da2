"""Sums in fixed point: numbers of 16 bits, some of which are behind the point.

    row     = level * 2^7
    product = weight * row / 2^16, rounded down       weight = |w| * 2^(16 - 7 + fraction)
    sum     = middle + products where w > 0 - products where w < 0
                                                      = result * 2^fraction

The upper half of a product of 16 bits is one instruction, for twice as many values as a vector has
of floats, and rows take half as much of the cache. To round a product down takes half a unit of it
on average, and at most half a unit more or less. The ``middle`` makes up for the average of all.

The instruction multiplies unsigned numbers. So taps are in runs of one sign, and products of
negative weights are added to the complement of the sums: a - b = ~(~a + b).
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.base import Pass, PlanOptions
from imgconv.jit.functions import jit_inline, jit_noinline, upper_half
from imgconv.kernels.kernel import Kernel

# Rows have 7 bits behind the point: that many leave 16 bits room for white.
FRACTION = 7
UNIT = 1 << FRACTION

# With fewer bits behind the point sums are too coarse to be of use.
_LEAST = 4

_WHITE = 255

# The largest number of 16 bits: no sum may exceed it, with everything that is added to it.
LARGEST_INT16 = 32767


class Weighted(NamedTuple):
    """Weights whose sums have ``fraction`` bits behind the point, and the ``error`` in levels."""

    weights: NDArray[np.int16]
    fraction: int
    error: float

    def middle(self, lift: int = 0) -> int:
        """Return the number that sums begin with, which takes away a ``lift`` of all rows."""
        rounded = int(np.sign(self.weights).sum())
        lifted = lift * int(self.weights.sum(dtype=int)) / (1 << 16)
        return int(rounded / 2 - lifted)

    def taps(
        self, places: NDArray[np.int64], step: int, middle: int | None = None
    ) -> tuple[Any, ...]:
        """Return taps that meet the values at the offsets ``places``: a group for loops.

        It is (runs, weights, positive, middle). Run r has taps of one sign, ``step`` apart:
        (offset, first, end) says that weights[first : end], without their sign, meet the values
        from ``offset`` on. The first ``positive`` runs are added; ``middle`` may overflow.
        """
        negative = self.weights < 0
        breaks = (np.diff(places) != step) | (negative[1:] != negative[:-1])
        firsts = np.append(0, 1 + np.flatnonzero(breaks))
        runs = np.column_stack([places[firsts], firsts, np.append(firsts[1:], len(negative))])
        order = np.argsort(negative[firsts], kind="stable")
        positive = int(np.count_nonzero(~negative[firsts]))
        begin = np.array(self.middle() if middle is None else middle).astype(np.int16)
        return runs[order], np.abs(self.weights), positive, int(begin)


def weighted(
    weights: NDArray[np.float64], before: int = FRACTION, most: float = _WHITE
) -> Weighted | None:
    """Return weights of 16 bits for values up to ``most``, with ``before`` bits behind the point.

    None if 16 bits are too few. The largest weight makes up for the rounding of their sum.
    """
    off = UNIT * least_error(weights.size)
    reach, largest = most * np.abs(weights).sum(), np.abs(weights).max(initial=0)
    for fraction in range(FRACTION, _LEAST - 1, -1):
        unit, one = 2.0**fraction, 2.0 ** (16 - before + fraction)
        holds_sums = reach * unit + off + unit / 2 <= LARGEST_INT16
        if holds_sums and largest * one + weights.size <= LARGEST_INT16:
            scaled = weights * one
            whole = np.rint(scaled)
            whole[np.abs(scaled).argmax()] += np.rint(scaled.sum()) - whole.sum()
            lost = float(np.abs(whole / one - weights).sum())
            return Weighted(whole.astype(np.int16), fraction, most * lost + off / unit)
    return None


def least_error(taps: int) -> float:
    """Return the error of a sum of ``taps`` products in levels, if only products are rounded."""
    return (taps + 1) / 2 / UNIT


def of_grid(kernel: Kernel) -> tuple[Weighted, ...]:
    """Return all weights but zeros, column by column: one item, or none if they do not fit."""
    weights = kernel.weights.T
    grid = weighted(weights[weights != 0] / kernel.scale) if kernel.taps else None
    return (grid,) if grid else ()


def of_factor(kernel: Kernel) -> tuple[Weighted, ...]:
    """Return a column, and a row for the sums of that column, or nothing if they do not fit.

    The ``error`` of the row is that of both. The column's weights sum to no more than one, so that
    its sums have about as many bits as rows.
    """
    assert kernel.factor is not None, "the planner sends only separable kernels here"
    total = np.abs(kernel.factor.column).sum()
    column = weighted(kernel.factor.column / total)
    if column is None:
        return ()
    weights = kernel.factor.row * (total / kernel.scale)
    row = weighted(weights, column.fraction, _WHITE + column.error)
    if row is None:
        return ()
    return column, row._replace(error=row.error + column.error * float(np.abs(weights).sum()))


def quantized(kernel_pass: Pass, sums: tuple[Weighted, ...], options: PlanOptions) -> Pass:
    """Return the pass in fixed point, or unchanged where the tolerance does not allow that."""
    error = kernel_pass.error + sums[-1].error / 255 if sums else math.inf
    if error > options.tolerance / 255:
        return kernel_pass
    scale = float(1 << sums[-1].fraction)
    return kernel_pass._replace(scale=scale, error=error, is_whole=True, unit=UNIT)


@jit_inline
def complement(row):  # type: ignore[no-untyped-def]
    for i in range(row.shape[0]):
        row[i] = ~row[i]


@jit_inline
def complement_rows(out, top, left, n):  # type: ignore[no-untyped-def]
    for k in range(4):
        complement(out[top + k, left : left + n])


@jit_inline
def taken_at_once(left):  # type: ignore[no-untyped-def]
    """Return how many of the taps that are ``left`` to take: 5, 3 or 2, and 1 for the last."""
    if left == 5 or left >= 7:
        return 5
    return 3 if left == 3 or left == 6 else min(left, 2)


@jit_inline
def two(a, b, v0, v1):  # type: ignore[no-untyped-def]
    return upper_half(a, v0) + upper_half(b, v1)


@jit_inline
def three(a, b, c, v0, v1, v2):  # type: ignore[no-untyped-def]
    return upper_half(a, v0) + upper_half(b, v1) + upper_half(c, v2)


# Four rows at once load eight rows of memory for twenty products. Up to five taps stand in one
# expression, which keeps the sum in a register for all of them.
@jit_noinline
def add_products_down(out, block, rows, taps):  # type: ignore[no-untyped-def]
    """Add the products of ``taps``, (weights, first, end), to four rows: see ``add_down``."""
    (top, left, n), (memory, at, length), (weights, first, end) = block, rows, taps
    o0, o1 = out[top, left : left + n], out[top + 1, left : left + n]
    o2, o3 = out[top + 2, left : left + n], out[top + 3, left : left + n]
    t = first
    while t < end:
        start, a = at + (t - first) * length, weights[t]
        r0, r1 = memory[start:], memory[start + length :]
        r2, r3 = memory[start + 2 * length :], memory[start + 3 * length :]
        taken = taken_at_once(end - t)
        if taken == 5:
            b, c, d, e = weights[t + 1], weights[t + 2], weights[t + 3], weights[t + 4]
            r4, r5 = memory[start + 4 * length :], memory[start + 5 * length :]
            r6, r7 = memory[start + 6 * length :], memory[start + 7 * length :]
            for i in range(n):
                v1, v2, v3, v4, v5, v6 = r1[i], r2[i], r3[i], r4[i], r5[i], r6[i]
                o0[i] += three(a, b, c, r0[i], v1, v2) + two(d, e, v3, v4)
                o1[i] += three(a, b, c, v1, v2, v3) + two(d, e, v4, v5)
                o2[i] += three(a, b, c, v2, v3, v4) + two(d, e, v5, v6)
                o3[i] += three(a, b, c, v3, v4, v5) + two(d, e, v6, r7[i])
        elif taken == 3:
            b, c = weights[t + 1], weights[t + 2]
            r4, r5 = memory[start + 4 * length :], memory[start + 5 * length :]
            for i in range(n):
                v1, v2, v3, v4 = r1[i], r2[i], r3[i], r4[i]
                o0[i] += three(a, b, c, r0[i], v1, v2)
                o1[i] += three(a, b, c, v1, v2, v3)
                o2[i] += three(a, b, c, v2, v3, v4)
                o3[i] += three(a, b, c, v3, v4, r5[i])
        elif taken == 2:
            b, r4 = weights[t + 1], memory[start + 4 * length :]
            for i in range(n):
                v1, v2, v3 = r1[i], r2[i], r3[i]
                o0[i] += two(a, b, r0[i], v1)
                o1[i] += two(a, b, v1, v2)
                o2[i] += two(a, b, v2, v3)
                o3[i] += two(a, b, v3, r4[i])
        else:
            for i in range(n):
                o0[i] += upper_half(a, r0[i])
                o1[i] += upper_half(a, r1[i])
                o2[i] += upper_half(a, r2[i])
                o3[i] += upper_half(a, r3[i])
        t += taken


@jit_noinline
def add_products_along(out, memory, step, weights, first, end):  # type: ignore[no-untyped-def]
    """Add sum over j < end - first of weights[first + j] * memory[j * step + i] to out[i]."""
    t, n = first, out.shape[0]
    while t < end:
        start, a = (t - first) * step, weights[t]
        m0, taken = memory[start:], taken_at_once(end - t)
        if taken == 5:
            b, c, d, e = weights[t + 1], weights[t + 2], weights[t + 3], weights[t + 4]
            m1, m2 = memory[start + step :], memory[start + 2 * step :]
            m3, m4 = memory[start + 3 * step :], memory[start + 4 * step :]
            for i in range(n):
                out[i] += three(a, b, c, m0[i], m1[i], m2[i]) + two(d, e, m3[i], m4[i])
        elif taken == 3:
            b, c = weights[t + 1], weights[t + 2]
            m1, m2 = memory[start + step :], memory[start + 2 * step :]
            for i in range(n):
                out[i] += three(a, b, c, m0[i], m1[i], m2[i])
        elif taken == 2:
            b, m1 = weights[t + 1], memory[start + step :]
            for i in range(n):
                out[i] += two(a, b, m0[i], m1[i])
        else:
            for i in range(n):
                out[i] += upper_half(a, m0[i])
        t += taken


@jit_inline
def sum_fixed_down(out, block, rows, taps):  # type: ignore[no-untyped-def]
    """Set a block of four rows to the sums of ``taps``: see ``add_products_down``."""
    (top, left, n), (memory, at, length), (runs, weights, positive, middle) = block, rows, taps
    for k in range(4):
        out[top + k, left : left + n] = middle
    for r in range(runs.shape[0]):
        if r == positive:
            complement_rows(out, top, left, n)
        run = (weights, runs[r, 1], runs[r, 2])
        add_products_down(out, block, (memory, at + runs[r, 0], length), run)
    if positive < runs.shape[0]:
        complement_rows(out, top, left, n)


@jit_inline
def sum_fixed_along(out, memory, step, taps):  # type: ignore[no-untyped-def]
    """Set out[i] to the sum of the ``taps`` that meet memory[i]."""
    runs, weights, positive, middle = taps
    out[:] = middle
    for r in range(runs.shape[0]):
        if r == positive:
            complement(out)
        add_products_along(out, memory[runs[r, 0] :], step, weights, runs[r, 1], runs[r, 2])
    if positive < runs.shape[0]:
        complement(out)
