"""The context of the steps of a run: its settings, and channels and levels of the picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.execution.sources import PixelSource, Source
from imgconv.execution.stages.light import Light
from imgconv.execution.window import AlphaWeighting, PaddedSource, Padding
from imgconv.images.colour import channel_values
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import Span, span
from imgconv.kernels.kernel import Reach
from imgconv.planning.plan import Step
from imgconv.planning.settings import Settings


class StepInput(NamedTuple):
    """The padded source of a step, the ``reach`` of its kernels together, and the result's place.

    ``down`` and ``across`` are the source rows and columns under the origin. If ``is_whole``, the
    source has whole numbers from 0 to ``maximum``.
    """

    padded: PaddedSource
    reach: Reach
    down: Span
    across: Span
    maximum: float
    is_whole: bool


class StepContext(NamedTuple):
    """The facts that all steps of a run share.

    ``colour`` is the constant border's value in each channel, ``alpha`` the position of alpha.
    """

    settings: Settings
    colour: tuple[float, ...]
    channels: tuple[str, ...]
    maximum: float
    alpha: int | None

    @classmethod
    def of(cls, pixels: Pixels, settings: Settings, light: Light | None) -> StepContext:
        """Return the context for a picture; raises ``UsageError`` for channels it has not."""
        unknown = (settings.channels or frozenset()) - set(pixels.channels)
        if unknown:
            raise UsageError(
                f"the picture has no channel '{min(unknown)}'",
                f"its channels are {','.join(pixels.channels)}",
            )
        colour = channel_values(settings.border.colour, pixels)
        colour = light.of(colour) if light else colour
        return cls(settings, colour, pixels.channels, pixels.maximum, pixels.alpha)

    def input(self, step: Step, source: Source) -> StepInput:
        """Return the input of ``step``; raises ``UsageError`` where the extent leaves nothing."""
        reach, weighting = step.reach, self.weighting(step)
        down = span(self.settings.extent, source.height, reach.above, reach.below)
        across = span(self.settings.extent, source.width, reach.left, reach.right)
        first, last = across.start - reach.left, across.start + across.size + reach.right
        colour = np.array(self.colour, np.float32)
        if weighting:
            weighting.premultiply(colour)
        padding = Padding(self.settings.border, colour, first, last)
        dtype = np.int16 if step.is_whole else np.float32
        padded = PaddedSource(source, padding, weighting, dtype, step.unit)
        is_read = isinstance(source, PixelSource) and source.is_whole and not weighting
        levels = range(round(self.maximum) + 1)
        is_whole = is_read and all(value in levels for value in self.colour)
        return StepInput(padded, reach, down, across, self.maximum, is_whole)

    def carried(self, step: Step) -> NDArray[np.uint8]:
        """Return 1 for the channels that a step carries past its kernels.

        Without a choice by the user it carries alpha, unless it weights and averages it.
        """
        if self.settings.channels is None:
            averaged = step.filter.is_average
            carried = [name == "a" and not averaged for name in self.channels]
        else:
            carried = [name not in self.settings.channels for name in self.channels]
        return np.array(carried, np.uint8)

    def without_range(self, step: Step) -> NDArray[np.uint8]:
        """Return 1 for the channels that a range rule leaves alone: the carried ones and alpha."""
        without = self.carried(step)
        if self.alpha is not None:
            without[self.alpha] = 1
        return without

    def averaged_alpha(self, step: Step) -> NDArray[np.uint8]:
        """Return 1 for alpha that a step averages: filtered, but left alone by range rules."""
        filtered = 1 - self.carried(step)
        return self.without_range(step) * filtered * np.uint8(step.filter.is_average)

    def weighting(self, step: Step) -> AlphaWeighting | None:
        """Return how a step weights colour by alpha, if it does."""
        if self.alpha is None or self.settings.straight_alpha or not step.filter.is_average:
            return None
        colours = 1 - self.carried(step)
        colours[self.alpha] = 0
        return AlphaWeighting(colours, self.alpha, self.maximum)
