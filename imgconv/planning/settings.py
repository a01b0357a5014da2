"""The settings that a user chooses beside the filters."""

import math
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, TypedDict, Unpack

from imgconv import images
from imgconv.engines import TOLERANCE as TOLERANCE
from imgconv.errors import UsageError
from imgconv.images.pixels import parse_channels
from imgconv.kernels.border import Border

if TYPE_CHECKING:
    from imgconv.images.blend import Blend


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
    that a range rule shows are light then, counted up to the maximum of the picture. ``blend`` says
    how the result of all filters is mixed with the picture, in light too. ``has_border`` says that
    the border was chosen: masks in the frequency domain have another default.
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
    blend: "Blend | None" = None
    has_border: bool = False

    @property
    def mask_border(self) -> str:
        """The border of masks in the frequency domain; raises ``UsageError`` for others."""
        name = self.border.name if self.has_border else "wrap"
        if name not in ("wrap", "reflect"):
            raise UsageError(
                f"with the border '{name}' there is no mask of frequencies: it wraps round or "
                "reflects",
                "give --border wrap or reflect",
            )
        if self.extent != "same":
            raise UsageError("a mask of frequencies keeps the size", "leave out --extent")
        return name

    @property
    def blend_described(self) -> dict[str, float | str | None]:
        """The percentage, the mask and the region, as numbers and texts."""
        return (self.blend or images.blend.Blend()).described()

    def for_stored(self, orientation: int, size: tuple[int, int]) -> Self:
        """Return the settings for pixels of a size that are stored in an orientation, 1 to 8.

        Raises ``UsageError`` where the mask has another size, or the region lies outside.
        """
        return self._replace(blend=self.blend.stored(orientation, size)) if self.blend else self


BorderText = Literal["edge", "constant", "reflect", "mirror", "wrap", "none"] | str
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
    patience: float
    straight_alpha: bool
    linear: bool
    mix: float | None
    region: str | Sequence[int] | None


def make_settings(mask: object = None, **options: Unpack[ApplyOptions]) -> Settings:
    """Return the settings of options and of a mask, as ``Mask.of`` takes it.

    Raises ``UsageError`` for options that fit no picture.
    """
    values: dict[str, Any] = {**options}
    if values.get("border") is None:
        values.pop("border", None)
    else:
        values |= {"border": Border.parse(values["border"]), "has_border": True}
    channels = values.pop("channels", None)
    mix, region = values.pop("mix", None), values.pop("region", None)
    settings = Settings(**values, channels=parse_channels(channels) if channels else None)
    check_tolerance(settings.tolerance)
    check_patience(settings.patience)
    if not (mix is None and mask is None and region is None):
        through = None if mask is None else images.mask.Mask.of(mask)
        settings = settings._replace(blend=images.blend.make_blend(mix, through, region))
    if settings.blend and settings.extent != "same":
        raise UsageError(
            f"the extent '{settings.extent}' makes results of another size than the input",
            "to mix the two or to keep a part of the input, choose the extent same",
        )
    return settings


def check_tolerance(levels: float) -> None:
    """Raise ``UsageError`` for anything but a finite number from 0."""
    if not isinstance(levels, Real) or not 0 <= levels < math.inf:
        raise UsageError(f"{levels} is no tolerance", "give levels of 255, from 0, as in 0.5")


def check_patience(seconds: float) -> None:
    """Raise ``UsageError`` for anything but a number from 0; infinity is one."""
    if not isinstance(seconds, Real) or not seconds >= 0:  # nor is nan
        shown = f"{seconds:g}" if isinstance(seconds, Real) else repr(seconds)
        raise UsageError(f"--patience {shown} is no time to wait", "give seconds, from 0")
