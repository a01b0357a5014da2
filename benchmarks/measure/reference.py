"""What the filters truly give: float64, not rounded, the picture's edge going on for ever.

An answer takes one channel, float64, shape (height, width), and gives as much. Fourier transforms
in float64 stand for long sums; they are off by less than 1e-9 levels. Small whole kernels are
summed plainly, which is exact, so that a half is a half and rounding is judged rightly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

Values = NDArray[np.float64]
Levels = NDArray[np.uint8]
Answer = Callable[[Values], Values]

FEW_WEIGHTS = 9


def answer_levels(pixels: Levels, answer: Answer) -> Values:
    """What a filter gives for each channel, clamped to 0 .. 255 but not rounded."""
    result = np.empty(pixels.shape)
    for channel in range(pixels.shape[2]):
        result[..., channel] = answer(pixels[..., channel].astype(np.float64))
    return np.clip(result, 0, 255, out=result)


def correlated(weights: Values) -> Answer:
    """The sum of what lies under the kernel, laid over the picture as it is written."""
    if weights.size <= FEW_WEIGHTS:
        return lambda values: ndimage.correlate(values, weights, mode="nearest")
    return lambda values: _correlated_by_fourier(values, weights)


def boxed(radius: int) -> Answer:
    """The mean of a square of ``2 radius + 1``."""
    taps = np.full(2 * radius + 1, 1 / (2 * radius + 1))
    return lambda values: _along_both(values, taps)


def gaussian(sigma: float) -> Answer:
    """What ``scipy.ndimage.gaussian_filter(truncate=8, mode="nearest")`` gives, which is slower."""
    reach = int(8 * sigma + 0.5)
    taps = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    return lambda values: _along_both(values, taps / taps.sum())


def sizes(answer: Answer) -> Answer:
    """An answer without its sign."""
    return lambda values: np.abs(answer(values))


def magnitude(down: Answer, across: Answer) -> Answer:
    """The length of a vector of two answers."""
    return lambda values: np.hypot(down(values), across(values))


def one_after_another(first: Answer, second: Answer) -> Answer:
    """A chain: nothing is rounded between the two."""
    return lambda values: second(first(values))


def _along_both(values: Values, taps: Values) -> Values:
    return _correlated_by_fourier(_correlated_by_fourier(values, taps[:, None]), taps[None, :])


def _correlated_by_fourier(values: Values, weights: Values) -> Values:
    margins = [(length // 2, length // 2) for length in weights.shape]
    axes = [axis for axis, length in enumerate(weights.shape) if length > 1]
    padded = np.pad(values, margins, mode="edge")
    result: Values = signal.fftconvolve(padded, weights[::-1, ::-1], mode="valid", axes=axes)
    return result
