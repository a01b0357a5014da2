"""Sequences as probabilities: their mean and variance, and sums of places that carry masses."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.study.sequences.signal import Signal

Array = NDArray[np.float64]

# Places are the same if they differ by no more than this.
_SAME = 1e-9

_MOST_POINTS = 20_000_000


class Moments(NamedTuple):
    """The mean and the variance of the places, weighted by the values."""

    mean: float
    variance: float


def probabilities(signal: Signal) -> tuple[Signal, float]:
    """Return values whose sum (times the step, of a density) is 1, and the sum that they had."""
    if (signal.values < 0).any():
        raise UsageError("a probability is not below 0", "leave out --probability, or the value")
    unit = signal.step if signal.is_function and signal.places is None else 1.0
    total = float(signal.values.sum()) * unit
    if not total:
        raise UsageError("probabilities that are all 0 have no sum of 1", "give one above 0")
    if abs(total - 1) < 1e-12:
        return signal, total
    return replace(signal, values=signal.values / total), total


def moments(signal: Signal) -> Moments:
    """Return mean and variance, of a density as of its samples."""
    weights = signal.mono / signal.mono.sum()
    x = signal.x
    mean = float(weights @ x)
    return Moments(mean, float(weights @ (x - mean) ** 2))


def sums_of_points(f: Signal, g: Signal, subtracts: bool = False) -> Signal:
    """Return the masses f(a) g(b) at all a + b, or a - b; equal places are one.

    Raises ``LimitError`` for too many.
    """
    count = f.count * g.count
    if count > _MOST_POINTS:
        raise LimitError(f"{count:,} sums of places are too many", "give --resample DX")
    other = -g.x if subtracts else g.x
    places = (f.x[:, None] + other).ravel()
    masses = (f.mono[:, None] * g.mono).ravel()
    order = np.argsort(places, kind="stable")
    places, masses = places[order], masses[order]
    starts = np.flatnonzero(np.diff(places, prepend=-np.inf) > _SAME)
    merged = np.add.reduceat(masses, starts)
    x = np.array([float(f"{place:.12g}") for place in places[starts].tolist()])
    return Signal(merged, float(x[0]), places=x)
