"""The frequency response of a kernel: its factor for each wave that a picture is a sum of.

A wave of fx, fy cycles a pixel, laid under the kernel, is multiplied by

    K(fx, fy) = (1 / scale) * sum over j, i of w[j, i] exp(2 pi i (fx (i - ox) + fy (j - oy)))

which is a real number for a kernel that is symmetric about its origin.
"""

import math

import numpy as np
from numpy.typing import NDArray

from imgconv.kernels.kernel import Kernel

Complex = NDArray[np.complex128]
Array = NDArray[np.float64]

# The directions of profiles, in degrees counter-clockwise from the right.
DIRECTIONS = (0, 45, 90)

# The highest frequency along an axis, in cycles a pixel.
HIGHEST = 0.5


def response_grid(kernel: Kernel, side: int = 257) -> Complex:
    """Return K for ``side`` frequencies a side from -1/2 to 1/2, fy downwards, 0 in the middle."""
    frequencies = np.linspace(-HIGHEST, HIGHEST, side)
    down = _waves(frequencies, kernel.height, kernel.origin[0])
    across = _waves(frequencies, kernel.width, kernel.origin[1])
    if kernel.factor:
        column, row = kernel.factor
        grid: Complex = np.outer(down @ column, across @ row)
    else:
        grid = down @ kernel.weights @ across.T
    return grid / kernel.scale


def response_along(kernel: Kernel, degrees: float, frequencies: Array) -> Complex:
    """Return K at ``frequencies``, cycles a pixel along a direction."""
    radians = math.radians(degrees)
    down = _waves(-math.sin(radians) * frequencies, kernel.height, kernel.origin[0])
    across = _waves(math.cos(radians) * frequencies, kernel.width, kernel.origin[1])
    if kernel.factor:
        column, row = kernel.factor
        along: Complex = (down @ column) * (across @ row)
    else:
        along = np.einsum("fi,fi->f", down @ kernel.weights, across)
    return along / kernel.scale


def end_of(degrees: float) -> float:
    """Return the highest frequency in a direction: 1/2 along an axis, 0.7071 in a corner."""
    radians = math.radians(degrees)
    return HIGHEST / max(abs(math.cos(radians)), abs(math.sin(radians)))


def is_real(response: Complex) -> bool:
    """Return whether a response has no imaginary part, up to rounding."""
    largest = float(np.abs(response).max(initial=0.0))
    return float(np.abs(response.imag).max(initial=0.0)) <= 1e-12 * largest


def _waves(frequencies: Array, length: int, origin: int) -> Complex:
    """Return the waves of each frequency along an axis, shape (frequencies, length)."""
    waves: Complex = np.exp(2j * np.pi * np.outer(frequencies, np.arange(length) - origin))
    return waves
