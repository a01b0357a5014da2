"""The plan: the steps that a picture takes, the engine of each kernel, and the estimated time."""

import math
from collections.abc import Sequence
from itertools import accumulate, compress
from typing import NamedTuple

from imgconv.engines import ENGINES
from imgconv.engines.base import DEFAULT_OPTIONS, Pass, PlanOptions, gain
from imgconv.errors import LimitError
from imgconv.kernels.border import spans
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Reach, widest_reach
from imgconv.planning import costs
from imgconv.planning.settings import PATIENCE, Ran
from imgconv.system.threads import thread_count

# The most bytes of a strip of rows: with its window and its sums it fits in a core's own cache.
STRIP_BYTES = 192 * 1024

# The most steps of a line whose layout serves several pictures. The rows outside the edges of a
# step have schedules of their own, three times as many with every step: a longer line runs each as
# soon as it is made.
MOST_KEPT = 3

# For fewer seconds of work a second thread costs more than it saves.
SMALL = 0.004

# The time of a core for each value whose frequencies are masked: 1.4 s for 12 megapixels of grey.
_MASK_SECONDS = 120e-9


class Step(NamedTuple):
    """One filter: its passes read the same rows, its combine rule makes one result of them.

    ``options`` are the demands on its kernels, ``later`` the filters of the steps behind it.
    """

    filter: Filter
    passes: tuple[Pass, ...]
    options: PlanOptions = DEFAULT_OPTIONS
    later: tuple[Filter, ...] = ()

    @property
    def reach(self) -> Reach:
        """The reach of all kernels of the filter together, which sizes and places depend on."""
        return widest_reach(self.filter.kernels)

    @property
    def reach_of_passes(self) -> Reach:
        """The reach of the weights that run: less than ``reach`` where kernels are truncated."""
        return widest_reach(each.kernel for each in self.passes)

    @property
    def is_whole(self) -> bool:
        """Whether rows and sums are int16."""
        return all(each.is_whole for each in self.passes)

    @property
    def unit(self) -> int:
        """The value of a level in the rows, the same for all passes."""
        return self.passes[0].unit

    @property
    def seconds(self) -> float:
        """The estimated time of a core for each value of the result."""
        masking = _MASK_SECONDS if self.filter.mask else 0.0
        return masking + sum(map(costs.seconds, self.passes))

    @property
    def error(self) -> float:
        """The largest difference from its exact result, as a share of black to white."""
        return sum(each.error for each in self.passes) / (self.options.least_inside or 1)

    @property
    def strip_height(self) -> int:
        """The number of rows that the engines make at once; 1 where strips may begin anywhere."""
        heights = [1]
        for each in self.passes:
            if strip_height := ENGINES[each.engine].strip_height:
                heights.append(strip_height(each.kernel.padded(self.reach_of_passes)))
        return max(heights)

    @property
    def reads_twice(self) -> bool:
        """Whether rows are read as they enter a kernel and again as they leave it."""
        return any(ENGINES[each.engine].reads_twice for each in self.passes)

    def size(self, height: int, width: int, extent: str) -> tuple[int, int]:
        """Return height and width of the result; raises ``UsageError`` where nothing is left."""
        down, across = spans(extent, (height, width), self.reach)
        return down.size, across.size


class Plan(NamedTuple):
    """The steps that a picture takes, one after the other.

    A plan that ``depends_on_values`` may serve only pictures of floats within the same bounds.
    """

    steps: tuple[Step, ...]
    depends_on_values: bool = False

    @property
    def lines(self) -> list[list[Step]]:
        """The steps in lines that run through one another, strip by strip.

        A step whose strips have to begin at certain rows is the last of its line. A mask in the
        frequency domain reads the whole picture, so that its step is the first of a line.
        """
        lines: list[list[Step]] = [[]]
        for step in self.steps:
            if step.filter.mask:
                lines.append([])
            lines[-1].append(step)
            if step.strip_height > 1:
                lines.append([])
        return [line for line in lines if line]

    @property
    def ran(self) -> list[Ran]:
        """Each filter, the engines of its kernels, and its error."""
        return [
            Ran(
                step.filter.name,
                ("fourier",) if step.filter.mask else tuple(p.engine for p in step.passes),
                255 * error if error < math.inf else None,
            )
            for step, error in zip(self.steps, self._errors, strict=True)
        ]

    @property
    def range(self) -> str:
        return self.steps[-1].filter.range

    @property
    def brightens(self) -> bool:
        """Whether it is a single filter whose positive weights sum to more than 1."""
        return len(self.steps) == 1 and self.steps[0].filter.brightens

    @property
    def is_stretched(self) -> bool:
        """Whether a step stretches its range, for which the whole picture is read first."""
        return any(step.filter.range == "stretch" for step in self.steps)

    @property
    def is_reusable(self) -> bool:
        """Whether its layout for one picture serves others: no step depends on the values."""
        has_levels = any(each.spacing for step in self.steps for each in step.passes)
        has_levels |= any(step.filter.mask for step in self.steps)
        is_short = len(self.lines) == 1 and len(self.steps) <= MOST_KEPT
        return is_short and not self.is_stretched and not has_levels

    @property
    def multiplications(self) -> float:
        return sum(p.multiplications for step in self.steps for p in step.passes)

    @property
    def error(self) -> float:
        """The largest difference from the exact result, as a share of black to white."""
        return sum(self._errors)

    @property
    def _errors(self) -> list[float]:
        """The part of each step in the error of the result."""
        weighs = any(step.options.alpha.weighs for step in self.steps)
        gains = gains_after([step.filter for step in self.steps], weighs)
        errors = (step.error for step in self.steps)
        return [error and grows * error for grows, error in zip(gains, errors, strict=True)]

    def rounding(self, white: float) -> float:
        """Return a bound of the rounding errors, as far as one is known: see ``Pass.rounding``."""
        gains = gains_after([step.filter for step in self.steps])
        lost = (sum(each.rounding(white) for each in step.passes) for step in self.steps)
        return sum(
            grows * share for grows, share in zip(gains, lost, strict=True) if grows < math.inf
        )

    def size(self, height: int, width: int, extent: str) -> tuple[int, int]:
        """Return height and width of the result; raises ``UsageError`` where nothing is left."""
        for step in self.steps:
            height, width = step.size(height, width, extent)
        return height, width

    def seconds(self, values: int, threads: int) -> float:
        """Estimate the time for a picture of ``values`` values."""
        return sum(map(_seconds, self.lines)) * values / threads

    def useful_threads(self, values: int, threads: int | None) -> int:
        """Return ``threads``, by default one for each core, or 1 where more shorten nothing."""
        count = thread_count(threads)
        return 1 if self.seconds(values, 1) < SMALL else count

    def check_cost(self, values: int, threads: int, patience: float = PATIENCE) -> None:
        """Raise ``LimitError`` if the work would take more than ``patience`` seconds."""
        seconds = self.seconds(values, threads)
        if seconds > patience:
            raise LimitError(
                f"this would take about {_duration(seconds)}: {self.multiplications:,.0f} "
                f"multiplications for each of {values:,} values",
                "use a smaller kernel, or allow it with --patience SECONDS",
            )


def _seconds(line: Sequence[Step]) -> float:
    """Return the time of a core for each value of a line, with rows fetched and stored.

    A step that is stretched is computed twice, with all steps before it in the line.
    """
    rows = 1e-9 * costs.current().fetch_and_store
    _, *until = accumulate((step.seconds for step in line), initial=rows)
    is_stretched = [step.filter.range == "stretch" for step in line]
    return until[-1] + sum(compress(until, is_stretched))


def gains_after(filters: Sequence[Filter], weighs_alpha: bool = False) -> list[float]:
    """Return how much each filter's error grows until the end of the chain, at most.

    No bound is known through a filter that stretches, compares with a threshold, or masks. With
    ``weighs_alpha`` errors are of colour times alpha where a filter averages; for colour itself,
    which other filters see, there is no bound.
    """
    grows, gains, sees_colour = 1.0, [], False
    for filter in reversed(filters):
        if filter.range == "stretch" or filter.threshold or filter.mask:
            grows = math.inf
        gains.append(math.inf if sees_colour and filter.is_average else grows)
        sees_colour |= weighs_alpha and not filter.is_average
        grows *= max(1.0, sum(map(gain, filter.kernels)))
    return gains[::-1]


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:.0f} seconds"
