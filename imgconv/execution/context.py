"""What holds for every step of a run: border, extent, channels and the levels of the picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.execution.window import Weighting
from imgconv.kernels.border import Border
from imgconv.planning.plan import Step


class StepContext(NamedTuple):
    """What holds for every step: border, extent, channels and the levels of the picture.

    ``colour`` is what a constant border puts outside, a value for each channel. ``filtered`` names
    the channels that a person chose; None leaves the choice to each filter. Alpha that is
    ``straight`` weighs no colour.
    """

    border: Border
    extent: str
    colour: tuple[float, ...]
    filtered: frozenset[str] | None
    channels: tuple[str, ...]
    maximum: float
    alpha: int | None
    straight: bool = False

    def kept(self, step: Step) -> NDArray[np.uint8]:
        """1 for the channels that a step carries as they are.

        Alpha is averaged together with the colour that it weighs, and carried past all others.
        """
        if self.filtered is None:
            averaged = step.filter.is_average
            carried = [name == "a" and not averaged for name in self.channels]
        else:
            carried = [name not in self.filtered for name in self.channels]
        return np.array(carried, np.uint8)

    def unshown(self, step: Step) -> NDArray[np.uint8]:
        """1 for the channels that a range rule leaves alone: those carried, and alpha."""
        unshown = self.kept(step)
        if self.alpha is not None:
            unshown[self.alpha] = 1
        return unshown

    def spared(self, step: Step) -> NDArray[np.uint8]:
        """1 for alpha that a step averages: it is filtered, and a range rule leaves it alone."""
        return self.unshown(step) * (1 - self.kept(step)) * np.uint8(step.filter.is_average)

    def weighting(self, step: Step) -> Weighting | None:
        """How a step weighs colour by alpha, if it does."""
        if self.alpha is None or self.straight or not step.filter.is_average:
            return None
        colours = 1 - self.kept(step)
        colours[self.alpha] = 0
        return Weighting(colours, self.alpha, self.maximum)

    def surrounding_colour(self, weighting: Weighting | None) -> NDArray[np.float32]:
        """What a constant border puts outside, weighed as the rows are."""
        colour = np.array(self.colour, np.float32)
        if weighting:
            weighting.weigh(colour)
        return colour

    @property
    def is_whole_outside(self) -> bool:
        """Whether a constant border is made of values that pixels can have too."""
        return all(value in range(round(self.maximum) + 1) for value in self.colour)

    @property
    def middle(self) -> float:
        """The grey half-way up, which the range rule ``offset`` adds."""
        return 0.5 if self.maximum == 1 else (self.maximum + 1) / 2
