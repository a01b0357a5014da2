"""The definition in four plain loops over float64: slow, obvious, sharing no code with imgconv.

out[y, x] = offset + (1 / scale) * sum over j, i of weights[j, i] * in[y + j - oy, x + i - ox]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Where a walk along an axis of ``size`` pixels goes on that steps out of the picture at ``here``,
# its first or last pixel: the next pixel, and the direction from there.
TURNS: dict[str, Callable[[int, int, int], tuple[int, int]]] = {
    "edge": lambda here, step, size: (here, step),
    "reflect": lambda here, step, size: (here, -step),
    "mirror": lambda here, step, size: (here - step if size > 1 else here, -step),
    "wrap": lambda here, step, size: (0 if step > 0 else size - 1, step),
}

# Whether a position of the kernel belongs to an extent, by which of its weights lie in the picture.
COUNTS: dict[str, Callable[[list[bool], bool], bool]] = {
    "same": lambda inside, origin_inside: origin_inside,
    "valid": lambda inside, origin_inside: all(inside),
    "full": lambda inside, origin_inside: any(inside),
}


@cache
def continued_axis(border: str, size: int, margin: int) -> tuple[int | None, ...]:
    """Return the pixel at each position from -margin to size + margin - 1; None is the constant."""
    before = _walk_outwards(border, 0, -1, size, margin)
    return (*reversed(before), *range(size), *_walk_outwards(border, size - 1, 1, size, margin))


def _walk_outwards(border: str, here: int, step: int, size: int, steps: int) -> list[int | None]:
    if border in ("constant", "none"):
        return [None] * steps
    found: list[int | None] = []
    for _ in range(steps):
        if 0 <= here + step < size:
            here += step
        else:
            here, step = TURNS[border](here, step, size)
        found.append(here)
    return found


def walk(border: str, at: int, size: int) -> int | None:
    """Return the pixel met on the walk from pixel 0 to position ``at``; None is the constant."""
    return continued_axis(border, size, abs(at))[at + abs(at)]


@cache
def positions(extent: str, size: int, length: int, origin: int) -> tuple[int, ...]:
    """Return where the origin of a kernel stands along an axis, for each value of the result."""
    found = []
    for at in range(-length, size + length):
        inside = [0 <= at + j - origin < size for j in range(length)]
        if COUNTS[extent](inside, 0 <= at < size):
            found.append(at)
    return tuple(found)


def neighbourhoods(
    picture: Array,
    size: tuple[int, int],
    origin: tuple[int, int] | None = None,
    border: str = "edge",
    extent: str = "same",
    constant: float | Array = 0.0,
) -> Array:
    """Return what a kernel of this size meets: (rows, columns, ..., kernel rows, kernel columns).

    ``picture`` may have channels behind rows and columns, and the constant a value for each.
    """
    placed, around = picture, []
    for axis, length in enumerate(size):
        at = origin[axis] if origin else length // 2
        found = positions(extent, picture.shape[axis], length, at)
        first, end = found[0] - at, found[-1] - at + length
        margin = max(-first, end - picture.shape[axis], 0)
        pixels = continued_axis(border, picture.shape[axis], margin)[first + margin : end + margin]
        placed = placed.take([0 if pixel is None else pixel for pixel in pixels], axis)
        around.append(np.array([pixel is None for pixel in pixels]))
    placed[around[0]] = constant
    placed[:, around[1]] = constant
    return np.lib.stride_tricks.sliding_window_view(placed, size, (0, 1))


def _in_loops(met: Array, weights: Array) -> Array:
    """Return the sum of weights times values, over the two loops of the formula."""
    grid = weights.tolist()
    result = np.empty(met.shape[:-2])
    for row, columns in enumerate(met.tolist()):
        for column, values in enumerate(columns):
            total = 0.0
            for j, line in enumerate(values):
                for i, value in enumerate(line):
                    total += grid[j][i] * value
            result[row, column] = total
    return result


def correlate(
    picture: Array,
    weights: Array,
    scale: float = 1.0,
    offset: float = 0.0,
    origin: tuple[int, int] | None = None,
    border: str = "edge",
    extent: str = "same",
    constant: float = 0.0,
    sums: Callable[[Array, Array], Array] = _in_loops,
) -> Array:
    """Return the result of the formula above for a picture, float64 (height, width)."""
    if border == "none":
        return _without_outside((picture, weights, scale, offset, origin), extent, sums)
    met = neighbourhoods(picture, (len(weights), len(weights[0])), origin, border, extent, constant)
    return sums(met, weights) / scale + offset


# The same for large kernels, with the two inner loops left to NumPy.
correlate_quickly = partial(correlate, sums=partial(np.einsum, "yxji,ji->yx"))


def _without_outside(
    facts: tuple[Any, Any, float, float, Any], extent: str, sums: Callable[[Array, Array], Array]
) -> Array:
    """Return the sums of the pixels inside over the sums of their weights, times the sum of all.

    ``facts`` are the first ones of ``correlate``. Weights of both signs, and weights that are all
    0, have the border ``edge``.
    """
    picture, weights, scale, offset, origin = facts
    if (weights < 0).any() == (weights > 0).any():
        return correlate(*facts, "edge", extent, sums=sums)
    found, inside = (
        correlate(values, weights, 1, 0, origin, "constant", extent, sums=sums)
        for values in (picture, np.ones_like(picture))
    )
    share = np.divide(found, inside, out=np.zeros_like(found), where=np.abs(inside) > 1e-12)
    result: Array = share * weights.sum() / scale + offset
    return result


def to_levels(values: Array, maximum: float) -> Array:
    """Return values rounded half up and clamped to 0 .. maximum, as whole numbers."""
    return np.clip(np.floor(values + 0.5), 0, maximum)
