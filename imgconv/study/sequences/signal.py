"""A sequence of values at places: equally spaced, or each at a place of its own."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory

Array = NDArray[np.float64]

# The most values of a sequence.
MOST_VALUES = 50_000_000

# Sums of products of larger values may be beyond float64.
_LARGEST = 1e100

# Distances of places are equal if they differ by no more than this share of the first.
_EQUAL = 1e-6

# Places of larger steps are rounded to 12 digits behind the point, as sums of decimals are meant.
_ROUNDED_FROM = 1e-6

# The memory that a value takes while sequences are convolved, in bytes.
_BYTES = 64


@dataclass(frozen=True)
class Signal:
    """Values of shape (n,), or (n, channels) of a sound, at ``start``, ``start + step``, ...

    A ``is_function`` signal is sampled from a function: sums of its products are multiplied by
    ``step``. ``rate`` is the number of samples in a second of a sound, ``width`` the bytes of one.
    ``places`` are given where they are not equally spaced.
    """

    values: Array
    start: float = 0.0
    step: float = 1.0
    is_function: bool = False
    rate: float | None = None
    places: Array | None = None
    width: int | None = None

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def x(self) -> Array:
        """The place of each value."""
        if self.places is not None:
            return self.places
        places = np.arange(self.count, dtype=np.float64) * self.step + self.start
        return np.round(places, 12) if self.step > _ROUNDED_FROM else places

    @property
    def mono(self) -> Array:
        """The values, shape (n,): of several channels their mean."""
        return self.values if self.values.ndim == 1 else self.values.mean(axis=1)


def check_values(values: Array) -> None:
    """Raise ``UsageError`` for NaN, for values above ``_LARGEST``, and for no values."""
    if not len(values):
        raise UsageError("a sequence has no values", "give at least one number")
    fits = np.abs(values) <= _LARGEST
    if not fits.all():
        at = int(np.flatnonzero(~fits.reshape(len(values), -1).all(axis=1))[0])
        raise UsageError(
            f"value {at + 1} of a sequence is no finite number up to {_LARGEST:g}", "correct it"
        )


def check_size(count: int) -> None:
    """Raise ``LimitError`` for a sequence that is too long."""
    needed = count * _BYTES
    if count > MOST_VALUES or (needed > NOT_WORTH_ASKING and needed > free_memory()):
        raise LimitError(f"a sequence of {count:,} values is too long", "give a shorter one")


def placed(x: Array, values: Array) -> Signal:
    """Return a signal sampled at places in ascending order; raises ``UsageError``."""
    distances = np.diff(x)
    if not len(distances):
        return Signal(values, float(x[0]))
    if not (distances > 0).all():
        at = int(np.flatnonzero(~(distances > 0))[0])
        raise UsageError(
            f"x does not ascend from {x[at]:g} to {x[at + 1]:g}",
            "sort the rows, or choose the values with --column",
        )
    step = float(x[-1] - x[0]) / len(distances)
    if np.abs(distances - step).max() > _EQUAL * step:
        return Signal(values, float(x[0]), step, is_function=True, places=x)
    return Signal(values, float(x[0]), _decimal(step), is_function=True)


def _decimal(step: float) -> float:
    """Return the decimal of ten digits that is meant by the mean of distances."""
    meant = float(f"{step:.10g}")
    return meant if abs(meant - step) < 1e-9 * step else step


def check_spacing(signal: Signal) -> None:
    """Raise ``UsageError`` where x is not equally spaced."""
    if signal.places is not None:
        x = signal.places
        raise UsageError(
            f"x is not equally spaced ({x[0]:g}, {x[1]:g}, {x[2]:g} ...)",
            "give --points for masses at these places, or --resample DX for a function",
        )


def resampled(signal: Signal, step: float) -> Signal:
    """Return the function between first and last place, linear between its samples."""
    x = signal.x
    count = int(np.floor((x[-1] - x[0]) / step * (1 + 1e-12))) + 1
    check_size(count)
    values = np.interp(x[0] + np.arange(count) * step, x, signal.mono)
    return replace(
        signal, values=values, start=float(x[0]), step=step, is_function=True, places=None
    )


def standardized(signal: Signal) -> Signal:
    """Return (values - mean) / the population's standard deviation; raises ``UsageError``."""
    mean, deviation = float(signal.values.mean()), float(signal.values.std())
    if not deviation:
        raise UsageError(
            "all values are the same, so they have no deviation", "give two that differ"
        )
    return replace(signal, values=(signal.values - mean) / deviation)
