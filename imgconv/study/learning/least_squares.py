"""Least squares by normal equations: the kernel and offset that make one picture of another.

The equations of all pixels are summed in blocks. Pixels are not weighted, and neither border nor
clipped values are in them, so nothing has to be known about either.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.study.learning.family import Family, columns_of, rows_of

Array = NDArray[np.float64]
Shape = tuple[int, int]

# Directions whose eigenvalue is a smaller share of the largest are dropped.
_SMALLEST = 1e-12

# When the alternation of columns and rows ends: the change of a weight, and the rounds.
_CHANGE, _ROUNDS = 1e-9, 200


class Equations(NamedTuple):
    """The products of all rows of the equations, summed: shape (weights + 2, weights + 2).

    The rows are those of ``Pair.equations``. ``maximum`` is the unit of the offset.
    """

    products: Array
    maximum: float

    @property
    def values(self) -> int:
        """The number of values after that count."""
        return round(float(self.products[-2, -2]) / self.maximum**2)

    @property
    def mean(self) -> float:
        """The mean value after."""
        return float(self.products[-2, -1] / self.products[-2, -2]) * self.maximum

    def squares(self, unknowns: Array) -> float:
        """Return the sum of squared residuals, to about 1e-12 of that of the values after."""
        residual = np.append(unknowns, -1.0)
        return max(0.0, float(residual @ self.products @ residual))


def summed(blocks: Iterable[Array], maximum: float) -> Equations:
    """Return the sums of the products of all blocks, of which there is at least one."""
    blocks = iter(blocks)
    first = next(blocks)
    products = first @ first.T
    for block in blocks:
        products += block @ block.T
    return Equations(products, maximum)


class Solution(NamedTuple):
    """The unknowns: all weights, and the offset over the maximum.

    ``variances`` times the variance of the residuals are theirs. ``dropped`` directions have no
    influence on the pictures at all; ``rank`` is the number of the others.
    """

    unknowns: Array
    variances: Array
    dropped: int
    rank: int
    condition: float

    def errors(self, rms: float, values: int) -> Array:
        """Return the standard error of each unknown, by the ``rms`` of ``values`` residuals."""
        spread = rms * math.sqrt(values / max(1, values - self.rank))
        return spread * np.sqrt(self.variances)


def solve(equations: Equations, family: Family, ridge: float, has_offset: bool) -> Solution:
    """Return the solution in a family of kernels, the smallest one where several are as good.

    ``ridge`` times the mean of the diagonal punishes squared weights, not the offset.
    """
    products, sums = equations.products[:-1, :-1], equations.products[:-1, -1]
    taps = len(family.base)
    punished = np.append(np.full(taps, ridge * products.diagonal()[:-1].mean()), 0)
    basis = np.zeros((taps + 1, family.basis.shape[1] + has_offset))
    basis[:-1, : family.basis.shape[1]] = family.basis
    if has_offset:
        basis[-1, -1] = 1
    base = np.append(family.base, 0)
    reduced = basis.T @ products @ basis
    matrix = reduced + (basis.T * punished) @ basis
    values, vectors = np.linalg.eigh(matrix)
    is_kept = values > _SMALLEST * max(values[-1], 0) if len(values) else values > 0
    kept, vectors = values[is_kept], vectors[:, is_kept]
    inverse = (vectors / kept) @ vectors.T
    right = basis.T @ (sums - products @ base - punished * base)
    spread = basis @ inverse
    return Solution(
        base + spread @ right,
        np.einsum("ij,jk,ik->i", spread, reduced, spread, optimize=True),
        len(values) - len(kept),
        len(kept),
        math.sqrt(kept[-1] / kept[0]) if len(kept) else 1.0,
    )


def solve_separable(
    equations: Equations, shape: Shape, total: float | None, ridge: float, has_offset: bool
) -> Solution:
    """Return the solution among kernels ``outer(column, row)``, by turns for either.

    It begins at the separable kernel that is nearest to the solution among all kernels.
    """

    def solved(family: Family) -> Solution:
        bound = family if total is None else family.with_sum(total)
        return solve(equations, bound, ridge, has_offset)

    size = shape[0] * shape[1]
    weights = solved(Family(np.zeros(size), np.eye(size))).unknowns[:-1]
    row = np.linalg.svd(weights.reshape(shape))[2][0]
    for _ in range(_ROUNDS):
        grid = solved(columns_of(row, shape[0])).unknowns[:-1].reshape(shape)
        column = _unit(grid @ row)
        found = solved(rows_of(column, shape[1])).unknowns[:-1]
        row = _unit(column @ found.reshape(shape))
        change, weights = np.abs(found - weights).max(), found
        if change < _CHANGE:
            break
    tangent = Family(
        weights, np.hstack([rows_of(column, shape[1]).basis, columns_of(row, shape[0]).basis])
    )
    errors = solve(equations, tangent, 0, has_offset)
    final = solved(rows_of(column, shape[1]))
    return errors._replace(unknowns=final.unknowns, dropped=max(0, errors.dropped - 1))


def _unit(vector: Array) -> Array:
    """Return a vector of length 1; zeros give the first direction."""
    length = float(np.linalg.norm(vector))
    return vector / length if length else np.eye(len(vector))[0]
