"""The one path that a picture takes: pixels, a plan, strips of rows on all cores, pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imgconv import memory
from imgconv.coarse import Coarse
from imgconv.colour import channel_values
from imgconv.conditions import Conditions
from imgconv.errors import WordsError
from imgconv.filter import Filter
from imgconv.named_tuple import NamedTuple
from imgconv.picture import Pixels
from imgconv.pipeline import Finish, StepRows, line
from imgconv.plan import Plan, Step
from imgconv.planning import curves_of, plan_of
from imgconv.program import Moving, Program
from imgconv.rows.finish import SHOW, Show, adjust
from imgconv.rows.levels import add_levels
from imgconv.rows.source import PixelSource, rows_near
from imgconv.rows.store import add_pixels, extremes
from imgconv.settings import Settings
from imgconv.workers import Job, available_cores

if TYPE_CHECKING:
    from imgconv.rows.light import Light

# For so few seconds of work a second thread costs more than it saves.
SMALL = 0.004

# After so many turns of a program Python is heard again: an interrupt must not wait for long.
TURNS = 32


class Filtered(NamedTuple):
    """The result, the share of its values that were clipped, 0 to 1, and the plan that was run."""

    pixels: Pixels
    clipped: float
    plan: Plan


def filter_pixels(
    pixels: Pixels,
    filters: Sequence[Filter],
    settings: Settings,
    progress: Callable[[int, int], None] = lambda done, total: None,
    may_overwrite: bool = False,
) -> Filtered:
    """Apply ``filters`` one after the other.

    With ``may_overwrite`` the result takes the place of ``pixels`` where that can be done, so that
    no second picture is needed. ``progress`` is told now and then how much of how much is
    done. Raises ``WordsError`` where the settings do not fit the picture or the filters.
    """
    plan = plan_of(pixels, filters, settings).plan
    threads = _checked_threads(settings.threads)
    if plan.seconds(pixels.array.size, 1) < SMALL:
        threads = 1
    plan.check_cost(pixels.array.size, threads, settings.patience)
    memory.check(plan, pixels, settings.border, settings.extent, threads, may_overwrite)
    light = _light(pixels, settings)
    conditions = _conditions(pixels, settings, light)
    picture, source = pixels, PixelSource(pixels, light)
    *before, last = plan.lines
    for steps in before:
        run = _Run(picture, source, steps, conditions, threads, progress)
        picture, may_overwrite = run.floats(), False
        source = PixelSource(picture)
    run = _Run(picture, source, last, conditions, threads, progress)
    overwrites = may_overwrite and run.overwrite()
    result = pixels if overwrites else pixels.empty(run.height, run.width)
    clipped = run.store(result, light) / (run.height * run.width * len(pixels.channels))
    return Filtered(result, clipped, plan)


def _light(pixels: Pixels, settings: Settings) -> Light | None:
    if not settings.linear:
        return None
    from imgconv.rows.light import Light

    return Light(curves_of(pixels), pixels.array.dtype, pixels.maximum)


def _checked_threads(threads: int | None) -> int:
    if threads is None:
        return available_cores()
    if not isinstance(threads, int) or threads < 1:
        raise WordsError(f"{threads} is no number of threads", "give a whole number from 1")
    return threads


def _conditions(pixels: Pixels, settings: Settings, light: Light | None) -> Conditions:
    unknown = (settings.channels or frozenset()) - set(pixels.channels)
    if unknown:
        raise WordsError(
            f"the picture has no channel '{min(unknown)}'",
            f"its channels are {','.join(pixels.channels)}",
        )
    colour = channel_values(settings.border.colour, pixels)
    return Conditions(
        settings.border,
        settings.extent,
        light.of(colour) if light else colour,
        settings.channels,
        pixels.channels,
        pixels.maximum,
        pixels.alpha,
        settings.straight_alpha,
    )


def _stretch(lowest: float, scale: float) -> Show:
    return ((adjust, (scale, -lowest / scale)),)


class _Run:
    """One picture on its way through a line of steps, cut into bands, one for each thread."""

    def __init__(
        self,
        pixels: Pixels,
        source: PixelSource,
        steps: Sequence[Step],
        conditions: Conditions,
        threads: int,
        progress: Callable[[int, int], None],
    ) -> None:
        self._pixels, self._steps, self._conditions = pixels, steps, conditions
        self._threads, self._progress = threads, progress
        self._source = source
        shows = [SHOW[step.filter.range](conditions.middle) for step in steps]
        self._line = line(steps, self._source, conditions, shows)
        self.height, self.width = self._line[-1].height, self._line[-1].width

    def _look_over(self) -> None:
        """Learn what a step must know of the whole picture before it can make its rows."""
        for rows in self._line:
            for small in rows.look_over():
                self._make_small(small)
            if rows.step.filter.range == "stretch":
                lowest, highest = self._extremes(rows)
                span = highest - lowest if highest > lowest else math.inf
                rows.show = _stretch(lowest, span / self._conditions.maximum)

    def _make_small(self, small: Coarse) -> None:
        wanted = small.down.wanted
        bands = min(self._threads, len(wanted))
        edges = [wanted.start + len(wanted) * band // bands for band in range(bands + 1)]
        self._run_programs([partial(small.program, range(*band)) for band in pairwise(edges)])
        blur = Filter("blur", (small.kernel,))
        settings = Settings(engine="separable", threads=self._threads)
        filtered = filter_pixels(small.pixels, [blur], settings, may_overwrite=True)
        small.rows = filtered.pixels.flat_rows

    def _extremes(self, rows: StepRows) -> tuple[float, float]:
        found: list[NDArray[np.float32]] = []
        kept = self._conditions.unshown(rows.step)

        def look(program: Program, made: Moving, first: int) -> None:
            found.append(np.array([np.inf, -np.inf], np.float32))
            program.call(extremes, made, kept, found[-1], when=made.height)

        self._run_bands(rows, look)
        return min(float(ends[0]) for ends in found), max(float(ends[1]) for ends in found)

    def overwrite(self) -> bool:
        """Make ready to store the result in the picture's own place; False where that is wrong.

        It is right where rows are read once, from the top down, and have the places of the result.
        Not where most of the picture would have to be copied before.
        """
        first = self._steps[0]
        if self._conditions.extent != "same" or first.reads_twice:
            return False
        # A row beyond the edge may be as far before it, and one further: the border mirror leaves
        # out the last row.
        reach = sum(step.reach.above + step.reach.below + 1 for step in self._steps)
        safe = rows_near(self._edges(self._line[-1]), reach, self._pixels.height)
        if 2 * len(safe) >= self._pixels.height:
            return False
        self._source.protect(safe)
        return True

    def floats(self) -> Pixels:
        """The result neither rounded nor clamped."""
        shape = (self.height, self.width, len(self._pixels.channels))
        result = Pixels(np.empty(shape, np.float32), self._pixels.channels)
        self.store(result)
        return result

    def store(self, result: Pixels, light: Light | None = None) -> int:
        """Store the result, of ``light`` its levels; gives how many values were clipped."""
        self._look_over()
        counts: list[NDArray[np.int64]] = []
        layout = (result.maximum, result.array.shape[2], len(result.channels))
        last = self._line[-1]
        last.dividing = last.division if result.array.dtype == np.uint8 else None

        def put(program: Program, made: Moving, first: int) -> None:
            into = Moving(result.flat_rows, first, made.height)
            if light:
                light.add_levels(program, made)
            if last.dividing:
                counts.append(add_levels(program, made, last.dividing, into, layout))
            else:
                counts.append(add_pixels(program, made, into, layout))

        self._run_bands(last, put)
        return sum(int(count[0]) for count in counts)

    def _edges(self, rows: StepRows) -> list[int]:
        strips = -(-rows.height // rows.strip)
        bands = min(self._threads, strips)
        return [min(strips * band // bands * rows.strip, rows.height) for band in range(bands + 1)]

    def _run_bands(self, rows: StepRows, finish: Finish) -> None:
        """Make all ``rows``, each band in a task of its own."""
        bands = pairwise(self._edges(rows))
        self._run_programs(
            [partial(rows.program, range(*band), rows.strip, finish) for band in bands]
        )

    def _run_programs(self, programs: Sequence[Callable[[], Program]]) -> None:
        """Make and run each program in a task of its own."""
        done = 0.0

        def work(make: Callable[[], Program]) -> None:
            nonlocal done
            program = make()
            for turn in range(0, program.turns, TURNS):
                if job.stopped:
                    return
                last = min(turn + TURNS, program.turns)
                program.run(turn, last)
                done += (last - turn) / program.turns / len(programs)
                self._progress(round(1000 * min(done, 1)), 1000)

        job = Job([partial(work, make) for make in programs])
        job.run(self._threads)
        self._progress(1000, 1000)
