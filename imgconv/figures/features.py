"""A sheet of features: tiles of grey in rows, 0 is middle grey."""

import math

import numpy as np
from numpy.typing import NDArray

# The side of a tile in pixels, about, and the distance of tiles; the grey between them.
_TILE, _GAP, _GROUND = 80, 8, 255


def draw_features(weights: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return grey levels for weights (features, height, width), each tile by its own largest."""
    count, height, width = weights.shape
    zoom = max(1, round(_TILE / max(height, width)))
    columns = math.ceil(math.sqrt(count * height / width))
    rows = -(-count // columns)
    down, across = height * zoom + _GAP, width * zoom + _GAP
    sheet = np.full((rows * down + _GAP, columns * across + _GAP), _GROUND, np.uint8)
    largest = np.abs(weights).max(axis=(1, 2), keepdims=True)
    shares = weights / np.where(largest, largest, 1)
    levels = np.floor(127.5 * shares + 128).clip(0, 255).astype(np.uint8)
    for number, tile in enumerate(levels.repeat(zoom, axis=1).repeat(zoom, axis=2)):
        row, column = divmod(number, columns)
        top, left = _GAP + row * down, _GAP + column * across
        sheet[top : top + height * zoom, left : left + width * zoom] = tile
    return sheet
