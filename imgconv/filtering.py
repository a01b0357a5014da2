"""The one path that a picture takes: pixels, a plan, strips of rows on all cores, pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imgconv.border import Border
from imgconv.colour import channel_values
from imgconv.conditions import Conditions
from imgconv.errors import WordsError
from imgconv.filter import RANGES, Filter
from imgconv.picture import Pixels
from imgconv.pipeline import Finish, StepRows, line
from imgconv.plan import PATIENCE, Plan, make_plan
from imgconv.program import Moving, Program
from imgconv.rows.finish import SHOW, Show, adjust
from imgconv.rows.source import PixelSource, rows_near
from imgconv.rows.store import extremes, store_float, store_whole
from imgconv.workers import Job, available_cores

# Below so many multiplications a second thread costs more than it saves.
SMALL = 20_000_000

# After so many turns of a program Python is heard again: an interrupt must not wait for long.
TURNS = 32


@dataclass(frozen=True)
class Settings:
    """How filters are applied, whatever they are.

    ``range`` replaces the rule by which the last filter shows its result, ``channels`` the choice
    of channels to filter, ``engine`` the planner's choice. ``patience`` is how many seconds of
    estimated work are too many.
    """

    border: Border = field(default_factory=Border)
    extent: str = "same"
    range: str | None = None
    channels: frozenset[str] | None = None
    engine: str | None = None
    threads: int | None = None
    patience: float = PATIENCE


@dataclass(frozen=True)
class Filtered:
    """The result, and the share of its values that were clipped, 0 to 1."""

    pixels: Pixels
    clipped: float


def filter_pixels(
    pixels: Pixels,
    filters: Sequence[Filter],
    settings: Settings,
    progress: Callable[[int, int], None] = lambda done, total: None,
    may_overwrite: bool = False,
) -> Filtered:
    """Apply ``filters`` one after the other.

    With ``may_overwrite`` the result takes the place of ``pixels`` where that can be done, so that
    no second picture is needed. ``progress`` is told now and then how many rows of how many are
    done. Raises ``WordsError`` where the settings do not fit the picture or the filters.
    """
    filters = _with_final_range(filters, settings.range)
    plan = make_plan(filters, settings.engine)
    threads = _checked_threads(settings.threads)
    if pixels.array.size * plan.multiplications < SMALL:
        threads = 1
    run = _Run(pixels, plan, _conditions(pixels, settings), threads, progress)
    height, width, values = run.shape()
    plan.check_cost(values, threads, settings.patience)
    run.find_stretches()
    overwrites = may_overwrite and run.overwrite()
    result = pixels if overwrites else pixels.empty(height, width)
    return Filtered(result, run.store(result) / values)


def _checked_threads(threads: int | None) -> int:
    if threads is None:
        return available_cores()
    if not isinstance(threads, int) or threads < 1:
        raise WordsError(f"{threads} is no number of threads", "give a whole number from 1")
    return threads


def _with_final_range(filters: Sequence[Filter], name: str | None) -> list[Filter]:
    if not filters:
        raise WordsError("there is no filter to apply", "name at least one")
    if name is None:
        return list(filters)
    if name not in RANGES:
        raise WordsError(f"no range is called '{name}'", f"choose from {', '.join(RANGES)}")
    return [*filters[:-1], replace(filters[-1], range=name)]


def _conditions(pixels: Pixels, settings: Settings) -> Conditions:
    unknown = (settings.channels or frozenset()) - set(pixels.channels)
    if unknown:
        raise WordsError(
            f"the picture has no channel '{min(unknown)}'",
            f"its channels are {','.join(pixels.channels)}",
        )
    return Conditions(
        settings.border,
        settings.extent,
        channel_values(settings.border.colour, pixels),
        settings.channels,
        pixels.channels,
        pixels.maximum,
        pixels.alpha,
    )


def _stretch(lowest: float, scale: float) -> Show:
    return ((adjust, (scale, -lowest / scale)),)


class _Run:
    """One picture on its way through a plan, cut into bands, one for each thread."""

    def __init__(
        self,
        pixels: Pixels,
        plan: Plan,
        conditions: Conditions,
        threads: int,
        progress: Callable[[int, int], None],
    ) -> None:
        self._pixels, self._steps, self._conditions = pixels, plan.steps, conditions
        self._threads, self._progress = threads, progress
        self._shows = [SHOW[step.filter.range](conditions.middle) for step in plan.steps]
        self._line = self._line_from(PixelSource(pixels))

    def _line_from(self, source: PixelSource) -> list[StepRows]:
        return line(self._steps, source, self._conditions, self._shows)

    def shape(self) -> tuple[int, int, int]:
        """The height and width of the result, and its number of values."""
        rows = self._line[-1]
        return rows.height, rows.width, rows.height * rows.width * rows.channels

    def find_stretches(self) -> None:
        """Learn what each step that stretches has to stretch; nothing is kept of its result."""
        for number, rows in enumerate(self._line):
            if rows.step.filter.range == "stretch":
                lowest, highest = self._extremes(rows)
                span = highest - lowest if highest > lowest else math.inf
                self._shows[number] = rows.show = _stretch(lowest, span / self._pixels.maximum)

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
        if self._conditions.extent != "same":
            return False
        reach = sum(step.reach.above + step.reach.below for step in self._steps)
        safe = rows_near(self._edges(self._line[-1]), reach, self._pixels.height)
        if 2 * len(safe) >= self._pixels.height:
            return False
        self._line = self._line_from(PixelSource(self._pixels, safe))
        return True

    def store(self, result: Pixels) -> int:
        """Store the result; gives the number of values that were clipped."""
        counts: list[NDArray[np.int64]] = []
        loop = store_float if result.is_float else store_whole
        layout = (result.maximum, result.array.shape[2], len(result.channels))

        def put(program: Program, made: Moving, first: int) -> None:
            counts.append(np.zeros(1, np.int64))
            into = Moving(result.flat_rows, first, made.height)
            program.call(loop, made, *layout, into, counts[-1], when=made.height)

        self._run_bands(self._line[-1], put)
        return sum(int(count[0]) for count in counts)

    def _edges(self, rows: StepRows) -> list[int]:
        strips = -(-rows.height // rows.strip)
        bands = min(self._threads, strips)
        return [min(strips * band // bands * rows.strip, rows.height) for band in range(bands + 1)]

    def _run_bands(self, rows: StepRows, finish: Finish) -> None:
        """Make all ``rows``, each band in a task of its own."""
        done = 0

        def work(first: int, last: int) -> None:
            nonlocal done
            program = rows.program(range(first, last), rows.strip, finish)
            for turn in range(0, program.turns, TURNS):
                if job.stopped:
                    return
                program.run(turn, min(turn + TURNS, program.turns))
                done += (last - first) * TURNS // program.turns
                self._progress(min(done, rows.height), rows.height)

        job = Job([partial(work, *band) for band in pairwise(self._edges(rows))])
        job.run(self._threads)
