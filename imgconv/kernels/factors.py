"""Columns and rows that make a kernel's weights, and the Gaussians among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]

# Factors that reproduce the weights this well (relative to the largest) are the weights: it is a
# few times what float64 loses when two factors are multiplied out and divided again.
_FACTOR_TOLERANCE = 1e-12


class Factor(NamedTuple):
    """One separable part of a kernel: ``outer(column, row)``."""

    column: Weights
    row: Weights


def single_factor(weights: Weights, integer: bool) -> Factor | None:
    """The column and row whose outer product is ``weights``, if there are such.

    A matrix of rank one is its column through the largest element times its row through it,
    divided by that element. Whole numbers stay whole: a row divided by its greatest common divisor
    divides every other row (Gauss's lemma).
    """
    j, i = np.unravel_index(np.argmax(np.abs(weights)), weights.shape)
    if integer:
        row = weights[j] / reduce(math.gcd, (int(weight) for weight in weights[j]))
        column = weights[:, i] / row[i]
    else:
        row = weights[j]
        column = weights[:, i] / weights[j, i]
    error = np.abs(np.outer(column, row) - weights).max()
    if error > _FACTOR_TOLERANCE * abs(weights[j, i]):
        return None
    return Factor(column, row)


def singular_factors(weights: Weights) -> tuple[Factor, ...]:
    """The columns and rows whose outer products add up to ``weights``, the weightiest first."""
    columns, values, rows = np.linalg.svd(weights, full_matrices=False)
    kept = values > _FACTOR_TOLERANCE * values[0]
    roots: Sequence[float] = np.sqrt(values[kept])
    return tuple(Factor(columns[:, k] * root, rows[k] * root) for k, root in enumerate(roots))


def sigma_of(weights: Weights) -> float | None:
    """The sigma of a Gaussian ``exp(-x² / 2 sigma²)`` that goes out to nearly four sigma."""
    radius = len(weights) // 2
    if len(weights) % 2 == 0 or radius < 3 or not np.all(weights * weights[radius] > 0):
        return None
    exponents = -2 * np.log(weights / weights[radius])
    squares = np.arange(-radius, radius + 1) ** 2
    if exponents[-1] < 15:
        return None
    sigma = radius / math.sqrt(exponents[-1])
    return sigma if np.allclose(exponents * sigma**2, squares, rtol=1e-6, atol=1e-9) else None
