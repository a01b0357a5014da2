"""Sums of products in fixed point: what engines that multiply each tap are made of, in 16 bits.

Weights stand in lines, each as often as there are values to be multiplied with it: only of what is
loaded beside it does LLVM know that it has 16 bits, and takes the instruction that gives the upper
half of a product. For the rest see ``taps.py``, which does the same in floats.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imgconv.fixed_point import upper_half
from imgconv.parts import separate_part
from imgconv.program import LINE, whole_lines

# More values than in ``taps.py``, as they are half as long. With 2048 the lines of many weights do
# not stay in the nearest cache.
BLOCK = 1536


def in_lines(weights: NDArray[np.int16], length: int) -> NDArray[np.int16]:
    """Each weight at least ``length`` times, shape (weights, length and some more).

    An odd number of cache lines, so that weights do not all compete for the same places in a cache.
    """
    odd = whole_lines(length) // LINE | 1
    return np.repeat(weights[:, None], odd * LINE, axis=1)


@separate_part
def add_products_down(out, top, left, n, memory, at, length, lines, first, taps):  # type: ignore[no-untyped-def]
    """out[top + y, left + i] += sum over j of w[first + j] * memory[at + (y + j) * length + i].

    w are the weights in ``lines``. For y of 0 .. 3, i below ``n`` and j below ``taps``.
    """
    o0, o1 = out[top, left : left + n], out[top + 1, left : left + n]
    o2, o3 = out[top + 2, left : left + n], out[top + 3, left : left + n]
    t = 0
    while t < taps:
        start, a = at + t * length, lines[first + t]
        r0, r1 = memory[start:], memory[start + length :]
        r2, r3 = memory[start + 2 * length :], memory[start + 3 * length :]
        r4 = memory[start + 4 * length :]
        if t + 3 <= taps:
            b, c = lines[first + t + 1], lines[first + t + 2]
            r5 = memory[start + 5 * length :]
            for i in range(n):
                u, v, w, v1, v2, v3, v4 = a[i], b[i], c[i], r1[i], r2[i], r3[i], r4[i]
                o0[i] += upper_half(u, r0[i]) + upper_half(v, v1) + upper_half(w, v2)
                o1[i] += upper_half(u, v1) + upper_half(v, v2) + upper_half(w, v3)
                o2[i] += upper_half(u, v2) + upper_half(v, v3) + upper_half(w, v4)
                o3[i] += upper_half(u, v3) + upper_half(v, v4) + upper_half(w, r5[i])
            t += 3
        elif t + 2 <= taps:
            b = lines[first + t + 1]
            for i in range(n):
                u, v, v1, v2, v3 = a[i], b[i], r1[i], r2[i], r3[i]
                o0[i] += upper_half(u, r0[i]) + upper_half(v, v1)
                o1[i] += upper_half(u, v1) + upper_half(v, v2)
                o2[i] += upper_half(u, v2) + upper_half(v, v3)
                o3[i] += upper_half(u, v3) + upper_half(v, r4[i])
            t += 2
        else:
            for i in range(n):
                u = a[i]
                o0[i] += upper_half(u, r0[i])
                o1[i] += upper_half(u, r1[i])
                o2[i] += upper_half(u, r2[i])
                o3[i] += upper_half(u, r3[i])
            t += 1


@separate_part
def add_products_along(out, top, left, n, memory, step, lines):  # type: ignore[no-untyped-def]
    """out[top + y, left + i] += sum over j of w[j] * memory[y, j * step + i], for y of 0 .. 3."""
    o0, o1 = out[top, left : left + n], out[top + 1, left : left + n]
    o2, o3 = out[top + 2, left : left + n], out[top + 3, left : left + n]
    t, taps = 0, lines.shape[0]
    while t < taps:
        a, here, there = lines[t], t * step, (t + 1) * step
        p0, p1, p2, p3 = memory[0, here:], memory[1, here:], memory[2, here:], memory[3, here:]
        if t + 2 <= taps:
            b = lines[t + 1]
            q0, q1 = memory[0, there:], memory[1, there:]
            q2, q3 = memory[2, there:], memory[3, there:]
            for i in range(n):
                u, v = a[i], b[i]
                o0[i] += upper_half(u, p0[i]) + upper_half(v, q0[i])
                o1[i] += upper_half(u, p1[i]) + upper_half(v, q1[i])
                o2[i] += upper_half(u, p2[i]) + upper_half(v, q2[i])
                o3[i] += upper_half(u, p3[i]) + upper_half(v, q3[i])
            t += 2
        else:
            for i in range(n):
                u = a[i]
                o0[i] += upper_half(u, p0[i])
                o1[i] += upper_half(u, p1[i])
                o2[i] += upper_half(u, p2[i])
                o3[i] += upper_half(u, p3[i])
            t += 1
