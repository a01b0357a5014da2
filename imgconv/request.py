"""What is done to every picture of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from imgconv import formats
from imgconv.colour import check_colour
from imgconv.fitting import Fit
from imgconv.formats import Format
from imgconv.named_tuple import NamedTuple
from imgconv.pairing import PIPE, Pair
from imgconv.settings import Settings

if TYPE_CHECKING:
    from imgconv.filter import Filter


class Request(NamedTuple):
    """What is done to every file: the filters, how they are applied, how the result is written."""

    filters: Sequence[Filter]
    settings: Settings = Settings()
    gray: bool = False
    format: Format | None = None
    quality: int | None = None
    strip: bool = False
    frame: int | None = None
    fit: Fit = Fit()
    upright: bool = False

    def format_for(self, pair: Pair) -> Format | None:
        """The format to write; None where it is that of the picture, as in a pipe or in place."""
        if self.format or pair.target == PIPE or pair.in_place:
            return self.format
        return formats.of_path(pair.target)


def check(request: Request) -> None:
    """Raise ``WordsError`` for what is wrong whatever the picture, before one is read."""
    settings = request.settings
    len(request.filters)  # where they are made later, it is now
    check_colour(settings.border.colour)
    request.fit.check()
    if settings.engine is not None:
        from imgconv.plan import Wishes, make_plan

        make_plan(request.filters, Wishes(settings.engine, settings.tolerance))
