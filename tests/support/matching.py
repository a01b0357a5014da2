"""The scores of a template by their definition: plain sums at one place after another."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from imgconv.images.pixels import Pixels

Array = NDArray[np.float64]


def as_pixels(values: NDArray[np.generic]) -> Pixels:
    """Return an array (height, width) or (height, width, 1 to 4) as pixels."""
    array = values[..., None] if values.ndim == 2 else values
    names = {1: "l", 2: "la", 3: "rgb", 4: "rgba"}[array.shape[2]]
    return Pixels(np.ascontiguousarray(array), tuple(names))


def expected(
    name: str, picture: Array, template: Array, weights: Array, maximum: float = 255
) -> Array:
    """Return the score of each place; arrays are (height, width, channels), weights 2-D."""
    h, w = template.shape[:2]
    height, width = picture.shape[0] - h + 1, picture.shape[1] - w + 1
    scores = np.empty((height, width))
    for y in range(height):
        for x in range(width):
            window = picture[y : y + h, x : x + w]
            scores[y, x] = _score(name, template, window, weights[..., None], maximum)
    return scores


def _score(name: str, template: Array, window: Array, m: Array, maximum: float) -> float:
    n, channels = float(m.sum()), int(template.shape[2])
    if name == "plain":
        return float((m * template * window).sum())
    if name == "difference":
        squares = float((m * (template - window) ** 2).sum())
        return 1 - math.sqrt(squares / (n * channels)) / maximum
    a, b = (each - (m * each).sum(axis=(0, 1)) / n for each in (template, window))
    covariance = float((m * a * b).sum())
    if name == "covariance":
        return covariance / (n * channels)
    spreads = [float((m * each * each).sum()) for each in (a, b)]
    is_flat = spreads[1] / n <= 1e-6
    return 0.0 if is_flat else float(covariance / math.sqrt(spreads[0] * spreads[1]))


def iou(one: tuple[float, float], other: tuple[float, float], size: tuple[int, int]) -> float:
    """Return intersection over union of two windows of a size (width, height)."""
    across, down = (
        max(0.0, length - abs(a - b)) for length, a, b in zip(size, one, other, strict=True)
    )
    return across * down / (2 * size[0] * size[1] - across * down)
