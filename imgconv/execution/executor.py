"""The one path that a picture takes: pixels, a plan, strips of rows on all cores, pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.execution.bands import Progress, itself, run_bands
from imgconv.execution.context import StepContext
from imgconv.execution.pipeline import Finish, StepRows, line
from imgconv.execution.pyramid_level import PyramidLevel
from imgconv.execution.snapshot import Band, Snapshot
from imgconv.execution.snapshot_cache import FreeList
from imgconv.execution.sources import PixelSource, rows_near
from imgconv.execution.stages.finish import SHOW, Show, adjust
from imgconv.execution.stages.quantize import add_levels
from imgconv.execution.stages.store import add_pixels, extremes
from imgconv.images.colour import channel_values
from imgconv.images.pixels import Pixels
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import TURNS_AND_TABLES, Schedule, run_schedule
from imgconv.kernels.filter import Filter
from imgconv.planning import footprint
from imgconv.planning.plan import MOST_KEPT, SMALL, Plan, Step
from imgconv.planning.planner import curves_of, plan_of
from imgconv.planning.settings import Settings
from imgconv.system.threads import available_cores

if TYPE_CHECKING:
    from imgconv.execution.stages.light import Light


class Filtered(NamedTuple):
    """The result, the share of its values that were clipped, 0 to 1, and the plan that was run."""

    pixels: Pixels
    clipped: float
    plan: Plan


class _LaidOut(NamedTuple):
    """A plan, its last line ready to run, and whether that may be shown other pictures."""

    plan: Plan
    run: _Run
    is_for_others: bool


def filter_pixels(
    pixels: Pixels,
    filters: Sequence[Filter],
    settings: Settings,
    progress: Progress = lambda done, total: None,
    may_overwrite: bool = False,
    alike: FreeList[_LaidOut] | None = None,
    record: Callable[[Snapshot], None] | None = None,
) -> Filtered:
    """Apply ``filters`` one after the other.

    With ``may_overwrite`` the result takes the place of ``pixels`` where that can be done, so that
    no second picture is needed. ``progress`` is told now and then how much of how much is done.
    What is laid out is taken from those ``alike``, and left there; ``record`` is given what is
    written down of it, where that may be played for other pictures. Raises ``UsageError`` where the
    settings do not fit the picture or the filters.
    """
    plan = plan_of(pixels, filters, settings).plan
    # The plans of alike pictures are one object, which is there as long as what is laid out by it.
    layout = (pixels.array.shape, pixels.array.dtype, pixels.channels, pixels.maxval)
    kind = (id(plan), layout, settings, may_overwrite)
    laid_out = alike.take(kind) if alike else None
    if laid_out:
        laid_out.run.show(pixels, progress)
    else:
        laid_out = _laid_out(plan, pixels, settings, progress, may_overwrite)
    if record and laid_out.is_for_others:
        laid_out.run.recorded = []
    result, clipped = laid_out.run.finish()
    if record and (recorded := laid_out.run.recorded):
        bands = [band for band in recorded if band]
        if len(bands) == len(recorded):
            record(laid_out.run.recording(plan, bands))
        laid_out.run.recorded = None
    if alike and laid_out.is_for_others:
        laid_out.run.forget()
        alike.keep(kind, laid_out)
    return Filtered(result, clipped, plan)


def _laid_out(
    plan: Plan,
    pixels: Pixels,
    settings: Settings,
    progress: Progress,
    may_overwrite: bool,
) -> _LaidOut:
    """The last line of a plan, those before it run; raises ``UsageError`` as ``filter_pixels``."""
    threads = _checked_threads(settings.threads)
    if plan.seconds(pixels.array.size, 1) < SMALL:
        threads = 1
    plan.check_cost(pixels.array.size, threads, settings.patience)
    footprint.check(plan, pixels, settings.border, settings.extent, threads, may_overwrite)
    light = _light(pixels, settings)
    conditions, source = _conditions(pixels, settings, light), PixelSource(pixels, light)
    *before, last = plan.lines
    for steps in before:
        run = _Run(pixels, source, steps, conditions, threads, progress)
        source = PixelSource(run.floats())
    run = _Run(pixels, source, last, conditions, threads, progress, light)
    if may_overwrite and not before:
        run.overwrite()
    return _LaidOut(plan, run, not before and not light and run.is_laid_out_blindly)


def _light(pixels: Pixels, settings: Settings) -> Light | None:
    if not settings.linear:
        return None
    from imgconv.execution.stages.light import Light

    return Light(curves_of(pixels), pixels.array.dtype, pixels.maximum)


def _checked_threads(threads: int | None) -> int:
    if threads is None:
        return available_cores()
    if not isinstance(threads, int) or threads < 1:
        raise UsageError(f"{threads} is no number of threads", "give a whole number from 1")
    return threads


def _conditions(pixels: Pixels, settings: Settings, light: Light | None) -> StepContext:
    unknown = (settings.channels or frozenset()) - set(pixels.channels)
    if unknown:
        raise UsageError(
            f"the picture has no channel '{min(unknown)}'",
            f"its channels are {','.join(pixels.channels)}",
        )
    colour = channel_values(settings.border.colour, pixels)
    return StepContext(
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
    """One picture on its way through a line of steps, cut into bands, one for each thread.

    The result is like ``pixels``, and takes their place after ``overwrite``.
    """

    def __init__(
        self,
        pixels: Pixels,
        source: PixelSource,
        steps: Sequence[Step],
        conditions: StepContext,
        threads: int,
        progress: Progress,
        light: Light | None = None,
    ) -> None:
        self._pixels, self._steps, self._conditions = pixels, steps, conditions
        self._threads, self._progress, self._light = threads, progress, light
        self._source, self._overwrites = source, False
        self._storing: list[Schedule] = []
        self._counts: list[NDArray[np.int64]] = []
        self._into = pixels.flat_rows
        self.recorded: list[Band | None] | None = None
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

    def _make_small(self, small: PyramidLevel) -> None:
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

        def look(program: Schedule, made: SlidingView, first: int) -> None:
            found.append(np.array([np.inf, -np.inf], np.float32))
            program.call(extremes, made, kept, found[-1], when=made.height)

        self._run_bands(rows, look)
        return min(float(ends[0]) for ends in found), max(float(ends[1]) for ends in found)

    def overwrite(self) -> None:
        """Have the result stored in the picture's own place, unless that is wrong.

        It is right where rows are read once, from the top down, and have the places of the result.
        Not where most of the picture would have to be copied before.
        """
        first = self._steps[0]
        if self._conditions.extent != "same" or first.reads_twice:
            return
        # A row beyond the edge may be as far before it, and one further: the border mirror leaves
        # out the last row.
        reach = sum(step.reach.above + step.reach.below + 1 for step in self._steps)
        safe = rows_near(self._edges(self._line[-1]), reach, self._pixels.height)
        if 2 * len(safe) < self._pixels.height:
            self._source.protect(safe)
            self._overwrites = True

    def floats(self) -> Pixels:
        """The result neither rounded nor clamped."""
        shape = (self.height, self.width, len(self._pixels.channels))
        result = Pixels(np.empty(shape, np.float32), self._pixels.channels)
        self._store(result)
        return result

    def finish(self) -> tuple[Pixels, float]:
        """The result, and the share of its values that were clipped."""
        pixels = self._pixels
        result = pixels if self._overwrites else pixels.empty(self.height, self.width)
        clipped = self._store(result)
        return result, clipped / (self.height * self.width * len(pixels.channels))

    def _store(self, result: Pixels) -> int:
        """Store the result, of light its levels; gives how many values were clipped."""
        rows = result.flat_rows
        if self._storing:  # for another picture
            self._replace(self._pixels.flat_rows, rows)
            self._run_programs([itself(program) for program in self._storing])
        else:
            self._look_over()
            self._into = rows
            self._storing = self._run_bands(self._line[-1], self._putting(result, rows))
        return sum(int(count[0]) for count in self._counts)

    def _putting(self, result: Pixels, rows: NDArray[Any]) -> Finish:
        """What puts finished rows into those of the result."""
        layout = (result.maximum, result.array.shape[2], len(result.channels))
        last = self._line[-1]
        last.dividing = last.division if result.array.dtype == np.uint8 else None

        def put(program: Schedule, made: SlidingView, first: int) -> None:
            into = SlidingView(rows, first, made.height)
            if self._light:
                self._light.add_levels(program, made)
            if last.dividing:
                how = (last.dividing, into, layout, last.is_within)
                self._counts.append(add_levels(program, made, *how))
            else:
                self._counts.append(add_pixels(program, made, into, layout))

        return put

    @property
    def is_laid_out_blindly(self) -> bool:
        """Whether nothing of the picture itself was looked at to lay out what is done to it."""
        return len(self._steps) <= MOST_KEPT and not any(
            step.filter.range == "stretch" or any(todo.spacing for todo in step.passes)
            for step in self._steps
        )

    def show(self, pixels: Pixels, progress: Progress) -> None:
        """Be given other pixels, which are like those that it was laid out for."""
        self._pixels, self._progress = pixels, progress

    def forget(self) -> None:
        """Let go of the pixels and of the result."""
        self._pixels = self._pixels._replace(array=self._pixels.array[:0].copy(), image=None)
        self._replace(self._source.rows[:0].copy(), self._into[:0].copy())

    def _replace(self, rows: NDArray[Any], into: NDArray[Any]) -> None:
        """Have the programs read the picture from ``rows``, and store the result in ``into``."""
        for program in self._storing:
            program.replace((self._source.rows, rows), (self._into, into))
        self._source.show(rows)
        self._into = into

    def _edges(self, rows: StepRows) -> list[int]:
        strips = -(-rows.height // rows.strip)
        bands = min(self._threads, strips)
        return [min(strips * band // bands * rows.strip, rows.height) for band in range(bands + 1)]

    def _run_bands(self, rows: StepRows, finish: Finish) -> list[Schedule]:
        """Make all ``rows``, each band in a task of its own."""
        bands = pairwise(self._edges(rows))

        def make(band: tuple[int, int]) -> Schedule:
            program = rows.program(range(*band), rows.strip, finish)
            if self.recorded is not None:
                self.recorded.append(self._record(program))
            return program

        return self._run_programs([partial(make, band) for band in bands])

    def _record(self, program: Schedule) -> Band | None:
        from imgconv.execution.recorder import Scene
        from imgconv.execution.recorder import (
            recorded as recorded_recorder,  # once for pictures of a kind
        )

        scene = Scene(self._source.rows, self._into, *self._source.saved, self._counts)
        return recorded_recorder(program, scene)

    def recording(self, plan: Plan, bands: Sequence[Band]) -> Snapshot:
        """What was laid out, in so many ``bands``."""
        return Snapshot(
            (self.width, self.height),
            self._source.rows.strides[0],
            self.height * self.width * len(self._pixels.channels),
            self._overwrites,
            run_schedule.name(TURNS_AND_TABLES),
            tuple(bands),
            plan.range,
            tuple(plan.ran),
        )

    def _run_programs(self, programs: Sequence[Callable[[], Schedule]]) -> list[Schedule]:
        return run_bands(programs, self._threads, self._progress)
