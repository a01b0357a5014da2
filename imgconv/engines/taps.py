"""Weighted sums of slices of memory: what engines that multiply each tap are made of.

Every sum takes its taps one after the other in a fixed order, and each product is added as it is
made, so a value does not depend on which other values are computed along with it. Memory is sliced
before it is indexed: with a signed offset in the index, Numba provides for negative ones, and the
loop is not vectorised.
"""

from __future__ import annotations

from imgconv.machine_code import machine_part

# Loops work through rows in blocks of so many values, to keep the sums in the nearest cache.
BLOCK = 1024


# Four rows at once load seven rows of memory for sixteen products.
@machine_part
def add_down_4_rows(  # type: ignore[no-untyped-def]
    out, top, left, n, memory, at, length, weights, first, taps
):
    """out[top + y, left + i] += sum over j of w[first + j] * memory[at + (y + j) * length + i].

    w are the ``weights``. For y of 0 .. 3, i below ``n`` and j below ``taps``.
    """
    o0, o1 = out[top, left : left + n], out[top + 1, left : left + n]
    o2, o3 = out[top + 2, left : left + n], out[top + 3, left : left + n]
    t = 0
    while t + 4 <= taps:
        a, b = weights[first + t], weights[first + t + 1]
        c, d = weights[first + t + 2], weights[first + t + 3]
        start = at + t * length
        r0, r1 = memory[start:], memory[start + length :]
        r2, r3 = memory[start + 2 * length :], memory[start + 3 * length :]
        r4, r5 = memory[start + 4 * length :], memory[start + 5 * length :]
        r6 = memory[start + 6 * length :]
        for i in range(n):
            v1, v2, v3, v4, v5 = r1[i], r2[i], r3[i], r4[i], r5[i]
            o0[i] = o0[i] + a * r0[i] + b * v1 + c * v2 + d * v3
            o1[i] = o1[i] + a * v1 + b * v2 + c * v3 + d * v4
            o2[i] = o2[i] + a * v2 + b * v3 + c * v4 + d * v5
            o3[i] = o3[i] + a * v3 + b * v4 + c * v5 + d * r6[i]
        t += 4
    while t < taps:
        a = weights[first + t]
        start = at + t * length
        r0, r1 = memory[start:], memory[start + length :]
        r2, r3 = memory[start + 2 * length :], memory[start + 3 * length :]
        if t + 1 < taps:
            b, r4 = weights[first + t + 1], memory[start + 4 * length :]
            for i in range(n):
                v1, v2, v3 = r1[i], r2[i], r3[i]
                o0[i] = o0[i] + a * r0[i] + b * v1
                o1[i] = o1[i] + a * v1 + b * v2
                o2[i] = o2[i] + a * v2 + b * v3
                o3[i] = o3[i] + a * v3 + b * r4[i]
        else:
            for i in range(n):
                o0[i] = o0[i] + a * r0[i]
                o1[i] = o1[i] + a * r1[i]
                o2[i] = o2[i] + a * r2[i]
                o3[i] = o3[i] + a * r3[i]
        t += 2


@machine_part
def add_taps(out, memory, at, step, weights, first, taps):  # type: ignore[no-untyped-def]
    """out[i] += sum over j < taps of weights[first + j] * memory[at + j * step + i]."""
    n = out.shape[0]
    t = 0
    while t + 4 <= taps:
        a, b = weights[first + t], weights[first + t + 1]
        c, d = weights[first + t + 2], weights[first + t + 3]
        start = at + t * step
        m0, m1 = memory[start:], memory[start + step :]
        m2, m3 = memory[start + 2 * step :], memory[start + 3 * step :]
        for i in range(n):
            out[i] = out[i] + a * m0[i] + b * m1[i] + c * m2[i] + d * m3[i]
        t += 4
    while t < taps:
        a, m0 = weights[first + t], memory[at + t * step :]
        for i in range(n):
            out[i] = out[i] + a * m0[i]
        t += 1
