"""A plan as a line of sources: pixels, then the rows of each step, each reading the one before.

Every band of a picture has a program of its own, to which each step adds its calls. A step holds
only the rows that its kernels span; between steps nothing is rounded, and no float copy of the
whole picture exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.box import no_smaller
from imgconv.engines.pyramid import Axis
from imgconv.execution.context import StepContext
from imgconv.execution.lowering import Feeding
from imgconv.execution.pyramid_level import PyramidLevel
from imgconv.execution.sources import Feed, Numbers, PixelSource, Source, runs
from imgconv.execution.stages.finish import COMBINE, Show, adjust, carry, drop_sign, widen
from imgconv.execution.stages.load import copy
from imgconv.execution.stages.quantize import division
from imgconv.execution.window import RowSchedule, Surroundings
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import TOGETHER, Schedule, workspace
from imgconv.kernels.border import OUTSIDE
from imgconv.kernels.extent import span
from imgconv.planning.plan import MOST_KEPT, STRIP_BYTES, Pass, Step

Rows = NDArray[np.float32]

Finish = Callable[[Schedule, SlidingView, int], None]


class StepRows:
    """The result of one step, as a source of rows for the next.

    ``show`` are the loops that its sums meet before they are clamped. With ``dividing`` the rows
    are the whole sums themselves, which ``execution/stages/quantize.py`` makes levels of.
    ``is_for_one`` says that what is laid out serves but one picture: see ``MOST_KEPT``.
    """

    def __init__(
        self,
        step: Step,
        source: Source,
        conditions: StepContext,
        show: Show,
        is_for_one: bool = False,
    ) -> None:
        self.step, self._source, self.show = step, source, show
        self._is_for_one = is_for_one
        self.channels = source.channels
        self._reach = reach = step.reach
        down = span(conditions.extent, source.height, reach.above, reach.below)
        across = span(conditions.extent, source.width, reach.left, reach.right)
        self.height, self.width, self._start = down.size, across.size, down.start
        self._weighting = conditions.weighting(step)
        self._kept, self._spared = conditions.kept(step), conditions.spared(step)
        self._maximum = conditions.maximum
        is_read = isinstance(source, PixelSource) and source.is_whole
        self._is_whole = is_read and not self._weighting and conditions.is_whole_outside
        self.dividing: tuple[Any, ...] | None = None
        self.coarse: list[PyramidLevel | None] = [None] * len(step.passes)
        self._around = Surroundings(
            conditions.border,
            conditions.surrounding_colour(self._weighting),
            across.start - reach.left,
            across.start + across.size + reach.right,
        )

    @property
    def strip(self) -> int:
        """How many rows are best made in a turn."""
        if self.step.grid > 1:
            return self.step.grid
        fitting = STRIP_BYTES // (np.dtype(self._numbers).itemsize * self.width * self.channels)
        return max(1, fitting // TOGETHER) * TOGETHER

    @property
    def division(self) -> tuple[Any, ...] | None:
        """By what the whole sums become levels; None where more is to be done with them."""
        step, only_sign = self.step, all(loop is drop_sign for loop, _ in self.show)
        if not step.is_whole or step.filter.combine != "none" or self._kept.any() or not only_sign:
            return None
        todo = step.passes[0]
        if self.show and (todo.kernel.offset or self._spared.any()):
            return None
        return division(todo.scale, todo.kernel.offset, todo.largest)

    @property
    def is_within(self) -> bool:
        """Whether what is divided comes to levels."""
        return not self.show and self.step.passes[0].stays_within

    def lead(self, strip: int) -> int:
        """How many turns of ``strip`` rows pass before the first row is made."""
        around = self._reach.above + self._reach.below
        slowly = isinstance(self._source, StepRows) or self.step.reads_twice
        return self._source.lead(strip) + (-(-around // strip) if slowly else 0)

    def look_over(self) -> Iterator[PyramidLevel]:
        """The small pictures that must be whole before any row is made, yet to be made."""
        for number, todo in enumerate(self.step.passes):
            if todo.spacing:
                self.coarse[number] = small = self._small_picture(todo)
                yield small

    def _small_picture(self, todo: Pass) -> PyramidLevel:
        kernel, around = todo.kernel, self._around
        sigmas, is_even = kernel.sigmas, around.border.name in ("edge", "constant")
        assert todo.spacing and sigmas, "the planner sends only Gaussians here"
        row, column = kernel.height // 2 - kernel.origin[0], kernel.width // 2 - kernel.origin[1]
        left = around.first_column + self._reach.left
        source = self._source
        down = Axis.of(
            todo.spacing[0], sigmas[0], self._start + row, self.height, source.height, is_even
        )
        across = Axis.of(
            todo.spacing[1], sigmas[1], left + column, self.width, source.width, is_even
        )
        return PyramidLevel(source, around, self._weighting, down, across)

    def program(self, rows: range, strip: int, finish: Finish) -> Schedule:
        """A program that makes ``rows``, ``strip`` a turn.

        ``finish`` adds what happens to them: it is given the program, where the rows of a turn are,
        and the column that holds the number of the first.
        """
        cuts = range(rows.start - rows.start % strip + strip, rows.stop, strip)
        bounds = np.array([rows.start] * (self.lead(strip) + 1) + [*cuts, rows.stop])
        program = Schedule(len(bounds) - 1)
        made = self.add_to(program, bounds, strip)
        finish(program, made, program.column(bounds[:-1]))
        return program

    def reader(self, rows: range, into: Rows) -> Schedule:
        """A program that fills ``into`` with ``rows``."""

        def put(program: Schedule, made: SlidingView, first: int) -> None:
            program.call(
                copy,
                made,
                SlidingView(into, first, made.height, start=-rows.start),
                when=made.height,
            )

        return self.program(rows, self.strip, put)

    def add_to(self, program: Schedule, bounds: Numbers, strip: int) -> SlidingView:
        """Have the rows ``bounds[t] .. bounds[t + 1] - 1`` made in turn t; gives where they are."""
        schedule = RowSchedule(bounds + self._start, self._source.lead(strip), strip)
        feeding = Feeding(
            program,
            schedule,
            self._source,
            self._around,
            self._weighting,
            self._reach,
            self._maximum,
            self._is_whole,
            self._start,
            self._numbers,
            self.step.unit,
        )
        most = -(-int(schedule.counts.max()) // TOGETHER) * TOGETHER
        shape = (len(self.step.passes), max(TOGETHER, most), self._length)
        sums = workspace(shape, self._numbers)
        made = SlidingView(sums[0], program.column(0), feeding.height)
        for todo, into, coarse in zip(self.step.passes, sums, self.coarse, strict=True):
            feeding.feed(todo.engine, todo.kernel, made._replace(array=into), coarse)
        if self.dividing:
            for loop, numbers in self.show:
                program.call(loop, made, *numbers, when=made.height)
            return made
        result = self._joined(program, sums, made)
        self._finish(program, result, feeding)
        return result

    @property
    def _numbers(self) -> type:
        """The type of rows and sums."""
        return np.int16 if self.step.is_whole else np.float32

    def _joined(self, program: Schedule, sums: NDArray[Any], made: SlidingView) -> SlidingView:
        """The sums of all passes, scaled, as one result in floats."""
        step = self.step
        if not step.is_whole:
            for todo, into in zip(step.passes, sums, strict=True):
                if todo.scale != 1 or todo.kernel.offset != 0:
                    rows, kernel = made._replace(array=into), todo.kernel
                    program.call(adjust, rows, todo.scale, kernel.offset, when=made.height)
            if step.filter.combine == "none":
                return made
        result, todo = made._replace(array=workspace(sums.shape[1:])), step.passes[0]
        if step.filter.combine == "none":
            factor = no_smaller(1 / todo.scale)
            program.call(widen, made, factor, todo.kernel.offset, result, when=made.height)
            return result
        loop, threshold = COMBINE[step.filter.combine], float(step.filter.threshold)
        program.call(loop, sums, threshold, result, when=made.height)
        if step.is_whole and todo.scale != 1:
            program.call(adjust, result, todo.scale, 0.0, when=made.height)
        return result

    @property
    def _length(self) -> int:
        return self.width * self.channels

    def _finish(self, program: Schedule, result: SlidingView, feeding: Feeding) -> None:
        if self._weighting:
            self._weighting.unweigh(program, result)
        if self.show:
            self._add_show(program, result)
        if self._kept.any():
            window, above = feeding.centre
            rows, margin = window.rows._replace(start=above), self._reach.left * self.channels
            program.call(
                carry, rows, margin, self.step.unit, self._kept, result, when=result.height
            )

    def _add_show(self, program: Schedule, result: SlidingView) -> None:
        """Range rules leave alpha alone where it was averaged with the colours."""
        before = result._replace(array=workspace(result.array.shape))
        if self._spared.any():
            program.call(copy, result, before, when=result.height)
        for loop, numbers in self.show:
            program.call(loop, result, *numbers, when=result.height)
        if self._spared.any():
            program.call(carry, before, 0, 1, self._spared, result, when=result.height)

    def feed(self, program: Schedule, added: Numbers, wanted: Numbers, strip: int) -> Feed:
        """The rows as they are made; what stands beyond the edges is made before, by itself."""
        inside = added.clip(0, self.height)
        made = self.add_to(program, inside, strip)
        at = np.arange(added[0], added[-1])
        beyond = ((at < 0) | (at >= self.height)) & (wanted != OUTSIDE)
        rows, numbers = np.unique(wanted[beyond], return_inverse=True)
        spare = workspace((max(1, len(rows)), self._length))
        for run in runs(rows.tolist()):
            reader = self.reader(run, spare[np.searchsorted(rows, run.start) :])
            if self._is_for_one:
                reader.run(0, reader.turns)
            else:
                program.before.append(reader)
        positions = wanted.copy()
        positions[(at >= 0) & (at < self.height)] -= np.repeat(inside[:-1], np.diff(inside))
        positions[beyond] = OUTSIDE - 1 - numbers
        return Feed(made.array, spare, positions, self.channels)


def line(
    steps: Sequence[Step], source: Source, conditions: StepContext, shows: Sequence[Show]
) -> list[StepRows]:
    """Join steps behind a source, each showing its result by one of ``shows``."""
    joined: list[StepRows] = []
    for step, show in zip(steps, shows, strict=True):
        before = joined[-1] if joined else source
        joined.append(StepRows(step, before, conditions, show, len(steps) > MOST_KEPT))
    return joined
