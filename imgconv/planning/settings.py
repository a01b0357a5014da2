"""What a person chooses beside the filters."""

from __future__ import annotations

import math
from numbers import Real
from typing import NamedTuple

from imgconv.errors import UsageError
from imgconv.kernels.border import Border


class Ran(NamedTuple):
    """A filter that ran, and the engine of each of its kernels."""

    filter: str
    engines: tuple[str, ...]


# How many seconds of work, as it is estimated, nobody is asked to wait for.
PATIENCE = 600.0

# How far a result may be from the exact one before rounding, in levels of 255.
TOLERANCE = 0.5


class Settings(NamedTuple):
    """How filters are applied, whatever they are.

    ``range`` replaces the rule by which the last filter shows its result, ``channels`` the choice
    of channels to filter, ``engine`` the planner's choice. ``tolerance`` is how far a result may be
    from the exact one before it is rounded, in levels of 255; ``patience`` how many seconds of
    estimated work are too many. With ``straight_alpha`` filters that average do not weigh colour by
    alpha. With ``linear`` light is filtered in place of levels: what a kernel adds and a range rule
    shows is light then, counted up to the maximum of the picture.
    """

    border: Border = Border()
    extent: str = "same"
    range: str | None = None
    channels: frozenset[str] | None = None
    engine: str | None = None
    tolerance: float = TOLERANCE
    threads: int | None = None
    patience: float = PATIENCE
    straight_alpha: bool = False
    linear: bool = False


def check_tolerance(levels: float) -> None:
    """Raise ``UsageError`` for what is no tolerance."""
    if not isinstance(levels, Real) or not 0 <= levels < math.inf:
        raise UsageError(f"{levels} is no tolerance", "give levels of 255, from 0, as in 0.5")
