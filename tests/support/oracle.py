"""The definition in four plain loops over float64: slow, obvious, sharing no code with imgconv.

out[y, x] = offset + (1 / scale) * sum over j, i of weights[j, i] * in[y + j - oy, x + i - ox]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

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
    if border == "constant":
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


def correlate(
    picture: Array,
    weights: Array,
    scale: float = 1.0,
    offset: float = 0.0,
    origin: tuple[int, int] | None = None,
    border: str = "edge",
    extent: str = "same",
    constant: float = 0.0,
) -> Array:
    """Return the result of the formula above for a picture, float64 (height, width)."""
    (height, width), (tall, wide) = picture.shape, weights.shape
    oy, ox = origin or (tall // 2, wide // 2)
    rows, columns = positions(extent, height, tall, oy), positions(extent, width, wide, ox)
    values = _continued(picture, tall, wide, border, constant).tolist()
    grid = weights.tolist()
    result = np.empty((len(rows), len(columns)))
    for row, y in enumerate(rows):
        for column, x in enumerate(columns):
            total = 0.0
            for j in range(tall):
                line, weight = values[y + j - oy + 2 * tall], grid[j]
                for i in range(wide):
                    total += weight[i] * line[x + i - ox + 2 * wide]
            result[row, column] = total / scale + offset
    return result


def correlate_quickly(
    picture: Array,
    weights: Array,
    scale: float = 1.0,
    offset: float = 0.0,
    origin: tuple[int, int] | None = None,
    border: str = "edge",
    extent: str = "same",
    constant: float = 0.0,
) -> Array:
    """Return the same for large kernels, with the two inner loops left to NumPy."""
    (height, width), (tall, wide) = picture.shape, weights.shape
    oy, ox = origin or (tall // 2, wide // 2)
    rows = [y - oy + 2 * tall for y in positions(extent, height, tall, oy)]
    columns = [x - ox + 2 * wide for x in positions(extent, width, wide, ox)]
    values = _continued(picture, tall, wide, border, constant)
    spanned = values[rows[0] : rows[-1] + tall, columns[0] : columns[-1] + wide]
    windows = np.lib.stride_tricks.sliding_window_view(spanned, (tall, wide))
    result: Array = np.einsum("yxji,ji->yx", windows, weights) / scale + offset
    return result


def _continued(picture: Array, tall: int, wide: int, border: str, constant: float) -> Array:
    """Return the picture with twice a kernel's length of border on each side."""
    down = continued_axis(border, picture.shape[0], 2 * tall)
    across = continued_axis(border, picture.shape[1], 2 * wide)
    rows = np.full((len(down), picture.shape[1]), constant)
    for y, row in enumerate(down):
        if row is not None:
            rows[y] = picture[row]
    values = np.full((len(down), len(across)), constant)
    for x, column in enumerate(across):
        if column is not None:
            values[:, x] = rows[:, column]
    return values


def to_levels(values: Array, maximum: float) -> Array:
    """Return values rounded half up and clamped to 0 .. maximum, as whole numbers."""
    return np.clip(np.floor(values + 0.5), 0, maximum)
