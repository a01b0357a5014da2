"""Weighted sums of slices of memory: what engines that multiply each tap are made of.

Every sum takes its taps one after the other in a fixed order, and each product is added as it is
made, so a value does not depend on which others are computed along with it. Memory is sliced before
it is indexed: with a signed offset in the index, Numba provides for negative ones, and the loop is
not vectorised.

Three taps in one expression keep the sum in a register for all of them. With more the loops ran
hardly faster, and each further loop takes a quarter of a second to compile.
"""

from __future__ import annotations

from imgconv.machine_code import machine_part

# Loops work through rows in blocks of so many values, to keep the sums in the nearest cache.
BLOCK = 1024


# Four rows at once load six rows of memory for twelve products.
@machine_part
def add_down(out, top, left, n, memory, at, length, weights, first, taps):  # type: ignore[no-untyped-def]
    """out[top + y, left + i] += sum over j of w[first + j] * memory[at + (y + j) * length + i].

    w are the ``weights``. For y of 0 .. 3, i below ``n`` and j below ``taps``.
    """
    o0, o1 = out[top, left : left + n], out[top + 1, left : left + n]
    o2, o3 = out[top + 2, left : left + n], out[top + 3, left : left + n]
    t = 0
    while t < taps:
        start, a = at + t * length, weights[first + t]
        r0, r1 = memory[start:], memory[start + length :]
        r2, r3 = memory[start + 2 * length :], memory[start + 3 * length :]
        if t + 3 <= taps:
            b, c = weights[first + t + 1], weights[first + t + 2]
            r4, r5 = memory[start + 4 * length :], memory[start + 5 * length :]
            for i in range(n):
                v1, v2, v3, v4 = r1[i], r2[i], r3[i], r4[i]
                o0[i] = o0[i] + a * r0[i] + b * v1 + c * v2
                o1[i] = o1[i] + a * v1 + b * v2 + c * v3
                o2[i] = o2[i] + a * v2 + b * v3 + c * v4
                o3[i] = o3[i] + a * v3 + b * v4 + c * r5[i]
            t += 3
        else:
            for i in range(n):
                o0[i] = o0[i] + a * r0[i]
                o1[i] = o1[i] + a * r1[i]
                o2[i] = o2[i] + a * r2[i]
                o3[i] = o3[i] + a * r3[i]
            t += 1


@machine_part
def add_along(out, memory, step, weights):  # type: ignore[no-untyped-def]
    """out[i] += sum over j of weights[j] * memory[j * step + i]."""
    t = 0
    while t < weights.shape[0]:
        a, m0 = weights[t], memory[t * step :]
        if t + 3 <= weights.shape[0]:
            b, c = weights[t + 1], weights[t + 2]
            m1, m2 = memory[(t + 1) * step :], memory[(t + 2) * step :]
            for i in range(out.shape[0]):
                out[i] = out[i] + a * m0[i] + b * m1[i] + c * m2[i]
            t += 3
        else:
            for i in range(out.shape[0]):
                out[i] = out[i] + a * m0[i]
            t += 1
