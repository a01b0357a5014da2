"""Checks of the arguments of a kernel: each returns the value, or raises ``KernelError``."""

import sys
from collections.abc import Iterable
from operator import index

import numpy as np

from imgconv.errors import KernelError
from imgconv.kernels.factors import Weights

MOST_WEIGHTS = 4_000_000
LARGEST_WEIGHT = 1e30


def checked_number(name: str, value: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise KernelError(f"the {name} is no number", "give a finite one") from None


def checked_position(origin: Iterable[int]) -> tuple[int, int]:
    try:
        row, column = map(index, origin)
    except (TypeError, ValueError):
        raise KernelError("the origin is no row and column", "give two whole numbers") from None
    return row, column


def is_masked(array: object) -> bool:
    """Return whether an array of NumPy, or one of several, has a mask, which arithmetic drops."""
    if isinstance(array, (list, tuple)):
        return any(map(is_masked, array))
    masked = sys.modules.get("numpy.ma")
    return masked is not None and isinstance(array, masked.MaskedArray)


def checked_weights(weights: object) -> Weights:
    if is_masked(weights):
        raise KernelError("the weights are a masked array", "fill it first: weights.filled(0)")
    try:
        array: Weights = np.array(weights, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise KernelError(
            "the weights are not a rectangle of numbers", "give every row as many numbers"
        ) from None
    if array.ndim != 2:
        raise KernelError(
            f"a kernel has rows and columns, these weights have {array.ndim} dimension(s)",
            "give a list of rows",
        )
    if array.size == 0:
        raise KernelError("the kernel is empty", "give at least one weight")
    if array.size > MOST_WEIGHTS:
        raise KernelError(
            f"a kernel of {array.shape[1]}x{array.shape[0]} is too large",
            f"at most {MOST_WEIGHTS:,} weights are read",
        )
    if not np.isfinite(array).all():
        raise KernelError("a weight is infinite or not a number", "give finite weights")
    if np.abs(array).max() > LARGEST_WEIGHT:
        raise KernelError("a weight is too large", f"give weights up to {LARGEST_WEIGHT:g}")
    array.setflags(write=False)
    return array
