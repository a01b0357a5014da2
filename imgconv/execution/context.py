"""The context of the steps of a run: its settings, and channels and levels of the picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.execution.sources import PixelSource, Source
from imgconv.execution.stages.blend import Visibility
from imgconv.execution.stages.light import Light
from imgconv.execution.window import AlphaWeighting, PaddedSource, Padding
from imgconv.images.colour import channel_values
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import Span, spans
from imgconv.kernels.coverage import NONE, border_of
from imgconv.kernels.kernel import Reach
from imgconv.planning.channel_roles import ChannelRoles
from imgconv.planning.plan import Step
from imgconv.planning.settings import Settings


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
    """The facts that all steps share; ``colour`` has the border's value in each channel."""

    settings: Settings
    colour: tuple[float, ...]
    roles: ChannelRoles

    @classmethod
    def of(cls, pixels: Pixels, settings: Settings, light: Light | None) -> StepContext:
        """Return the context for a picture; raises ``UsageError`` for channels it has not."""
        roles = ChannelRoles.of(pixels, settings)
        colour = channel_values(settings.border.colour, pixels)
        colour = light.of(colour) if light else colour
        return cls(settings, colour, roles)

    @property
    def maximum(self) -> float:
        return self.roles.maximum

    def input(self, step: Step, source: Source) -> StepInput:
        """Return the input of ``step``; raises ``UsageError`` where the extent leaves nothing."""
        reach, weighting = step.reach, self.weighting(step)
        down, across = spans(self.settings.extent, (source.height, source.width), reach)
        reach = step.reach_of_passes  # and no less than the picture, whose rows are loaded whole
        right = max(reach.right, source.width - across.start - across.size)
        reach = reach._replace(left=max(reach.left, across.start), right=right)
        first, last = across.start - reach.left, across.start + across.size + reach.right
        border = border_of(step.filter, self.settings.border, self.settings.extent)
        colour = np.array(self.colour, np.float32) * (border.name != NONE)
        if weighting or source.is_premultiplied:
            self._weighting().premultiply(colour)
        weighting = None if source.is_premultiplied else weighting
        padding = Padding(border, colour, first, last)
        dtype = np.int16 if step.is_whole else np.float32
        padded = PaddedSource(source, padding, weighting, dtype, step.unit)
        is_read = isinstance(source, PixelSource) and source.is_whole and not weighting
        levels = range(round(self.maximum) + 1)
        is_whole = is_read and all(value in levels for value in colour)
        maximum = self.maximum * (1 if is_whole else step.options.bounds.magnitude)
        return StepInput(padded, reach, down, across, maximum, is_whole, step.options.is_float)

    def carried(self, step: Step) -> NDArray[np.uint8]:
        """Return 1 for the channels that a step carries past its kernels."""
        return np.array(self.roles.carried(step.filter), np.uint8)

    def without_range(self, step: Step) -> NDArray[np.uint8]:
        """Return 1 for the channels that a range rule leaves alone."""
        return np.array(self.roles.without_range(step.filter), np.uint8)

    def averaged_alpha(self, step: Step) -> NDArray[np.uint8]:
        """Return 1 for alpha that a step averages, and that range rules leave alone."""
        return self.without_range(step) - self.carried(step)

    def weighting(self, step: Step) -> AlphaWeighting | None:
        """Return how a step weights colour by alpha, if it does."""
        return self._weighting() if self.roles.weighted(step.filter) else None

    @property
    def visibility(self) -> Visibility | None:
        """The weighting of colours by alpha for a result that is mixed with the picture, if any."""
        roles = self.roles
        if roles.alpha is None or roles.straight_alpha:
            return None
        return Visibility(np.array(roles.colours, np.uint8), roles.alpha, *roles.invisible_alpha)

    def _weighting(self) -> AlphaWeighting:
        alpha = self.roles.alpha
        assert alpha is not None, "only pictures with alpha are weighted"
        return AlphaWeighting(np.array(self.roles.colours, np.uint8), alpha, self.maximum)
