"""The directions of stripes, edges and lines of text in a picture, from the energy of its spectrum.

The grey picture without its mean is multiplied by a round window: a rectangular one would make a
cross of its own. The energy of each frequency belongs to the angle in which levels change there,
atan2(-fy, fx), with both in cycles a pixel, so that a picture need not be square. The peak of a
smoothed histogram is made precise by the axial mean: half the angle of a sum of P exp(2 i a).
"""

from __future__ import annotations

import cmath
import math
from typing import NamedTuple

import numpy as np

from imgconv.study.spectrum import Array, Real, Spectrum, groups, round_window, stripes

# The lowest frequency that counts, in cycles along the shorter side, and the highest a pixel.
_LOWEST, _HIGHEST = 3, 0.5

# The histogram: bins, and the standard deviation in degrees of the Gaussian that smooths it.
_BINS, _SMOOTHING = 360, 2.0

# Degrees to each side of a peak: of the axial mean, of its share of energy, and to another peak.
_NEAR, _WITHIN, _APART = 10.0, 5.0, 15.0

# A further peak has at least this share of the first; a direction stands out from this on.
_FURTHER, _STANDS_OUT = 0.5, 0.15

# Energy below this share of full brightness, squared, is rounding.
_NOISE = 1e-20


class Direction(NamedTuple):
    """Stripes: degrees in which they run, pixels from one to the next, and their share of energy.

    Degrees are counter-clockwise from the right, 0 <= degrees < 180.
    """

    degrees: float
    period: float
    share: float

    @property
    def change(self) -> float:
        """Degrees in which levels change most."""
        return (self.degrees + 90) % 180

    @property
    def stands_out(self) -> bool:
        return self.share >= _STANDS_OUT


class Directions(NamedTuple):
    """The strongest direction and further ones, and how much all energy agrees, 0 to 1."""

    found: list[Direction]
    coherence: float


class _Energy(NamedTuple):
    """The frequencies that count: energy, angle of change -90 .. 90 degrees, cycles a pixel.

    The latter two are float32, whose error of an angle is 1e-5 degrees.
    """

    power: Array
    angle: Array
    frequency: Array


def directions(gray: Real, maximum: float) -> Directions:
    """Return the directions of levels (H, W), strongest first; none for a flat picture."""
    energy = _energy(gray)
    total = float(energy.power.sum())
    if total <= _NOISE * (maximum * gray.size) ** 2:
        return Directions([], 0.0)
    smooth = _smoothed(_histogram(energy))
    found = [_refined(energy, total, peak, min(gray.shape)) for peak in _peaks(smooth)]
    return Directions(found, abs(_axial(energy.power, energy.angle)) / total)


def _energy(gray: Real) -> _Energy:
    spectrum = Spectrum.of(gray, _weighted_mean(gray), fades=True)
    down, across = (each.astype(np.float32) for each in spectrum.frequencies)
    found = []
    for rows in groups(spectrum.height):
        frequency = spectrum.distance(rows)
        counts = (frequency >= _LOWEST / min(gray.shape)) & (frequency <= _HIGHEST)
        angle = np.degrees(np.arctan2(-down[rows], across))
        power = spectrum.power(rows) * spectrum.counts
        found.append((power[counts], angle[counts], frequency[counts].astype(np.float32)))
    return _Energy(*map(np.concatenate, zip(*found, strict=True)))


def _weighted_mean(gray: Real) -> float:
    """Return the mean that is 0 behind the round window."""
    height, width = gray.shape
    weighted = weights = 0.0
    for rows in groups(height):
        window = round_window(height, width, rows)
        weighted += float((gray[rows] * window).sum())
        weights += float(window.sum())
    return weighted / weights if weights else 0.0


def _histogram(energy: _Energy) -> Array:
    """Return the energy in each bin, whose middle is a multiple of its width."""
    bins = np.rint(energy.angle * (_BINS / 180)).astype(np.int64) % _BINS
    return np.bincount(bins, energy.power, _BINS).astype(np.float64)


def _smoothed(histogram: Array) -> Array:
    """Return the circular histogram smoothed by a Gaussian."""
    bins = np.arange(_BINS)
    away = np.minimum(bins, _BINS - bins) * (180 / _BINS)
    gaussian = np.exp(-0.5 * (away / _SMOOTHING) ** 2)
    smooth = np.fft.irfft(np.fft.rfft(histogram) * np.fft.rfft(gaussian / gaussian.sum()), _BINS)
    return smooth.astype(np.float64)


def _peaks(smooth: Array) -> list[float]:
    """Return the degrees of peaks, the highest first, each apart from those before it."""
    is_peak = (smooth >= np.roll(smooth, 1)) & (smooth > np.roll(smooth, -1))
    bins = np.flatnonzero(is_peak)
    found: list[float] = []
    for number in bins[np.argsort(-smooth[bins], kind="stable")]:
        degrees = float(number) * 180 / _BINS
        if smooth[number] <= _FURTHER * smooth.max():
            break
        if all(abs((degrees - other + 90) % 180 - 90) > _APART for other in found):
            found.append(degrees)
    return found


def _refined(energy: _Energy, total: float, change: float, shorter: int) -> Direction:
    """Return the direction at a peak of the histogram, by the axial mean of its surroundings."""
    for _ in range(3):
        away = _difference(energy.angle, change)
        near = np.abs(away) <= _NEAR
        change += math.degrees(cmath.phase(_axial(energy.power[near], away[near]))) / 2
    within = np.abs(_difference(energy.angle, change)) <= _WITHIN
    share = float(energy.power[within].sum()) / total
    period = _period(energy.power[within], energy.frequency[within], shorter)
    return Direction(_rounded(stripes(change)), period, share)


def _axial(power: Array, degrees: Array) -> complex:
    """Return the sum of P exp(2 i a), whose phase is twice the axial mean."""
    twice = np.radians(2 * degrees)
    return complex((power * np.cos(twice)).sum(), (power * np.sin(twice)).sum())


def _period(power: Array, frequency: Array, shorter: int) -> float:
    """Return the period of the strongest frequency, by the mean of those that blur into it."""
    if not power.size:
        return math.inf
    near = np.abs(frequency - frequency[power.argmax()]) <= 2 / shorter
    return float(power[near].sum() / (power[near] * frequency[near]).sum())


def _difference(angle: Array, other: float) -> Array:
    """Return the axial difference of angles, -90 <= d <= 90."""
    away = angle - other
    away -= 180 * np.rint(away / 180)
    return away


def _rounded(degrees: float) -> float:
    """Return 0 for angles that would be written as 180."""
    return 0.0 if degrees > 180 - 5e-4 else degrees
