"""How a step feeds its engines: each kind of engine reads the rows of a source in its own way."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from imgconv.engines import ENGINES
from imgconv.engines.base import Engine, PyramidEngine, RunningSumEngine
from imgconv.engines.pyramid import enlarging
from imgconv.execution.context import StepInput
from imgconv.execution.pyramid_level import PyramidLevel
from imgconv.execution.sources import PixelSource
from imgconv.execution.window import RowSchedule, Window
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import TOGETHER, whole_lines, workspace
from imgconv.kernels.kernel import Kernel, Reach


class Feeding:
    """The rows of a source on their way to the engines of one step, in one schedule."""

    def __init__(self, row_schedule: RowSchedule, step_input: StepInput) -> None:
        self.row_schedule, self.input = row_schedule, step_input
        self.schedule, self.reach = row_schedule.schedule, step_input.reach
        self.source, self.height = step_input.padded.source, row_schedule.height
        self.numbers = np.dtype(step_input.padded.dtype)

    @cached_property
    def window(self) -> Window:
        """The window that all engines share that need whole neighbourhoods."""
        return self.window_of(self.reach)

    @cached_property
    def _rounded_height(self) -> int:
        return self.schedule.column(-(-self.row_schedule.counts // TOGETHER) * TOGETHER)

    @property
    def centre(self) -> tuple[Window, int]:
        """A window that holds the rows under the origin, and how many lie above them."""
        if "window" in vars(self):
            return self.window, self.reach.above
        return self.window_of(Reach(0, 0, 0, 0)), 0

    def window_of(self, rows: Reach, fresh_only: bool = False) -> Window:
        """A window of rows that reach as far as ``rows`` says, with the columns of the step."""
        return Window(self.row_schedule, self.input.padded, rows, fresh_only)

    def feed(
        self, name: str, kernel: Kernel, sums: SlidingView, coarse: PyramidLevel | None
    ) -> None:
        """Have the engine ``name`` fill ``sums``."""
        engine = ENGINES[name]
        if isinstance(engine, RunningSumEngine):
            self._feed_running(engine, kernel, sums)
        elif isinstance(engine, PyramidEngine):
            assert coarse is not None, "the picture has been looked over"
            self._feed_coarse(engine, coarse, sums)
        else:
            self._feed_window(engine, kernel, sums)

    def _feed_window(self, engine: Engine, kernel: Kernel, sums: SlidingView) -> None:
        window, channels = self.window, self.source.channels
        is_whole_strips = engine.grid(kernel) > 1
        if is_whole_strips:  # of the same height for all kernels of the step
            kernel = kernel.padded(self.reach)
        down = self.reach.above - kernel.reach.above
        right = (self.reach.left - kernel.reach.left) * channels
        rows = window.flat(down * window.length + right)
        form = engine.fixed if engine.fixed and self.input.padded.unit > 1 else engine
        prepared = map(self._in_numbers, form.prepare(kernel, channels, window.length))
        scratch = workspace(form.scratch(kernel, channels, window.length), self.numbers)
        if not is_whole_strips:
            sums = sums._replace(height=self._rounded_height)
        self.schedule.call(
            form.loop, rows, window.length, *prepared, sums, scratch, when=sums.height
        )

    def _in_numbers(self, prepared: Any) -> Any:
        """Weights as numbers of the type of the rows that they are multiplied with."""
        is_weights = isinstance(prepared, np.ndarray) and prepared.dtype == np.float32
        return prepared.astype(self.numbers) if is_weights else prepared

    def _feed_running(self, engine: RunningSumEngine, kernel: Kernel, sums: SlidingView) -> None:
        """Rows come at the lower end of the kernel, and go, in a window of their own, above it."""
        schedule, reach = self.schedule, kernel.reach
        right = (self.reach.left - reach.left) * self.source.channels
        if isinstance(self.source, PixelSource):
            window = self.window_of(reach, fresh_only=True)
            coming = window.fresh
            going = self.window_of(reach._replace(below=-reach.above), fresh_only=True).fresh
        else:  # whose rows would have to be made twice
            window = self.window_of(reach)
            going = window.rows
            coming = going._replace(start=kernel.height - 1)
        fresh, coming, going = (r._replace(offset=right) for r in (window.fresh, coming, going))
        rounder = engine.rounder(kernel, self.input.maximum, self.input.is_whole)
        length = sums.array.shape[1] + (kernel.width - 1) * self.source.channels
        column = schedule.state(np.zeros(length, rounder.dtype))
        tall = np.zeros((4, whole_lines(length + self.source.channels)), rounder.dtype)
        before = schedule.column(np.where(self.row_schedule.counts == 0, window.added, 0))
        schedule.call(engine.enter, fresh, rounder, column, when=before)
        what = (coming, going, rounder, *engine.prepare(kernel, self.source.channels))
        schedule.call(engine.loop, *what, column, sums, tall, when=sums.height)

    def _feed_coarse(self, engine: PyramidEngine, coarse: PyramidLevel, sums: SlidingView) -> None:
        bounds, channels = self.row_schedule.bounds, self.source.channels
        down, across = coarse.down, coarse.across
        places = np.arange(bounds[0], bounds[-1]) + (down.first - self.input.down.start)
        which = self.schedule.column(bounds[:-1] - bounds[0])
        firsts = SlidingView(places // down.d - 1 - down.wanted.start, which, sums.height)
        weights = SlidingView(enlarging(down.d, places), which, sums.height)
        columns = np.arange(sums.array.shape[1] // channels) + across.first
        starts = columns // across.d - 1 - across.wanted.start
        wide = workspace((4, whole_lines(sums.array.shape[1])))
        held = self.schedule.state(np.full(4, -1))
        what = (firsts, weights, coarse.rows, starts, enlarging(across.d, columns), channels)
        self.schedule.call(engine.enlarge, *what, sums, wide, held, when=sums.height)
