"""Where rows come from: a picture, part of which may be overwritten while others still read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from imgconv.images.pixels import Pixels
from imgconv.jit.schedule import Schedule
from imgconv.kernels.border import OUTSIDE

if TYPE_CHECKING:
    from imgconv.execution.stages.light import Light


Numbers = NDArray[np.int64]


class Feed(NamedTuple):
    """Where a loop finds the rows that a window asks for: see ``rows.fetch.load``.

    ``light`` is there if what is loaded has yet to be made light.
    """

    pixels: NDArray[Any]
    spare: NDArray[Any]
    positions: Numbers
    stored: int
    light: Light | None = None


class Source(Protocol):
    """Something that has rows: a picture, or the result of an earlier step."""

    @property
    def height(self) -> int:
        """The number of rows."""

    @property
    def width(self) -> int:
        """The number of pixels in a row."""

    @property
    def channels(self) -> int:
        """The number of channels of a pixel."""

    def lead(self, strip: int) -> int:
        """How many turns of ``strip`` rows pass before the first row is made."""

    def feed(self, program: Schedule, added: Numbers, wanted: Numbers, strip: int) -> Feed:
        """Have the rows made that a window adds.

        In turn t these are the rows ``added[t] .. added[t + 1] - 1``, no more than ``strip`` of
        them; ``wanted`` says for each row from the first to the last which one stands there, or
        OUTSIDE.
        """


class PixelSource:
    """The rows of a picture, or their ``light``."""

    def __init__(self, picture: Pixels, light: Light | None = None) -> None:
        self.height, self.width = picture.height, picture.width
        self.channels, self._stored = len(picture.channels), picture.array.shape[2]
        self.is_whole, self._light = not picture.is_float and light is None, light
        self.rows = picture.flat_rows
        self.protect([])

    def protect(self, rows: Sequence[int]) -> None:
        """Copy ``rows``, which are to be overwritten before they are read."""
        self._protected = list(rows)
        self._spare = self.rows[self._protected or [0]]
        self._places = np.arange(self.height)
        self._places[self._protected] = OUTSIDE - 1 - np.arange(len(rows))

    @property
    def saved(self) -> tuple[list[int], NDArray[Any]]:
        """The rows that are copied, and their copies."""
        return self._protected, self._spare

    def show(self, rows: NDArray[Any]) -> None:
        """Read another picture of the same kind, or none: see ``Schedule.replace``."""
        self.rows = rows
        if len(rows):
            self._spare[:] = rows[self._protected or [0]]

    def lead(self, strip: int) -> int:
        """None: all rows are there."""
        return 0

    def feed(self, program: Schedule, added: Numbers, wanted: Numbers, strip: int) -> Feed:
        """Rows of the picture itself, or of the copies."""
        places = np.where(wanted == OUTSIDE, OUTSIDE, self._places[wanted])
        return Feed(self.rows, self._spare, places, self._stored, self._light)


def rows_near(edges: Sequence[int], reach: int, height: int) -> list[int]:
    """The rows within ``reach`` of the ``edges`` of bands, which neighbours read across them.

    Rows elsewhere are read once, in order, before their own band overwrites them.
    """
    near = {row for edge in edges for row in range(edge - reach, edge + reach)}
    return sorted(near & set(range(height)))


def runs(rows: Sequence[int]) -> list[range]:
    """Sorted rows as runs of neighbours."""
    found: list[range] = []
    for row in rows:
        if found and found[-1].stop == row:
            found[-1] = range(found[-1].start, row + 1)
        else:
            found.append(range(row, row + 1))
    return found
