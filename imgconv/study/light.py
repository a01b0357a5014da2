"""Levels and linear light, both 0..maximum in float64: the exact curves of a picture."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from imgconv.images.pixels import Pixels
from imgconv.images.transfer import Curve, light_of
from imgconv.planning.bounds import curves_of

Array = NDArray[np.float64]

# The brightest level, as a share of white, and the bisections that find one to the last digit.
_BRIGHTEST, _BISECTIONS = 2.0**20, 80


class Light:
    """The transfer functions of a picture; channels without one stay as they are."""

    def __init__(self, pixels: Pixels) -> None:
        self._curves, self._maximum = curves_of(pixels), pixels.maximum

    def has_curve(self, channel: int) -> bool:
        return self._curves[channel] is not None

    def of(self, levels: Array) -> Array:
        """Return the light of levels (..., channels); below 0 a curve is turned by 180 degrees."""
        return self._by_channel(light_of, levels)

    def levels(self, light: Array) -> Array:
        """Return the levels of light (..., channels), neither rounded nor clamped."""
        return self._by_channel(_levels, light)

    def _by_channel(self, convert: Callable[[Curve, Array], Array], values: Array) -> Array:
        result = values.astype(np.float64)
        for channel, curve in enumerate(self._curves):
            if curve:
                shares = values[..., channel] / self._maximum
                result[..., channel] = convert(curve, shares) * self._maximum
        return result


def _levels(curve: Curve, light: Array) -> Array:
    """Return the highest level that has no more light, black for the light of black."""
    black = curve.light(np.zeros_like(light))
    above = np.abs(light - black) + black
    low, high = np.zeros_like(light), np.full_like(light, _BRIGHTEST)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        is_reached = curve.light(middle) <= above
        low, high = np.where(is_reached, middle, low), np.where(is_reached, high, middle)
    level = np.where(above == black, 0, low)
    return np.where(light < black, -level, level)
