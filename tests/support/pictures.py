"""Pixels, kernels and filters that many tests share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels import library
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings

# The shipped filters that need no picture beside the input, and those of them that have kernels.
FILTERS = tuple(each.name for each in library.declarations() if not each.takes_path)
KERNEL_FILTERS = tuple(name for name in FILTERS if not library.find(name)[0].mask)


def pixels(values: ArrayLike, dtype: str = "uint8", channels: str = "l") -> Pixels:
    """Return pixels of values (height, width) or (height, width, channels)."""
    array = np.ascontiguousarray(values, dtype)
    return Pixels(array.reshape(*array.shape[:2], -1), tuple(channels))


def noise(height: int, width: int, channels: str = "l", dtype: str = "uint8") -> Pixels:
    """Return random pixels, the same for every call, over the whole range of the type."""
    values = np.random.default_rng(7).random((height, width, len(channels))) * MAXIMUM[dtype]
    return pixels(values if dtype == "float32" else np.rint(values), dtype, channels)


def ramp() -> NDArray[np.float64]:
    """Return A[y, x] = (37 x + 91 y + x y) mod 256, shape (12, 16)."""
    y, x = np.arange(12.0)[:, None], np.arange(16.0)
    levels: NDArray[np.float64] = (37 * x + 91 * y + x * y) % 256
    return levels


def filtered(
    picture: Pixels, *steps: Filter | Kernel, settings: Settings | None = None
) -> NDArray[np.float64]:
    """Return the result of a chain of filters, or of kernels as filters."""
    filters = [step if isinstance(step, Filter) else Filter("kernel", (step,)) for step in steps]
    result = filter_pixels(picture, filters, settings or Settings())
    with np.errstate(invalid="ignore"):  # values beside the channels may be anything
        return result.pixels.array.astype(np.float64)


BLUR = Kernel([[1, 2, 1], [2, 4, 2], [1, 2, 1]], scale=16)
SOBEL_X = Kernel([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
SOBEL_Y = Kernel([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
SOBEL = Filter("sobel", (SOBEL_X, SOBEL_Y), "magnitude")
SHARPEN = Kernel([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
