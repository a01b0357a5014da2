"""Weighted sums of slices of memory, for engines that multiply each tap in floats.

Each sum takes its taps one after the other in a fixed order, and each product is added as it is
made, so a value does not depend on its neighbours. Memory is sliced before it is indexed: with a
signed offset in the index Numba provides for negative ones, and the loop is not vectorised.

Three taps in one expression keep the sum in a register for all of them. The last two are taken
together: one by one they took as long as three each. Sums along a row begin with the first three
taps, which saves setting them to zero.
"""

from imgconv.jit.functions import jit_inline, jit_noinline

# The values of a block that loops work through at once: sums stay in the first-level cache.
BLOCK = 1024


# Four rows at once load six rows of memory for twelve products.
@jit_noinline
def add_down(out, block, rows, taps):  # type: ignore[no-untyped-def]
    """Add sum over j < count of weights[first + j] * memory[at + (y + j) * length + i] to out.

    ``block`` is (top, left, n) for out[top + y, left + i] with y < 4 and i < n, ``rows`` is
    (memory, at, length), and ``taps`` is (weights, first, count).
    """
    (top, left, n), (memory, at, length), (weights, first, count) = block, rows, taps
    o0, o1 = out[top, left : left + n], out[top + 1, left : left + n]
    o2, o3 = out[top + 2, left : left + n], out[top + 3, left : left + n]
    t = 0
    while t < count:
        start, a = at + t * length, weights[first + t]
        r0, r1 = memory[start:], memory[start + length :]
        r2, r3 = memory[start + 2 * length :], memory[start + 3 * length :]
        r4 = memory[start + 4 * length :]
        if t + 3 <= count:
            b, c = weights[first + t + 1], weights[first + t + 2]
            r5 = memory[start + 5 * length :]
            for i in range(n):
                v1, v2, v3, v4 = r1[i], r2[i], r3[i], r4[i]
                o0[i] = o0[i] + a * r0[i] + b * v1 + c * v2
                o1[i] = o1[i] + a * v1 + b * v2 + c * v3
                o2[i] = o2[i] + a * v2 + b * v3 + c * v4
                o3[i] = o3[i] + a * v3 + b * v4 + c * r5[i]
            t += 3
        elif t + 2 <= count:
            b = weights[first + t + 1]
            for i in range(n):
                v1, v2, v3 = r1[i], r2[i], r3[i]
                o0[i] = o0[i] + a * r0[i] + b * v1
                o1[i] = o1[i] + a * v1 + b * v2
                o2[i] = o2[i] + a * v2 + b * v3
                o3[i] = o3[i] + a * v3 + b * r4[i]
            t += 2
        else:
            for i in range(n):
                o0[i] = o0[i] + a * r0[i]
                o1[i] = o1[i] + a * r1[i]
                o2[i] = o2[i] + a * r2[i]
                o3[i] = o3[i] + a * r3[i]
            t += 1


@jit_inline
def sum_along(out, memory, step, weights, begun):  # type: ignore[no-untyped-def]
    """Set out[i] to sum over j of weights[j] * memory[j * step + i], or add it if ``begun``."""
    done = 0
    if not begun and weights.shape[0] >= 3:
        begin_along(out, memory, step, weights)
        done = 3
    elif not begun:
        out[:] = 0
    add_along(out, memory[done * step :], step, weights[done:])


# Sums begin with a zero. Without it the compiler would choose which of the first two products is
# fused into the sum.
@jit_noinline
def begin_along(out, memory, step, weights):  # type: ignore[no-untyped-def]
    """Set out to the sum of the first three taps, as ``sum_along``."""
    a, b, c, zero = weights[0], weights[1], weights[2], weights[0] - weights[0]
    m1, m2 = memory[step:], memory[2 * step :]
    for i in range(out.shape[0]):
        out[i] = zero + a * memory[i] + b * m1[i] + c * m2[i]


@jit_noinline
def add_along(out, memory, step, weights):  # type: ignore[no-untyped-def]
    """Add to out the sum of all taps, as ``sum_along``."""
    t, taps = 0, weights.shape[0]
    while t < taps:
        a, m0 = weights[t], memory[t * step :]
        if t + 3 <= taps:
            b, c = weights[t + 1], weights[t + 2]
            m1, m2 = memory[(t + 1) * step :], memory[(t + 2) * step :]
            for i in range(out.shape[0]):
                out[i] = out[i] + a * m0[i] + b * m1[i] + c * m2[i]
            t += 3
        elif t + 2 <= taps:
            b, m1 = weights[t + 1], memory[(t + 1) * step :]
            for i in range(out.shape[0]):
                out[i] = out[i] + a * m0[i] + b * m1[i]
            t += 2
        else:
            for i in range(out.shape[0]):
                out[i] = out[i] + a * m0[i]
            t += 1
