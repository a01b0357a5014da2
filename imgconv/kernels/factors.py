"""Separable factors of a kernel: columns and rows whose outer products sum to the weights."""

import math
from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]

# The error of exact factors, relative to the largest weight: a few roundings of float64.
_FACTOR_TOLERANCE = 1e-12


class Factor(NamedTuple):
    """One separable part of a kernel: ``outer(column, row)``, each float64 of one axis."""

    column: Weights
    row: Weights


def single_factor(weights: Weights, integer: bool) -> Factor | None:
    """Return the column and row whose outer product is ``weights``; None unless of rank 1.

    A matrix of rank 1 is the column through its largest element times the row through it, over that
    element. Integers stay integers, as a row over its greatest common divisor (Gauss's lemma).
    """
    j, i = np.unravel_index(np.argmax(np.abs(weights)), weights.shape)
    row = weights[j]
    if integer:
        row = row / reduce(math.gcd, (int(weight) for weight in row))
    column = weights[:, i] / row[i]
    error = np.abs(np.outer(column, row) - weights).max()
    if error > _FACTOR_TOLERANCE * abs(weights[j, i]):
        return None
    return Factor(column, row)


def singular_factors(weights: Weights) -> tuple[Factor, ...]:
    """Return the factors of ``weights`` by singular value decomposition, the largest first."""
    columns, values, rows = np.linalg.svd(weights, full_matrices=False)
    significant = values > _FACTOR_TOLERANCE * values[0]
    roots: Sequence[float] = np.sqrt(values[significant])
    return tuple(Factor(columns[:, k] * root, rows[k] * root) for k, root in enumerate(roots))


def sigma_of(weights: Weights) -> float | None:
    """Return the sigma of ``exp(-x² / 2 sigma²)`` that reaches nearly four sigma, else None."""
    radius = len(weights) // 2
    if len(weights) % 2 == 0 or radius < 3 or not np.all(weights * weights[radius] > 0):
        return None
    exponents = -2 * np.log(weights / weights[radius])
    squares = np.arange(-radius, radius + 1) ** 2
    if exponents[-1] < 15:
        return None
    sigma = radius / math.sqrt(exponents[-1])
    return sigma if np.allclose(exponents * sigma**2, squares, rtol=1e-6, atol=1e-9) else None
