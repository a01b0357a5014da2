"""Convolution by chance: each result is drawn from the pixels under the kernel.

The weights are probabilities. One draw takes, for every pixel, the value under one tap; the mean of
many draws comes near the convolution. The random number of draw n at y, x is a function of the
seed and of n, y and x alone, so that a seed gives the same picture however the work is divided.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.images.depth import as_stored
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter, check_kernels
from imgconv.planning.settings import Settings
from imgconv.study.chain import AnySource, Chain, Source, Step, Window
from imgconv.system.available_memory import free_memory

Array = NDArray[np.float64]
Counters = NDArray[np.uint64]

# The floats that are held for each value of a picture.
_COPIES = 8

# The constants of SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom
# number generators, 2014).
_GAMMA = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def mix(states: Counters) -> Counters:
    """Return the number of SplitMix64 that follows each state."""
    with np.errstate(over="ignore"):
        z = states + np.uint64(_GAMMA)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(_FIRST)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    mixed: Counters = z ^ (z >> np.uint64(31))
    return mixed


def uniform(seed: int, counters: Counters) -> Array:
    """Return a number from 0 to 1 for each counter; 1 does not occur."""
    start = mix(np.array([seed % 2**64], np.uint64))
    with np.errstate(over="ignore"):
        bits = mix(start + counters) >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53


class Drawn(NamedTuple):
    """The mean of ``draws`` draws as pixels.

    ``rms`` is its root mean square difference from the convolution, in levels of 255, and
    ``expected_rms`` that of the same number of independent draws.
    """

    draws: int
    pixels: Pixels
    rms: float
    expected_rms: float


def check_probabilities(filters: Sequence[Filter]) -> None:
    """Raise ``UsageError`` for a filter whose weights are no probabilities."""
    check_kernels(filters)
    for filter in filters:
        (kernel, *others) = filter.kernels
        if others or not (kernel.sum > 0 and float(kernel.weights.min()) >= 0):
            remedy = "take filters of one kernel" if others else "--normalize softmax makes them so"
            raise UsageError("--draws needs weights that are probabilities", remedy)


def drawn(
    pixels: Pixels,
    filters: Sequence[Filter],
    settings: Settings,
    draws: int,
    seed: int,
    every: int | None = None,
) -> Iterator[Drawn]:
    """Yield the mean after each ``every`` draws of the last filter, and after all of them.

    Filters before it are drawn ``draws`` times each. Raises ``UsageError`` and ``LimitError``.
    """
    check_probabilities(filters)
    chain = Chain(pixels, filters, settings)
    largest = max(step.height * step.width for step in (*chain.steps, chain.steps[0].source))
    if _COPIES * 8 * largest * len(pixels.channels) > free_memory():
        raise LimitError("draws need more memory than is free", "use a smaller picture")
    source: AnySource = chain.steps[0].source
    for number, step in enumerate(chain.steps):
        step.source = source
        last = number == len(chain.steps) - 1
        for made in _means(step, draws, seed + number, every if last else None):
            if last:
                levels = chain.levels(made.values)
                result = as_stored(pixels._replace(array=levels, image=None), pixels)
                scale = 255 / pixels.maximum
                yield Drawn(made.draws, result, made.rms * scale, made.expected_rms * scale)
        source = _Made(made.values, step.is_premultiplied)


class _Made(Source):
    """The whole result of a step, as a source of the next."""

    def __init__(self, values: Array, is_premultiplied: bool) -> None:
        self._values, self.is_premultiplied = values, is_premultiplied
        self.height, self.width = values.shape[:2]
        self.is_light = False

    def values(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Array:
        """Return the values at rows and columns."""
        return self._values[np.ix_(rows, columns)]


class _Mean(NamedTuple):
    """A step's values as the mean of ``draws`` draws, and differences as in ``Drawn``."""

    draws: int
    values: Array
    rms: float
    expected_rms: float


def _means(step: Step, draws: int, seed: int, every: int | None) -> Iterator[_Mean]:
    every = every or draws
    channels = len(step.finish.carried)
    sums = np.zeros((step.height, step.width, channels))
    for first in range(0, draws, every):
        count = min(draws, first + every)
        values = np.empty_like(sums)
        squares = np.zeros(2)
        for rows in step.strips():
            window = step.window(rows, np.arange(step.width))
            for number in range(first, count):
                sums[rows] += _one_draw(step, window, rows, seed, number)
            values[rows], distances = _finished(step, window, sums[rows] / count, count)
            squares += distances
        mean = squares / max(1, step.height * step.width * int((~step.finish.carried).sum()))
        yield _Mean(count, values, *(math.sqrt(max(0.0, each)) for each in mean.tolist()))


def _one_draw(step: Step, window: Window, rows: NDArray[np.int64], seed: int, number: int) -> Array:
    """Return the value under a drawn tap for each pixel of rows, all channels of the same tap."""
    (kernel,) = step.filter.kernels
    places = rows[:, None] * step.width + np.arange(step.width)
    counters = (places + number * step.height * step.width).astype(np.uint64)
    cumulated = np.cumsum(kernel.weights.ravel() / kernel.sum)
    last = int(np.flatnonzero(kernel.weights)[-1])
    taps = np.searchsorted(cumulated, uniform(seed, counters), side="right").clip(max=last)
    down, across = np.divmod(taps, kernel.width)
    ys = np.take_along_axis(window.down, down, axis=1)
    xs = window.across[np.arange(step.width), across]
    return window.table[ys, xs]


def _finished(
    step: Step, window: Window, mean: Array, count: int
) -> tuple[Array, NDArray[np.float64]]:
    """Return a strip's values, and its squared distances: as they are, and as expected."""
    (kernel,) = step.filter.kernels
    exact = window.sums(kernel) / kernel.sum
    squares = window._replace(table=window.table**2).sums(kernel) / kernel.sum
    chosen = ~step.finish.carried
    away = float(((mean - exact) ** 2)[..., chosen].sum())
    expected = float((squares - exact**2)[..., chosen].sum()) / count
    values = step.finish.result([mean + kernel.offset], window.under(0, 0))
    return values, np.array([away, expected])
