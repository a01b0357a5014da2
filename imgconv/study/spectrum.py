"""The discrete Fourier transform of one channel, and the facts that a person asks about it.

    F[k, l] = sum over y, x of  f[y, x] exp(-2 pi i (k y / H + l x / W))

There is no factor; the inverse divides by H W. Values are real, so F[-k, -l] is the conjugate of
F[k, l], and the columns up to W / 2 hold everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError
from imgconv.images.arrays import check_finite
from imgconv.images.pixels import Pixels
from imgconv.system.available_memory import free_memory
from imgconv.system.threads import Job, available_cores

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Real = NDArray[Any]  # levels of any type

STRONGEST = 5  # lines that are listed

# The least amplitude of a line, as a share of full brightness: less is rounding.
_NOISE = 1e-9

# Rows or columns that are computed at once. Whole arrays took twice the memory, and twice the time,
# half of it for fresh pages.
_GROUP = 32

# Bytes that a pixel takes while one channel is transformed and shown.
_BYTES = 40


def groups(size: int) -> list[slice]:
    """Return slices of ``size`` rows or columns, each of which fits into a core's cache."""
    return [slice(at, min(at + _GROUP, size)) for at in range(0, size, _GROUP)]


class Spectrum(NamedTuple):
    """The columns 0 .. W // 2 of a spectrum, shape (H, W // 2 + 1), and W."""

    half: Complex
    width: int

    @classmethod
    def of(cls, values: Real, mean: float = 0.0, fades: bool = False) -> Spectrum:
        """Return the spectrum of ``values`` (H, W) - ``mean``, times the round window if asked."""
        height, width = values.shape
        half = np.empty((height, width // 2 + 1), np.complex128)

        def transform_rows(rows: slice) -> None:
            levels = values[rows] - np.float64(mean)
            if fades:
                levels *= round_window(height, width, rows)
            np.fft.rfft(levels, out=half[rows])

        def transform_columns(columns: slice) -> None:
            half[:, columns] = np.fft.fft(half[:, columns].T.copy()).T

        for transform, size in ((transform_rows, height), (transform_columns, half.shape[1])):
            Job([partial(transform, group) for group in groups(size)]).run(available_cores())
        return cls(half, width)

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

    def distance(self, rows: slice) -> Array:
        """Return the cycles a pixel of some rows of ``half`` in the direction of their wave."""
        down, across = self.frequencies
        return np.sqrt(down[rows] ** 2 + across**2)

    def power(self, rows: slice) -> Array:
        """Return |F|^2 of some rows of ``half``."""
        values = self.half[rows]
        return values.real**2 + values.imag**2

    @property
    def largest(self) -> float:
        """The largest |F|."""
        return math.sqrt(max(float(self.power(rows).max()) for rows in groups(self.height)))

    def whole(self, show: Callable[[Complex], NDArray[Any]] = np.asarray) -> NDArray[Any]:
        """Return ``show`` of the whole spectrum, by default F itself, shape (H, W, ...)."""
        like = show(self.half[:1, :1])
        found = np.empty((self.height, self.width, *like.shape[2:]), like.dtype)
        columns = self.half.shape[1]
        opposite = slice(self.width - columns, 0, -1)
        for rows in groups(self.height):
            found[rows, :columns] = show(self.half[rows])
            others = -np.arange(rows.start, rows.stop)  # F[-k, -l] is the conjugate of F[k, l]
            found[rows, columns:] = show(np.conj(self.half[others, opposite]))
        return found

    def inverse(self) -> Array:
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


def channel_values(pixels: Pixels, position: int) -> Real:
    """Return the levels of one channel (height, width); raises ``UsageError`` for NaN."""
    values = pixels.array[..., position]
    check_finite(values, "a spectrum")
    return values


def round_window(height: int, width: int, rows: slice = slice(None)) -> Array:
    """Return (1 + cos(pi r)) / 2, where r is 1 at the ellipse that touches all edges, 0 outside.

    ``rows`` are those of the window that are returned.
    """
    down, across = ((np.arange(size) - (size - 1) / 2) / (size / 2) for size in (height, width))
    distance = np.sqrt(down[rows, None] ** 2 + across**2)
    window: Array = (1 + np.cos(np.pi * np.minimum(distance, 1))) / 2
    return window


def check_memory(height: int, width: int, channels: int = 1) -> None:
    """Raise ``LimitError`` where the spectra of ``channels`` do not fit at once."""
    if height * width * channels * _BYTES > free_memory():
        raise LimitError(
            f"the spectrum of {width}x{height} does not fit into memory", "use a smaller picture"
        )


def facts(spectrum: Spectrum, maximum: float) -> Facts:
    """Return the facts of a spectrum; ``maximum`` is full brightness."""
    lines: list[Line] = []
    octaves = np.zeros(max(spectrum.height, spectrum.width).bit_length())
    for rows in groups(spectrum.height):
        power = spectrum.power(rows)
        if rows.start == 0:
            power[0, 0] = 0  # the mean, which is no wave
        lines += _strongest(spectrum, power, rows)
        octaves += _octaves(spectrum, power, rows, len(octaves))
    lines.sort(key=lambda line: -line.amplitude)
    lines = [line for line in lines[:STRONGEST] if line.amplitude > _NOISE * maximum]
    of_mean, others = float(spectrum.half[0, 0].real) ** 2, float(octaves.sum())
    shares = {2**number: float(sum / others) for number, sum in enumerate(octaves) if others}
    mean = float(spectrum.half[0, 0].real) / (spectrum.height * spectrum.width)
    energy = of_mean + others
    return Facts(mean, of_mean / energy if energy else 0.0, lines, shares)


def _strongest(spectrum: Spectrum, power: Array, rows: slice) -> list[Line]:
    """Return the waves of largest amplitude in some rows, one of each pair F[k, l], F[-k, -l]."""
    height, width = spectrum.height, spectrum.width
    amplitudes = np.sqrt(power) * (2 / (height * width))
    numbers, has_pairs = np.arange(rows.start, rows.stop), spectrum.counts == 1
    amplitudes[np.ix_(2 * numbers > height, has_pairs)] = 0  # the other of a pair
    amplitudes[np.ix_(2 * numbers % height == 0, has_pairs)] /= 2  # its own partner
    flat = amplitudes.ravel()
    count = min(STRONGEST, flat.size)
    found = np.sort(np.argpartition(flat, flat.size - count)[flat.size - count :])
    down, across = spectrum.frequencies
    places = zip(*np.unravel_index(found, amplitudes.shape), flat[found], strict=True)
    return [
        Line(float(across[column]), float(down[rows][row, 0]), float(amplitude))
        for row, column, amplitude in places
    ]


def _octaves(spectrum: Spectrum, power: Array, rows: slice, count: int) -> Array:
    """Return the energy in some rows by the octave of the period, without the mean."""
    frequency = spectrum.distance(rows)
    if rows.start == 0:
        frequency[0, 0] = 1
    # 1 / f is rounded: a period of 8 pixels must not fall below 8.
    octave = np.floor(-np.log2(frequency) + 1e-9).astype(np.int64).clip(0)
    energy = power * spectrum.counts
    return np.bincount(octave.ravel(), energy.ravel(), count).astype(np.float64)
