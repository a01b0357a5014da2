"""Weighted sums of one picture under many kernels, by sums or by its spectrum, made once."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.kernels.kernel import Reach

Array = NDArray[np.float64]

# Kernels of more weights than this (11 x 11) are applied by their spectra.
_MANY = 121


class Part(NamedTuple):
    """The results that are wanted: ``size`` (height, width), every ``stride`` pixels.

    ``margin`` are the values on each side of the origins of the first and the last of them.
    """

    margin: Reach
    size: tuple[int, int]
    stride: int = 1


class Correlator:
    """A picture of float64 ``values``, shape (channels, height, width)."""

    def __init__(self, values: Array) -> None:
        self.values = values
        self._is_finite = bool(np.isfinite(values).all())

    @cached_property
    def _spectrum(self) -> NDArray[np.complex128]:
        return np.fft.rfft2(self.values)

    def sums(self, weights: Array, corner: tuple[int, int], part: Part) -> Array:
        """Return the sums of each channel, shape (channels, height, width).

        The upper left one of ``weights``, (channels or 1, height, width), lies on the value at
        ``corner`` (row, column) for the first result.
        """
        if np.count_nonzero(weights[0]) > _MANY and self._is_finite:
            return self._by_spectrum(weights, corner, part)
        (height, width), step = part.size, part.stride
        sums = np.zeros((len(self.values), height, width))
        for j, i in np.argwhere(weights.any(axis=0)).tolist():
            top, left = corner[0] + j, corner[1] + i
            rows = slice(top, top + (height - 1) * step + 1, step)
            columns = slice(left, left + (width - 1) * step + 1, step)
            sums += weights[:, j, i, None, None] * self.values[:, rows, columns]
        return sums

    def _by_spectrum(self, weights: Array, corner: tuple[int, int], part: Part) -> Array:
        """Return the same by spectra: the results that are wanted do not wrap round."""
        shape = self.values.shape[1:]
        product = self._spectrum * np.conj(np.fft.rfft2(weights, shape))
        sums = np.fft.irfft2(product, shape)
        rows, columns = (
            slice(start, start + (count - 1) * part.stride + 1, part.stride)
            for start, count in zip(corner, part.size, strict=True)
        )
        return sums[:, rows, columns].copy()
