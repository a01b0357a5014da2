"""The definition in four plain loops over float64: slow, obvious, sharing no code with imgconv.

out[y, x] = offset + (1 / scale) * sum over j, i of weights[j, i] * in[y + j - oy, x + i - ox]
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# What a walker does who stands at ``here``, the first or the last of ``size`` pixels, and steps out
# of the picture: the pixel on which he stands then, and the direction in which he goes on.
TURNS: dict[str, Callable[[int, int, int], tuple[int, int]]] = {
    "edge": lambda here, step, size: (here, step),
    "reflect": lambda here, step, size: (here, -step),
    "mirror": lambda here, step, size: (here - step if size > 1 else here, -step),
    "wrap": lambda here, step, size: (0 if step > 0 else size - 1, step),
}

# Whether a position of the kernel counts, from whether each of its weights lies in the picture.
COUNTS: dict[str, Callable[[list[bool], bool], bool]] = {
    "same": lambda inside, origin_inside: origin_inside,
    "valid": lambda inside, origin_inside: all(inside),
    "full": lambda inside, origin_inside: any(inside),
}


def walk(border: str, at: int, size: int) -> int | None:
    """The pixel met after walking from pixel 0 to ``at`` step by step; None is the constant."""
    if border == "constant":
        return at if 0 <= at < size else None
    here, step = 0, 1 if at > 0 else -1
    for _ in range(abs(at)):
        if 0 <= here + step < size:
            here += step
        else:
            here, step = TURNS[border](here, step, size)
    return here


def positions(extent: str, size: int, length: int, origin: int) -> list[int]:
    """Where the origin of a kernel stands along an axis, for each value of the result."""
    found = []
    for at in range(-length, size + length):
        inside = [0 <= at + j - origin < size for j in range(length)]
        if COUNTS[extent](inside, 0 <= at < size):
            found.append(at)
    return found


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
    """The formula above for a picture of shape (height, width)."""
    (height, width), (tall, wide) = picture.shape, weights.shape
    oy, ox = origin or (tall // 2, wide // 2)
    rows, columns = positions(extent, height, tall, oy), positions(extent, width, wide, ox)
    values = _continued(picture, tall, wide, border, constant)
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
    """The same for large kernels, with the two inner loops left to NumPy."""
    (height, width), (tall, wide) = picture.shape, weights.shape
    oy, ox = origin or (tall // 2, wide // 2)
    rows = [y - oy + 2 * tall for y in positions(extent, height, tall, oy)]
    columns = [x - ox + 2 * wide for x in positions(extent, width, wide, ox)]
    values = np.array(_continued(picture, tall, wide, border, constant))
    spanned = values[rows[0] : rows[-1] + tall, columns[0] : columns[-1] + wide]
    windows = np.lib.stride_tricks.sliding_window_view(spanned, (tall, wide))
    result: Array = np.einsum("yxji,ji->yx", windows, weights) / scale + offset
    return result


def _continued(
    picture: Array, tall: int, wide: int, border: str, constant: float
) -> list[list[float]]:
    """The picture with two kernels' length of border around it, as plain lists."""
    height, width = picture.shape
    down = [walk(border, y, height) for y in range(-2 * tall, height + 2 * tall)]
    across = [walk(border, x, width) for x in range(-2 * wide, width + 2 * wide)]
    return [
        [constant if y is None or x is None else float(picture[y, x]) for x in across] for y in down
    ]


def to_levels(values: Array, maximum: float) -> Array:
    """Values rounded half up and clamped to 0 .. maximum, as whole numbers."""
    return np.clip(np.floor(values + 0.5), 0, maximum)
