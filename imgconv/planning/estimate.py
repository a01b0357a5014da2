"""What filtering a picture would cost: every engine that could run, and those that would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter
from imgconv.planning.footprint import needed
from imgconv.planning.plan import SMALL, Pass, Plan, PlanOptions, Step, candidates
from imgconv.planning.planner import plan_of
from imgconv.planning.settings import Settings
from imgconv.system.threads import available_cores

Described = dict[str, Any]


@dataclass(frozen=True)
class Estimate:
    """What it costs to filter ``pixels`` by ``plan``, to a result of so many ``values``.

    ``wishes`` are those for the kernels of each step.
    """

    plan: Plan
    wishes: Sequence[PlanOptions]
    pixels: Pixels
    settings: Settings
    values: int
    threads: int

    @classmethod
    def of(cls, filters: Sequence[Filter], pixels: Pixels, settings: Settings) -> Estimate:
        """Plan as ``filter_pixels`` does; raises ``UsageError`` as that does."""
        plan, wishes = plan_of(pixels, filters, settings)
        height, width = plan.size(pixels.height, pixels.width, settings.extent)
        is_small = plan.seconds(pixels.array.size, 1) < SMALL
        threads = 1 if is_small else settings.threads or available_cores()
        values = height * width * len(pixels.channels)
        return cls(plan, wishes, pixels, settings, values, threads)

    def described(self) -> Described:
        """All of it in numbers and texts: memory in bytes, errors in levels of 255."""
        return {
            "threads": self.threads,
            "steps": [
                {"filter": step.filter.name, "kernels": list(self._kernels(step, wishes))}
                for step, wishes in zip(self.plan.steps, self.wishes, strict=True)
            ],
            "total": {
                "multiplications": self.plan.multiplications,
                "memory": self._memory(self.plan),
                "seconds": self.plan.seconds(self.values, self.threads),
                "error": 255 * self.plan.error,
            },
        }

    def check_cost(self) -> None:
        """Raise ``LimitError`` where that is more than there is patience for."""
        self.plan.check_cost(self.values, self.threads, self.settings.patience)

    def _kernels(self, step: Step, wishes: PlanOptions) -> Iterator[Described]:
        for kernel, chosen in zip(step.filter.kernels, step.passes, strict=True):
            possible = sorted(candidates(kernel, wishes), key=lambda todo: todo.seconds)
            yield {
                "width": kernel.width,
                "height": kernel.height,
                "engines": [
                    {**self._engine(todo), "runs": todo.engine == chosen.engine}
                    for todo in possible
                ],
            }

    def _engine(self, todo: Pass) -> Described:
        """What an engine costs for one kernel; its time leaves out to fetch and store rows."""
        alone = Plan((Step(Filter(todo.engine, (todo.kernel,)), (todo,)),))
        return {
            "engine": todo.engine,
            "multiplications": todo.multiplications,
            "memory": self._memory(alone),
            "seconds": todo.seconds * self.values / self.threads,
            "error": 255 * todo.error,
        }

    def _memory(self, plan: Plan) -> int:
        settings = self.settings
        return needed(plan, self.pixels, settings.border, settings.extent, self.threads)
