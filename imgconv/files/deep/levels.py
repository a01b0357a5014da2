"""Levels up to another maximum than the largest of their type, as PNM and TIFF may have them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.picture import MAXIMUM, Pixels


def full_range(pixels: Pixels) -> Pixels:
    """The same picture with levels up to the largest of its type; each level keeps one of its own.

    Floats stay as they are.
    """
    name = pixels.array.dtype.name
    if pixels.is_float or pixels.maximum == MAXIMUM[name]:
        return pixels
    levels = np.rint(np.arange(pixels.maximum + 1) / pixels.maximum * MAXIMUM[name])
    array: NDArray[Any] = levels.astype(name).take(pixels.array, mode="clip")
    return Pixels(array, pixels.channels)
