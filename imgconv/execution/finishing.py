"""The end of a step: sums of its passes are scaled and combined, and meet its range rule."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from imgconv.engines.box import no_smaller
from imgconv.execution.context import StepContext
from imgconv.execution.lowering import StepWindows
from imgconv.execution.stages.finish import (
    COMBINE,
    RANGE_STAGES,
    Stages,
    absolute,
    adjust,
    carry,
    to_float,
)
from imgconv.execution.stages.load import copy
from imgconv.execution.stages.quantize import division
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import Schedule
from imgconv.planning.plan import Step


class Finisher:
    """Adds the calls that make rows of a step's result of the sums of its passes.

    ``range_stages`` are the loops of the range rule. With a ``divisor`` the rows stay 16-bit sums,
    which ``stages/quantize.py`` divides when they are stored.
    """

    def __init__(self, step: Step, context: StepContext) -> None:
        self._step, self._weighting = step, context.weighting(step)
        self._carried, self._averaged_alpha = context.carried(step), context.averaged_alpha(step)
        self.range_stages: Stages = RANGE_STAGES[step.filter.range](context.mid_grey)
        self.divisor: tuple[Any, ...] | None = None

    @property
    def possible_divisor(self) -> tuple[Any, ...] | None:
        """The division that turns 16-bit sums into levels; None where other work is left."""
        step, only_sign = self._step, all(loop is absolute for loop, _ in self.range_stages)
        is_plain = step.is_whole and step.filter.combine == "none" and not self._carried.any()
        if not (is_plain and only_sign):
            return None
        first = step.passes[0]
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
            for loop, numbers in self.range_stages:
                schedule.call(loop, made, *numbers, when=made.height)
            return made
        result = self._combined(schedule, sums, made)
        if self._weighting:
            self._weighting.add_unpremultiply(schedule, result)
        if self.range_stages:
            self._add_range(schedule, result)
        if self._carried.any():
            rows, margin = windows.origin_rows
            how = (margin, self._step.unit, self._carried)
            schedule.call(carry, rows, *how, result, when=result.height)
        return result

    def _combined(self, schedule: Schedule, sums: NDArray[Any], made: SlidingView) -> SlidingView:
        """The sums of all passes, scaled, as one result in float32."""
        step = self._step
        if not step.is_whole:
            for each, into in zip(step.passes, sums, strict=True):
                if each.scale != 1 or each.kernel.offset != 0:
                    rows = made._replace(array=into)
                    numbers = (each.scale, each.kernel.offset)
                    schedule.call(adjust, rows, *numbers, when=made.height)
            if step.filter.combine == "none":
                return made
        result, first = made._replace(array=schedule.workspace(sums.shape[1:])), step.passes[0]
        if step.filter.combine == "none":
            numbers = (no_smaller(1 / first.scale), first.kernel.offset)
            schedule.call(to_float, made, *numbers, result, when=made.height)
            return result
        loop, threshold = COMBINE[step.filter.combine], float(step.filter.threshold)
        schedule.call(loop, sums, threshold, result, when=made.height)
        if step.is_whole and first.scale != 1:
            schedule.call(adjust, result, first.scale, 0.0, when=made.height)
        return result

    def _add_range(self, schedule: Schedule, result: SlidingView) -> None:
        """Range rules leave alpha alone where it was averaged with the colours."""
        before = result._replace(array=schedule.workspace(result.array.shape))
        if self._averaged_alpha.any():
            schedule.call(copy, result, before, when=result.height)
        for loop, numbers in self.range_stages:
            schedule.call(loop, result, *numbers, when=result.height)
        if self._averaged_alpha.any():
            how = (0, 1, self._averaged_alpha)
            schedule.call(carry, before, *how, result, when=result.height)
