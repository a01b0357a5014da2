"""The part of a picture that a mask in the frequency domain keeps, in plain float64.

Unlike a kernel it needs the whole picture for one value, so all values are computed at once.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imgconv.images.arrays import check_finite
from imgconv.kernels.filter import Filter
from imgconv.planning.channel_roles import ChannelRoles
from imgconv.study.finish import Finish
from imgconv.study.spectrum import Spectrum, check_memory

if TYPE_CHECKING:
    from imgconv.study.chain import Source, Step

Array = NDArray[np.float64]
Positions = NDArray[np.int64]


class Masked:
    """The frequencies of a source that the mask of a filter keeps: a source itself.

    With the border ``reflect`` the source is continued by its reflection, else it wraps round.
    """

    def __init__(
        self, source: Source | Step, filter: Filter, roles: ChannelRoles, border: str
    ) -> None:
        assert filter.mask
        self.source, self.mask = source, filter.mask
        self.height, self.width = source.height, source.width
        self._finish = Finish(filter, [], roles, source.is_premultiplied)
        self.is_premultiplied = bool(self._finish.weighted.any())
        self._reflects = border == "reflect"

    @property
    def spectrum_size(self) -> tuple[int, int]:
        """The height and the width of the spectrum."""
        times = 2 if self._reflects else 1
        return times * self.height, times * self.width

    @cached_property
    def spectra(self) -> dict[int, Spectrum]:
        """The spectrum of each channel that is filtered, by its position, before the mask."""
        values = self._values_before
        filtered = np.flatnonzero(~self._finish.carried).tolist()
        check_memory(*self.spectrum_size, 2 * len(filtered))
        return {channel: Spectrum.of(self._continued(values[..., channel])) for channel in filtered}

    def _continued(self, values: Array) -> Array:
        if not self._reflects:
            return values
        return np.pad(values, ((0, self.height), (0, self.width)), "symmetric")

    def kept_of(self, spectrum: Spectrum) -> Spectrum:
        """Return the part of a spectrum that the mask keeps."""
        height, width = self.spectrum_size
        weights = self.mask.of_columns(height, width, slice(0, width // 2 + 1)).T
        return spectrum._replace(half=spectrum.half * weights)

    @property
    def _values_before(self) -> Array:
        """The values (height, width, channels), colours multiplied by alpha as the filter asks."""
        whole = self.source.values(np.arange(self.height), np.arange(self.width))
        check_finite(whole, "a filter of frequencies")
        return self._finish.premultiplied(whole)

    @cached_property
    def _kept(self) -> Array:
        values = self._values_before
        for channel, spectrum in self.spectra.items():
            values[..., channel] = self.kept_of(spectrum).inverse()[: self.height, : self.width]
        return values

    def values(self, rows: Positions, columns: Positions) -> Array:
        """Return the values that are kept at rows and columns, shape (rows, columns, channels)."""
        found: Array = self._kept[np.ix_(rows, columns)]
        return found

    def colours(self, rows: Positions, columns: Positions) -> Array:
        """Return ``values``, with colours divided by alpha where they are multiplied by it."""
        values = self.values(rows, columns)
        return self._finish.unpremultiplied(values) if self.is_premultiplied else values

    @property
    def energies(self) -> tuple[float, ...]:
        """The energy of what is kept, of all, and both without the mean, of all channels."""
        sums = np.zeros(4)
        for before in self.spectra.values():
            for position, spectrum in enumerate((self.kept_of(before), before)):
                power = spectrum.power(slice(None)) * spectrum.counts
                sums[position] += power.sum()
                sums[position + 2] += power.sum() - power[0, 0]
        return tuple(sums.tolist())
