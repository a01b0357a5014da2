"""From pixels, filters and settings to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from imgconv import images
from imgconv.errors import UsageError
from imgconv.images.colour import channel_values
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import RANGES, Filter
from imgconv.planning.fusion import fused
from imgconv.planning.plan import Plan, PlanOptions, make_plan, shared
from imgconv.planning.settings import Settings, check_tolerance

if TYPE_CHECKING:
    from imgconv.images.transfer import Curve


class Planned(NamedTuple):
    """A plan, and for each of its steps what was wished of its kernels."""

    plan: Plan
    wishes: list[PlanOptions]


def plan_of(pixels: Pixels, filters: Sequence[Filter], settings: Settings) -> Planned:
    """What is to be run; raises ``UsageError`` where the settings do not fit."""
    filters = _shown_by(filters, settings.range)
    wishes = wishes_of(pixels, filters, settings)
    has_alpha, border = pixels.alpha is not None, settings.border.name
    return _planned(_Chain(filters), border, settings.extent, has_alpha, wishes)


class _Chain:
    """Filters, equal where they are made of the same numbers."""

    def __init__(self, filters: Sequence[Filter]) -> None:
        self.filters = filters
        self._recipe = tuple(
            (filter.name, *(kernel.cache_key for kernel in filter.kernels), *filter[2:])
            for filter in filters
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Chain) and self._recipe == other._recipe

    def __hash__(self) -> int:
        return hash(self._recipe)


# Planning takes a tenth of what a small picture takes, and those of a folder, as the frames of a
# film, are mostly alike.
@lru_cache(maxsize=4)
def _planned(
    chain: _Chain, border: str, extent: str, has_alpha: bool, wishes: PlanOptions
) -> Planned:
    filters = fused(chain.filters, border, extent, has_alpha, wishes)
    return Planned(make_plan(filters, wishes), shared(filters, wishes))


def _shown_by(filters: Sequence[Filter], name: str | None) -> list[Filter]:
    """The last of them by the range rule ``name``, if one is given."""
    if not filters:
        raise UsageError("there is no filter to apply", "name at least one")
    if name is None:
        return list(filters)
    if name not in RANGES:
        raise UsageError(f"no range is called '{name}'", f"choose from {', '.join(RANGES)}")
    return [*filters[:-1], filters[-1]._replace(range=name)]


def wishes_of(pixels: Pixels, filters: Sequence[Filter], settings: Settings) -> PlanOptions:
    """What a picture and a person want of the plan.

    The tolerance is in levels, also where light is filtered, of which a little is much in the dark.
    """
    tolerance = settings.tolerance
    check_tolerance(tolerance)
    if settings.linear:
        tolerance = images.transfer.least_light(curves_of(pixels), tolerance)
    is_bytes = not settings.linear and _is_read_as_bytes(pixels, filters[0], settings)
    return PlanOptions(settings.engine, tolerance, pixels.is_float, is_bytes)


def _is_read_as_bytes(pixels: Pixels, filter: Filter, settings: Settings) -> bool:
    """Whether the first filter meets whole numbers up to 255, also beyond the edge."""
    is_weighed = pixels.alpha is not None and not settings.straight_alpha and filter.is_average
    around = channel_values(settings.border.colour, pixels)
    are_whole = all(0 <= value <= 255 and float(value).is_integer() for value in around)
    return pixels.array.dtype == np.uint8 and not is_weighed and are_whole


def curves_of(pixels: Pixels) -> list[Curve | None]:
    """The curve of each channel; raises ``UsageError`` for pixels that are no light."""
    if "c" in pixels.channels:
        raise UsageError("inks are no light", "convert the picture to RGB, or leave out --linear")
    return images.transfer.curves_for(pixels.channels, pixels.curves)
