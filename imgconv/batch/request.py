"""What is done to every picture of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from imgconv.batch.convert import Fit
from imgconv.batch.tasks import Pair
from imgconv.formats import registry
from imgconv.formats.registry import FormatRow
from imgconv.images.colour import check_colour
from imgconv.planning.settings import Settings
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.kernels.filter import Filter


class Request(NamedTuple):
    """What is done to every file: the filters, how they are applied, how the result is written."""

    filters: Sequence[Filter]
    settings: Settings = Settings()
    gray: bool = False
    format: FormatRow | None = None
    quality: int | None = None
    strip: bool = False
    frame: int | None = None
    fit: Fit = Fit()
    upright: bool = False

    def format_for(self, pair: Pair) -> FormatRow | None:
        """The format to write; None where it is that of the picture, as in a pipe or in place."""
        if self.format or pair.target == PIPE or pair.in_place:
            return self.format
        return registry.by_path(pair.target)


def check(request: Request) -> None:
    """Raise ``UsageError`` for what is wrong whatever the picture, before one is read."""
    settings = request.settings
    len(request.filters)  # where they are made later, it is now
    check_colour(settings.border.colour)
    request.fit.check()
    if settings.engine is not None:
        from imgconv.engines.base import PlanOptions
        from imgconv.planning.planner import make_plan

        make_plan(request.filters, PlanOptions(settings.engine, settings.tolerance))
