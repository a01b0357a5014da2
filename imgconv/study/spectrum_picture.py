"""A spectrum as a picture of levels 0 .. 255, and a painted picture as a spectrum.

With ``m`` the largest |F| of the channel, levels are:

    log          255 ln(1 + |F|) / ln(1 + m)
    magnitude    255 |F| / m
    power        255 |F|^2 / m^2
    real, imag   128 + 127 sign(v) ln(1 + |v|) / ln(1 + m)
    phase        a hue, red at 0, as bright as in ``log``; as grey 128 + 127 phase / pi
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.images.pixels import Pixels
from imgconv.study.spectrum import Array, Complex, Spectrum, channel_values

Levels = NDArray[np.uint8]

# The largest difference of a level that is not taken as painted: one of rounding.
_ROUNDING = 1

# |F| up to this share of the largest is rounding, which has no phase.
_NO_PHASE = 1e-13


class View(NamedTuple):
    """A name in the table above, where F[0, 0] lies, and whether phases are grey or hues."""

    of: str = "log"
    corner: bool = False
    gray: bool = False

    def draw(self, spectrum: Spectrum) -> Levels:
        """Return the picture, uint8 (H, W), or (H, W, 3) of hues."""
        largest = spectrum.largest

        def show(values: Complex) -> Levels:
            return np.floor(self.levels(values, largest) + 0.5).astype(np.uint8)

        shown = spectrum.whole(show)
        return shown if self.corner else np.fft.fftshift(shown, (0, 1))

    def levels(self, values: Complex, largest: float) -> Array:
        """Return unrounded levels."""
        if self.of == "phase" and not self.gray:
            return _hues(values, largest)
        return _SHOW[self.of](values, largest)


def _log_levels(values: Complex, largest: float) -> Array:
    levels = np.log1p(np.abs(values))
    levels *= 255 / (math.log1p(largest) or 1)
    return levels


def _signed(part: Array, largest: float) -> Array:
    return 128 + np.copysign(np.log1p(np.abs(part)), part) * (127 / (math.log1p(largest) or 1))


def _hues(values: Complex, largest: float) -> Array:
    """Return phases as hues of full saturation (..., 3)."""
    sixths = np.angle(values) % (2 * np.pi) * (3 / np.pi)
    bright = _log_levels(values, largest)
    red, green, blue = np.abs(sixths - 3) - 1, 2 - np.abs(sixths - 2), 2 - np.abs(sixths - 4)
    return np.stack([part.clip(0, 1) * bright for part in (red, green, blue)], axis=-1)


_SHOW: Mapping[str, Callable[[Complex, float], Array]] = {
    "log": _log_levels,
    "power": lambda values, largest: 255 * (np.abs(values) / (largest or 1)) ** 2,
    "magnitude": lambda values, largest: 255 * (np.abs(values) / (largest or 1)),
    "real": lambda values, largest: _signed(values.real, largest),
    "imag": lambda values, largest: _signed(values.imag, largest),
    "phase": lambda values, largest: 128 + np.angle(values) * (127 / np.pi),
}


def painted(spectrum: Spectrum, edited: Array, corner: bool = False) -> tuple[Spectrum, int]:
    """Return the spectrum whose ``log`` picture was changed by hand, and how many places were.

    ``edited`` has levels 0 .. 255, shape (H, W). Where a level differs by more than 1, |F| becomes
    what the level says, black exactly 0, and the phase stays, 0 where |F| was 0. The opposite
    place gets the conjugate; where both were changed, |F| is the mean of both. Elsewhere F stays.
    """
    largest = spectrum.largest
    edited = edited if corner else np.fft.ifftshift(edited)
    changed = np.abs(edited - View(corner=True).draw(spectrum)) > _ROUNDING
    wanted = np.where(changed, np.expm1(edited * (math.log1p(largest) / 255)), 0.0)
    columns = spectrum.half.shape[1]
    count = (changed + _opposite(changed).astype(np.int8))[:, :columns]
    sums = (wanted + _opposite(wanted))[:, :columns]
    at = count > 0
    before = spectrum.half[at]
    magnitude = np.abs(before)
    has_phase = magnitude > _NO_PHASE * largest
    phase = np.where(has_phase, before / np.where(has_phase, magnitude, 1), 1)
    half = spectrum.half.copy()
    half[at] = sums[at] / count[at] * phase
    return Spectrum(half, spectrum.width), int(np.count_nonzero(changed))


def painted_picture(
    pixels: Pixels, edited: Pixels, channels: Sequence[int], fades: bool, corner: bool
) -> tuple[Array, int]:
    """Return all values of a picture, some channels changed as painted, and how many places were.

    ``edited`` has a channel for each of ``channels``; ``fades`` is as for ``Spectrum.of``.
    """
    values, changed = pixels.array[..., : len(pixels.channels)].astype(np.float64), 0
    for at, position in enumerate(channels):
        levels = channel_values(edited, at) * np.float64(255 / edited.maximum)
        spectrum = Spectrum.of(channel_values(pixels, position), fades=fades)
        spectrum, count = painted(spectrum, levels, corner)
        values[..., position] = spectrum.inverse()
        changed += count
    return values, changed


def _opposite(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the values at (-k, -l)."""
    return np.roll(values[::-1, ::-1], (1, 1), (0, 1))
