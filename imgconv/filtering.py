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
from imgconv.errors import WordsError
from imgconv.filter import RANGES, Filter
from imgconv.picture import Pixels
from imgconv.pipeline import Conditions, Rows, StepRows, line
from imgconv.plan import PATIENCE, Plan, make_plan
from imgconv.rows.finish import SHOW, adjust
from imgconv.rows.source import PixelSource, blocks_for_overwriting
from imgconv.rows.store import extremes, store_float, store_whole
from imgconv.workers import Job, available_cores

# Below so many multiplications a second thread costs more than it saves.
SMALL = 20_000_000


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


def _shown(range: str, middle: float) -> Callable[[Rows], None]:
    rule = SHOW[range]
    return lambda rows: rule(rows, middle)


def _stretch(lowest: float, scale: float) -> Callable[[Rows], None]:
    return lambda rows: adjust(rows, scale, -lowest / scale)


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
        self._source = PixelSource(pixels)
        self._shows = [_shown(step.filter.range, conditions.middle) for step in plan.steps]

    def shape(self) -> tuple[int, int, int]:
        """The height and width of the result, and its number of values."""
        rows = self._line(len(self._steps))
        return rows.height, rows.width, rows.height * rows.width * rows.channels

    def find_stretches(self) -> None:
        """Learn what each step that stretches has to stretch; nothing is kept of its result."""
        for number, step in enumerate(self._steps):
            if step.filter.range == "stretch":
                lowest, highest = self._extremes(number + 1, self._conditions.unshown(step))
                span = highest - lowest if highest > lowest else math.inf
                scale = span / self._pixels.maximum
                self._shows[number] = _stretch(lowest, scale)

    def _extremes(self, steps: int, kept: NDArray[np.uint8]) -> tuple[float, float]:
        found: list[NDArray[np.float32]] = []

        def look() -> Callable[[int, Rows], None]:
            ends = np.array([np.inf, -np.inf], np.float32)
            found.append(ends)
            return lambda first, rows: extremes(rows, kept, ends)

        self._each_strip(steps, look)
        return min(float(ends[0]) for ends in found), max(float(ends[1]) for ends in found)

    def overwrite(self) -> bool:
        """Make ready to store the result in the picture's own place; False where that is wrong.

        It is right where rows are read once, from the top down, and have the places of the result.
        A chain reads back and forth at borders that repeat rows other than the nearest.
        """
        in_order = len(self._steps) == 1 or self._conditions.border.name in ("edge", "constant")
        if self._conditions.extent != "same" or not in_order:
            return False
        reach = sum(step.reach.above + step.reach.below for step in self._steps)
        edges = self._edges(self._pixels.height)
        blocks = blocks_for_overwriting(self._pixels, edges, reach)
        if blocks is not None:
            self._source = PixelSource(self._pixels, blocks)
        return blocks is not None

    def store(self, result: Pixels) -> int:
        """Store the result; gives the number of values that were clipped."""
        counts: list[NDArray[np.int64]] = []
        into, maximum = result.flat_rows, result.maximum
        stored, channels = result.array.shape[2], len(result.channels)
        loop = store_float if result.is_float else store_whole

        def put() -> Callable[[int, Rows], None]:
            count = np.zeros(1, np.int64)
            counts.append(count)
            return lambda first, rows: loop(
                rows, maximum, stored, channels, into[first : first + len(rows)], count
            )

        self._each_strip(len(self._steps), put)
        return sum(int(count[0]) for count in counts)

    def _line(self, steps: int) -> StepRows:
        return line(self._steps[:steps], self._source, self._conditions, self._shows[:steps])

    def _edges(self, height: int) -> list[int]:
        bands = min(self._threads, height)
        return [height * band // bands for band in range(bands + 1)]

    def _each_strip(self, steps: int, start: Callable[[], Callable[[int, Rows], None]]) -> None:
        """Compute every strip of the first ``steps``; ``start`` gives each band its receiver."""
        height = self._line(steps).height
        done = 0

        def work(first: int, last: int) -> None:
            nonlocal done
            rows = self._line(steps)
            receive = start()
            for top in range(first, last, rows.strip):
                if job.stopped:
                    return
                bottom = min(top + rows.strip, last)
                receive(top, rows.compute(top, bottom))
                done += bottom - top
                self._progress(done, height)

        job = Job([partial(work, *band) for band in pairwise(self._edges(height))])
        job.run(self._threads)
