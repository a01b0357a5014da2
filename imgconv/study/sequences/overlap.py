"""One sequence sliding over another: f(a), g(c - a), and their products at each place c."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.study.sequences.convolution import convolve
from imgconv.study.sequences.signal import Signal
from imgconv.study.slide import MOST_FRAMES

Array = NDArray[np.float64]

_FRAMES = 60

# Tails of a function that are smaller than this share of its largest value are not shown.
_SHOWN = 1e-3


class Frame(NamedTuple):
    """A place c, and (f*g)(c)."""

    place: float
    value: float


class Overlap(NamedTuple):
    """Two sequences, their convolution, and the places c at which it is shown."""

    f: Signal
    g: Signal
    result: Signal
    places: Array

    @property
    def is_function(self) -> bool:
        """Whether lines are drawn: both are samples of functions."""
        return self.f.is_function and self.g.is_function

    def frames(self) -> Iterator[Frame]:
        """Yield each place with the value of that very place.

        A function is constant over the cell round each sample, so the convolution of two is made
        of straight lines between its samples.
        """
        x, step = self.result.x, self.result.step
        x = np.concatenate([[x[0] - step], x, [x[-1] + step]])  # where the result is 0 again
        values = np.interp(self.places, x, np.pad(self.result.mono, 1))
        for place, value in zip(self.places.tolist(), values.tolist(), strict=True):
            yield Frame(place, value)


def overlap(f: Signal, g: Signal, frames: int | None) -> Overlap:
    """Return the sliding of g over f, at ``frames`` places from end to end, or by default 60.

    Separate values are shown at places of the result only. Raises ``UsageError``.
    """
    if frames is not None and not 2 <= frames <= MOST_FRAMES:
        raise UsageError(f"--frames {frames} is not drawn", f"give 2 to {MOST_FRAMES}")
    result = convolve(f, g)
    count = frames or _FRAMES
    f, g = (_on_grid(each, result.step) for each in (f, g))
    if f.is_function and g.is_function:
        first, last = extent(result)
        return Overlap(f, g, result, np.linspace(first - result.step, last + result.step, count))
    chosen = np.linspace(0, result.count - 1, min(count, result.count)).round().astype(int)
    return Overlap(f, g, result, result.x[chosen])


def _on_grid(signal: Signal, step: float) -> Signal:
    """Return weights at the places that they have beside a function."""
    if signal.is_function or signal.step == step:
        return signal
    return Signal(signal.values, signal.start * step / signal.step, step)


def extent(signal: Signal) -> tuple[float, float]:
    """Return the first and the last place whose value is more than a thousandth of the largest."""
    sizes = np.abs(signal.mono)
    (shown,) = np.nonzero(sizes >= _SHOWN * sizes.max())
    return float(signal.x[shown[0]]), float(signal.x[shown[-1]])


def value_at(signal: Signal, places: Array) -> Array:
    """Return a function at any places: lines between samples, 0 beyond the first and last cell."""
    x, half = signal.x, signal.step / 2
    inside = (places >= x[0] - half * (1 + 1e-9)) & (places <= x[-1] + half * (1 + 1e-9))
    return np.where(inside, np.interp(places, x, signal.mono), 0.0)
