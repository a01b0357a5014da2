"""A window of padded rows that slides down over a source of rows, strip by strip."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imgconv.execution.sources import Numbers, Source
from imgconv.execution.stages.load import clear_hidden, copy, pad, premultiply
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import ROWS_AT_ONCE, Schedule, whole_lines
from imgconv.kernels.border import Border
from imgconv.kernels.kernel import Reach


class AlphaWeighting(NamedTuple):
    """The weighting of colour by alpha: ``colours`` is 1 for the channels that are weighted.

    ``alpha`` is the position of the alpha channel, ``maximum`` its value where it is opaque.
    """

    colours: NDArray[np.uint8]
    alpha: int
    maximum: float

    def premultiply(self, colour: NDArray[np.float32]) -> None:
        """Multiply the colours of one pixel, float32 (channels,), by its alpha."""
        premultiply(colour[None], np.zeros(1, np.int64), 0, 1, self)


class Padding(NamedTuple):
    """The border of a picture, its colour in each channel, and the columns of padded rows.

    These are the columns ``first_column`` .. ``last_column - 1`` of the picture.
    """

    border: Border
    colour: NDArray[Any]
    first_column: int
    last_column: int


class PaddedSource(NamedTuple):
    """A source of rows, their padding and weighting, and the type ``dtype`` that engines read.

    A level is ``unit`` in it, which is 1 except in fixed point.
    """

    source: Source
    padding: Padding
    weighting: AlphaWeighting | None = None
    dtype: DTypeLike = np.float32
    unit: int = 1

    @property
    def length(self) -> int:
        """The number of values from one row to the next, in whole lines of the cache."""
        columns = self.padding.last_column - self.padding.first_column
        return whole_lines(columns * self.source.channels)


class RowSchedule:
    """The rows that a step makes in each iteration of a schedule, and the source rows they need.

    In iteration t it makes the rows ``bounds[t] .. bounds[t + 1] - 1``, counted in source rows.
    Iterations from ``lead`` on that make none yet load the rows around the first, ``strip`` each.
    ``height`` is the column of the schedule that holds the number of rows made.
    """

    def __init__(self, schedule: Schedule, bounds: Numbers, lead: int, strip: int) -> None:
        self.schedule, self.bounds, self._lead, self.strip = schedule, bounds, lead, strip
        self.counts = np.diff(bounds)
        self.height = schedule.column(self.counts)

    def loaded(self, reach: Reach) -> Numbers:
        """Return the source row that ends the loaded ones, at the start of each iteration."""
        first = self.bounds[0] - reach.above
        iterations = np.arange(len(self.bounds)) - self._lead
        before = first + np.clip(iterations * self.strip, 0, reach.above + reach.below)
        return np.where(self.bounds > self.bounds[0], self.bounds + reach.below, before)


class Window:
    """The rows of a source as engines read them: converted, weighted by alpha and padded.

    An iteration that makes the rows a .. b - 1 finds a - ``reach.above`` .. b - 1 + ``reach.below``
    in ``rows``; a negative reach means a window only below or only above. ``fresh`` are the rows
    that the iteration loads, and all that a window holds that is ``fresh_only``. Each row is
    loaded once. Rows that iterations share move to the start of the memory when its end is reached.
    """

    def __init__(
        self,
        row_schedule: RowSchedule,
        padded: PaddedSource,
        reach: Reach,
        fresh_only: bool = False,
    ) -> None:
        self._schedule = schedule = row_schedule.schedule
        self._padded, self.length = padded, padded.length
        loaded, counts = row_schedule.loaded(reach), row_schedule.counts
        first = loaded[:-1] if fresh_only else row_schedule.bounds[:-1] - reach.above
        period = _period(int((loaded[:-1] - first).max()), max(1, int(counts.max())))
        base = first[np.arange(len(first)) // period * period]
        self.added = np.diff(loaded)
        most = int((loaded[1:] - base).max())
        shape = (most + ROWS_AT_ONCE, self.length)  # loops read ahead
        self._memory = schedule.workspace(shape, padded.dtype)
        self._move(loaded, first, base)
        start, count = schedule.column(loaded[:-1] - base), schedule.column(self.added)
        self.fresh = SlidingView(self._memory, start, count)
        self._load(loaded, row_schedule.strip)
        self.rows = SlidingView(self._memory, schedule.column(first - base), row_schedule.height)

    def _move(self, loaded: Numbers, first: Numbers, base: Numbers) -> None:
        before = np.concatenate([base[:1], base[:-1]])
        count = self._schedule.column(np.where(base > before, loaded[:-1] - first, 0))
        source, target = self._schedule.column(first - before), self._schedule.column(0)
        into = SlidingView(self._memory, target, count)
        self._schedule.call(copy, SlidingView(self._memory, source, count), into, when=count)

    def _load(self, loaded: Numbers, strip: int) -> None:
        schedule, rows = self._schedule, self.fresh
        source, padding, weighting, dtype, unit = self._padded
        left = -padding.first_column
        colour = (padding.colour * unit).astype(dtype)
        wanted = padding.border.rule.positions(np.arange(loaded[0], loaded[-1]), source.height)
        found = source.fetch(schedule, loaded, wanted, strip)
        first = schedule.column(loaded[:-1] - loaded[0])
        positions = found.add_load(schedule, rows, first, left, colour, unit)
        if found.light:
            found.light.add_light(schedule, rows, positions, left, source.width)
        if weighting:
            if found.pixels.dtype == np.float32:
                place = (left, source.width, weighting)
                schedule.call(clear_hidden, rows, *place, when=rows.height)
            how = (positions, left, source.width, weighting)
            schedule.call(premultiply, rows, *how, when=rows.height)
        margins = np.concatenate(
            [np.arange(padding.first_column, 0), np.arange(source.width, padding.last_column)]
        )
        if len(margins):
            columns = padding.border.rule.positions(margins, source.width)
            shape = (source.channels, left, source.width)
            schedule.call(pad, rows, *shape, columns, colour, when=rows.height)


def _period(shared: int, strip: int) -> int:
    """Return after how many iterations the ``shared`` rows move to the start of the memory.

    The memory holds the strips of that many iterations, so no more rows move than are loaded.
    Where a strip is three times as high as the shared rows, a move in each is cheap.
    """
    return 1 if strip >= 3 * shared else max(2, -(-shared // strip))
