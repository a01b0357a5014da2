"""The frequencies of a sequence: amplitudes 2|X|/n, as an equalizer shows them."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.study.sequences.signal import Signal, check_spacing

Array = NDArray[np.float64]


# Shares of the largest amplitude that rounding alone leaves.
_NOISE = 1e-12


class Amplitudes(NamedTuple):
    """The amplitude of each frequency, in cycles a unit of x (or a second); 0 is the mean."""

    frequencies: Array
    amplitudes: Array
    unit: str

    def strongest(self, count: int) -> list[int]:
        """Return the indices of the strongest frequencies, but not the mean, strongest first."""
        order = np.argsort(-self.amplitudes[1:], kind="stable")[:count] + 1
        least = _NOISE * float(self.amplitudes.max())
        return [int(at) for at in order if self.amplitudes[at] > least]


def amplitudes(signal: Signal) -> Amplitudes:
    """Return the amplitudes; raises ``UsageError`` where x is not equally spaced."""
    check_spacing(signal)
    values = signal.mono
    count = len(values)
    found = 2 * np.abs(np.fft.rfft(values)) / count
    found[0] /= 2  # the mean, and of even lengths the highest frequency, have no mirror image
    if count % 2 == 0 and count > 1:
        found[-1] /= 2
    step = 1 / signal.rate if signal.rate else signal.step
    unit = "Hz" if signal.rate else "cycles a value" if step == 1 else "cycles a unit of x"
    frequencies = np.arange(len(found)) / (count * step)
    return Amplitudes(frequencies, found, unit)


def bands(found: Amplitudes, count: int) -> list[tuple[float, float, float]]:
    """Return from, to, and the largest amplitude of ``count`` equal bands of frequencies."""
    edges = np.linspace(0, len(found.frequencies), count + 1).astype(int)
    return [
        (
            float(found.frequencies[low]),
            float(found.frequencies[high - 1]),
            float(found.amplitudes[low:high].max()),
        )
        for low, high in pairwise(edges.tolist())
        if high > low
    ]
