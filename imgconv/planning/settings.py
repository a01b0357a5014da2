"""The settings that a user chooses beside the filters."""

import math
from numbers import Real
from typing import Any, Literal, NamedTuple, TypedDict, Unpack

from imgconv.engines import TOLERANCE as TOLERANCE
from imgconv.errors import UsageError
from imgconv.images.pixels import parse_channels
from imgconv.kernels.border import Border


class Ran(NamedTuple):
    """A filter that ran, and the engines of its kernels.

    ``error`` is how far it takes results from the exact ones before rounding, in levels of 255: 0
    if it is exact, None where no bound is known.
    """

    filter: str
    engines: tuple[str, ...]
    error: float | None


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


BorderText = Literal["edge", "constant", "reflect", "mirror", "wrap"] | str
ExtentName = Literal["same", "valid", "full"]
RangeName = Literal["clamp", "abs", "offset", "stretch"]
EngineName = Literal["direct", "separable", "low-rank", "running", "pyramid", "fourier"]


class ApplyOptions(TypedDict, total=False):
    """The settings in the form of the API and of the command line, with the same defaults.

    The names are written out for type checkers and editors; a test compares them with the tables.
    """

    border: BorderText
    extent: ExtentName
    range: RangeName | None
    channels: str | None
    engine: EngineName | None
    tolerance: float
    threads: int | None
    straight_alpha: bool
    linear: bool


def make_settings(**options: Unpack[ApplyOptions]) -> Settings:
    """Parse ``border`` and ``channels``; raises ``UsageError`` for options that fit no picture."""
    values: dict[str, Any] = {**options}
    if "border" in values:
        values["border"] = Border.parse(values["border"])
    channels = values.pop("channels", None)
    settings = Settings(**values, channels=parse_channels(channels) if channels else None)
    check_tolerance(settings.tolerance)
    return settings


def check_tolerance(levels: float) -> None:
    """Raise ``UsageError`` for anything but a finite number from 0."""
    if not isinstance(levels, Real) or not 0 <= levels < math.inf:
        raise UsageError(f"{levels} is no tolerance", "give levels of 255, from 0, as in 0.5")
