"""Sums of products in fixed point: what engines that multiply each tap are made of, in 16 bits.

A product is the upper half of one of numbers without a sign. So taps are laid out in runs of one
sign, and what a negative weight takes away is added to the complement of the sums:

    a - b = ~(~a + b)

For the rest see ``engines/dot_float.py``, which does the same in floats.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.jit.functions import jit_inline, jit_noinline
from imgconv.jit.intrinsics import upper_half


class Taps(NamedTuple):
    """Taps as loops take them: in runs of one sign, which lie one step apart, positive ones first.

    Run r is ``weights[first : end]``, all without their sign, for what lies ``offset`` values away,
    where ``runs[r]`` is (offset, first, end). The first ``positive`` runs are to be added.
    """

    runs: NDArray[np.int64]
    weights: NDArray[np.int16]
    positive: int


def in_runs(weights: NDArray[np.int16], places: NDArray[np.int64], step: int) -> Taps:
    """Lay out ``weights`` that meet what lies ``places`` away."""
    negative = weights < 0
    breaks = (np.diff(places) != step) | (negative[1:] != negative[:-1])
    firsts = np.append(0, 1 + np.flatnonzero(breaks))
    runs = np.column_stack([places[firsts], firsts, np.append(firsts[1:], len(weights))])
    order = np.argsort(negative[firsts], kind="stable")
    return Taps(runs[order], np.abs(weights), int(np.count_nonzero(~negative[firsts])))


@jit_inline
def complement(row):  # type: ignore[no-untyped-def]
    """row = ~row."""
    for i in range(row.shape[0]):
        row[i] = ~row[i]


@jit_inline
def complement_rows(out, top, left, n):  # type: ignore[no-untyped-def]
    """``complement`` of ``n`` values of four rows."""
    for k in range(4):
        complement(out[top + k, left : left + n])


@jit_inline
def taken_at_once(left):  # type: ignore[no-untyped-def]
    """Of so many taps that are left: five, three or two, and one only where it is the last."""
    if left == 5 or left >= 7:
        return 5
    return 3 if left == 3 or left == 6 else min(left, 2)


# Four rows at once load eight rows of memory for twenty products.
@jit_noinline
def add_products_down(out, top, left, n, memory, at, length, weights, first, end):  # type: ignore[no-untyped-def]
    """out[top + y, left + i] += sum over j of w[j] * memory[at + (y + j) * length + i].

    w are ``weights[first : end]``. For y of 0 .. 3 and i below ``n``.
    """
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
                o0[i] += (
                    upper_half(a, r0[i])
                    + upper_half(b, v1)
                    + upper_half(c, v2)
                    + upper_half(d, v3)
                    + upper_half(e, v4)
                )
                o1[i] += (
                    upper_half(a, v1)
                    + upper_half(b, v2)
                    + upper_half(c, v3)
                    + upper_half(d, v4)
                    + upper_half(e, v5)
                )
                o2[i] += (
                    upper_half(a, v2)
                    + upper_half(b, v3)
                    + upper_half(c, v4)
                    + upper_half(d, v5)
                    + upper_half(e, v6)
                )
                o3[i] += (
                    upper_half(a, v3)
                    + upper_half(b, v4)
                    + upper_half(c, v5)
                    + upper_half(d, v6)
                    + upper_half(e, r7[i])
                )
        elif taken == 3:
            b, c = weights[t + 1], weights[t + 2]
            r4, r5 = memory[start + 4 * length :], memory[start + 5 * length :]
            for i in range(n):
                v1, v2, v3, v4 = r1[i], r2[i], r3[i], r4[i]
                o0[i] += upper_half(a, r0[i]) + upper_half(b, v1) + upper_half(c, v2)
                o1[i] += upper_half(a, v1) + upper_half(b, v2) + upper_half(c, v3)
                o2[i] += upper_half(a, v2) + upper_half(b, v3) + upper_half(c, v4)
                o3[i] += upper_half(a, v3) + upper_half(b, v4) + upper_half(c, r5[i])
        elif taken == 2:
            b, r4 = weights[t + 1], memory[start + 4 * length :]
            for i in range(n):
                v1, v2, v3 = r1[i], r2[i], r3[i]
                o0[i] += upper_half(a, r0[i]) + upper_half(b, v1)
                o1[i] += upper_half(a, v1) + upper_half(b, v2)
                o2[i] += upper_half(a, v2) + upper_half(b, v3)
                o3[i] += upper_half(a, v3) + upper_half(b, r4[i])
        else:
            for i in range(n):
                o0[i] += upper_half(a, r0[i])
                o1[i] += upper_half(a, r1[i])
                o2[i] += upper_half(a, r2[i])
                o3[i] += upper_half(a, r3[i])
        t += taken


# One row at a time: with four, the processor reads from twenty places at once, and took longer.
@jit_noinline
def add_products_along(out, memory, step, weights, first, end):  # type: ignore[no-untyped-def]
    """out[i] += sum over j of w[j] * memory[j * step + i]; w are ``weights[first : end]``."""
    t, n = first, out.shape[0]
    while t < end:
        start, a = (t - first) * step, weights[t]
        m0, taken = memory[start:], taken_at_once(end - t)
        if taken == 5:
            b, c, d, e = weights[t + 1], weights[t + 2], weights[t + 3], weights[t + 4]
            m1, m2 = memory[start + step :], memory[start + 2 * step :]
            m3, m4 = memory[start + 3 * step :], memory[start + 4 * step :]
            for i in range(n):
                out[i] += (
                    upper_half(a, m0[i])
                    + upper_half(b, m1[i])
                    + upper_half(c, m2[i])
                    + upper_half(d, m3[i])
                    + upper_half(e, m4[i])
                )
        elif taken == 3:
            b, c = weights[t + 1], weights[t + 2]
            m1, m2 = memory[start + step :], memory[start + 2 * step :]
            for i in range(n):
                out[i] += upper_half(a, m0[i]) + upper_half(b, m1[i]) + upper_half(c, m2[i])
        elif taken == 2:
            b, m1 = weights[t + 1], memory[start + step :]
            for i in range(n):
                out[i] += upper_half(a, m0[i]) + upper_half(b, m1[i])
        else:
            for i in range(n):
                out[i] += upper_half(a, m0[i])
        t += taken


@jit_inline
def sum_fixed_down(out, top, left, n, memory, at, length, runs, weights, positive, middle):  # type: ignore[no-untyped-def]
    """out[top + y, left + i] = middle + the taps that meet memory[at + y * length + i].

    For y of 0 .. 3 and i below ``n``.
    """
    for k in range(4):
        out[top + k, left : left + n] = middle
    for r in range(runs.shape[0]):
        if r == positive:
            complement_rows(out, top, left, n)
        here = at + runs[r, 0]
        add_products_down(out, top, left, n, memory, here, length, weights, runs[r, 1], runs[r, 2])
    if positive < runs.shape[0]:
        complement_rows(out, top, left, n)


@jit_inline
def sum_fixed_along(out, memory, step, runs, weights, positive, middle):  # type: ignore[no-untyped-def]
    """out[i] = middle + the taps that meet memory[i]."""
    out[:] = middle
    for r in range(runs.shape[0]):
        if r == positive:
            complement(out)
        add_products_along(out, memory[runs[r, 0] :], step, weights, runs[r, 1], runs[r, 2])
    if positive < runs.shape[0]:
        complement(out)
