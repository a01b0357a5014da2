"""A plan as a line of sources: pixels, then the rows of each step, each reading the one before.

Every band of a picture has a program of its own, to which each step adds its calls. A step holds
only the rows that its kernels span; between steps nothing is rounded, and no float copy of the
whole picture exists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgconv.border import OUTSIDE
from imgconv.conditions import Conditions
from imgconv.engines import ENGINES
from imgconv.extent import span
from imgconv.plan import Pass, Step
from imgconv.program import Moving, Program, workspace
from imgconv.rows.fetch import copy
from imgconv.rows.finish import COMBINE, Show, adjust, carry
from imgconv.rows.source import Feed, Numbers, Source, runs
from imgconv.rows.window import Schedule, Surroundings, Window

Rows = NDArray[np.float32]
Finish = Callable[[Program, Moving, int], None]

# A strip of so many bytes of float rows, its window and its sums fit a core's own cache.
STRIP_BYTES = 192 * 1024

# Engines work on so many rows at once where they can.
ROWS_AT_ONCE = 4


class StepRows:
    """The result of one step, as a source of rows for the next.

    ``show`` are the loops that its sums meet before they are clamped.
    """

    def __init__(self, step: Step, source: Source, conditions: Conditions, show: Show) -> None:
        self.step, self._source, self.show = step, source, show
        self.channels = source.channels
        self._reach = reach = step.reach
        down = span(conditions.extent, source.height, reach.above, reach.below)
        across = span(conditions.extent, source.width, reach.left, reach.right)
        self.height, self.width, self._start = down.size, across.size, down.start
        self._weighting = conditions.weighting(step)
        self._kept = conditions.kept(step)
        self._around = Surroundings(
            conditions.border,
            conditions.surrounding_colour(self._weighting),
            across.start - reach.left,
            across.start + across.size + reach.right,
        )

    @property
    def strip(self) -> int:
        """How many rows are best made in a turn."""
        fitting = STRIP_BYTES // (4 * self.width * self.channels)
        return max(1, fitting // ROWS_AT_ONCE) * ROWS_AT_ONCE

    def lead(self, strip: int) -> int:
        """How many turns of ``strip`` rows pass before the first row is made."""
        around = self._reach.above + self._reach.below
        before = self._source.lead(strip)
        return before + (-(-around // strip) if isinstance(self._source, StepRows) else 0)

    def program(self, rows: range, strip: int, finish: Finish) -> Program:
        """A program that makes ``rows``, ``strip`` a turn.

        ``finish`` adds what happens to them: it is given the program, where the rows of a turn are,
        and the column that holds the number of the first.
        """
        cuts = range(rows.start - rows.start % strip + strip, rows.stop, strip)
        bounds = np.array([rows.start] * (self.lead(strip) + 1) + [*cuts, rows.stop])
        program = Program(len(bounds) - 1)
        made = self.add_to(program, bounds, strip)
        finish(program, made, program.column(bounds[:-1]))
        return program

    def read(self, rows: range, into: Rows) -> None:
        """Fill ``into`` with ``rows``."""

        def put(program: Program, made: Moving, first: int) -> None:
            program.call(
                copy, made, Moving(into, first, made.height, start=-rows.start), when=made.height
            )

        program = self.program(rows, self.strip, put)
        program.run(0, program.turns)

    def add_to(self, program: Program, bounds: Numbers, strip: int) -> Moving:
        """Have the rows ``bounds[t] .. bounds[t + 1] - 1`` made in turn t; gives where they are."""
        schedule = Schedule(bounds + self._start, self._source.lead(strip), strip)
        window = Window(program, schedule, self._source, self._around, self._weighting, self._reach)
        shape = (len(self.step.passes), max(1, int(schedule.counts.max())), self._length)
        sums = workspace(shape)
        result = Moving(sums[0], program.column(0), window.rows.height)
        for todo, into in zip(self.step.passes, sums, strict=True):
            self._add_pass(program, todo, window, result._replace(array=into))
        if self.step.filter.combine != "none":
            loop = COMBINE[self.step.filter.combine]
            program.call(loop, sums, float(self.step.filter.threshold), when=result.height)
        self._finish(program, result, window)
        return result

    @property
    def _length(self) -> int:
        return self.width * self.channels

    def _add_pass(self, program: Program, todo: Pass, window: Window, sums: Moving) -> None:
        kernel, engine = todo.kernel, ENGINES[todo.engine]
        down = self._reach.above - kernel.reach.above
        right = (self._reach.left - kernel.reach.left) * self.channels
        rows = window.flat(down * window.length + right)
        prepared = engine.prepare(kernel, self.channels, window.length)
        scratch = workspace(engine.scratch(kernel, self.channels, window.length))
        program.call(engine.loop, rows, window.length, *prepared, sums, scratch, when=sums.height)
        if kernel.scale != 1 or kernel.offset != 0:
            program.call(adjust, sums, kernel.scale, kernel.offset, when=sums.height)

    def _finish(self, program: Program, result: Moving, window: Window) -> None:
        if self._weighting:
            self._weighting.unweigh(program, result)
        if self.show:
            self._add_show(program, result)
        if self._kept.any():
            rows = window.rows._replace(start=self._reach.above)
            margin = self._reach.left * self.channels
            program.call(carry, rows, margin, self._kept, result, when=result.height)

    def _add_show(self, program: Program, result: Moving) -> None:
        """Range rules leave alpha alone where it was averaged with the colours."""
        before = result._replace(array=workspace(result.array.shape))
        if self._weighting:
            program.call(copy, result, before, when=result.height)
        for loop, numbers in self.show:
            program.call(loop, result, *numbers, when=result.height)
        if self._weighting:
            alpha = np.zeros(self.channels, np.uint8)
            alpha[self._weighting.alpha] = 1
            program.call(carry, before, 0, alpha, result, when=result.height)

    def feed(self, program: Program, added: Numbers, wanted: Numbers) -> Feed:
        """The rows as they are made; what stands beyond the edges is made before, by itself."""
        inside = added.clip(0, self.height)
        made = self.add_to(program, inside, int(np.diff(added).max()))
        at = np.arange(added[0], added[-1])
        beyond = ((at < 0) | (at >= self.height)) & (wanted != OUTSIDE)
        rows, numbers = np.unique(wanted[beyond], return_inverse=True)
        spare = workspace((max(1, len(rows)), self._length))
        for run in runs(rows.tolist()):
            self.read(run, spare[np.searchsorted(rows, run.start) :])
        positions = wanted.copy()
        positions[(at >= 0) & (at < self.height)] -= np.repeat(inside[:-1], np.diff(inside))
        positions[beyond] = OUTSIDE - 1 - numbers
        return Feed(made.array, spare, positions, self.channels)


def line(
    steps: Sequence[Step], source: Source, conditions: Conditions, shows: Sequence[Show]
) -> list[StepRows]:
    """Join steps behind a source, each showing its result by one of ``shows``."""
    joined: list[StepRows] = []
    for step, show in zip(steps, shows, strict=True):
        joined.append(StepRows(step, joined[-1] if joined else source, conditions, show))
    return joined
