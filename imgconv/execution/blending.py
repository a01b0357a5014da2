"""The blending of a plan's result with the picture, where the result is stored."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from imgconv.execution.context import StepContext
from imgconv.execution.pipeline import BandRows
from imgconv.execution.sources import PixelSource
from imgconv.execution.stages import blend as loops
from imgconv.execution.stages.load import copy
from imgconv.images.blend import Blend
from imgconv.images.pixels import Pixels
from imgconv.jit.arguments import SlidingView
from imgconv.planning.plan import Plan


class BlendWeights(NamedTuple):
    """Where a result replaces the input: the weight of each pixel, 0 to ``white``.

    ``values`` has the shape (height, width), or (1, width) where all rows have the same ones.
    ``rows`` are those that have any weight, ``mix`` is the percentage of the result.
    """

    values: NDArray[Any]
    white: float
    mix: float
    rows: range
    is_masked: bool

    @classmethod
    def of(cls, blend: Blend, pixels: Pixels) -> Self:
        """Return the weights of stored pixels, whose size mask and region fit."""
        values: NDArray[Any] = np.ones((1, pixels.width), np.uint8)
        white = 1.0
        rows, columns = range(pixels.height), slice(None)
        if place := blend.region:
            rows = range(place.top, place.top + place.height)
            columns = slice(place.left, place.left + place.width)
        if mask := blend.mask:
            values, white = mask.values, mask.maximum
            found = np.flatnonzero(values[rows.start : rows.stop, columns].any(axis=1))
            rows = rows[found[0] : found[-1] + 1] if len(found) else range(0)
        if blend.region:
            outside = np.ones(pixels.width, bool)
            outside[columns] = False
            values = np.where(outside, values.dtype.type(0), values)
        rows = rows if blend.mix > 0 else range(0)
        return cls(values, white, blend.mix, rows, blend.mask is not None)

    def size(self, plan: Plan, pixels: Pixels) -> int:
        """Return how many values are filtered: of rows without weight none, if that is possible."""
        needs_all = plan.is_stretched or len(plan.lines) > 1
        rows = pixels.height if needs_all else len(self.rows)
        return rows * int(pixels.array[0].size)

    @property
    def step(self) -> int:
        """1 where each row has weights of its own, else 0."""
        return int(len(self.values) > 1)


class Blending:
    """Adds the calls that mix filtered rows with the same rows of the picture, or of its light."""

    def __init__(self, weights: BlendWeights, source: PixelSource, context: StepContext) -> None:
        self.weights, self._source = weights, source
        self._channels = source.channels
        self._visibility = context.visibility
        self._inside = np.zeros((source.height, 1), np.uint8)
        self._inside[weights.rows.start : weights.rows.stop] = 1
        self._share = np.array([weights.mix, 100 * weights.white])

    def add(self, band: BandRows) -> SlidingView:
        """Add the calls that mix the rows of a band; return the levels of the picture's rows."""
        schedule, made, _ = band
        levels = made._replace(array=schedule.workspace(made.array.shape))
        light = self._load(band, levels)
        weighting = self._weights_of(band)
        if self._visibility:
            seen = (weighting, self._visibility)
            schedule.call(loops.mix_visible, made, light, *seen, when=made.height)
        else:
            spread = schedule.workspace((made.array.shape[1],), np.float64)
            how = (weighting, self._channels, spread)
            schedule.call(loops.mix, made, light, *how, when=made.height)
        return levels

    def keep(self, band: BandRows, levels: SlidingView) -> None:
        """Add the call that restores levels where the result has no weight."""
        schedule, made, _ = band
        how = (self._weights_of(band), self._channels)
        schedule.call(loops.keep, made, levels, *how, when=made.height)

    def _load(self, band: BandRows, levels: SlidingView) -> SlidingView:
        """Add the calls that load the picture's rows; return them, as light if that is mixed."""
        schedule, _, first = band
        every_row, width = np.arange(self._source.height), self._source.width
        found = self._source.fetch(schedule, every_row, every_row, 1)
        nothing = np.zeros(self._channels, np.float32)
        positions = found.add_load(schedule, levels, first, 0, nothing)
        if not found.light:
            return levels
        light = levels._replace(array=schedule.workspace(levels.array.shape))
        schedule.call(copy, levels, light, when=levels.height)
        found.light.add_light(schedule, light, positions, 0, width)
        return light

    def _weights_of(self, band: BandRows) -> loops.Weights:
        schedule, made, first = band
        step = self.weights.step
        at = first if step else schedule.column(0)
        values = SlidingView(self.weights.values, at, made.height)
        inside = SlidingView(self._inside, first, made.height)
        return loops.Weights(values, step, inside, self._share)
