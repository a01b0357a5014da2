"""The estimate of what filtering a picture costs, with every engine that could run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from imgconv.engines.base import Pass, candidates
from imgconv.execution.footprint import needed
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter
from imgconv.planning import costs
from imgconv.planning.plan import SMALL, Plan, Step
from imgconv.planning.planner import plan_of
from imgconv.planning.settings import Settings
from imgconv.system.threads import available_cores

Described = dict[str, Any]


class Estimate(NamedTuple):
    """The cost to filter ``pixels`` by ``plan``; ``values`` are the values of the result."""

    plan: Plan
    pixels: Pixels
    settings: Settings
    values: int
    threads: int

    @classmethod
    def of(cls, filters: Sequence[Filter], pixels: Pixels, settings: Settings) -> Estimate:
        """Return the estimate for a picture; raises ``UsageError`` as ``filter_pixels`` does."""
        plan = plan_of(pixels, filters, settings)
        height, width = plan.size(pixels.height, pixels.width, settings.extent)
        is_small = plan.seconds(pixels.array.size, 1) < SMALL
        threads = 1 if is_small else settings.threads or available_cores()
        values = height * width * len(pixels.channels)
        return cls(plan, pixels, settings, values, threads)

    def described(self) -> Described:
        """Return the estimate as numbers and texts: memory in bytes, errors in levels of 255."""
        return {
            "threads": self.threads,
            "steps": [
                {"filter": step.filter.name, "kernels": list(self._kernels(step))}
                for step in self.plan.steps
            ],
            "total": {
                "multiplications": self.plan.multiplications,
                "memory": self._memory(self.plan),
                "seconds": self.plan.seconds(self.values, self.threads),
                "error": 255 * self.plan.error,
            },
        }

    def check_cost(self) -> None:
        """Raise ``LimitError`` if the work takes longer than the patience of the settings."""
        self.plan.check_cost(self.values, self.threads, self.settings.patience)

    def _kernels(self, step: Step) -> Iterator[Described]:
        for kernel, chosen in zip(step.filter.kernels, step.passes, strict=True):
            possible = sorted(candidates(kernel, step.options), key=costs.seconds)
            engines = [
                {**self._engine(each), "runs": each.engine == chosen.engine} for each in possible
            ]
            yield {"width": kernel.width, "height": kernel.height, "engines": engines}

    def _engine(self, kernel_pass: Pass) -> Described:
        """Return the cost of one kernel, without the time to fetch and store rows."""
        alone = Plan((Step(Filter("alone", (kernel_pass.kernel,)), (kernel_pass,)),))
        return {
            "engine": kernel_pass.engine,
            "multiplications": kernel_pass.multiplications,
            "memory": self._memory(alone),
            "seconds": costs.seconds(kernel_pass) * self.values / self.threads,
            "error": 255 * kernel_pass.error,
        }

    def _memory(self, plan: Plan) -> int:
        return needed(plan, self.pixels, self.settings, self.threads)
