"""Sums of products in fixed point, for engines that multiply each tap in 16 bits.

A product is the upper half of a product of unsigned numbers. So taps are laid out in runs of one
sign, and negative weights are added to the complement of the sums:

    a - b = ~(~a + b)

``engines/dot_float.py`` does the same in floats, and explains the loops.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.jit.functions import jit_inline, jit_noinline
from imgconv.jit.intrinsics import upper_half


class Taps(NamedTuple):
    """Taps as loops take them: in runs of one sign and one step apart, the positive ones first.

    ``runs[r]`` is (offset, first, end): weights[first : end], without their sign, meet the values
    from ``offset`` on. The first ``positive`` runs are added. Sums begin with ``middle``.
    """

    runs: NDArray[np.int64]
    weights: NDArray[np.int16]
    positive: int
    middle: int


def in_runs(weights: NDArray[np.int16], places: NDArray[np.int64], step: int, middle: int) -> Taps:
    """Return taps whose ``weights`` meet the values at the offsets ``places``."""
    negative = weights < 0
    breaks = (np.diff(places) != step) | (negative[1:] != negative[:-1])
    firsts = np.append(0, 1 + np.flatnonzero(breaks))
    runs = np.column_stack([places[firsts], firsts, np.append(firsts[1:], len(weights))])
    order = np.argsort(negative[firsts], kind="stable")
    positive = int(np.count_nonzero(~negative[firsts]))
    return Taps(runs[order], np.abs(weights), positive, middle)


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
    """Set a block of four rows to the sums of ``Taps``: see ``add_products_down``."""
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
    """Set out[i] to the sum of the ``Taps`` that meet memory[i]."""
    runs, weights, positive, middle = taps
    out[:] = middle
    for r in range(runs.shape[0]):
        if r == positive:
            complement(out)
        add_products_along(out, memory[runs[r, 0] :], step, weights, runs[r, 1], runs[r, 2])
    if positive < runs.shape[0]:
        complement(out)
