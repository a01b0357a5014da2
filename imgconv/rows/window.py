"""A window of padded float rows that slides down over a source of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.border import OUTSIDE, Border
from imgconv.rows.fetch import pad, unweigh, weigh
from imgconv.rows.source import Source

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Weighting:
    """Channels marked in ``colours`` are weighted by alpha, which is full at ``maximum``."""

    colours: NDArray[np.uint8]
    alpha: int
    maximum: float

    def weigh(self, rows: Rows, left: int, width: int) -> None:
        """Multiply colours by alpha in ``width`` pixels of each row, ``left`` pixels in."""
        weigh(rows, self.colours, left, width, self.alpha, self.maximum)

    def unweigh(self, rows: Rows) -> None:
        """Divide colours by alpha again."""
        unweigh(rows, self.colours, self.alpha, self.maximum)


@dataclass(frozen=True)
class Surroundings:
    """What lies around a picture: the columns before and behind it, the border, its colour.

    ``first_column`` .. ``last_column - 1`` are the columns that padded rows hold, counted in the
    picture's own columns.
    """

    border: Border
    colour: NDArray[np.float32]
    first_column: int
    last_column: int


class Window:
    """The rows of a source as an engine wants them: float32, padded, also beyond the edge.

    Rows stay in memory while the window slides down, so each is fetched once. The memory holds
    ``2 * overlap + height`` rows: the rows that two windows share are moved to its start only when
    its end is reached, once in ``overlap`` rows.
    """

    def __init__(
        self,
        source: Source,
        around: Surroundings,
        weighting: Weighting | None,
        height: int,
        overlap: int,
    ) -> None:
        self._source, self._around, self._weighting = source, around, weighting
        self._left = -around.first_column
        self.length = (around.last_column - around.first_column) * source.channels
        self._memory = np.empty((2 * overlap + height, self.length), np.float32)
        self._top = 0  # the row of the memory where the window begins
        self._first = self._last = 0  # the rows of the source that it holds
        margins = np.concatenate(
            [np.arange(around.first_column, 0), np.arange(source.width, around.last_column)]
        )
        self._margins = around.border.positions(margins, source.width)

    def rows(self, first: int, last: int) -> Rows:
        """The rows ``first .. last - 1`` of the source, some of which may lie outside it."""
        if not self._first <= first <= self._last:
            self._first = self._last = first
            self._top = 0
        self._top += first - self._first
        self._first, held = first, max(self._last, first)
        if self._top + last - first > len(self._memory):
            self._memory[: held - first] = self._memory[self._top : self._top + held - first]
            self._top = 0
        if held < last:
            self._fill(held, last)
        self._last = max(held, last)
        return self._memory[self._top : self._top + last - first]

    def _at(self, first: int, last: int) -> Rows:
        start = self._top - self._first
        return self._memory[start + first : start + last]

    def _fill(self, first: int, last: int) -> None:
        inside, behind = max(first, 0), min(last, self._source.height)
        if inside < behind:
            self._fetch(inside, behind, self._at(inside, behind))
        beyond = [y for y in range(first, last) if not inside <= y < behind]
        if beyond:
            self._fill_beyond(np.array(beyond), range(max(self._first, 0), behind))

    def _fill_beyond(self, beyond: NDArray[np.int64], held: range) -> None:
        """Fill rows that lie outside the picture, from rows that are held where there are any."""
        wanted = self._around.border.positions(beyond, self._source.height)
        missing = sorted({int(y) for y in wanted} - set(held) - {OUTSIDE})
        fetched: dict[int, Any] = {
            OUTSIDE: np.tile(self._around.colour, self.length)[: self.length]
        }
        for run in _runs(missing):
            rows = np.empty((len(run), self.length), np.float32)
            self._fetch(run.start, run.stop, rows)
            fetched.update(zip(run, rows, strict=True))
        for y, stands_there in zip(beyond.tolist(), wanted.tolist(), strict=True):
            row = fetched.get(stands_there)
            if row is None:
                row = self._at(stands_there, stands_there + 1)
            self._at(y, y + 1)[:] = row

    def _fetch(self, first: int, last: int, rows: Rows) -> None:
        source, around = self._source, self._around
        source.read(first, last, rows, self._left)
        if self._weighting:
            self._weighting.weigh(rows, self._left, source.width)
        if len(self._margins):
            pad(rows, source.channels, self._left, source.width, self._margins, around.colour)


def _runs(positions: list[int]) -> list[range]:
    """Sorted positions as runs of neighbours."""
    runs: list[range] = []
    for position in positions:
        if runs and runs[-1].stop == position:
            runs[-1] = range(runs[-1].start, position + 1)
        else:
            runs.append(range(position, position + 1))
    return runs
