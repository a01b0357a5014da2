"""Sums in fixed point: numbers of 16 bits, some of which are behind the point.

    row     = level * 2^7
    product = weight * row / 2^16, rounded down       weight = |w| * 2^(16 - 7 + fraction)
    sum     = middle + products where w > 0 - products where w < 0
                                                      = result * 2^fraction

The upper half of a product of 16 bits is one instruction, for twice as many values as a vector has
of floats, and rows take half as much of the cache. To round a product down takes half a unit of it
on average, and at most half a unit more or less. The ``middle`` makes up for the average of all.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.base import Pass, PlanOptions
from imgconv.kernels.kernel import Kernel

# Rows have 7 bits behind the point: that many leave 16 bits room for white.
FRACTION = 7
UNIT = 1 << FRACTION

# With fewer bits behind the point sums are too coarse to be of use.
_LEAST = 4

_WHITE = 255

# The largest number of 16 bits: no sum may exceed it, with everything that is added to it.
LARGEST = 32767


class Weighted(NamedTuple):
    """Weights of 16 bits whose sums have ``fraction`` bits behind the point.

    The sums are at most ``error`` levels off.
    """

    weights: NDArray[np.int16]
    fraction: int
    error: float

    def middle(self, lift: int = 0) -> int:
        """Return the number that sums begin with, which takes away a ``lift`` of all rows."""
        rounded = int(np.sign(self.weights).sum())
        lifted = lift * int(self.weights.sum(dtype=int)) / (1 << 16)
        return int(rounded / 2 - lifted)


def weighted(
    weights: NDArray[np.float64], before: int = FRACTION, most: float = _WHITE
) -> Weighted | None:
    """Return ``weights`` for values up to ``most`` that have ``before`` bits behind the point.

    None if 16 bits cannot hold enough of them.
    """
    off = UNIT * least_error(weights.size)
    reach, largest = most * np.abs(weights).sum(), np.abs(weights).max(initial=0)
    for fraction in range(FRACTION, _LEAST - 1, -1):
        unit, one = 2.0**fraction, 2.0 ** (16 - before + fraction)
        holds_sums = reach * unit + off + unit / 2 <= LARGEST
        if holds_sums and largest * one + weights.size <= LARGEST:
            whole = _rounded(weights * one)
            lost = float(np.abs(whole / one - weights).sum())
            return Weighted(whole, fraction, most * lost + off / unit)
    return None


def _rounded(weights: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return whole weights, of which the largest makes up for the sum of all."""
    whole = np.rint(weights)
    whole[np.abs(weights).argmax()] += np.rint(weights.sum()) - whole.sum()
    return whole.astype(np.int16)


def least_error(taps: int) -> float:
    """Return the error of sums of so many products in levels, if only products are rounded."""
    return (taps + 1) / 2 / UNIT


def of_grid(kernel: Kernel) -> tuple[Weighted, ...]:
    """Return all weights but zeros, column by column: one item, or none if they do not fit."""
    weights = kernel.weights.T
    grid = weighted(weights[weights != 0] / kernel.scale) if kernel.taps else None
    return (grid,) if grid else ()


def of_factor(kernel: Kernel) -> tuple[Weighted, ...]:
    """Return a column, and a row for the sums of that column, or nothing if they do not fit.

    The ``error`` of the row is that of both. The column's weights sum to no more than one, so that
    its sums have about as many bits as rows.
    """
    assert kernel.factor is not None, "the planner sends only separable kernels here"
    total = np.abs(kernel.factor.column).sum()
    column = weighted(kernel.factor.column / total)
    if column is None:
        return ()
    weights = kernel.factor.row * (total / kernel.scale)
    row = weighted(weights, column.fraction, _WHITE + column.error)
    if row is None:
        return ()
    return column, row._replace(error=row.error + column.error * float(np.abs(weights).sum()))


def quantized(kernel_pass: Pass, sums: tuple[Weighted, ...], options: PlanOptions) -> Pass:
    """Return the pass in fixed point, or as it is where the tolerance does not allow that.

    The last of ``sums`` has the error of all.
    """
    error = kernel_pass.error + sums[-1].error / 255 if sums else math.inf
    if error > options.tolerance / 255:
        return kernel_pass
    scale = float(1 << sums[-1].fraction)
    return kernel_pass._replace(scale=scale, error=error, is_whole=True, unit=UNIT)
