"""Sums in fixed point: numbers of 16 bits, some of which stand behind the point.

    row     = level * 2^7
    product = weight * row / 2^16, rounded down       weight = |w| * 2^(16 - 7 + fraction)
    sum     = middle + products where w > 0 - products where w < 0
                                                      = result * 2^fraction

The upper half of a product of 16 bits is one instruction, for twice as many values as a vector has
of floats, and rows take half as much of the nearest cache. What rounding down takes of a product is
half a unit on average, and no more than half a unit from that: the sum begins in the ``middle`` of
what it takes of all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.kernels.kernel import Kernel

# Rows hold so many parts of a level: as many as leave 16 bits room for white.
FRACTION = 7

UNIT = 1 << FRACTION

# With less behind the point sums are too coarse to be of use.
_LEAST = 4

_WHITE = 255

# The largest whole number of 16 bits: no sum may be larger, nor what is added to it.
LARGEST = 32767


class Weighted(NamedTuple):
    """Weights of 16 bits whose sums have ``fraction`` bits behind the point.

    The sums are at most ``error`` levels off.
    """

    weights: NDArray[np.int16]
    fraction: int
    error: float

    @property
    def middle(self) -> int:
        """What sums begin with: half a unit for each product, as it is rounded down."""
        return self.middle_without(0)

    def middle_without(self, lift: int) -> int:
        """The same where all rows are higher by ``lift``, which sums are not to be."""
        rounded = int(np.sign(self.weights).sum())
        lifted = lift * int(self.weights.sum(dtype=int)) / (1 << 16)
        return int(rounded / 2 - lifted)


def weighted(
    weights: NDArray[np.float64], before: int = FRACTION, most: float = _WHITE
) -> Weighted | None:
    """``weights`` for values up to ``most`` that have ``before`` bits behind the point.

    None where 16 bits do not hold enough.
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
    """Whole weights; the largest makes up for the others, so that what is even stays even."""
    whole = np.rint(weights)
    whole[np.abs(weights).argmax()] += np.rint(weights.sum()) - whole.sum()
    return whole.astype(np.int16)


def least_error(taps: int) -> float:
    """In levels: sums of so many products are not known to be nearer, whatever the weights are."""
    return (taps + 1) / 2 / UNIT


def of_grid(kernel: Kernel) -> tuple[Weighted, ...]:
    """All weights that are not zero, column by column: one item, or none if they do not fit."""
    weights = kernel.weights.T
    grid = weighted(weights[weights != 0] / kernel.scale) if kernel.taps else None
    return (grid,) if grid else ()


def of_factor(kernel: Kernel) -> tuple[Weighted, ...]:
    """A column, and a row that sums what the column makes, or none if they do not fit.

    The ``error`` of the row is that of both. The column's weights sum to no more than one, so that
    what it makes has about as many bits as rows.
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
