"""The execution of a plan over pixels, in strips of rows, on all cores."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.execution import estimate, frequencies
from imgconv.execution.bands import run_bands
from imgconv.execution.blending import Blending, BlendWeights
from imgconv.execution.context import StepContext
from imgconv.execution.frequencies import Kept
from imgconv.execution.layout import Layout, Storage, new_result
from imgconv.execution.pipeline import BandRows, StepRows, line_of
from imgconv.execution.pyramid_level import PyramidLevel
from imgconv.execution.snapshot import Snapshot
from imgconv.execution.snapshot_cache import FreeList
from imgconv.execution.sources import PixelSource, rows_near
from imgconv.execution.stages.finish import Stages, adjust
from imgconv.execution.stages.light import Light
from imgconv.execution.stages.store import extremes
from imgconv.images.pixels import Pixels
from imgconv.jit.schedule import Schedule
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.bounds import curves_of
from imgconv.planning.plan import Plan, Step
from imgconv.planning.planner import make_plan, plan_of
from imgconv.planning.settings import Settings
from imgconv.system.threads import Progress, no_progress


class Filtered(NamedTuple):
    """The result, the share of its values that were clipped, 0 to 1, and the plan that ran.

    ``kept`` is what each mask in the frequency domain kept.
    """

    pixels: Pixels
    clipped: float
    plan: Plan
    kept: tuple[Kept, ...] = ()


def filter_pixels(
    pixels: Pixels,
    filters: Sequence[Filter],
    settings: Settings,
    progress: Progress = no_progress,
    may_overwrite: bool = False,
    layouts: FreeList[Layout] | None = None,
    record: Callable[[Snapshot], None] | None = None,
) -> Filtered:
    """Apply ``filters`` one after the other.

    With ``may_overwrite`` the result takes the place of ``pixels`` where possible, which saves the
    memory of a second picture. A layout is taken from ``layouts`` and put back there. ``record``
    receives the snapshot of a new layout that serves other pictures. Raises ``UsageError`` where
    the settings do not fit the picture or the filters, ``LimitError`` where the work takes too much
    time or memory.
    """
    plan = plan_of(pixels, filters, settings)
    # Equal plans are one object (planner.py), which lives as long as a layout refers to it.
    values = (pixels.array.shape, pixels.array.dtype, pixels.channels, pixels.maxval)
    kind = (id(plan), values, settings, may_overwrite)
    layout = layouts.take(kind) if layouts else None
    kept: list[Kept] = []
    if layout:
        result = layout.run_for(pixels, progress)
    else:
        run = _Run(plan, pixels, settings, progress)
        layout, result = run.make(may_overwrite, record is not None)
        kept = run.kept
        if record and (snapshot := layout.snapshot()):
            record(snapshot)
    clipped = layout.clipped
    if layouts and plan.is_reusable and not settings.linear:
        layout.release()
        layouts.give(kind, layout)
    return Filtered(result, clipped, plan, tuple(kept))


class _Run:
    """The first run of a plan over a picture, line by line; ``kept`` has a record for each mask.

    Raises ``LimitError`` where the work takes too much time.
    """

    def __init__(self, plan: Plan, pixels: Pixels, settings: Settings, progress: Progress) -> None:
        self._plan, self._pixels, self._progress = plan, pixels, progress
        self._weights = BlendWeights.of(settings.blend, pixels) if settings.blend else None
        values = self._weights.size(plan, pixels) if self._weights else pixels.array.size
        self._threads = plan.useful_threads(values, settings.threads)
        plan.check_cost(values, self._threads, settings.patience)
        self._light = None
        if settings.linear:
            self._light = Light(curves_of(pixels), pixels.array.dtype, pixels.maximum)
        self._context = StepContext.of(pixels, settings, self._light)
        self.kept: list[Kept] = []

    def make(self, may_overwrite: bool, takes_images: bool) -> tuple[Layout, Pixels]:
        """Return the layout of the last line, and the result, which may take the picture's place.

        With ``takes_images`` the layout saves images of its bands, if others can use it. Raises
        ``LimitError`` where the work takes too much memory.
        """
        plan, pixels, settings = self._plan, self._pixels, self._context.settings
        estimate.check_fits(plan, pixels, settings, self._threads, may_overwrite)
        source = PixelSource(pixels, self._light)
        blending = Blending(self._weights, source, self._context) if self._weights else None
        read, line = self._last_line(source)
        rows = self._weights.rows if self._weights else None
        overwrites = may_overwrite and read is source and line.protects_rows(rows)
        size = (line.last.width, line.last.height)
        result = pixels if overwrites else new_result(pixels, size, blending)
        line.prepare()
        storage = Storage(result, line.last.finisher, self._light, blending)
        takes_images = takes_images and self._serves_others(overwrites)
        layout = Layout(plan, read, storage, self._threads, overwrites, takes_images)
        layout.schedules = line.run(line.last, layout.add, rows)
        return layout, result

    def _serves_others(self, overwrites: bool) -> bool:
        """Return whether the layout can be replayed for another picture, in another process."""
        if self._light or self._plan.depends_on_values or not self._plan.is_reusable:
            return False
        weights = self._weights
        if weights is None:
            return True
        return not weights.is_masked and (overwrites or len(weights.rows) == self._pixels.height)

    def _last_line(self, source: PixelSource) -> "tuple[PixelSource, _Line]":
        """Run all lines of the plan but the last; return the source of that, and itself."""
        *before, last = self._plan.lines
        for steps in before:
            line = self._line(self._masked(source, steps[0]), steps)
            source = PixelSource(line.floats(), None, line.last.is_premultiplied)
        source = self._masked(source, last[0])
        return source, self._line(source, last)

    def _line(self, source: PixelSource, steps: Sequence[Step]) -> "_Line":
        return _Line(source, steps, self._context, self._threads, self._progress)

    def _masked(self, source: PixelSource, step: Step) -> PixelSource:
        """Return the source that a step reads: a mask of frequencies makes floats of it."""
        filter, context, threads = step.filter, self._context, self._threads
        if not filter.mask:
            return source
        (copying,) = make_plan([Filter("copy", (Kernel([[1]]),))]).steps
        floats = _Line(source, [copying], context, threads, no_progress).floats()
        if not source.is_premultiplied:
            frequencies.premultiply(floats, filter, context.roles)
        border = context.settings.mask_border
        kept = frequencies.mask_pixels(floats, filter, context.roles, border, threads)
        self.kept.append(kept)
        return PixelSource(floats, None, bool(context.roles.weighted(filter)))


class _Line:
    """The steps of one line of a plan over a source, run in bands, one for each thread."""

    def __init__(
        self,
        source: PixelSource,
        steps: Sequence[Step],
        context: StepContext,
        threads: int,
        progress: Progress,
    ) -> None:
        self._source, self._context = source, context
        self._threads, self._progress = threads, progress
        self._steps = line_of(source, steps, context)
        self.last = self._steps[-1]

    def prepare(self) -> None:
        """Make the pyramid levels, and find the extremes, that steps need before they make rows."""
        for rows in self._steps:
            for level in rows.pyramid_levels():
                self._make_level(level)
            if rows.step.filter.range == "stretch":
                rows.finisher.range_stages = self._stretching(*self._extremes(rows))

    def _stretching(self, lowest: float, highest: float) -> Stages:
        """Return the loops that make the lowest value black and the highest white.

        If all are equal, they become black, but for alpha: all would become transparent.
        """
        if highest <= lowest:
            is_alone = self._context.settings.channels == frozenset("a")
            is_left = is_alone or highest < lowest  # no value is finite
            return () if is_left else ((adjust, (1.0, -lowest)),)
        # In a unit near the largest value, as float32 may not hold the difference, or the scale.
        unit = math.ldexp(1.0, math.frexp(max(-lowest, highest))[1] - 1)
        scale = (highest / unit - lowest / unit) / self._context.maximum
        return (adjust, (unit, 0.0)), (adjust, (scale, -lowest / unit / scale))

    def _make_level(self, level: PyramidLevel) -> None:
        edges = level.band_edges(self._threads)
        makers = [partial(level.schedule, range(*band)) for band in pairwise(edges)]
        run_bands(makers, self._threads, self._progress)
        blur = Filter("blur", (level.kernel,))
        settings = Settings(engine="separable", threads=self._threads)
        filtered = filter_pixels(level.pixels, [blur], settings, may_overwrite=True)
        level.rows = filtered.pixels.flat_rows

    def _extremes(self, rows: StepRows) -> tuple[float, float]:
        found: list[NDArray[np.float32]] = []
        ignored = self._context.without_range(rows.step)

        def add(band: BandRows) -> None:
            ends = np.array([np.inf, -np.inf], np.float32)
            found.append(ends)
            band.schedule.call(extremes, band.made, ignored, ends, when=band.made.height)

        self.run(rows, add)
        return min(float(ends[0]) for ends in found), max(float(ends[1]) for ends in found)

    def protects_rows(self, within: range | None) -> bool:
        """Copy the rows near the edges of bands; return whether the picture may be overwritten.

        It may where rows are read once, from the top down, and keep their position. It may not
        where half of the picture would have to be copied.
        """
        if self._context.settings.extent != "same" or self._steps[0].step.reads_twice:
            return False
        # The border mirror leaves out the last row, so rows beyond the edge repeat rows that lie
        # one further from it.
        reach = sum(sum(r.step.reach_of_passes[:2]) + 1 for r in self._steps)
        near = rows_near(self.last.band_edges(self._threads, within), reach, self._source.height)
        if 2 * len(near) >= self._source.height:
            return False
        self._source.protect(near)
        return True

    def floats(self) -> Pixels:
        """Return the result, float32, neither rounded nor clamped."""
        self.prepare()
        shape = (self.last.height, self.last.width, self._source.channels)
        result = Pixels(np.empty(shape, np.float32), self._context.roles.channels)
        self.run(self.last, Storage(result, self.last.finisher).add)
        return result

    def run(
        self, rows: StepRows, add: Callable[[BandRows], object], within: range | None = None
    ) -> list[Schedule]:
        """Make ``rows`` in bands, to whose schedules ``add`` adds the calls that use them.

        Bands hold all rows, or at least the rows ``within`` a range.
        """

        def make(first: int, last: int) -> Schedule:
            band = rows.band(range(first, last))
            add(band)
            return band.schedule

        edges = rows.band_edges(self._threads, within)
        makers = [partial(make, *band) for band in pairwise(edges)]
        return run_bands(makers, self._threads, self._progress)
