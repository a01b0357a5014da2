"""A convolutional layer: a bank of kernels over a picture, then bias, activation and pooling.

    z[n, y, x] = bias[n] + sum over c, j, i of
        W[n, c, j, i] * in[c, y * stride + j * dilation, x * stride + i * dilation]

That is PyTorch's ``conv2d`` (a correlation), with its ``max_pool2d`` and ``avg_pool2d`` without
padding (https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html). A kernel without channels
of its own is laid over each channel by itself. Kernels of different sizes have their origins on the
same pixels, so that all maps are of one size.
"""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.images.colour import channel_values
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import OUTSIDE
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel, Reach
from imgconv.study.finish import COMBINE
from imgconv.study.layer.activation import Activation, Pool
from imgconv.study.layer.bank import Bank, Entry
from imgconv.study.layer.correlator import Correlator, Part
from imgconv.study.layer.geometry import Geometry, Sampling
from imgconv.study.layer.standard import Standard, standard
from imgconv.system.available_memory import free_memory

Array = NDArray[np.float64]

# The float64 arrays of the size of the picture, and of that of a map, which are in use at once.
_PICTURES, _MAPS = 6, 4


class LayerOptions(NamedTuple):
    """How a bank is applied; ``bias`` has one number, or one for each map, ``input`` is a name."""

    input: str = "unit"
    sampling: Sampling = Sampling()
    bias: Sequence[float] = (0.0,)
    activation: Activation = Activation()
    pool: Pool | None = None


class Summary(NamedTuple):
    """The smallest and largest value of a map, and its mean."""

    low: float
    high: float
    mean: float

    @classmethod
    def of(cls, values: Array) -> "Summary":
        return cls(float(values.min()), float(values.max()), float(values.mean()))


class Layer:
    """A bank over a picture, whose alpha is left out. It makes one map after another.

    Raises ``UsageError`` where the bank does not fit the picture, and ``LimitError`` where the maps
    do not fit into memory.
    """

    def __init__(self, pixels: Pixels, bank: Bank, options: LayerOptions) -> None:
        self.bank, self.options = bank, options
        self.channels = pixels.colours
        _check_channels(bank, len(self.channels))
        self.biases = _biases(options.bias, len(bank.entries))
        # A level of 255 and of the picture, in units of the input.
        self._level = 1.0 if options.input == "levels" else 1 / pixels.maximum
        self._level_of_255 = self._level * pixels.maximum / 255
        self.geometry = Geometry.of(pixels, bank, options.sampling, options.pool)
        self._check_memory(pixels)
        self.standard, values = _standardised(pixels, options.input)
        self._source = Correlator(self._continued(values, pixels))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all maps: (maps, height, width), or (maps, channels, height, width)."""
        is_summed = self.bank.channels is not None or len(self.channels) == 1
        channels = () if is_summed else (len(self.channels),)
        return (len(self.bank.entries), *channels, *self.geometry.size)

    def _check_memory(self, pixels: Pixels) -> None:
        stored = math.prod(self.shape) * 4  # float32
        values = _PICTURES * pixels.width * pixels.height + _MAPS * math.prod(self.geometry.summed)
        needed = stored + 8 * values * len(self.channels)
        if needed > free_memory():
            size = "x".join(map(str, self.geometry.size[::-1]))
            raise LimitError(
                f"{self.shape[0]} maps of {size} need {needed / 1e9:.1f} GB of memory",
                "give a larger --stride, fewer maps or a smaller picture",
            )

    def _continued(self, values: Array, pixels: Pixels) -> Array:
        """Return values (channels, height, width), continued by the border."""
        border = self.options.sampling.border
        rows, columns = self.geometry.positions(pixels, border)
        continued = values[np.ix_(rows, columns)]
        is_outside = (rows == OUTSIDE)[:, None] | (columns == OUTSIDE)
        if is_outside.any():
            colours = zip(pixels.channels, channel_values(border.colour, pixels), strict=True)
            levels = np.array([level for name, level in colours if name != "a"])
            continued[is_outside] = self.standard.of(levels)
        return np.ascontiguousarray(np.moveaxis(continued, -1, 0))

    def maps(self) -> Iterator[Array]:
        """Yield each map, float64, of the shape ``shape[1:]``."""
        activation, pool = self.options.activation, self.options.pool
        for entry, bias in zip(self.bank.entries, self.biases, strict=True):
            values = activation.of(self._sums(entry) + bias)
            yield (pool.of(values) if pool else values).reshape(self.shape[1:])

    def _sums(self, entry: Entry) -> Array:
        """Return the sums of an entry before its bias, shape (channels, height, width)."""
        sampling, margin, source = self.options.sampling, self.geometry.reach, self._source
        *before, last = entry.reaches(sampling.dilation)
        for filter, own in zip(entry.filters, before, strict=False):
            tall, wide = source.values.shape[1:]
            size = tall - own.above - own.below, wide - own.left - own.right
            source = Correlator(self._filtered(source, Part(own, size), filter))
            margin = Reach(*(side - used for side, used in zip(margin, own, strict=True)))
        part = Part(margin, self.geometry.summed, sampling.stride)
        if entry.weights is None:
            return self._filtered(source, part, entry.filters[-1])
        corner = margin.above - last.above, margin.left - last.left
        sums = source.sums(_dilated(entry.weights, sampling.dilation), corner, part)
        total: Array = sums.sum(axis=0, keepdims=True)
        return total

    def _filtered(self, source: Correlator, part: Part, filter: Filter) -> Array:
        """Return the combined results of the kernels of one filter."""
        results = map(partial(self._result, source, part), filter.kernels)
        threshold = filter.threshold * self._level_of_255
        combined: Array = COMBINE[filter.combine](np.stack([*results]), threshold)
        return combined

    def _result(self, source: Correlator, part: Part, kernel: Kernel) -> Array:
        dilation = self.options.sampling.dilation
        row, column = (position * dilation for position in kernel.origin)
        corner = part.margin.above - row, part.margin.left - column
        sums = source.sums(_dilated(kernel.weights[None], dilation), corner, part)
        return sums / kernel.scale + kernel.offset * self._level


def _check_channels(bank: Bank, count: int) -> None:
    if bank.channels not in (None, count):
        raise UsageError(
            f"the kernels have {bank.channels} channel(s), the picture has {count}",
            "give a bank of (maps, channels, height, width) with as many",
        )


def _biases(given: Sequence[float], count: int) -> list[float]:
    if len(given) not in (1, count):
        raise UsageError(f"{len(given)} biases for {count} maps", "give one, or one for each map")
    if not np.isfinite(given).all():
        raise UsageError("a bias is not finite", "give finite numbers")
    return [*map(float, given)] * (count if len(given) == 1 else 1)


def _standardised(pixels: Pixels, kind: str) -> tuple[Standard, Array]:
    """Return the map of the levels, and the values that it gives, without alpha."""
    chosen = [at for at, name in enumerate(pixels.channels) if name != "a"]
    levels = pixels.array[..., chosen].astype(np.float64)
    how = standard(kind, levels, pixels.maximum)
    return how, how.of(levels)


def _dilated(weights: Array, dilation: int) -> Array:
    """Return weights (channels, height, width) with zeros between them."""
    if dilation == 1:
        return weights
    channels, height, width = weights.shape
    spread = np.zeros((channels, (height - 1) * dilation + 1, (width - 1) * dilation + 1))
    spread[:, ::dilation, ::dilation] = weights
    return spread
