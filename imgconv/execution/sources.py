"""Sources of rows: a picture, parts of which may be overwritten while it is still read."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from imgconv.execution.stages.light import Light
from imgconv.execution.stages.load import loader
from imgconv.images.pixels import Pixels
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import Schedule
from imgconv.kernels.border import OUTSIDE

Numbers = NDArray[np.int64]


class FetchedRows(NamedTuple):
    """The arrays and positions in which the loops of ``stages/load.py`` find source rows.

    Rows have ``stored`` values a pixel. ``light`` converts levels that are not linear light yet.
    """

    pixels: NDArray[Any]
    spare: NDArray[Any]
    positions: Numbers
    stored: int
    light: Light | None = None

    def add_load(
        self,
        schedule: Schedule,
        rows: SlidingView,
        first: int,
        left: int,
        colour: NDArray[Any],
        unit: int = 1,
    ) -> SlidingView:
        """Add the call that loads these into ``rows``, ``left`` pixels in; return their positions.

        ``first`` is the column of the schedule with the number of the first position. Rows OUTSIDE
        get the ``colour``, which has the type of the rows and counts ``unit`` for a level.
        """
        positions = SlidingView(self.positions, first, rows.height)
        source = (self.pixels, self.spare, positions, self.stored)
        values = self.pixels.shape[1] // self.stored * len(colour)
        packed = np.empty(values, self.pixels.dtype)
        numbers = (colour, np.array([unit], colour.dtype), packed)
        loop = loader(self.stored, len(colour))
        schedule.call(loop, source, rows, left, numbers, when=rows.height)
        return positions


class Source(Protocol):
    """A source of rows: a picture, or the result of an earlier step."""

    height: int
    width: int
    channels: int

    @property
    def is_premultiplied(self) -> bool:
        """Whether colours are multiplied by alpha already."""

    def lead(self, strip: int) -> int:
        """Return how many iterations of ``strip`` rows pass before the first row is made."""

    def fetch(
        self, schedule: Schedule, loaded: Numbers, wanted: Numbers, strip: int
    ) -> FetchedRows:
        """Add the calls that make the rows ``loaded[t] .. loaded[t + 1] - 1`` in iteration t.

        There are at most ``strip`` of them. ``wanted`` holds, for each row from the first to the
        last, the row of the source that stands there, or OUTSIDE.
        """


class PixelSource:
    """The rows of a picture, whose levels ``light`` converts to linear light."""

    def __init__(
        self, picture: Pixels, light: Light | None = None, is_premultiplied: bool = False
    ) -> None:
        self.is_premultiplied = is_premultiplied
        self.height, self.width = picture.height, picture.width
        self.channels, self._stored = len(picture.channels), picture.array.shape[2]
        self.is_whole, self._light = not picture.is_float and light is None, light
        self.rows = picture.flat_rows
        self.protect([])

    def protect(self, rows: Sequence[int]) -> None:
        """Copy the ``rows`` that are overwritten before they are read."""
        self.protected = list(rows)
        self.copies = self.rows[self.protected or [0]]
        self._places = np.arange(self.height)
        self._places[self.protected] = OUTSIDE - 1 - np.arange(len(rows))

    def bind(self, rows: NDArray[Any]) -> None:
        """Read another picture of the same kind, or none: see ``Schedule.replace``."""
        self.rows = rows
        if len(rows):
            self.copies[:] = rows[self.protected or [0]]

    def lead(self, strip: int) -> int:
        return 0

    def fetch(
        self, schedule: Schedule, loaded: Numbers, wanted: Numbers, strip: int
    ) -> FetchedRows:
        positions = np.where(wanted == OUTSIDE, OUTSIDE, self._places[wanted])
        return FetchedRows(self.rows, self.copies, positions, self._stored, self._light)


def rows_near(edges: Sequence[int], reach: int, height: int) -> list[int]:
    """Return the rows within ``reach`` of the ``edges`` of bands, which bands on both sides read.

    All others are read once, in order, before their own band overwrites them.
    """
    near = {row for edge in edges for row in range(edge - reach, edge + reach)}
    return sorted(near & set(range(height)))


def runs(rows: Sequence[int]) -> list[range]:
    """Group sorted rows into ranges of neighbours."""
    found: list[range] = []
    for row in rows:
        if found and found[-1].stop == row:
            found[-1] = range(found[-1].start, row + 1)
        else:
            found.append(range(row, row + 1))
    return found
