"""Convolution in one dimension: (f*g)[c] = sum over a of f[a] g[c - a], and correlation.

Places add: the result starts where the starts add up to. With the mode ``same`` the result has the
length of the first sequence, as in SciPy. NumPy gives the longer one's (numpy issue 6316).
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.study.sequences.signal import Signal, check_size, check_spacing
from imgconv.study.transforms import ROUNDING, fast_length

Array = NDArray[np.float64]

# From these numbers of products on, spectra are multiplied, unless all values are whole numbers.
# Summed one by one, values without signs have errors in proportion to each sum; small ones, as of
# probabilities, would drown in the errors of spectra. 2^30 products take 0.2 s.
_FOURIER_FROM, _UNSIGNED_FROM = 2**16, 2**30

# The most products that are summed; whole sums are exact below _EXACT.
_MOST_PRODUCTS, _EXACT = 10**10, 2.0**53

_MOST_TIMES = 100_000


class Part(NamedTuple):
    """The part of the full result that a mode keeps: its first index, and its length."""

    first: int
    length: int


def part_of(mode: str, n: int, m: int) -> Part:
    """Return the part of n + m - 1 values that a mode keeps: ``full``, ``same`` or ``valid``."""
    if mode == "same":
        return Part((m - 1) // 2, n)
    if mode == "valid":
        return Part(min(n, m) - 1, max(n, m) - min(n, m) + 1)
    return Part(0, n + m - 1)


def convolve(f: Signal, g: Signal, mode: str = "full") -> Signal:
    """Return f * g; raises ``UsageError`` for steps that differ or are not equal."""
    _check_steps(f, g)
    check_size(f.count + g.count)
    first, length = part_of(mode, f.count, g.count)
    values = _sums(f, g)[first : first + length]
    if not np.isfinite(values).all():
        raise LimitError("a sum is too large for float64", "divide the numbers by some power of 10")
    is_density = f.is_function and g.is_function
    step = _step(f, g)
    return Signal(
        values * step if is_density else values,
        _start(f, step) + _start(g, step) + first * step,
        step,
        f.is_function or g.is_function,
        f.rate or g.rate,
        width=f.width or g.width,
    )


def _step(f: Signal, g: Signal) -> float:
    """Return the common step; weights without x are as far apart as the samples of a function."""
    return g.step if g.is_function and not f.is_function else f.step


def _start(signal: Signal, step: float) -> float:
    """Return where a signal starts; that of weights counts in steps."""
    return signal.start * (1 if signal.is_function else step / signal.step)


def _check_steps(f: Signal, g: Signal) -> None:
    for each in (f, g):
        check_spacing(each)
    if f.is_function and g.is_function and abs(f.step - g.step) > 1e-6 * f.step:
        raise UsageError(
            f"the sequences have values every {f.step:g} and every {g.step:g}",
            f"give --resample {min(f.step, g.step):g}",
        )
    if f.rate and g.rate and f.rate != g.rate:
        raise UsageError(
            f"the sounds have {f.rate:g} and {g.rate:g} samples a second", "bring them to one rate"
        )


def _sums(f: Signal, g: Signal) -> Array:
    """Return all sums of products, of each channel with the same channel of the other."""
    if f.values.ndim == g.values.ndim == 1:
        return full_sums(f.values, g.values)
    count = max(each.values.shape[1] for each in (f, g) if each.values.ndim == 2)
    columns = []
    for channel in range(count):
        pair = (_channel(each, channel, count) for each in (f, g))
        columns.append(full_sums(*pair))
    return np.stack(columns, axis=1)


def _channel(signal: Signal, channel: int, count: int) -> Array:
    values = signal.values
    if values.ndim == 1:
        return values
    if values.shape[1] not in (1, count):
        raise UsageError(
            f"the sounds have {values.shape[1]} and {count} channels", "give as many, or one"
        )
    return np.ascontiguousarray(values[:, min(channel, values.shape[1] - 1)])


def full_sums(f: Array, g: Array) -> Array:
    """Return the full convolution of shapes (n,) and (m,), exact for whole numbers below 2^53.

    Where no value is negative, no sum is; one that is smaller than the error is 0.
    """
    products = len(f) * len(g)
    is_signed = min(f.min(), g.min()) < 0
    if products < (_FOURIER_FROM if is_signed else _UNSIGNED_FROM):
        return np.convolve(f, g)
    if _is_exact(f, g):
        if products > _MOST_PRODUCTS:
            raise LimitError(
                f"{products:,} products of whole numbers are too many", "give shorter sequences"
            )
        return np.convolve(f, g)
    count = len(f) + len(g) - 1
    size = fast_length(count)
    sums: Array = np.fft.irfft(np.fft.rfft(f, size) * np.fft.rfft(g, size), size)[:count]
    if not is_signed:
        sums[sums < ROUNDING * np.linalg.norm(f) * np.linalg.norm(g)] = 0
    return sums


def _is_exact(f: Array, g: Array) -> bool:
    """Return whether all values are whole numbers whose sums of products float64 holds exactly."""
    if not all(np.all(values == np.rint(values)) for values in (f, g)):
        return False
    largest = (float(np.abs(values).max()) for values in (f, g))
    bound = min(len(f), len(g)) * np.prod([*largest])
    return bool(bound < _EXACT)


def flipped(signal: Signal) -> Signal:
    """Return g(-x), which makes a correlation of a convolution."""
    end = signal.start + (signal.count - 1) * signal.step
    places = None if signal.places is None else -signal.places[::-1]
    return replace(signal, values=signal.values[::-1], start=-end, places=places)


def chain(signals: Sequence[Signal], mode: str, correlates: bool = False) -> Signal:
    """Return the first sequence convolved, or correlated, with all others, one after the other."""
    first, *others = signals
    for each in others:
        check_spacing(each)
        first = convolve(first, flipped(each) if correlates else each, mode)
    return first


def repeated(signal: Signal, times: int) -> Signal:
    """Return the convolution of ``times`` copies of a sequence, by squares of squares."""
    if times > _MOST_TIMES or times * signal.count > 10**7:
        raise LimitError(f"--times {times} makes too many values", "give a smaller N")
    check_spacing(signal)
    result, square = None, signal
    while True:
        if times % 2:
            result = square if result is None else convolve(result, square)
        times //= 2
        if not times:
            assert result is not None
            return result
        square = convolve(square, square)


def terms_at(f: Signal, g: Signal, place: float) -> list[tuple[float, float, float, float]]:
    """Return a, b, f(a) and g(b) of all a + b = ``place``.

    Raises ``UsageError`` for a place between those of the result, or beside them.
    """
    _check_steps(f, g)
    step = _step(f, g)
    starts = [_start(each, step) for each in (f, g)]
    start = sum(starts)
    index = (place - start) / step
    last = f.count + g.count - 2
    at = round(index) if math.isfinite(index) else -1
    if abs(index - at) > 1e-6 or not 0 <= at <= last:
        raise UsageError(
            f"the result has no value at {place:g}",
            f"it has them from {start:g} to {start + last * step:g}, every {step:g}",
        )
    first, end = max(0, at - g.count + 1), min(at, f.count - 1)
    chosen = np.arange(first, end + 1)
    a, b = starts[0] + chosen * step, starts[1] + (at - chosen) * step
    columns = (a, b, f.mono[chosen], g.mono[at - chosen])
    return list(zip(*(column.tolist() for column in columns), strict=True))
