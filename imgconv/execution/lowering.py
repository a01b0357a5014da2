"""The lowering of a step: its engines add the calls of their loops to the schedule of a band."""

from __future__ import annotations

from functools import cached_property

from imgconv.engines.base import Lowering, RowLayout
from imgconv.execution.context import StepInput
from imgconv.execution.sources import PixelSource
from imgconv.execution.window import RowSchedule, Window
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import ROWS_AT_ONCE
from imgconv.kernels.kernel import Reach


class StepWindows:
    """The windows over the source of one step, made when an engine asks for them."""

    def __init__(self, row_schedule: RowSchedule, step_input: StepInput) -> None:
        self.row_schedule, self.input = row_schedule, step_input

    @cached_property
    def shared(self) -> Window:
        """The window of whole neighbourhoods that all engines of the step share."""
        return self.window(self.input.reach)

    def window(self, reach: Reach, fresh_only: bool = False) -> Window:
        """Return a window of the rows within ``reach``, with the columns of the step."""
        return Window(self.row_schedule, self.input.padded, reach, fresh_only)

    @property
    def origin_rows(self) -> tuple[SlidingView, int]:
        """The rows under the origin of the kernels, and how many of their values are padding."""
        margin = self.input.reach.left * self.input.padded.source.channels
        if "shared" in vars(self):
            return self.shared.rows._replace(start=self.input.reach.above), margin
        return self.window(Reach(0, 0, 0, 0)).rows, margin

    def lowering(self) -> Lowering:
        """Return the place where the engines of the step add their calls."""
        (padded, reach, down, _, maximum, is_whole), rows = self.input, self.row_schedule
        layout = RowLayout(
            padded.source.channels, padded.length, padded.dtype, padded.unit, maximum, is_whole
        )
        rounded = rows.schedule.column(-(-rows.counts // ROWS_AT_ONCE) * ROWS_AT_ONCE)
        iterations = (rows.schedule, rows.bounds, down.start, rounded)
        is_picture = isinstance(padded.source, PixelSource)
        return Lowering(*iterations, reach, layout, is_picture, lambda: self.shared, self.window)
