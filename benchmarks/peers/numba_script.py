"""A sharpened picture the plain Numba way: numba_script.py IN OUT."""

import sys

import numpy as np
from numba import njit, prange
from PIL import Image


@njit(parallel=True, cache=True)
def sharpen(picture: np.ndarray, result: np.ndarray) -> None:
    height, width, channels = picture.shape
    for y in prange(height):
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            for k in range(channels):
                value = np.float32(5) * picture[y, x, k]
                value -= picture[above, x, k] + picture[below, x, k]
                value -= picture[y, left, k] + picture[y, right, k]
                result[y, x, k] = min(max(value + np.float32(0.5), 0), 255)


if __name__ == "__main__":
    with Image.open(sys.argv[1]) as image:
        picture = np.asarray(image)
    result = np.empty_like(picture)
    sharpen(picture, result)
    Image.fromarray(result).save(sys.argv[2], quality=90)
