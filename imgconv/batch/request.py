"""The request of a run: everything that is done to each picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from imgconv.batch.convert import Conversion
from imgconv.batch.tasks import Task
from imgconv.formats import registry
from imgconv.formats.registry import FormatRow
from imgconv.images.colour import check_colour
from imgconv.planning.settings import Settings
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.kernels.filter import Filter


class LazyFilters(Sequence["Filter"]):
    """Filters that ``make`` returns when they are first used; a replayed run needs none."""

    def __init__(self, make: Callable[[], Sequence[Filter]]) -> None:
        self._make = make

    @cached_property
    def _filters(self) -> Sequence[Filter]:
        return self._make()

    def __getitem__(self, at: Any) -> Any:
        """Return a filter, or several."""
        return self._filters[at]

    def __len__(self) -> int:
        """Return the number of filters."""
        return len(self._filters)


class Request(NamedTuple):
    """The filters, how they are applied, and how the result is written.

    ``frame`` is the number of the only frame to filter, counted from 0.
    """

    filters: Sequence[Filter]
    settings: Settings = Settings()
    gray: bool = False
    format: FormatRow | None = None
    quality: int | None = None
    strip: bool = False
    frame: int | None = None
    conversion: Conversion = Conversion()
    upright: bool = False

    def format_for(self, task: Task) -> FormatRow | None:
        """Return the output format, or None where it is the input's, as in a pipe or in place."""
        if self.format or task.target == PIPE or task.in_place:
            return self.format
        return registry.by_path(task.target)

    def check(self) -> None:
        """Raise ``UsageError`` for options that are wrong for every picture."""
        settings = self.settings
        len(self.filters)  # a lazy sequence makes its filters now
        check_colour(settings.border.colour)
        self.conversion.check()
        if settings.engine is not None:
            from imgconv.engines.base import PlanOptions
            from imgconv.planning.planner import make_plan

            make_plan(self.filters, PlanOptions(settings.engine, settings.tolerance))
