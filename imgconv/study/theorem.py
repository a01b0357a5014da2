"""The convolution theorem on one picture: a filter by sums, and by a product of spectra.

The sums of a correlation have the spectrum ``F conj(K)``. The transform wraps round, so the picture
is padded by the border first, and K is the transform of the kernel with its origin at (0, 0).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.kernels.kernel import Kernel
from imgconv.study.chain import Chain, Step, Window, places
from imgconv.system.available_memory import free_memory

Array = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

# Differences beyond rounding, as a share of full brightness times the sum of the weights.
_NOISE = 1e-9

# Bytes that a value of the padded picture takes while it is transformed.
_BYTES = 120


class Theorem(NamedTuple):
    """Both results, float64 (height, width, channels) in levels, and facts of other ways.

    Each difference is the largest one of the sums and of another way to multiply spectra.
    ``wrapped`` counts the pixels that differ without padding, None where the result is larger than
    the picture. ``origin`` is (row, column), by which the corner at (0, 0) shifts the result.
    """

    picture: Array
    by_sums: Array
    by_fourier: Array
    picture_spectrum: Spectrum
    kernel_spectrum: Spectrum
    kernel: Kernel
    wrapped: int | None
    wrapped_difference: float
    corner_difference: float
    turned_difference: float

    @property
    def difference(self) -> float:
        return _largest(self.by_sums - self.by_fourier)

    @property
    def product(self) -> Spectrum:
        return self.picture_spectrum * np.conj(self.kernel_spectrum)[..., None]


def convolution_theorem(chain: Chain) -> Theorem:
    """Return both ways for one filter of one kernel; raises ``UsageError`` for others.

    Raises ``LimitError`` where the memory is not enough.
    """
    step, kernel = chain.single("no one product of spectra computes it")
    if step.is_divided:
        raise UsageError(
            "the border 'none' divides each result by other weights, which is no convolution",
            "choose another --border",
        )
    window = step.window(*places(step))
    values = (step.height + kernel.height) * (step.width + kernel.width)
    if values * len(chain.pixels.channels) * _BYTES > free_memory():
        raise LimitError("the spectra do not fit into memory", "use a smaller picture")
    return _both_ways(chain, step, kernel, window)


def _both_ways(chain: Chain, step: Step, kernel: Kernel, window: Window) -> Theorem:
    (by_sums,) = step.results(window)
    padded = window.padded()
    top, left = kernel.origin
    spectrum, of_kernel = _transform(padded), _transform(_laid(kernel, padded.shape[:2]))
    crop = slice(top, top + step.height), slice(left, left + step.width)

    def inverse(product: Spectrum) -> Array:
        sums: Array = np.fft.ifft2(product, axes=(0, 1)).real[crop]
        return sums / kernel.scale + kernel.offset

    corner = _transform(_laid(kernel.replaced(origin=(0, 0)), padded.shape[:2]))
    others = [inverse(spectrum * each[..., None]) for each in (np.conj(corner), of_kernel)]
    picture = step.source.values(*places(step.source))
    return Theorem(
        picture,
        by_sums,
        inverse(spectrum * np.conj(of_kernel)[..., None]),
        spectrum,
        of_kernel,
        kernel,
        *_without_padding(step, kernel, picture, by_sums),
        *(_largest(by_sums - other) for other in others),
    )


def _without_padding(
    step: Step, kernel: Kernel, picture: Array, by_sums: Array
) -> tuple[int | None, float]:
    """Return the pixels that differ where the picture is transformed as it is, and how far."""
    row, column = step.start
    if row < 0 or column < 0 or step.height > len(picture):
        return None, 0.0
    product = _transform(picture) * np.conj(_transform(_laid(kernel, picture.shape[:2])))[..., None]
    wrapped = np.fft.ifft2(product, axes=(0, 1)).real / kernel.scale + kernel.offset
    away = np.abs(wrapped[row : row + step.height, column : column + step.width] - by_sums)
    level = _NOISE * max(1.0, float(np.abs(picture).max())) * kernel.magnitude / abs(kernel.scale)
    return int(np.count_nonzero((away > level).any(axis=2))), _largest(away)


def _transform(values: Array) -> Spectrum:
    transformed: Spectrum = np.fft.fft2(values, axes=(0, 1))
    return transformed


def _laid(kernel: Kernel, shape: tuple[int, ...]) -> Array:
    """Return a grid of zeros with the kernel in it, its origin at (0, 0), wrapped round.

    A kernel that is larger than the grid lies on itself.
    """
    grid = np.zeros(shape)
    rows = (np.arange(kernel.height) - kernel.origin[0]) % shape[0]
    columns = (np.arange(kernel.width) - kernel.origin[1]) % shape[1]
    np.add.at(grid, np.ix_(rows, columns), kernel.weights)
    return grid


def _largest(differences: Array) -> float:
    return float(np.abs(differences).max())
