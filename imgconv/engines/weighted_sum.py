"""The weighted sum of slices of memory: what the direct and the separable engine are made of."""

from __future__ import annotations

from imgconv.machine_code import machine_part

# Loops work through rows in blocks of so many values, to keep the sums in the nearest cache.
BLOCK = 1024


# Eight products in one expression keep the sum in a register for all of them. Memory is sliced
# before it is indexed: with a signed offset in the index, Numba provides for negative ones, and the
# loop is not vectorised.
@machine_part
def weighted_sum(out, memory, start, offsets, weights):  # type: ignore[no-untyped-def]
    """out[i] = sum over taps t of weights[t] * memory[start + offsets[t] + i]."""
    n = out.shape[0]
    taps = weights.shape[0]
    out[:] = 0
    t = 0
    while t + 8 <= taps:
        a, b, c, d = weights[t], weights[t + 1], weights[t + 2], weights[t + 3]
        e, f, g, h = weights[t + 4], weights[t + 5], weights[t + 6], weights[t + 7]
        at_a = memory[start + offsets[t] :]
        at_b = memory[start + offsets[t + 1] :]
        at_c = memory[start + offsets[t + 2] :]
        at_d = memory[start + offsets[t + 3] :]
        at_e = memory[start + offsets[t + 4] :]
        at_f = memory[start + offsets[t + 5] :]
        at_g = memory[start + offsets[t + 6] :]
        at_h = memory[start + offsets[t + 7] :]
        for i in range(n):
            out[i] += (
                a * at_a[i]
                + b * at_b[i]
                + c * at_c[i]
                + d * at_d[i]
                + e * at_e[i]
                + f * at_f[i]
                + g * at_g[i]
                + h * at_h[i]
            )
        t += 8
    while t < taps:
        a = weights[t]
        at_a = memory[start + offsets[t] :]
        for i in range(n):
            out[i] += a * at_a[i]
        t += 1
