"""Curves: how much light a level of a picture stands for, both from 0 to 1.

Pictures are coded so that steps look even, as in sRGB, where the level half-way up stands for a
fifth of the light. Light that meets in one place adds up; levels do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Curve(Protocol):
    """Gives the light of levels; it rises, or is flat for a while, and falls nowhere."""

    @property
    def corners(self) -> Values:
        """The levels at which it bends."""

    def light(self, levels: Values) -> Values:
        """The light of ``levels``, which are not negative and may exceed 1."""


@dataclass(frozen=True)
class Power:
    """light = (a x + b)^gamma + lift where x >= knee, else slope x + foot (ICC.1, type 4)."""

    gamma: float
    a: float = 1.0
    b: float = 0.0
    lift: float = 0.0
    knee: float = 0.0
    slope: float = 0.0
    foot: float = 0.0

    @property
    def corners(self) -> Values:
        """The levels at which it bends."""
        return np.array([max(self.knee, 0)])

    def light(self, levels: Values) -> Values:
        """The light of ``levels``, which are not negative and may exceed 1."""
        raised = np.maximum(self.a * levels + self.b, 0) ** self.gamma + self.lift
        return np.where(levels >= self.knee, raised, self.slope * levels + self.foot)


@dataclass(frozen=True)
class Samples:
    """Light at levels that lie evenly from 0 to 1, straight between them, and beyond 1 as steep."""

    values: tuple[float, ...]

    @property
    def corners(self) -> Values:
        """The levels at which it bends."""
        return np.linspace(0, 1, len(self.values))

    def light(self, levels: Values) -> Values:
        """The light of ``levels``, which are not negative and may exceed 1."""
        risen = np.maximum.accumulate(self.values)
        inside = np.interp(levels, np.linspace(0, 1, len(risen)), risen)
        return inside + np.maximum(levels - 1, 0)


# IEC 61966-2-1.
SRGB = Power(2.4, 1 / 1.055, 0.055 / 1.055, 0.0, 0.04045, 1 / 12.92)

# For each channel of a picture, the curves of a profile that fit it, the nearest first. What is
# not named here is sRGB, but for alpha, which is no light.
_FITTING = {"r": "rkg", "g": "gk", "b": "bkg", "l": "kg"}


def curves_for(channels: Sequence[str], held: Mapping[str, Curve]) -> list[Curve | None]:
    """The curve of each channel; None for alpha, and for ``x``, of which nobody says what it is.

    ``held`` are those that the picture brings with it: of red, green and blue, or of grey (``k``).
    """
    return [None if name in ("a", "x") else _nearest(name, held) for name in channels]


def _nearest(channel: str, held: Mapping[str, Curve]) -> Curve:
    return next((held[name] for name in _FITTING.get(channel, "") if name in held), SRGB)


def least_light(curves: Sequence[Curve | None], levels: float) -> float:
    """The least difference in light, in 255ths, of two levels that lie ``levels`` of 255 apart.

    An error in light that is no larger than this changes no level by more than ``levels``: in the
    dark a little light is many levels, 12.92 times as many in sRGB.
    """
    apart = min(levels / 255, 1)
    below = np.linspace(0, 1 - apart, 4096)
    found = [curve.light(below + apart) - curve.light(below) for curve in curves if curve]
    return 255 * float(min(difference.min() for difference in found))
