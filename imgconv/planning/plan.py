"""The plan: which engine runs each kernel, and what that costs.

Arithmetic on kernels and shapes; no loop is compiled or run here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, compress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from imgconv.engines import fixed_point, fourier, pyramid
from imgconv.engines.fixed_point import LARGEST
from imgconv.errors import LimitError, UsageError
from imgconv.kernels.extent import span
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel, Reach
from imgconv.planning import costs
from imgconv.planning.settings import PATIENCE, TOLERANCE, Ran, check_tolerance
from imgconv.planning.truncation import truncated

if TYPE_CHECKING:
    pass


# The singular value decomposition of a kernel with so many weights takes a second.
MOST_DECOMPOSED = 250_000


class Pass(NamedTuple):
    """One kernel and the engine that runs it.

    ``multiplications`` are those for each value of the result, ``error`` the largest difference
    from the exact result, as a share of the difference between black and white. The sums of the
    engine are divided by ``scale``. ``spacing`` is how much smaller the pyramid's picture is, down
    and across. ``is_whole`` says that rows and sums are whole numbers of 16 bits, and ``unit`` how
    many of them make a level in the rows.
    """

    engine: str
    kernel: Kernel
    multiplications: float
    scale: float
    error: float = 0.0
    spacing: tuple[int, int] | None = None
    is_whole: bool = False
    unit: int = 1

    @property
    def seconds(self) -> float:
        """About how long a core takes for each value of the result, beside fetching and storing."""
        cost = costs.held().engines[self.engine]
        floats = 1e-9 * (cost.fixed + cost.each * self.multiplications)
        if not self.is_whole:
            return floats
        return floats * (costs.FIXED if self.unit > 1 else costs.WHOLE)

    @property
    def largest(self) -> float:
        """No sum of bytes is larger."""
        result = 255 * (self.kernel.magnitude / abs(self.kernel.scale) + self.error)
        return result * abs(self.scale)

    @property
    def stays_within(self) -> bool:
        """Whether whatever is made of bytes comes to one when it is rounded, as means do."""
        kernel = self.kernel
        total, magnitude = kernel.sum / kernel.scale, kernel.magnitude / abs(kernel.scale)
        below, above = (magnitude - total) / 2 + self.error, (magnitude + total) / 2 + self.error
        return not kernel.offset and 255 * below < 0.5 and 255 * above < 255.5


class Step(NamedTuple):
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

    @property
    def is_whole(self) -> bool:
        """Whether rows and sums are whole numbers of 16 bits."""
        return all(todo.is_whole for todo in self.passes)

    @property
    def unit(self) -> int:
        """How many of the numbers in the rows make a level; the same for all passes."""
        return self.passes[0].unit

    @property
    def seconds(self) -> float:
        """About how long a core takes for each value of the result."""
        return sum(todo.seconds for todo in self.passes)

    def size(self, height: int, width: int, extent: str) -> tuple[int, int]:
        """The height and width of the result; raises ``UsageError`` where nothing is left."""
        above, below, left, right = self.reach
        return span(extent, height, above, below).size, span(extent, width, left, right).size

    @property
    def grid(self) -> int:
        """How many rows the engines make at once; 1 where strips may begin anywhere."""
        by_spectra = (todo.kernel for todo in self.passes if todo.engine == "fourier")
        return max((fourier.grid(kernel.padded(self.reach)) for kernel in by_spectra), default=1)

    @property
    def reads_twice(self) -> bool:
        """Whether rows are read when they come into a kernel and again when they go."""
        return any(todo.engine == "running" for todo in self.passes)


class Plan(NamedTuple):
    """The steps that a picture takes, one after the other."""

    steps: tuple[Step, ...]

    @property
    def lines(self) -> list[list[Step]]:
        """The steps that run strip by strip through one another.

        Where strips have to begin at certain rows, only what comes before can be in the same line.
        """
        lines: list[list[Step]] = [[]]
        for step in self.steps:
            lines[-1].append(step)
            if step.grid > 1:
                lines.append([])
        return [line for line in lines if line]

    @property
    def ran(self) -> list[Ran]:
        """Each filter that ran, and the engines of its kernels."""
        return [Ran(step.filter.name, tuple(p.engine for p in step.passes)) for step in self.steps]

    @property
    def range(self) -> str:
        """The rule by which the last result is shown."""
        return self.steps[-1].filter.range

    @property
    def is_reusable(self) -> bool:
        """Whether its layout for one picture serves others: no step looks at values before."""
        looks = any(
            step.filter.range == "stretch" or any(each.spacing for each in step.passes)
            for step in self.steps
        )
        return len(self.lines) == 1 and len(self.steps) <= MOST_KEPT and not looks

    @property
    def multiplications(self) -> float:
        """Multiplications for each value of the result."""
        return sum(p.multiplications for step in self.steps for p in step.passes)

    @property
    def error(self) -> float:
        """How far a result may be from the exact one, as a share of black to white."""
        gains = _gains([step.filter for step in self.steps])
        errors = (sum(todo.error for todo in step.passes) for step in self.steps)
        return sum(gain * error for gain, error in zip(gains, errors, strict=True) if error)

    def size(self, height: int, width: int, extent: str) -> tuple[int, int]:
        """The height and width of the result; raises ``UsageError`` where nothing is left."""
        for step in self.steps:
            height, width = step.size(height, width, extent)
        return height, width

    def seconds(self, values: int, threads: int) -> float:
        """About how long this takes for a picture of so many values."""
        return sum(map(_seconds, self.lines)) * values / threads

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
    """How long a core takes for each value, rows fetched and stored.

    What is stretched is computed twice, as is all before it in the line.
    """
    rows = 1e-9 * costs.held().fetch_and_store
    _, *until = accumulate((step.seconds for step in line), initial=rows)
    is_stretched = [step.filter.range == "stretch" for step in line]
    return until[-1] + sum(compress(until, is_stretched))


class PlanOptions(NamedTuple):
    """What a person or a picture wants of a plan.

    ``engine`` forces one; ``tolerance`` is in levels of 255; ``is_float`` says that values may be
    of any size, also not a number, so that what one engine does to a value must stay near it, and
    ``is_bytes`` that the first filter meets whole numbers up to 255. ``is_whole`` says that 16 bits
    hold all of that filter's sums.
    """

    engine: str | None = None
    tolerance: float = TOLERANCE
    is_float: bool = False
    is_bytes: bool = False
    is_whole: bool = False


DEFAULT_OPTIONS = PlanOptions()


def make_plan(filters: Sequence[Filter], wishes: PlanOptions = DEFAULT_OPTIONS) -> Plan:
    """Choose an engine for every kernel.

    Raises ``UsageError`` for an engine that cannot run a kernel, and a tolerance that is none.
    """
    check_tolerance(wishes.tolerance)
    return Plan(tuple(map(_step, filters, shared(filters, wishes))))


def shared(filters: Sequence[Filter], wishes: PlanOptions) -> list[PlanOptions]:
    """What is wished of each filter's kernels, so that all together stay within the tolerance."""
    return [
        wishes._replace(
            tolerance=wishes.tolerance / (len(filters) * gain * len(filter.kernels)),
            is_bytes=wishes.is_bytes and position == 0,
            is_whole=wishes.is_bytes and position == 0 and has_whole_sums(filter),
        )
        for position, (filter, gain) in enumerate(zip(filters, _gains(filters), strict=True))
    ]


def _gains(filters: Sequence[Filter]) -> list[float]:
    """How many times as large, at most, an error in each filter's sums is in the last result.

    No bound is known where a filter stretches, or sees which of its sums reach a threshold.
    """
    gain, gains = 1.0, []
    for filter in reversed(filters):
        if filter.range == "stretch" or filter.threshold:
            gain = math.inf
        gains.append(gain)
        gain *= max(1.0, sum(map(_gain, filter.kernels)))
    return gains[::-1]


def _gain(kernel: Kernel) -> float:
    parts = kernel.factor or (kernel.weights,)
    return math.prod(float(np.abs(part).sum()) for part in parts) / abs(kernel.scale)


def has_whole_sums(filter: Filter) -> bool:
    """Whether 16 bits hold all sums of values up to 255, and what is done with these is simple."""
    scales = {(kernel.scale, kernel.offset) for kernel in filter.kernels}
    is_simple = filter.combine == "none" or (
        filter.combine in ("magnitude", "max")
        and len(scales) == 1
        and all(scale > 0 and offset == 0 for scale, offset in scales)
    )
    return is_simple and all(
        kernel.is_integer and 255 * kernel.magnitude <= LARGEST for kernel in filter.kernels
    )


def _step(filter: Filter, wishes: PlanOptions) -> Step:
    """With whole sums in all passes, or in none: they read the same rows."""
    if wishes.is_whole:
        step = Step(filter, tuple(_pass(kernel, wishes) for kernel in filter.kernels))
        if step.is_whole:
            return step
    is_alone = len(filter.kernels) == 1 and filter.combine == "none"
    wishes = wishes._replace(is_whole=False, is_bytes=wishes.is_bytes and is_alone)
    filter = filter.map_kernels(Kernel.folded)
    return Step(filter, tuple(_pass(kernel, wishes) for kernel in filter.kernels))


def _pass(kernel: Kernel, wishes: PlanOptions) -> Pass:
    possible = list(candidates(kernel, wishes))
    if wishes.engine is None:
        return min(possible, key=lambda candidate: candidate.seconds)
    for candidate in possible:
        if candidate.engine == wishes.engine:
            return candidate
    raise UsageError(
        f"the engine '{wishes.engine}' cannot run a kernel of {kernel.size} like this one",
        f"choose from {', '.join(candidate.engine for candidate in possible)}",
    )


def candidates(kernel: Kernel, wishes: PlanOptions = DEFAULT_OPTIONS) -> Iterator[Pass]:
    """Every engine that can run ``kernel``, and how."""
    for rule in RULES.values():
        candidate = rule(kernel, wishes)
        if candidate:
            yield candidate


def _direct(kernel: Kernel, wishes: PlanOptions) -> Pass | None:
    todo = Pass("direct", kernel, kernel.taps, kernel.scale, is_whole=wishes.is_whole)
    is_exact = todo.is_whole or not wishes.is_bytes
    if is_exact or fixed_point.least_error(kernel.taps) > wishes.tolerance:
        return todo
    return _in_fixed_point(todo, fixed_point.of_grid(kernel), wishes)


def _separable(kernel: Kernel, wishes: PlanOptions) -> Pass | None:
    if kernel.factor is None:
        return None
    taps = kernel.height + kernel.width
    todo = Pass("separable", kernel, taps, kernel.scale, is_whole=wishes.is_whole)
    if todo.is_whole or not wishes.is_bytes:
        return todo
    spent = _in_fixed_point(todo, fixed_point.of_factor(kernel), wishes).error
    kernel, error = truncated(kernel, wishes.tolerance / 255 - spent)
    taps = kernel.height + kernel.width
    todo = todo._replace(kernel=kernel, multiplications=taps, error=error)
    return _in_fixed_point(todo, fixed_point.of_factor(kernel), wishes)


def _in_fixed_point(
    todo: Pass, sums: tuple[fixed_point.Weighted, ...], wishes: PlanOptions
) -> Pass:
    """The same in fixed point, if it is near enough: the last of ``sums`` says how near."""
    error = todo.error + sums[-1].error / 255 if sums else math.inf
    if error > wishes.tolerance / 255:
        return todo
    scale = float(1 << sums[-1].fraction)
    return todo._replace(scale=scale, error=error, is_whole=True, unit=fixed_point.UNIT)


def _low_rank(kernel: Kernel, wishes: PlanOptions) -> Pass | None:
    both, is_wanted = kernel.height + kernel.width, wishes.engine == "low-rank"
    is_worth_it = not kernel.factor and 2 * both < kernel.taps <= MOST_DECOMPOSED
    if not kernel.taps or not (is_worth_it or is_wanted):
        return None
    allowed = abs(kernel.scale) * wishes.tolerance / 255
    left, rank = kernel.weights - np.outer(*kernel.factors()[0]), 1
    while rank < kernel.rank and np.abs(left).sum() > allowed:
        left, rank = left - np.outer(*kernel.factors()[rank]), rank + 1
    error = float(np.abs(left).sum() / abs(kernel.scale)) if rank < kernel.rank else 0.0
    return Pass("low-rank", kernel.of_rank(rank), rank * both, kernel.scale, error)


def _running(kernel: Kernel, wishes: PlanOptions) -> Pass | None:
    suits = kernel.is_box and (not wishes.is_float or wishes.engine == "running")
    return Pass("running", kernel, 1, 1.0) if suits else None


def _pyramid(kernel: Kernel, wishes: PlanOptions) -> Pass | None:
    if kernel.sigmas is None:
        return None
    (down, across), gain = kernel.sigmas, _gain(kernel)
    each = wishes.tolerance / 255 / gain / 2
    d, c = pyramid.spacing(down, each), pyramid.spacing(across, each)
    if d is None or c is None:
        return None
    error = gain * (pyramid.error_at(down, d) + pyramid.error_at(across, c))
    blurring = 9 * (down / d + across / c) / (d * c)
    multiplications = 8 + 8 / d + blurring
    return Pass("pyramid", kernel, multiplications, kernel.scale / kernel.sum, error, (d, c))


def _fourier(kernel: Kernel, wishes: PlanOptions) -> Pass | None:
    error = fourier.error(kernel, 1.0) / abs(kernel.scale)
    is_worth_it = kernel.taps > 2 * (kernel.height + kernel.width) and not wishes.is_float
    is_near_enough = error <= wishes.tolerance / 255
    if not ((kernel.taps and is_worth_it and is_near_enough) or wishes.engine == "fourier"):
        return None
    return Pass("fourier", kernel, fourier.multiplications(kernel), kernel.scale, error)


# For each engine, how it would run a kernel, or None if it cannot.
RULES: dict[str, Callable[[Kernel, PlanOptions], Pass | None]] = {
    "direct": _direct,
    "separable": _separable,
    "low-rank": _low_rank,
    "running": _running,
    "pyramid": _pyramid,
    "fourier": _fourier,
}


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:.0f} seconds"


# A strip of so many bytes of rows, its window and its sums fit a core's own cache.
STRIP_BYTES = 192 * 1024

# What rows beyond the edges of a step are made of are programs of their own, and in those of the
# step after it such programs again: three times as many with every step. So only lines of so few
# steps keep them; in longer ones each runs when it is made, and they serve but one picture.
MOST_KEPT = 3

# For so few seconds of work a second thread costs more than it saves.
SMALL = 0.004
