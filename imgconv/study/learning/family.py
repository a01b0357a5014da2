"""Families of kernels among which one is learnt: ``weights = base + basis u``, linear in ``u``."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Shape = tuple[int, int]


class Family(NamedTuple):
    """``base`` has the shape (weights,) and ``basis`` (weights, unknowns), with unit columns."""

    base: Array
    basis: Array

    def with_sum(self, total: float) -> Family:
        """Return the kernels of the family whose weights sum to ``total``."""
        sums = self.basis.sum(axis=0)
        length = sums @ sums
        if length == 0:
            return self
        base = self.base + self.basis @ (sums * ((total - self.base.sum()) / length))
        return Family(base, self.basis @ _complement(sums))


def _complement(vector: Array) -> Array:
    """Return an orthonormal basis of the complement of ``vector``, shape (n, n - 1)."""
    turned, _ = np.linalg.qr(np.column_stack([vector, np.eye(len(vector))]))
    return turned[:, 1:]


def symmetric_family(shape: Shape, symmetric: str = "none") -> Family:
    """Return the kernels of ``shape`` (height, width) with a symmetry.

    - ``none``: any kernel
    - ``mirror``: the same when left and right, or top and bottom, are exchanged
    - ``turn``: the same when turned by 180 degrees
    - ``all``: the same under all eight symmetries of the square
    """
    places = np.arange(shape[0] * shape[1]).reshape(shape)
    orbits = np.min([turned.ravel() for turned in _turned(places, symmetric)], axis=0)
    _, unknown = np.unique(orbits, return_inverse=True)
    basis = np.eye(unknown.max() + 1)[unknown]
    return Family(np.zeros(places.size), basis / np.linalg.norm(basis, axis=0))


def _turned(places: NDArray[np.int64], symmetric: str) -> list[NDArray[np.int64]]:
    """Return the grid under each symmetry; places that meet in one of them have one weight."""
    if symmetric == "none":
        return [places]
    if symmetric == "turn":
        return [places, places[::-1, ::-1]]
    grids = [places, places.T] if symmetric == "all" else [places]
    return [grid[::down, ::across] for grid, down, across in product(grids, (1, -1), (1, -1))]


def rows_of(column: Array, width: int) -> Family:
    """Return the kernels ``outer(column, row)`` for every row."""
    return _free(np.kron(column[:, None], np.eye(width)))


def columns_of(row: Array, height: int) -> Family:
    """Return the kernels ``outer(column, row)`` for every column."""
    return _free(np.kron(np.eye(height), row[:, None]))


def _free(basis: NDArray[np.floating[Any]]) -> Family:
    return Family(np.zeros(len(basis)), basis.astype(np.float64))
