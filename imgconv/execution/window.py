"""A window of padded rows that slides down over a source of rows, turn after turn."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imgconv.execution.sources import Numbers, Source
from imgconv.execution.stages.load import copy, loader, pad, unweigh, weigh
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import TOGETHER, Schedule, whole_lines, workspace
from imgconv.kernels.border import Border
from imgconv.kernels.kernel import Reach

Rows = NDArray[np.float32]


class Weighting(NamedTuple):
    """Channels marked in ``colours`` are weighted by alpha, which is full at ``maximum``."""

    colours: NDArray[np.uint8]
    alpha: int
    maximum: float

    def weigh(self, colour: NDArray[np.float32]) -> None:
        """Multiply the colours of one pixel by its alpha."""
        weigh(colour[None], np.zeros(1, np.int64), self.colours, 0, 1, self.alpha, self.maximum)

    def unweigh(self, program: Schedule, rows: SlidingView) -> None:
        """Have colours divided by alpha again."""
        arguments = (self.colours, self.alpha, self.maximum)
        program.call(unweigh, rows, *arguments, when=rows.height)


class Surroundings(NamedTuple):
    """What lies around a picture: the columns before and behind it, the border, its colour.

    ``first_column`` .. ``last_column - 1`` are the columns that padded rows hold, counted in the
    picture's own columns.
    """

    border: Border
    colour: NDArray[Any]
    first_column: int
    last_column: int


class RowSchedule:
    """Which rows a step makes in each turn, and which rows of its source that asks for.

    In turn t it makes the rows ``bounds[t] .. bounds[t + 1] - 1``, counted in rows of its source.
    Rows that were added stay until they are above ``reach`` of all that is still to be made. Those
    around the first row are added in the turns before, from turn ``begin`` on, ``strip`` a turn, if
    there are such turns.
    """

    def __init__(self, bounds: Numbers, begin: int, strip: int) -> None:
        self.bounds, self._begin, self.strip = bounds, begin, strip
        self.counts = np.diff(bounds)

    def added(self, reach: Reach) -> Numbers:
        """Before which row of the source all rows have been added when a turn begins."""
        first = self.bounds[0] - reach.above
        turns = np.arange(len(self.bounds)) - self._begin
        before = first + np.clip(turns * self.strip, 0, reach.above + reach.below)
        return np.where(self.bounds > self.bounds[0], self.bounds + reach.below, before)


class Window:
    """Rows of a source as an engine wants them: of its ``numbers``, padded, also beyond the edge.

    A level is ``unit`` of these numbers.

    ``reach`` says which rows it holds in a turn: those from the first one made less ``above`` to
    the last plus ``below``, where negative ones mean rows that lie only below or only above. Each
    row is fetched once. Rows that two turns share are moved to the start of the memory only when
    its end is reached; unless it ``keeps`` them, there are none. ``rows`` are those of the turn,
    ``fresh`` those that were added in it.
    """

    def __init__(
        self,
        program: Schedule,
        schedule: RowSchedule,
        source: Source,
        around: Surroundings,
        weighting: Weighting | None,
        reach: Reach,
        keeps: bool = True,
        numbers: DTypeLike = np.float32,
        unit: int = 1,
    ) -> None:
        self._program, self._source = program, source
        self._around = around._replace(colour=(around.colour * unit).astype(numbers))
        self._unit = np.array([unit], numbers)
        self._strip = schedule.strip
        self.left = -around.first_column
        self.length = whole_lines((around.last_column - around.first_column) * source.channels)
        added = schedule.added(reach)
        kept = schedule.bounds[:-1] - reach.above if keeps else added[:-1]
        period = _period(int((added[:-1] - kept).max()), max(1, int(schedule.counts.max())))
        base = kept[np.arange(len(kept)) // period * period]
        self.added = np.diff(added)
        most = int((added[1:] - base).max())
        self._memory = workspace((most + TOGETHER, self.length), numbers)  # loops read ahead
        self._move(added, kept, base)
        first, count = program.column(added[:-1] - base), program.column(self.added)
        self.fresh = SlidingView(self._memory, first, count)
        self._fetch(added, weighting)
        first, count = program.column(kept - base), program.column(schedule.counts)
        self.rows = SlidingView(self._memory, first, count)

    def flat(self, offset: int) -> SlidingView:
        """The rows of the turn as one flat array that begins ``offset`` values into the first."""
        return self.rows._replace(flat=True, offset=offset)

    def _move(self, added: Numbers, kept: Numbers, base: Numbers) -> None:
        before = np.concatenate([base[:1], base[:-1]])
        count = self._program.column(np.where(base > before, added[:-1] - kept, 0))
        start, first = self._program.column(0), self._program.column(kept - before)
        into = SlidingView(self._memory, start, count)
        self._program.call(copy, SlidingView(self._memory, first, count), into, when=count)

    def _fetch(self, added: Numbers, weighting: Weighting | None) -> None:
        program, around, source, rows = self._program, self._around, self._source, self.fresh
        wanted = around.border.positions(np.arange(added[0], added[-1]), source.height)
        feed = source.feed(program, added, wanted, self._strip)
        positions = SlidingView(feed.positions, program.column(added[:-1] - added[0]), rows.height)
        loop, what = loader(feed.stored, source.channels), (feed.pixels, feed.spare, positions)
        packed = np.empty(source.width * source.channels, feed.pixels.dtype)
        how = (feed.stored, rows, self.left, around.colour, self._unit, packed)
        program.call(loop, *what, *how, when=rows.height)
        if feed.light:
            feed.light.add_light(program, rows, positions, self.left, source.width)
        if weighting:
            share = (self.left, source.width, weighting.alpha, weighting.maximum)
            program.call(weigh, rows, positions, weighting.colours, *share, when=rows.height)
        margins = np.concatenate(
            [np.arange(around.first_column, 0), np.arange(source.width, around.last_column)]
        )
        if len(margins):
            columns = around.border.positions(margins, source.width)
            shape = (source.channels, self.left, source.width)
            program.call(pad, rows, *shape, columns, around.colour, when=rows.height)


def _period(kept: int, strip: int) -> int:
    """After how many turns the ``kept`` rows are moved to the start of the memory.

    It holds the strips of so many turns; the rows moved are no more than those, but for strips that
    are much larger anyway, a third of them.
    """
    return 1 if strip >= 3 * kept else max(2, -(-kept // strip))
