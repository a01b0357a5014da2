"""The lowering of a step: calls that make sums of its rows, and its result of the sums.

Its engines add the calls of their loops to the schedule of a band. A ``Finisher`` adds the calls
that scale and combine the sums of the passes, and follow the range rule.
"""

import math
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from imgconv.engines.base import Lowering, RowLayout
from imgconv.execution.context import StepContext, StepInput
from imgconv.execution.divisor import Divisor
from imgconv.execution.sources import PixelSource
from imgconv.execution.stages import finish
from imgconv.execution.stages.load import copy, unpremultiply
from imgconv.execution.stages.quantize import division
from imgconv.execution.window import RowSchedule, Window
from imgconv.images.pixels import mid_grey
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import ROWS_AT_ONCE, Schedule
from imgconv.kernels.kernel import Reach
from imgconv.planning.plan import Step


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
        (padded, reach, down, _, maximum, *kind), rows = self.input, self.row_schedule
        rows_of = (padded.source.channels, padded.length, padded.dtype, padded.unit)
        layout = RowLayout(*rows_of, maximum, *map(bool, kind))
        rounded = rows.schedule.column(-(-rows.counts // ROWS_AT_ONCE) * ROWS_AT_ONCE)
        iterations = (rows.schedule, rows.bounds, down.start, rounded)
        is_picture = isinstance(padded.source, PixelSource)
        return Lowering(*iterations, reach, layout, is_picture, lambda: self.shared, self.window)


class Finisher:
    """Adds the calls that make rows of a step's result of the sums of its passes.

    ``range_stages`` are the loops of the range rule. With a ``divisor`` the rows stay 16-bit sums,
    which ``stages/quantize.py`` divides when they are stored. If ``is_premultiplied``, colours stay
    multiplied by alpha, as the next step needs them.
    """

    def __init__(self, step: Step, context: StepContext, reads_premultiplied: bool) -> None:
        self._step, weighting = step, context.weighting(step)
        links, roles = (step.filter, step.later), context.roles
        self.is_premultiplied = roles.stays_premultiplied(*links, reads_premultiplied)
        is_divided = weighting and not self.is_premultiplied
        self._alpha = (weighting, roles.hidden_alpha(*links)) if is_divided else None
        self._carried, self._averaged_alpha = context.carried(step), context.averaged_alpha(step)
        self._threshold = step.filter.threshold * context.maximum / 255
        middle = mid_grey(context.maximum)
        self.range_stages: finish.Stages = finish.RANGE_STAGES[step.filter.range](middle)
        self.divisor: tuple[Any, ...] | None = None
        self._divisors: dict[int, Divisor] = {}  # of passes by number, which all bands share

    @property
    def possible_divisor(self) -> tuple[Any, ...] | None:
        """The division that turns 16-bit sums into levels; None where other work is left."""
        step, first = self._step, self._step.passes[0]
        is_plain = step.is_whole and step.filter.combine == "none" and not self._carried.any()
        only_sign = all(loop is finish.absolute for loop, _ in self.range_stages)
        if not (is_plain and only_sign):
            return None
        if self.range_stages and (first.kernel.offset or self._averaged_alpha.any()):
            return None
        return division(first.scale, first.kernel.offset, first.largest)

    @property
    def stays_within(self) -> bool:
        """Whether all quotients of the divisor are levels."""
        return not self.range_stages and self._step.passes[0].stays_within

    def add(self, sums: NDArray[Any], made: SlidingView, windows: StepWindows) -> SlidingView:
        """Add the calls for ``sums`` of all passes, ``made`` being the first; return the rows."""
        schedule = windows.row_schedule.schedule
        if self.divisor:
            self._add_range(schedule, made)
            return made
        result = self._combined(schedule, sums, made, windows)
        if self._alpha:
            schedule.call(unpremultiply, result, *self._alpha, when=result.height)
        self._add_range(schedule, result)
        if self._carried.any():
            rows, margin = windows.origin_rows
            place = (margin, self._step.unit, self._carried)
            schedule.call(finish.carry, rows, *place, result, when=result.height)
        return result

    def _divide(self, number: int, rows: SlidingView, windows: StepWindows) -> float:
        """Add the call that divides sums by the weights inside; return the scale that is left.

        The tables are made for the first band.
        """
        if number not in self._divisors:
            kernel, each = self._step.filter.kernels[number], self._step.passes[number]
            self._divisors[number] = Divisor.of(kernel, each, windows.input)
        divisor, schedule = self._divisors[number], windows.row_schedule.schedule
        first = schedule.column(windows.row_schedule.bounds[:-1] - windows.input.down.start)
        down, case = (SlidingView(each, first, rows.height) for each in divisor[:2])
        channels = windows.input.padded.source.channels
        inside = (down, case, divisor.across)
        schedule.call(finish.divide, rows, inside, channels, when=rows.height)
        return divisor.scale

    def _combined(
        self, schedule: Schedule, sums: NDArray[Any], made: SlidingView, windows: StepWindows
    ) -> SlidingView:
        """Return float32 rows of the sums of all passes, scaled and combined."""
        step, combine = self._step, self._step.filter.combine
        if not step.is_whole:
            self._add_scaling(schedule, sums, made, windows)
        if combine == "none":
            return self._as_floats(schedule, made) if step.is_whole else made
        result = made._replace(array=schedule.workspace(made.array.shape))
        schedule.call(finish.COMBINE[combine], sums, self._threshold, result, when=made.height)
        scale = step.passes[0].scale
        if step.is_whole and scale != 1:
            schedule.call(finish.adjust, result, scale, 0.0, when=made.height)
        return result

    def _add_scaling(
        self, schedule: Schedule, sums: NDArray[Any], made: SlidingView, windows: StepWindows
    ) -> None:
        """Add the calls that divide the float32 sums of each pass and add its offset, in place."""
        for number, (each, into) in enumerate(zip(self._step.passes, sums, strict=True)):
            rows, scale, offset = made._replace(array=into), each.scale, each.kernel.offset
            if self._step.options.least_inside is not None:
                scale = self._divide(number, rows, windows)
            if scale != 1 or offset != 0:
                schedule.call(finish.adjust, rows, scale, offset, when=made.height)

    def _as_floats(self, schedule: Schedule, sums: SlidingView) -> SlidingView:
        """Add the call that makes a result in float32 of 16-bit sums; return its rows."""
        first, result = self._step.passes[0], schedule.workspace(sums.array.shape)
        # A factor is exact where it is a power of two; others would be next to a half.
        is_exact = abs(math.frexp(first.scale)[0]) == 0.5
        by = (1 / first.scale, 1.0) if is_exact else (1.0, first.scale)
        rows = sums._replace(array=result)
        schedule.call(finish.to_float, sums, *by, first.kernel.offset, rows, when=sums.height)
        return rows

    def _add_range(self, schedule: Schedule, rows: SlidingView) -> None:
        """Add the range rule, which leaves alpha alone where it was averaged with the colours."""
        restores_alpha = self.range_stages and self._averaged_alpha.any()
        if restores_alpha:
            before = rows._replace(array=schedule.workspace(rows.array.shape))
            schedule.call(copy, rows, before, when=rows.height)
        for loop, numbers in self.range_stages:
            schedule.call(loop, rows, *numbers, when=rows.height)
        if restores_alpha:
            how = (0, 1, self._averaged_alpha)
            schedule.call(finish.carry, before, *how, rows, when=rows.height)
