"""The settings that a user chooses beside the filters."""

from __future__ import annotations

import math
from numbers import Real
from typing import NamedTuple

from imgconv.engines import TOLERANCE as TOLERANCE
from imgconv.errors import UsageError
from imgconv.kernels.border import Border


class Ran(NamedTuple):
    """A filter that ran, and the engines of its kernels."""

    filter: str
    engines: tuple[str, ...]


# Work that would take more seconds is refused unless the user allows it.
PATIENCE = 600.0


class Settings(NamedTuple):
    """The settings of all filters together.

    ``range`` replaces the range rule of the last filter, ``channels`` the choice of channels to
    filter, ``engine`` the planner's choice. ``tolerance`` is the largest difference from the exact
    result before rounding, in levels of 255. Work of more than ``patience`` estimated seconds is
    refused. With ``straight_alpha`` filters that average do not weight colour by alpha.

    With ``linear`` light is filtered in place of levels: the offset of a kernel and the results
    that a range rule shows are light then, counted up to the maximum of the picture.
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
    """Raise ``UsageError`` for anything but a finite number from 0."""
    if not isinstance(levels, Real) or not 0 <= levels < math.inf:
        raise UsageError(f"{levels} is no tolerance", "give levels of 255, from 0, as in 0.5")
