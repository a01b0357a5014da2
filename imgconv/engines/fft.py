"""The Fourier transform of sixteen signals at once.

    X[f] = sum over t of x[t] * root^(f * t),    root = exp(-2 pi i / n)

A signal has n points, n a power of two. A point in memory is sixteen real parts, one for each
signal, and then their sixteen imaginary parts: processors add and multiply sixteen in one step.

The transform goes over the points in passes. A pass of radix r takes r points that lie n / r apart,
transforms these few, multiplies the results by powers of the root, and writes them side by side.
With m = n / r, and span the product of the radices of all passes before::

    y[r * j + k] = root^(k * (j - j % span)) * sum over q of x[j + q * m] * exp(-2 pi i k q / r)

for j < m and k < r. Every pass reads and writes in this one pattern (M. C. Pease, "An adaptation of
the fast Fourier transform for parallel processing", Journal of the ACM, 1968), so its loop always
runs over whole points. The last pass leaves the spectrum in the order that ``order_after`` gives.
There is no inverse: the transform of a spectrum is n times the signal, backwards, and the place of
a value is looked up in a table anyway.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imgconv.jit.functions import jit_noinline

# Two things make loops over lanes run sixteen at a time; without either they take four times as
# long. Places in memory are unsigned: signed ones may be negative, for which Numba provides. Passes
# stay functions of their own in machine code, with the source and the target as two arguments:
# within one piece of memory LLVM cannot prove that the two do not overlap.
LANES = np.uint64(16)
POINT = np.uint64(32)
ONE, TWO, THREE, FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


def radices(n: int) -> tuple[int, ...]:
    """Return the radices of the passes over ``n`` points: fours, after a two where one is left."""
    bits = n.bit_length() - 1
    return (2,) * (bits % 2) + (4,) * (bits // 2)


def order_after(radices: Sequence[int]) -> NDArray[np.int64]:
    """Return the frequency at each place after passes of these radices."""
    order = np.zeros(1, np.int64)
    for radix in reversed(radices):
        order = np.concatenate([k + radix * order for k in range(radix)])
    return order


@jit_noinline
def at(point):  # type: ignore[no-untyped-def]
    """Return the place at which a point begins."""
    return np.uint64(point) * POINT


@jit_noinline
def get(x, place):  # type: ignore[no-untyped-def]
    """Return the value in one lane of a point."""
    return complex(x[place], x[place + LANES])


@jit_noinline
def put(x, place, value):  # type: ignore[no-untyped-def]
    x[place] = value.real
    x[place + LANES] = value.imag


@jit_noinline
def four(a, b, c, d):  # type: ignore[no-untyped-def]
    """Return the transform of four values."""
    left, right = a - c, b - d
    right = complex(right.imag, -right.real)
    return a + c + (b + d), left + right, a + c - (b + d), left - right


@jit_noinline
def radix_2(x, y, n, span, roots):  # type: ignore[no-untyped-def]
    m = n // 2
    for start in range(0, m, span):
        root = roots[start]
        for j in range(start, start + span):
            p, q, out = at(j), at(j + m), at(2 * j)
            for lane in range(LANES):
                a, b = get(x, p + lane), get(x, q + lane)
                put(y, out + lane, a + b)
                put(y, out + POINT + lane, root * (a - b))


@jit_noinline
def radix_4(x, y, n, span, roots):  # type: ignore[no-untyped-def]
    m = n // 4
    for start in range(0, m, span):
        once, twice, thrice = roots[start], roots[2 * start], roots[3 * start]
        for j in range(start, start + span):
            p, q, r, s, out = at(j), at(j + m), at(j + 2 * m), at(j + 3 * m), at(4 * j)
            for i in range(LANES):
                a, b, c, d = four(get(x, p + i), get(x, q + i), get(x, r + i), get(x, s + i))
                put(y, out + i, a)
                put(y, out + POINT + i, once * b)
                put(y, out + TWO * POINT + i, twice * c)
                put(y, out + THREE * POINT + i, thrice * d)


@jit_noinline
def passes(source, x, y, target, n, spans, roots):  # type: ignore[no-untyped-def]
    """Make the passes between ``spans``, two or more, from ``source`` to ``target``.

    ``x`` and ``y`` hold the points in between; ``target`` may be ``source``.
    """
    last = spans.shape[0] - 2
    for k in range(last + 1):
        into = target if k == last else x
        if spans[k + 1] == 2 * spans[k]:
            radix_2(source, into, n, spans[k], roots)
        else:
            radix_4(source, into, n, spans[k], roots)
        source, x, y = into, y, x


@jit_noinline
def multiply(x, y, n, factors, order, roots):  # type: ignore[no-untyped-def]
    """Make the last pass forth, the product with the weights' spectrum, and the first pass back."""
    m = n // 4
    for j in range(m):
        f = order[j]
        once, twice, thrice = roots[f], roots[2 * f], roots[3 * f]
        p, q, r, s, k, out = at(j), at(j + m), at(j + 2 * m), at(j + 3 * m), at(4 * j), at(4 * f)
        for i in range(LANES):
            a, b, c, d = four(get(x, p + i), get(x, q + i), get(x, r + i), get(x, s + i))
            a, b, c, d = four(
                a * get(factors, k + i),
                b * get(factors, k + POINT + i),
                c * get(factors, k + TWO * POINT + i),
                d * get(factors, k + THREE * POINT + i),
            )
            put(y, out + i, a)
            put(y, out + POINT + i, once * b)
            put(y, out + TWO * POINT + i, twice * c)
            put(y, out + THREE * POINT + i, thrice * d)
