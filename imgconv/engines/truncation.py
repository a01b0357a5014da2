"""Truncation: outer taps of next to no weight are left out, within a tolerance.

Where all weights are positive, and the remaining ones are scaled to the same sum, a result between
black and white moves by no more than the share of the weights that were left out.
"""

from __future__ import annotations

import numpy as np

from imgconv.kernels.factors import Factor, Weights
from imgconv.kernels.kernel import Kernel


def truncated(kernel: Kernel, allowed: float) -> tuple[Kernel, float]:
    """Return a kernel with as few taps as the ``allowed`` error permits, and the error.

    Both errors are shares of the difference between black and white, as ``Pass.error``. The column
    and the row of a separable kernel lose equally many taps at either end, none past the origin.
    """
    parts = kernel.factor
    if parts is None or not all((part > 0).all() for part in parts):
        return kernel, 0.0
    gain = kernel.sum / abs(kernel.scale)
    above, below, left, right = kernel.reach
    of_column = gain * _lost(parts.column, min(above, below))
    of_row = gain * _lost(parts.row, min(left, right))
    most = np.searchsorted(of_row, allowed - of_column, side="right") - 1
    possible = [(down, int(across)) for down, across in enumerate(most) if across >= 0]
    down, across = max(possible, key=lambda ends: (sum(ends), ends[1]), default=(0, 0))
    if not down + across:
        return kernel, 0.0
    factor = Factor(_without_ends(parts.column, down), _without_ends(parts.row, across))
    origin = (kernel.origin[0] - down, kernel.origin[1] - across)
    error = float(of_column[down] + of_row[across])
    return Kernel.outer(*factor, kernel.scale, kernel.offset, origin), error


def _lost(weights: Weights, most: int) -> Weights:
    """Return the share of the weights that go with 0 .. ``most`` taps at either end."""
    pairs = (weights + weights[::-1])[:most]
    lost: Weights = np.append(0.0, np.cumsum(pairs)) / weights.sum()
    return lost


def _without_ends(weights: Weights, taps: int) -> Weights:
    kept = weights[taps : len(weights) - taps]
    scaled: Weights = kept * (weights.sum() / kept.sum())
    return scaled
