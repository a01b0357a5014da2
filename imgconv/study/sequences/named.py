"""Sequences that have a name: ``box:W``, ``die:N``, ``echo:DELAY:GAIN`` and others."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.study.sequences.signal import Signal, check_size

Array = NDArray[np.float64]

# Where a Gaussian and an exponential are cut, in standard deviations and in decay lengths.
_GAUSSIAN_REACH, _EXPONENTIAL_REACH = 6, 20

# Steps are a share of 1 if they differ from one by no more than this.
_NEARLY = 1e-9

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_MILLISECONDS = re.compile(r"(\d+\.?\d*|\.\d+)ms")


class Grid(NamedTuple):
    """Where functions are sampled: every ``step``; None for sequences without x.

    ``rate`` is that of the sound beside which a sequence stands.
    """

    step: float | None = None
    rate: float | None = None


class Named(NamedTuple):
    """A kind of sequence: the parameters as they are written, a summary, and its maker."""

    parameters: str
    summary: str
    make: Callable[[Sequence[float], Grid], Signal]


def _cells(width: float, grid: Grid) -> tuple[Array, Signal]:
    """Return the middles of the cells that cover a width around 0, and a signal of them."""
    step = grid.step or 1.0
    count = max(1, math.ceil(width / step * (1 - 1e-9)))
    check_size(count)
    middles = (np.arange(count, dtype=np.float64) - (count - 1) / 2) * step
    start = float(middles[0]) if grid.step else 0.0
    return middles, Signal(middles, start, step, grid.step is not None)


def _box(values: Sequence[float], grid: Grid) -> Signal:
    """Return 1 over a width; cells at its ends are 1 by the share that it covers."""
    width, step = values[0], grid.step or 1.0
    middles, signal = _cells(width, grid)
    covered = (width / 2 - (np.abs(middles) - step / 2)) / step
    return replace(signal, values=np.clip(covered, 0, 1))


def _triangle(values: Sequence[float], grid: Grid) -> Signal:
    width = values[0]
    middles, signal = _cells(width, grid)
    return replace(signal, values=np.maximum(0.0, 1 - np.abs(middles) / (width / 2)))


def _gaussian(values: Sequence[float], grid: Grid) -> Signal:
    """Return the normal density, whose sum times the step is 1, at multiples of the step."""
    deviation, step = values[0], grid.step or 1.0
    reach = math.ceil(_GAUSSIAN_REACH * deviation / step)
    check_size(2 * reach + 1)
    x = np.arange(-reach, reach + 1) * step
    weights = np.exp(-0.5 * (x / deviation) ** 2)
    return Signal(weights / (weights.sum() * step), -reach * step, step, grid.step is not None)


def _exponential(values: Sequence[float], grid: Grid) -> Signal:
    """Return exp(-x / A) from 0 on, at the middles of cells where it is a function."""
    length, step = values[0], grid.step or 1.0
    count = max(1, math.ceil(_EXPONENTIAL_REACH * length / step))
    check_size(count)
    x = (np.arange(count) + (0.5 if grid.step else 0)) * step
    return Signal(np.exp(-x / length), float(x[0]), step, grid.step is not None)


def _weights(values: Array, grid: Grid) -> Signal:
    """Return weights for samples, which no step multiplies."""
    return Signal(values, step=grid.step or 1.0)


def _die(values: Sequence[float], grid: Grid) -> Signal:
    """Return masses at whole places, with zeros between them where the step is smaller."""
    count, step = _whole(values[0], "die:N"), grid.step or 1.0
    apart = round(1 / step)
    if not apart or abs(apart * step - 1) > _NEARLY:
        raise UsageError(f"die:N has no place every {step:g}", "give --step as 1, 0.5, 0.25 ...")
    check_size(count * apart)
    masses = np.zeros((count - 1) * apart + 1)
    masses[::apart] = 1 / count
    return replace(_weights(masses, grid), start=1.0)


def _mean(values: Sequence[float], grid: Grid) -> Signal:
    count = _whole(values[0], "mean:N")
    return _weights(np.full(count, 1 / count), grid)


def _echo(values: Sequence[float], grid: Grid) -> Signal:
    delay, gain = _whole(values[0], "echo:DELAY:GAIN"), values[1]
    weights = np.zeros(delay + 1)
    weights[0] = 1.0
    weights[delay] += gain
    return _weights(weights, grid)


def _impulse(values: Sequence[float], grid: Grid) -> Signal:
    return _weights(np.ones(1), grid)


NAMED = {
    "box": Named("W", "1 over a width W", _box),
    "triangle": Named("W", "from 0 up to 1 and down to 0, over a width W", _triangle),
    "gaussian": Named("S", "a normal density of standard deviation S, around 0", _gaussian),
    "exp": Named("A", "exp(-x / A) from 0 on", _exponential),
    "die": Named("N", "1/N at each of 1 .. N", _die),
    "mean": Named("N", "N values of 1/N: a moving average", _mean),
    "echo": Named("DELAY:GAIN", "1, and GAIN after DELAY samples, or 250ms of a sound", _echo),
    "impulse": Named("", "a single 1, which changes nothing", _impulse),
}


# The sequences that are functions of x where there is a step.
FUNCTIONS = ("box", "triangle", "gaussian", "exp")


def is_named(text: str) -> bool:
    """Return whether a text begins with the name of a sequence."""
    return text.strip().partition(":")[0] in NAMED


def named(text: str, grid: Grid) -> Signal:
    """Return the sequence that a text names; raises ``UsageError``."""
    name, *texts = text.strip().split(":")
    kind = NAMED[name]
    expected = kind.parameters.split(":") if kind.parameters else []
    if len(texts) != len(expected):
        raise UsageError(f"'{text}' does not fit", f"write {':'.join([name, *expected])}")
    values = [_value(each, text, grid) for each in texts]
    if values and not (values[0] > 0 or name == "echo"):
        raise UsageError(f"'{text}' is too small", f"give {expected[0]} above 0")
    return kind.make(values, grid)


def finest_step(texts: Sequence[str]) -> float | None:
    """Return a hundredth of the smallest first parameter, if all texts name functions."""
    kinds = [text.strip().split(":") for text in texts]
    if any(name not in FUNCTIONS or len(values) != 1 for name, *values in kinds):
        return None
    return min(_value(value, name, Grid()) for name, value in kinds) / 100 or None


def _value(text: str, whole: str, grid: Grid) -> float:
    if found := _MILLISECONDS.fullmatch(text):
        if not grid.rate:
            raise UsageError(f"'{whole}' needs the rate of a sound", "give a WAV, or samples")
        return float(round(float(found[1]) / 1000 * grid.rate))
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise UsageError(f"'{text}' in '{whole}' is no number", "give one")
    return float(text)


def _whole(value: float, what: str) -> int:
    if value != int(value) or value < 0:
        raise UsageError(f"{value:g} in {what} is no whole number", "give one")
    check_size(int(value) + 1)
    return int(value)
