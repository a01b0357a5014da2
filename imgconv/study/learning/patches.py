"""Patches of grey pictures, drawn at random places."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.images.arrays import check_finite

Array = NDArray[np.float64]
Shape = tuple[int, int]

# The variance that is added to that of a patch, as 10 for levels of 255: of flat patches, noise is
# not made as strong as detail.
_FLAT = 10 / 255**2


def draw_patches(pictures: Iterable[Array], count: int, shape: Shape, seed: int) -> Array:
    """Return ``count`` patches of ``shape`` (height, width), shape (count, height * width).

    Every picture gives the same number of patches, the first ones one more if there is a remainder.
    Places are drawn by ``numpy.random.default_rng(seed)``, with repetition, for one picture after
    the other: ``integers(places)``, counted in reading order. Raises ``UsageError`` for pictures
    that are smaller than a patch, and for NaN and infinity.
    """
    random = np.random.default_rng(seed)
    grays: Sequence[Array] = [*pictures]
    found = np.empty((count, shape[0] * shape[1]))
    first = 0
    for number, gray in enumerate(grays):
        rows, columns = (side - length + 1 for side, length in zip(gray.shape, shape, strict=True))
        if min(rows, columns) < 1:
            raise UsageError(
                f"a picture of {gray.shape[1]}x{gray.shape[0]} has no patch of "
                f"{shape[1]}x{shape[0]}",
                "give a smaller --size, or larger pictures",
            )
        check_finite(gray, "learning")
        share = count // len(grays) + (number < count % len(grays))
        y, x = np.divmod(random.integers(rows * columns, size=share), columns)
        windows = np.lib.stride_tricks.sliding_window_view(gray, shape)
        found[first : first + share] = windows[y, x].reshape(share, -1)
        first += share
    return found


def of_equal_contrast(patches: Array) -> Array:
    """Return each patch minus its mean, divided by its standard deviation.

    Source: A. Coates, A. Y. Ng, Learning Feature Representations with K-means, 2012.
    """
    centred = patches - patches.mean(axis=1, keepdims=True)
    alike: Array = centred / np.sqrt(centred.var(axis=1, keepdims=True) + _FLAT)
    return alike
