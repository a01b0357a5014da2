"""A picture as the input of a layer: scaled, standardised, or with its channels decorrelated."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.study.principal_axes import SMALLEST_VARIANCE, principal_axes

Array = NDArray[np.float64]


class Standard(NamedTuple):
    """An affine map of the channels: ``(values - mean) @ axes / scale``.

    ``axes`` (channels, channels) are the principal axes, that of the largest variance first, or
    None to leave the channels as they are. ``variances`` are given where channels are decorrelated.
    """

    mean: Array
    scale: Array
    axes: Array | None = None
    variances: Array | None = None

    def of(self, values: Array) -> Array:
        """Return values (..., channels) transformed."""
        centred = values - self.mean
        return (centred if self.axes is None else centred @ self.axes) / self.scale


def standard(kind: str, levels: Array, maximum: float) -> Standard:
    """Return the map for a picture of levels, shape (..., channels).

    - ``levels``: they stay as they are
    - ``unit``: divided by ``maximum``
    - ``standard``: mean 0 and standard deviation 1 in each channel
    - ``white``: as ``standard``, along the axes in which channels are not correlated

    Variances are those of the population: divided by the number of pixels.
    """
    values = levels.reshape(-1, levels.shape[-1])
    count = values.shape[1]
    nothing, one = np.zeros(count), np.ones(count)
    if kind == "standard":
        deviations = values.std(axis=0)
        return Standard(values.mean(axis=0), np.where(deviations > 0, deviations, 1))
    if kind == "white":
        mean, variances, axes = principal_axes(values)
        return Standard(mean, np.sqrt(variances + SMALLEST_VARIANCE), axes, variances)
    return Standard(nothing, one * (maximum if kind == "unit" else 1))
