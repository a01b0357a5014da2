"""Arithmetic of whole kernels: a chain as one kernel, sums and differences, factors, and orders.

Laying a kernel over a picture and then another is laying their convolution over it once. It does
not matter in which order kernels are convolved, nor which are put together first.
"""

import math
from collections.abc import Sequence
from functools import reduce
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.kernels.factors import Factor
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel, widest_reach

Array = NDArray[np.float64]

# Singular values below this share of the largest are rounding errors.
_NO_VALUE = 1e-12

# The most products of weights that are summed to put two kernels together.
_MOST_PRODUCTS = 2_000_000_000

# The most links of a chain whose orders are compared: 24 orders.
MOST_LINKS = 4


def single_kernel(filter: Filter, purpose: str) -> Kernel:
    """Return the kernel of a filter that has one; raises ``UsageError``."""
    if filter.mask:
        raise UsageError(
            f"'{filter.name}' is a mask of frequencies, not a kernel",
            f"{purpose} takes filters of one kernel",
        )
    if len(filter.kernels) != 1:
        raise UsageError(
            f"'{filter.name}' combines {len(filter.kernels)} kernels, so it is not linear",
            f"{purpose} takes filters of one kernel",
        )
    return filter.kernels[0]


def composed(filters: Sequence[Filter]) -> Kernel:
    """Return a chain as one kernel; whole weights stay exact. Raises ``UsageError``."""
    return reduce(convolved, (single_kernel(each, "--one") for each in filters))


def convolved(first: Kernel, then: Kernel) -> Kernel:
    """Return both kernels as one; raises ``LimitError`` where that takes too long."""
    products = math.prod((first.height, first.width, then.height, then.width))
    if products > _MOST_PRODUCTS and not (first.factor and then.factor):
        raise LimitError(
            f"kernels of {first.size} and {then.size} are too large to be put together",
            "give smaller ones",
        )
    return first.compose(then)


def added(first: Kernel, second: Kernel, sign: float = 1.0) -> Kernel:
    """Return the kernel whose result is that of ``first`` plus ``sign`` times that of ``second``.

    Grids are padded to the reach of both. Whole weights stay whole, over a common scale.
    """
    reach = widest_reach((first, second))
    if reach.height * reach.width > MOST_WEIGHTS:
        raise LimitError(
            f"a sum of {reach.width}x{reach.height} weights is too large",
            f"at most {MOST_WEIGHTS:,} are added",
        )
    one, two = first.padded(reach).weights, sign * second.padded(reach).weights
    offset, origin = first.offset + sign * second.offset, (reach.above, reach.left)
    if first.scale == second.scale:
        return Kernel(one + two, first.scale, offset, origin)
    weights = one * second.scale + two * first.scale
    return Kernel(weights, first.scale * second.scale, offset, origin)


class Factoring(NamedTuple):
    """The singular values of a kernel's weights, and its factors, the largest first."""

    values: Array
    factors: tuple[Factor, ...]

    @property
    def rank(self) -> int:
        return len(self.factors)

    def error(self, rank: int) -> float:
        """Return the norm of the residual of the best kernel of a rank."""
        return float(np.linalg.norm(self.values[rank:]))

    def share(self, rank: int) -> float:
        """Return that norm as a share of the norm of all weights."""
        return self.error(rank) / (self.error(0) or 1.0)


def factoring(kernel: Kernel) -> Factoring:
    """Return the separable parts of the weights, which are not divided by the scale."""
    if kernel.factor:
        values: Array = np.zeros(min(kernel.height, kernel.width))
        values[0] = math.prod(float(np.linalg.norm(part)) for part in kernel.factor)
    else:
        found = np.linalg.svd(kernel.weights, compute_uv=False)
        values = np.where(found > _NO_VALUE * found[0], found, 0.0)
    return Factoring(values, kernel.factors)


def deviations(kernel: Kernel) -> tuple[float, float] | None:
    """Return the standard deviations across and down of weights as a distribution, in pixels.

    Variances of kernels that are convolved add up. None for weights of both signs, or all 0.
    """
    if not (kernel.taps and kernel.has_one_sign):
        return None
    if kernel.factor:
        column, row = kernel.factor
    else:
        column, row = kernel.weights.sum(axis=1), kernel.weights.sum(axis=0)
    return _deviation(row), _deviation(column)


def _deviation(weights: Array) -> float:
    shares, at = weights / weights.sum(), np.arange(weights.size)
    return math.sqrt(max(0.0, float(shares @ (at - shares @ at) ** 2)))


class Orders(NamedTuple):
    """The largest differences between a chain and its other orders and groupings, as kernels.

    ``correlated`` is that of kernels that are correlated with each other, not convolved.
    """

    orders: float
    groupings: float
    correlated: float


def compare_orders(filters: Sequence[Filter]) -> Orders:
    """Compare the orders of a chain of 2 to 4 kernels; raises ``UsageError`` for another."""
    if not 2 <= len(filters) <= MOST_LINKS:
        raise UsageError(
            f"the order of a chain of {len(filters)} is not compared",
            f"give 2 to {MOST_LINKS} filters joined by commas",
        )
    links = [single_kernel(each, "--check").replaced(offset=0) for each in filters]
    whole = reduce(convolved, links)
    orders = max(_difference(whole, reduce(convolved, order)) for order in permutations(links))
    grouped = reduce(lambda last, link: convolved(link, last), reversed(links))
    first, second = links[:2]
    correlated = _difference(convolved(first, second.flip()), convolved(second, first.flip()))
    return Orders(orders, _difference(whole, grouped), correlated)


def _difference(first: Kernel, second: Kernel) -> float:
    away = added(first, second, -1.0)
    return float(np.abs(away.weights).max()) / abs(away.scale)
