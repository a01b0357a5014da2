"""The discrete Fourier transform of one channel, and the facts that a person asks about it.

    F[k, l] = sum over y, x of  f[y, x] exp(-2 pi i (k y / H + l x / W))

There is no factor; the inverse divides by H W. Values are real, so F[-k, -l] is the conjugate of
F[k, l], and the columns up to W / 2 hold everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.images.pixels import Pixels
from imgconv.system.available_memory import free_memory

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

STRONGEST = 5  # lines that are listed

# The least amplitude of a line, as a share of full brightness: less is rounding.
_NOISE = 1e-9

# Bytes that a pixel takes while one channel is transformed and shown.
_BYTES = 40


class Spectrum(NamedTuple):
    """The columns 0 .. W // 2 of a spectrum, shape (H, W // 2 + 1), and W."""

    half: Complex
    width: int

    @classmethod
    def of(cls, values: Array) -> Spectrum:
        """Return the spectrum of real values (H, W)."""
        return cls(np.fft.rfft2(values), values.shape[1])

    @property
    def height(self) -> int:
        return len(self.half)

    @property
    def counts(self) -> Array:
        """How often each column of ``half`` stands in the whole spectrum: once or twice."""
        counts = np.full(self.half.shape[1], 2.0)
        counts[0] = 1
        if self.width % 2 == 0:
            counts[-1] = 1
        return counts

    @property
    def frequencies(self) -> tuple[Array, Array]:
        """Cycles a pixel of each row, down, as a column, and of each column, to the right."""
        down = np.fft.fftfreq(self.height).astype(np.float64)[:, None]
        return down, np.fft.rfftfreq(self.width).astype(np.float64)

    @property
    def largest(self) -> float:
        return float(np.abs(self.half).max())

    def whole(self, show: Callable[[Complex], NDArray[Any]] = np.asarray) -> NDArray[Any]:
        """Return ``show`` of the whole spectrum, by default F itself, shape (H, W, ...)."""
        left = show(self.half)
        columns = self.half.shape[1]
        right = show(np.conj(self.half[:, 1 : self.width - columns + 1]))
        found = np.empty((self.height, self.width, *left.shape[2:]), left.dtype)
        found[:, :columns] = left
        found[:1, columns:] = right[:1, ::-1]
        found[1:, columns:] = right[:0:-1, ::-1]
        return found

    def back(self) -> Array:
        """Return the values whose spectrum this is, float64 (H, W)."""
        values: Array = np.fft.irfft2(self.half, (self.height, self.width))
        return values


class Line(NamedTuple):
    """A wave of a picture: cycles a pixel to the right and down, and its amplitude in levels."""

    fx: float
    fy: float
    amplitude: float

    @property
    def period(self) -> float:
        """Pixels from crest to crest."""
        return 1 / math.hypot(self.fx, self.fy)

    @property
    def direction(self) -> float:
        """Degrees in which its stripes run, counter-clockwise from the right, 0 <= d < 180."""
        return stripes(math.degrees(math.atan2(-self.fy, self.fx)))


class Facts(NamedTuple):
    """The mean, the share of energy in it, strong lines, and the shares of octaves.

    ``octaves`` maps the shortest period of each octave, in pixels, to its share of the energy
    without the mean.
    """

    mean: float
    energy_in_mean: float
    lines: list[Line]
    octaves: dict[int, float]


def stripes(change: float) -> float:
    """Return the direction of stripes for the one in which levels change, 0 <= d < 180."""
    return (change + 90) % 180


def channel_values(pixels: Pixels, position: int) -> Array:
    """Return the levels of one channel, float64 (height, width); raises ``UsageError`` for NaN."""
    values = pixels.array[..., position].astype(np.float64, order="C")
    if not np.isfinite(values).all():
        raise UsageError(
            "the picture has NaN or infinite values", "a spectrum needs finite ones; replace them"
        )
    return values


def round_window(height: int, width: int) -> Array:
    """Return (1 + cos(pi r)) / 2, where r is 1 at the ellipse that touches all edges, 0 outside."""
    down, across = ((np.arange(size) - (size - 1) / 2) / (size / 2) for size in (height, width))
    distance = np.hypot(down[:, None], across)
    window: Array = np.where(distance < 1, (1 + np.cos(np.pi * distance)) / 2, 0.0)
    return window


def check_memory(height: int, width: int, channels: int = 1) -> None:
    """Raise ``LimitError`` where the spectrum of so many channels at once does not fit."""
    if height * width * channels * _BYTES > free_memory():
        raise LimitError(
            f"the spectrum of {width}x{height} does not fit into memory", "use a smaller picture"
        )


def facts(spectrum: Spectrum, maximum: float) -> Facts:
    """Return the facts of a spectrum; ``maximum`` is full brightness."""
    power = np.abs(spectrum.half)
    lines = _strongest(spectrum, power, _NOISE * maximum)
    power *= power
    power *= spectrum.counts
    of_mean, energy = float(power[0, 0]), float(power.sum())
    power[0, 0] = 0
    mean = float(spectrum.half[0, 0].real) / (spectrum.height * spectrum.width)
    return Facts(mean, of_mean / energy if energy else 0.0, lines, _octaves(spectrum, power))


def _strongest(spectrum: Spectrum, magnitude: Array, least: float) -> list[Line]:
    """Return the waves of largest amplitude, one of each pair F[k, l] and F[-k, -l]."""
    height, width = spectrum.height, spectrum.width
    amplitudes = magnitude * (2 / (height * width))
    for column in {0, width // 2} if width % 2 == 0 else {0}:
        amplitudes[height // 2 + 1 :, column] = 0  # the other of a pair
        for row in {0, height // 2} if height % 2 == 0 else {0}:
            amplitudes[row, column] /= 2  # its own partner
    amplitudes[0, 0] = 0
    flat = amplitudes.ravel()
    count = min(STRONGEST, flat.size)
    found = np.sort(np.argpartition(flat, flat.size - count)[flat.size - count :])
    found = found[np.argsort(-flat[found], kind="stable")]
    down, across = spectrum.frequencies
    places = ((*np.unravel_index(at, amplitudes.shape), float(flat[at])) for at in found)
    return [
        Line(float(across[column]), float(down[row, 0]), amplitude)
        for row, column, amplitude in places
        if amplitude > least
    ]


def _octaves(spectrum: Spectrum, power: Array) -> dict[int, float]:
    """Return the shares of ``power``, without the mean, by the octave of the period."""
    total = float(power.sum())
    if not total:
        return {}
    frequency = np.hypot(*spectrum.frequencies)
    frequency[0, 0] = 1
    # 1 / f is rounded: a period of 8 pixels must not fall below 8.
    octave = np.floor(-np.log2(frequency) + 1e-9).astype(np.int64)
    sums = np.bincount(octave.clip(0).ravel(), power.ravel())
    return {2**number: float(share) for number, share in enumerate(sums / total)}
