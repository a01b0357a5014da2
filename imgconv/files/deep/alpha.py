"""Colours multiplied by alpha, as some TIFFs store them, and straight ones, as filters take them.

Whole numbers survive the way there and back: a straight colour is off by half a level at most, and
alpha, which is not more than one, leaves of that less than half a level.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.picture import Pixels

# Rows at once, so that no second picture in float64 is needed.
_ROWS = 64


def make_straight(pixels: Pixels) -> None:
    """colour = stored * maximum / alpha, in place; where alpha is 0, colours stay."""
    for colours, alpha in _strips(pixels):
        _put(colours, colours * (pixels.maximum / alpha), pixels)


def premultiplied(pixels: Pixels) -> Pixels:
    """stored = colour * alpha / maximum, in fresh memory; where alpha is 0, colours stay."""
    result = pixels.empty(pixels.height, pixels.width)
    result.array[:] = pixels.array
    for colours, alpha in _strips(result):
        _put(colours, colours * (alpha / pixels.maximum), pixels)
    return result


def _strips(pixels: Pixels) -> Any:
    """The colours of some rows at a time, and their alpha as float64, full where it is 0."""
    at = pixels.channels.index("a")
    for top in range(0, pixels.height, _ROWS):
        rows = pixels.array[top : top + _ROWS]
        alpha = rows[..., at : at + 1].astype(np.float64)
        alpha[alpha == 0] = pixels.maximum
        yield rows[..., :at], alpha


def _put(colours: NDArray[Any], values: NDArray[np.float64], pixels: Pixels) -> None:
    if not pixels.is_float:
        values = np.floor(values.clip(0, pixels.maximum) + 0.5)
    colours[:] = values
