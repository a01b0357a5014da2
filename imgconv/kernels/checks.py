"""Checks of the arguments of a kernel: each returns the value, or raises ``KernelError``."""

import math
import sys
from collections.abc import Iterable, Sequence
from operator import index

import numpy as np

from imgconv.errors import KernelError
from imgconv.kernels.factors import Weights

MOST_WEIGHTS = 4_000_000

# The kinds of NumPy's types that hold real numbers; objects may be, as fractions and long integers.
_REAL = "biufO"

LARGEST_WEIGHT, SMALLEST_SCALE = 1e30, 1e-300


def checked_number(name: str, value: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise KernelError(f"the {name} is no number", "give a finite one") from None


def checked_scale(scale: float, parts: Sequence[Weights]) -> float:
    """Return the scale of a grid of weights, or of a column and a row."""
    number = checked_number("scale", scale)
    if not math.isfinite(number) or abs(number) < SMALLEST_SCALE:
        raise KernelError(
            f"a kernel cannot be divided by {number:g}",
            f"give a scale other than 0, at least {SMALLEST_SCALE:g} without its sign",
        )
    if len(parts) == 2 or abs(number) < 1:
        largest = math.prod(float(np.abs(part).max()) for part in parts)
        if largest / abs(number) > LARGEST_WEIGHT:
            raise KernelError(
                f"weights up to {largest:g} over the scale {number:g} are too large",
                f"give ones whose quotient is up to {LARGEST_WEIGHT:g}",
            )
    return number


def checked_offset(offset: float) -> float:
    number = checked_number("offset", offset)
    if not abs(number) <= LARGEST_WEIGHT:
        raise KernelError(
            f"an offset of {number:g} cannot be added", f"give a number up to {LARGEST_WEIGHT:g}"
        )
    return number


def checked_origin(origin: Iterable[int], height: int, width: int) -> tuple[int, int]:
    try:
        row, column = map(index, origin)
    except (TypeError, ValueError):
        raise KernelError("the origin is no row and column", "give two whole numbers") from None
    if not (0 <= row < height and 0 <= column < width):
        raise KernelError(
            f"the origin {row},{column} lies outside a kernel of {width}x{height}",
            "rows and columns are counted from 0",
        )
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
        given = np.asarray(weights)
        if given.dtype.kind not in _REAL:  # NumPy would make numbers of texts and dates
            raise TypeError(given.dtype)
        array: Weights = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise KernelError(
            "the weights are not a rectangle of numbers", "give every row as many numbers"
        ) from None
    if array.ndim != 2:
        raise KernelError(
            f"a kernel has rows and columns, these weights have {array.ndim} dimension(s)",
            "give a list of rows, as in [[1, 2, 1]]",
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
