"""The plan: which engine runs each kernel, and what that costs.

Arithmetic on kernels and shapes; no loop is compiled or run here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgconv.errors import CostError, WordsError
from imgconv.filter import Filter
from imgconv.kernel import Kernel, Reach

# A low guess of what one core does, so that the estimate errs towards patience with fast machines.
MULTIPLICATIONS_PER_SECOND = 4e9
PATIENCE = 600.0


@dataclass(frozen=True)
class Pass:
    """One kernel and the engine that runs it."""

    engine: str
    kernel: Kernel
    multiplications: int
    """Multiplications for each value of the result."""


@dataclass(frozen=True)
class Step:
    """One filter: its passes read the same rows, its combine rule makes one result of theirs."""

    filter: Filter
    passes: tuple[Pass, ...]

    @property
    def reach(self) -> Reach:
        """How far the kernels of this step reach, together."""
        return (
            Reach(*map(max, *(p.kernel.reach for p in self.passes)))
            if len(self.passes) > 1
            else self.passes[0].kernel.reach
        )


@dataclass(frozen=True)
class Plan:
    """The steps that a picture takes, one after the other."""

    steps: tuple[Step, ...]

    @property
    def multiplications(self) -> int:
        """Multiplications for each value of the result."""
        return sum(p.multiplications for step in self.steps for p in step.passes)

    def seconds(self, values: int, threads: int) -> float:
        """About how long this takes for a picture of so many values."""
        return self.multiplications * values / (MULTIPLICATIONS_PER_SECOND * threads)

    def check_cost(self, values: int, threads: int, patience: float = PATIENCE) -> None:
        """Raise ``CostError`` if the work would take more than ``patience`` seconds."""
        seconds = self.seconds(values, threads)
        if seconds > patience:
            raise CostError(
                f"this would take about {_duration(seconds)}: {self.multiplications:,} "
                f"multiplications for each of {values:,} values",
                "use a smaller kernel, or allow it with --patience SECONDS",
            )


def make_plan(filters: Sequence[Filter], engine: str | None = None) -> Plan:
    """Choose an engine for every kernel; ``engine`` forces one.

    Raises ``WordsError`` for an engine that cannot run a kernel.
    """
    return Plan(tuple(_step(filter, engine) for filter in filters))


def _step(filter: Filter, engine: str | None) -> Step:
    filter = filter.change(Kernel.folded)
    return Step(filter, tuple(_pass(kernel, engine) for kernel in filter.kernels))


def _pass(kernel: Kernel, engine: str | None) -> Pass:
    costs = {"direct": kernel.taps}
    if kernel.factor is not None:
        costs["separable"] = kernel.height + kernel.width
    if engine is None:
        engine = min(costs, key=lambda name: costs[name])
    if engine not in costs:
        raise WordsError(
            f"the engine '{engine}' cannot run a kernel of {kernel.size} like this one",
            f"choose from {', '.join(costs)}",
        )
    return Pass(engine, kernel, costs[engine])


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:.0f} seconds"
