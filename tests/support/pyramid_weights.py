"""The weights of pixels in the pyramid, by its formulas, and in the exact Gaussian."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.pyramid import level_kernel, spline
from tests.support.oracle import Array


@cache
def effective(sigma: float, d: int) -> list[tuple[NDArray[np.int64], Array]]:
    """Return (offsets, weights) of the pixels for each of the ``d`` places between small pixels.

    They are those of shrinking by ``d``, blurring and enlarging in turn:

    weight of v for u  =  sum over m, n of d * b[u - m d] * h[n - m] * b[v - n d]
    """
    b, h = spline(d), level_kernel(sigma, d)
    radius, arm = len(h) // 2, 2 * (d - 1)
    last = (radius + 2) * d + arm
    at, found = np.arange(-last, last + 1), []
    for u in range(d):
        weights = np.zeros(2 * last + 1)
        for m in range(-1, 3):
            share = d * b[u - m * d + arm] if abs(u - m * d) <= arm else 0
            for n in range(m - radius, m + radius + 1):
                first = n * d - arm + last
                weights[first : first + len(b)] += share * h[n - m + radius] * b
        found.append((at - u, weights))
    return found


def gaussian(sigma: float, at: NDArray[np.int64]) -> Array:
    """Return the weights at offsets ``at`` of a Gaussian normalized over 20 sigma each way."""
    everywhere = np.arange(-int(20 * sigma), int(20 * sigma) + 1)
    total = np.exp(-(everywhere**2) / 2 / sigma**2).sum()
    weights: Array = np.exp(-(at**2) / 2 / sigma**2) / total
    return weights
