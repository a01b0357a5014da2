"""The context of the steps of a run: its settings, and channels and levels of the picture."""

from __future__ import annotations

import math
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

# Alpha is noise where it is less than this share of white in pictures of floats.
_ALPHA_NOISE = 2.0**-20


class StepInput(NamedTuple):
    """The padded source of a step, the ``reach`` of its windows, and the result's place.

    ``down`` and ``across`` are the source rows and columns under the origin. The
    source has numbers up to ``maximum``, whole ones from 0 if ``is_whole``; if they ``may_be_any``,
    also infinite ones and NaN.
    """

    padded: PaddedSource
    reach: Reach
    down: Span
    across: Span
    maximum: float
    is_whole: bool
    may_be_any: bool = False


class StepContext(NamedTuple):
    """The facts that all steps of a run share.

    ``colour`` is the constant border's value in each channel, ``alpha`` the position of alpha. The
    result has floats or, rounded at the end, whole levels.
    """

    settings: Settings
    colour: tuple[float, ...]
    channels: tuple[str, ...]
    maximum: float
    alpha: int | None
    is_float: bool

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
        how = (pixels.channels, pixels.maximum, pixels.alpha, pixels.is_float)
        return cls(settings, colour, *how)

    def input(self, step: Step, source: Source) -> StepInput:
        """Return the input of ``step``; raises ``UsageError`` where the extent leaves nothing."""
        reach, weighting = step.reach, self.weighting(step)
        down = span(self.settings.extent, source.height, reach.above, reach.below)
        across = span(self.settings.extent, source.width, reach.left, reach.right)
        reach = step.reach_of_passes  # and no less than the picture, whose rows are loaded whole
        right = max(reach.right, source.width - across.start - across.size)
        reach = reach._replace(left=max(reach.left, across.start), right=right)
        first, last = across.start - reach.left, across.start + across.size + reach.right
        colour = np.array(self.colour, np.float32)
        if self.alpha is not None and (weighting or source.is_premultiplied):
            self._weighting(self.alpha).premultiply(colour)
        weighting = None if source.is_premultiplied else weighting
        padding = Padding(self.settings.border, colour, first, last)
        dtype = np.int16 if step.is_whole else np.float32
        padded = PaddedSource(source, padding, weighting, dtype, step.unit)
        is_read = isinstance(source, PixelSource) and source.is_whole and not weighting
        levels = range(round(self.maximum) + 1)
        is_whole = is_read and all(value in levels for value in self.colour)
        maximum = self.maximum * (1 if is_whole else step.options.bounds.magnitude)
        return StepInput(padded, reach, down, across, maximum, is_whole, step.options.is_float)

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
        """Return 1 for the channels that a range rule leaves alone.

        These are the carried ones, and alpha unless the user chose it by name.
        """
        without = self.carried(step)
        if self.alpha is not None and self.settings.channels is None:
            without[self.alpha] = 1
        return without

    def averaged_alpha(self, step: Step) -> NDArray[np.uint8]:
        """Return 1 for alpha that a step averages, and that range rules leave alone."""
        return self.without_range(step) - self.carried(step)

    def weighting(self, step: Step) -> AlphaWeighting | None:
        """Return how a step weights colour by alpha, if it does; ``x`` may be no colour."""
        if self.alpha is None or self.settings.straight_alpha or not step.filter.is_average:
            return None
        return self._weighting(self.alpha)

    def _weighting(self, alpha: int) -> AlphaWeighting:
        chosen = self.settings.channels or frozenset(self.channels)
        colours = [name not in ("a", "x") and name in chosen for name in self.channels]
        return AlphaWeighting(np.array(colours, np.uint8), alpha, self.maximum)

    @property
    def _filters_alpha(self) -> bool:
        return self.settings.channels is None or "a" in self.settings.channels

    def stays_premultiplied(self, step: Step, reads_premultiplied: bool) -> bool:
        """Return whether the colours of a step's result stay multiplied by alpha.

        They do between steps that weight colours. A division and a multiplication in between would
        lose the colours where alpha is 0, as it may be behind a filter that sharpens.
        """
        has_product = reads_premultiplied if step.filter.is_identity else bool(self.weighting(step))
        following = next((then for then in step.later if not then.is_identity), None)
        is_wanted = following is not None and following.is_average
        return has_product and is_wanted and self._filters_alpha and step.filter.range == "clamp"

    def hidden_alpha(self, step: Step) -> tuple[float, float]:
        """Return the values between which alpha is too small to divide colours by.

        Alpha that becomes 0 in the result hides all colour: below half a level, or noise in floats.
        Alpha that is filtered further, changed by a range rule, or carried past the step may show
        colours even if negative.
        """
        is_last = not any(then.is_average for then in step.later)
        if self.settings.channels is not None:
            is_shown = step.later or step.filter.range != "clamp"
            is_last = self._filters_alpha and not is_shown
        if is_last and not self.is_float:
            return -math.inf, 0.5
        return -_ALPHA_NOISE * self.maximum, _ALPHA_NOISE * self.maximum
