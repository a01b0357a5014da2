"""Masks in the frequency domain over a whole picture of floats, in float64, channel by channel.

The spectrum of a channel is made row by row, then in groups of columns: each group is transformed,
multiplied by its part of the mask, and transformed back, while it lies in a core's own cache. The
groups do not depend on the number of threads, and neither does the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.images.arrays import check_finite
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter
from imgconv.kernels.mask_picture import AnyMask
from imgconv.planning.channel_roles import ChannelRoles
from imgconv.system.threads import Job

# Rows, and columns of a spectrum, that are transformed at once.
ROWS, COLUMNS = 32, 32

# Bytes of temporary arrays for each value of a group.
_TEMPORARY = 80


class Kept(NamedTuple):
    """The frequencies that a mask keeps at least half of, and the energy, of all channels.

    ``energies`` are kept and all, then both without the mean.
    """

    number: int
    size: int
    energies: tuple[float, ...] = (0.0,) * 4

    @classmethod
    def of_mask(cls, mask: AnyMask, height: int, width: int) -> Kept:
        """Count the frequencies of a picture, whose energy is not known."""
        counts = [_count(mask, height, width, columns) for columns in _groups(width)]
        return cls(sum(counts), height * width)


def count_kept(filters: Sequence[Filter], shape: tuple[int, ...], border: str) -> list[Kept]:
    """Count what each mask of a chain keeps of a picture of a shape, whose energy is not known.

    Raises ``UsageError`` for the picture of a mask that has another size.
    """
    size = spectrum_size(shape, border)
    return [Kept.of_mask(filter.mask, *size) for filter in filters if filter.mask]


def mask_pixels(
    pixels: Pixels, filter: Filter, roles: ChannelRoles, border: str, threads: int
) -> Kept:
    """Replace the filtered channels of float32 ``pixels`` by the frequencies that a filter keeps.

    Colours that it weights by alpha are multiplied by that before, unless they are already: see
    ``premultiply``. Raises ``UsageError`` as ``keep_frequencies`` does.
    """
    assert filter.mask
    carried = roles.carried(filter)
    channels = [pixels.array[..., at] for at, is_carried in enumerate(carried) if not is_carried]
    return keep_frequencies(channels, filter.mask, border, threads)


def premultiply(pixels: Pixels, filter: Filter, roles: ChannelRoles) -> None:
    """Multiply the colours of float32 ``pixels`` by alpha; what is hidden by it becomes 0."""
    if roles.alpha is None:
        return
    alpha = pixels.array[..., roles.alpha] / np.float32(roles.maximum)
    for position in np.flatnonzero(roles.weighted(filter) or ()):
        colour = pixels.array[..., position]
        np.multiply(colour, alpha, out=colour, where=alpha != 0)
        colour[alpha == 0] = 0


def keep_frequencies(
    channels: list[NDArray[Any]], mask: AnyMask, border: str, threads: int
) -> Kept:
    """Replace each channel, floats (height, width), by its frequencies that a mask keeps.

    With the border ``reflect`` a channel is continued by its reflection, else it wraps round.
    Raises ``UsageError`` for NaN and infinity, which have no spectrum, and for the picture of a
    mask that has another size.
    """
    height, width = spectrum_size(channels[0].shape, border)
    kept, sums = Kept.of_mask(mask, height, width), np.zeros(4)
    for channel in channels:
        check_finite(channel, "a filter of frequencies")
        sums += _Transform(channel, mask, border == "reflect", threads).run()
    return kept._replace(energies=tuple(sums.tolist()))


def spectrum_size(shape: tuple[int, ...], border: str) -> tuple[int, int]:
    """Return height and width of the spectrum of a picture: twice as large where it reflects."""
    times = 2 if border == "reflect" else 1
    return times * shape[0], times * shape[1]


def needed(height: int, width: int, border: str, threads: int) -> int:
    """Return the bytes that one channel takes beside the picture."""
    height, width = spectrum_size((height, width), border)
    group = max(COLUMNS * height, ROWS * width)
    return 16 * height * (width // 2 + 1) + threads * _TEMPORARY * group


class _Transform:
    """The way of one channel through its spectrum and back."""

    def __init__(self, channel: NDArray[Any], mask: AnyMask, reflects: bool, threads: int) -> None:
        self._channel, self._mask, self._reflects = channel, mask, reflects
        self._threads, times = threads, 2 if reflects else 1
        self._height, self._width = times * channel.shape[0], times * channel.shape[1]
        self._spectrum = np.empty((self._height, self._width // 2 + 1), np.complex128)

    def run(self) -> NDArray[np.float64]:
        """Replace the channel; return the energies as ``Kept`` has them."""
        groups = _groups(self._width)
        energies = np.zeros((len(groups), 4))
        rows = range(0, len(self._channel), ROWS)
        self._run([partial(self._forward, first) for first in rows])
        self._run([partial(self._keep, group, energies[n]) for n, group in enumerate(groups)])
        self._run([partial(self._back, first) for first in rows])
        total: NDArray[np.float64] = energies.sum(axis=0)
        return total

    def _run(self, tasks: list[Callable[[], None]]) -> None:
        Job(tasks).run(self._threads)

    def _forward(self, first: int) -> None:
        """Transform some rows, and write them again where the picture is reflected."""
        rows = self._channel[first : first + ROWS].astype(np.float64)
        if self._reflects:
            rows = np.concatenate([rows, rows[:, ::-1]], axis=1)
        last = first + len(rows)
        self._spectrum[first:last] = np.fft.rfft(rows)
        if self._reflects:
            end = self._height - first
            self._spectrum[end - len(rows) : end] = self._spectrum[first:last][::-1]

    def _keep(self, columns: slice, energies: NDArray[np.float64]) -> None:
        """Multiply some columns by the mask, and add up the energies before and after."""
        group = np.fft.fft(self._spectrum[:, columns].T.copy())
        weights = self._mask.of_columns(self._height, self._width, columns)
        power = group.real**2 + group.imag**2
        power *= _counts(self._width, columns)[:, None]
        masked = power * weights**2
        energies[:2] = masked.sum(), power.sum()
        if columns.start == 0:
            masked[0, 0] = power[0, 0] = 0
        energies[2:] = masked.sum(), power.sum()
        group *= weights
        self._spectrum[:, columns] = np.fft.ifft(group).T

    def _back(self, first: int) -> None:
        last = min(first + ROWS, len(self._channel))
        rows = np.fft.irfft(self._spectrum[first:last], self._width)
        self._channel[first:last] = rows[:, : self._channel.shape[1]]


def _groups(width: int) -> list[slice]:
    columns = width // 2 + 1
    return [slice(at, min(at + COLUMNS, columns)) for at in range(0, columns, COLUMNS)]


def _counts(width: int, columns: slice) -> NDArray[np.int64]:
    """Return how often each column of a half spectrum stands in the whole one."""
    numbers = np.arange(columns.start, columns.stop)
    return np.where((numbers == 0) | (2 * numbers == width), 1, 2)


def _count(mask: AnyMask, height: int, width: int, columns: slice) -> int:
    is_kept = mask.of_columns(height, width, columns) >= 0.5
    return int((is_kept.sum(axis=1) * _counts(width, columns)).sum())
