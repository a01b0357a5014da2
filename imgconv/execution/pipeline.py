"""The steps of a plan as a pipeline of sources: the picture, then the rows of each step.

Every band of a picture has a schedule of its own, to which each step adds its calls. A step holds
only the rows that its kernels span. Between steps nothing is rounded, and no float copy of the
whole picture exists.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.engines import ENGINES
from imgconv.engines.base import Pass
from imgconv.engines.pyramid import Axis
from imgconv.execution.context import StepContext
from imgconv.execution.lowering import Finisher, StepWindows
from imgconv.execution.pyramid_level import PyramidLevel
from imgconv.execution.sources import FetchedRows, Numbers, Source, runs
from imgconv.execution.stages.load import copy
from imgconv.execution.window import RowSchedule
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import ROWS_AT_ONCE, Schedule
from imgconv.kernels.border import OUTSIDE
from imgconv.planning.plan import MOST_KEPT, STRIP_BYTES, Step


class BandRows(NamedTuple):
    """The schedule that makes the rows of a band, and the rows that each iteration makes.

    ``first`` is the column of the schedule that holds the number of the first of them.
    """

    schedule: Schedule
    made: SlidingView
    first: int


class StepRows:
    """The result of one step, as a source of rows for the next.

    A layout that ``serves_one_picture`` cannot be used for others: see ``MOST_KEPT``. It keeps the
    rows that borders repeat: if each step made them again, a chain of 16 would take a minute.
    """

    def __init__(
        self, step: Step, source: Source, context: StepContext, serves_one_picture: bool
    ) -> None:
        self.step, self._source = step, source
        self._kept: dict[tuple[Any, ...], NDArray[Any]] | None = {} if serves_one_picture else None
        self._input = context.input(step, source)
        self.height, self.width = self._input.down.size, self._input.across.size
        self.channels = source.channels
        self.finisher = Finisher(step, context, source.is_premultiplied)
        self.levels: list[PyramidLevel | None] = [None] * len(step.passes)

    @property
    def _length(self) -> int:
        return self.width * self.channels

    @property
    def is_premultiplied(self) -> bool:
        return self.finisher.is_premultiplied

    @cached_property
    def strip(self) -> int:
        """The number of rows that an iteration makes best."""
        if self.step.strip_height > 1:
            return self.step.strip_height
        itemsize = np.dtype(self._input.padded.dtype).itemsize
        return max(1, STRIP_BYTES // (itemsize * self._length) // ROWS_AT_ONCE) * ROWS_AT_ONCE

    def lead(self, strip: int) -> int:
        """Return how many iterations of ``strip`` rows pass before the first row is made."""
        around = self._input.reach.above + self._input.reach.below
        loads_ahead = isinstance(self._source, StepRows) or self.step.reads_twice
        return self._source.lead(strip) + (-(-around // strip) if loads_ahead else 0)

    def pyramid_levels(self) -> Iterator[PyramidLevel]:
        """Create the small pictures that must be complete before any row is made."""
        for number, each in enumerate(self.step.passes):
            if each.spacing:
                self.levels[number] = level = self._pyramid_level(each)
                yield level

    def _pyramid_level(self, each: Pass) -> PyramidLevel:
        (down, across), source, kernel = self._input[2:4], self._source, each.kernel
        assert each.spacing and kernel.sigmas, "the planner sends only Gaussians here"
        is_flat = self._input.padded.padding.border.rule.is_flat
        top = down.start + kernel.height // 2 - kernel.origin[0]
        left = across.start + kernel.width // 2 - kernel.origin[1]
        (d, c), (sigma, across_sigma) = each.spacing, kernel.sigmas
        return PyramidLevel(
            self._input.padded,
            Axis.of(d, sigma, top, down.size, source.height, is_flat),
            Axis.of(c, across_sigma, left, across.size, source.width, is_flat),
        )

    def band_edges(self, threads: int, within: range | None = None) -> list[int]:
        """Return the first rows of bands of whole strips, one a thread or fewer, and the end.

        Together they hold the rows ``within``, by default all.
        """
        rows = range(self.height) if within is None else within
        first = rows.start // self.strip
        strips = -(-rows.stop // self.strip) - first if rows else 0
        bands = min(threads, strips)
        edges = [first + strips * band // max(bands, 1) for band in range(bands + 1)]
        return [min(edge * self.strip, self.height) for edge in edges]

    def band(self, rows: range, schedule_type: type[Schedule] = Schedule) -> BandRows:
        """Return a schedule that makes ``rows``, at most a strip in an iteration."""
        strip = self.strip
        cuts = range(rows.start - rows.start % strip + strip, rows.stop, strip)
        bounds = np.array([rows.start] * (self.lead(strip) + 1) + [*cuts, rows.stop])
        schedule = schedule_type(len(bounds) - 1)
        made = self.add_to(schedule, bounds, strip)
        return BandRows(schedule, made, schedule.column(bounds[:-1]))

    def add_to(self, schedule: Schedule, bounds: Numbers, strip: int) -> SlidingView:
        """Add the calls that make the rows ``bounds[t] .. bounds[t + 1] - 1`` in iteration t."""
        start, lead = self._input.down.start, self._source.lead(strip)
        row_schedule = RowSchedule(schedule, bounds + start, lead, strip)
        windows = StepWindows(row_schedule, self._input)
        lowering = windows.lowering()
        most = -(-int(row_schedule.counts.max()) // ROWS_AT_ONCE) * ROWS_AT_ONCE
        shape = (len(self.step.passes), max(ROWS_AT_ONCE, most), self._length)
        sums: NDArray[Any] = schedule.workspace(shape, self._input.padded.dtype)
        made = SlidingView(sums[0], schedule.column(0), row_schedule.height)
        for each, into, level in zip(self.step.passes, sums, self.levels, strict=True):
            ENGINES[each.engine].lower(lowering, each.kernel, made._replace(array=into), level)
        return self.finisher.add(sums, made, windows)

    def fetch(
        self, schedule: Schedule, loaded: Numbers, wanted: Numbers, strip: int
    ) -> FetchedRows:
        """Add the calls that make rows."""
        inside = loaded.clip(0, self.height)
        made = self.add_to(schedule, inside, strip)
        at = np.arange(loaded[0], loaded[-1])
        is_inside = (at >= 0) & (at < self.height)
        repeated = ~is_inside & (wanted != OUTSIDE)
        rows, numbers = np.unique(wanted[repeated], return_inverse=True)
        spare = self._repeated(schedule, rows.tolist())
        positions = wanted.copy()
        positions[is_inside] -= np.repeat(inside[:-1], np.diff(inside))
        positions[repeated] = OUTSIDE - 1 - numbers
        return FetchedRows(made.array, spare, positions, self.channels)

    def _repeated(self, schedule: Schedule, rows: list[int]) -> NDArray[Any]:
        """Return the rows that borders repeat, made now where they are kept, or in the prologue."""
        key = (type(schedule), *rows)
        if self._kept and key in self._kept:
            return self._kept[key]
        spare = schedule.workspace((max(1, len(rows)), self._length))
        for run in runs(rows):
            reader, copied, first = self.band(run, type(schedule))
            target = SlidingView(spare, first, copied.height, rows.index(run.start) - run.start)
            reader.call(copy, copied, target, when=copied.height)
            if self._kept is None:
                schedule.prologue.append(reader)
            else:
                reader.run(0, reader.iterations)
        if self._kept is not None:
            self._kept[key] = spare
        return spare


def line_of(source: Source, steps: Sequence[Step], context: StepContext) -> list[StepRows]:
    """Return the rows of steps, of which the first reads ``source`` and each other the last."""
    line: list[StepRows] = []
    for step in steps:
        line.append(StepRows(step, line[-1] if line else source, context, len(steps) > MOST_KEPT))
    return line
