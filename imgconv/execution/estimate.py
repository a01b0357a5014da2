"""The estimate of what filtering a picture costs: the time, and the memory beside it.

Memory is counted: one band gets its schedule, with arrays that have a shape and take no memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imgconv.engines.base import Pass, PlanOptions
from imgconv.errors import LimitError
from imgconv.execution import frequencies
from imgconv.execution.blending import Blending, BlendWeights
from imgconv.execution.context import StepContext
from imgconv.execution.layout import Storage
from imgconv.execution.pipeline import StepRows, line_of
from imgconv.execution.pyramid_level import PyramidLevel
from imgconv.execution.sources import PixelSource
from imgconv.images.pixels import Pixels
from imgconv.jit.arguments import SlidingView, flattened
from imgconv.jit.schedule import Schedule
from imgconv.kernels.filter import Filter
from imgconv.planning import costs
from imgconv.planning.plan import Plan, Step
from imgconv.planning.planner import make_plan, offered, plan_of
from imgconv.planning.settings import Settings
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory

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
        size, values = pixels.array.size, height * width * len(pixels.channels)
        if settings.blend:
            size = BlendWeights.of(settings.blend, pixels).size(plan, pixels)
            values = values * size // pixels.array.size
        threads = plan.useful_threads(size, settings.threads)
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
                "error": 255 * (self.plan.error + self.plan.rounding(self._white)),
            },
        }

    def check_cost(self) -> None:
        """Raise ``LimitError`` if the work takes longer than the patience of the settings."""
        self.plan.check_cost(self.values, self.threads, self.settings.patience)

    def _kernels(self, step: Step) -> Iterator[Described]:
        if step.filter.mask:
            yield self._masking(step)
            return
        for kernel, chosen in zip(step.filter.kernels, step.passes, strict=True):
            possible = sorted(offered(step.filter, kernel, step.options), key=costs.seconds)
            engines = [
                {**self._engine(each), "runs": each.engine == chosen.engine} for each in possible
            ]
            yield {"width": kernel.width, "height": kernel.height, "engines": engines}

    def _masking(self, step: Step) -> Described:
        """Return the cost of a mask, as large as the picture, as that of one kernel."""
        assert step.filter.mask
        border = self.settings.mask_border
        height, width = frequencies.spectrum_size(self.pixels.array.shape, border)
        cost = {
            "engine": "fourier",
            "multiplications": 4 * math.log2(height * width),
            "memory": sum(_of_mask(step, self.pixels, self.settings, self.threads)),
            "seconds": step.seconds * self.values / self.threads,
            "error": 0.0,
            "runs": True,
        }
        kept = frequencies.Kept.of_mask(step.filter.mask, height, width)
        return {"width": width, "height": height, "kept": kept.number, "engines": [cost]}

    def _engine(self, kernel_pass: Pass) -> Described:
        """Return the cost of one kernel, without the time to fetch and store rows."""
        alone = Plan((Step(Filter("alone", (kernel_pass.kernel,)), (kernel_pass,)),))
        return {
            "engine": kernel_pass.engine,
            "multiplications": kernel_pass.multiplications,
            "memory": self._memory(alone),
            "seconds": costs.seconds(kernel_pass) * self.values / self.threads,
            "error": 255 * (kernel_pass.error + kernel_pass.rounding(self._white)),
        }

    @property
    def _white(self) -> float:
        """The maximum of levels that sums of whole weights hold, infinite for floats."""
        return math.inf if self.pixels.is_float else self.pixels.maximum

    def _memory(self, plan: Plan) -> int:
        return needed(plan, self.pixels, self.settings, self.threads)


# While the tables of a kernel are made, temporary arrays take several times their memory: five
# times with the spectra of the Fourier engine, which are the largest.
_TEMPORARY = 5


def _shape_only(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array of zeros that takes no memory."""
    return np.broadcast_to(np.zeros((), dtype), shape)


class CountingSchedule(Schedule):
    """A schedule that counts the memory of its arrays, allocates none of it, and runs nothing."""

    def __init__(self, iterations: int) -> None:
        super().__init__(iterations)
        self._allocated = 0

    def workspace(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray[Any]:
        self._allocated += math.prod(shape) * np.dtype(dtype).itemsize
        return _shape_only(shape, dtype)

    def run(self, first: int, last: int) -> None:
        """Do nothing."""

    @property
    def bytes(self) -> int:
        """The memory of all arrays and tables, also of the prologue."""
        arguments = flattened(arguments for _, arguments, _ in self._calls)
        arrays = (each.array if isinstance(each, SlidingView) else each for each in arguments)
        tables = {id(each): each.nbytes for each in arrays if any(getattr(each, "strides", ()))}
        return self._allocated + _TEMPORARY * sum(tables.values()) + sum(map(_bytes, self.prologue))


def _bytes(schedule: Schedule) -> int:
    assert isinstance(schedule, CountingSchedule), "only counting schedules are estimated"
    return schedule.bytes


def check_fits(
    plan: Plan, pixels: Pixels, settings: Settings, threads: int, overwrites: bool
) -> None:
    """Raise ``LimitError`` where filtering ``pixels`` takes more memory than is free.

    A result that ``overwrites`` the picture needs none of its own. For small pictures and kernels
    nothing is counted, as that may take longer than to filter one.
    """
    reach = sum(step.reach.above + step.reach.below for step in plan.steps)
    largest = 4 * (pixels.array.size + threads * reach * pixels.array[0].size)
    largest *= 8 if any(step.filter.mask for step in plan.steps) else 1  # complex numbers
    if largest < NOT_WORTH_ASKING:
        return
    result = 0 if overwrites and settings.extent == "same" else int(pixels.array.nbytes)
    wanted = needed(plan, pixels, settings, threads) + result
    free = free_memory() if wanted > NOT_WORTH_ASKING else math.inf
    if wanted > free:
        raise LimitError(
            f"this takes about {wanted / 1e6:,.0f} MB of memory, and {free / 1e6:,.0f} MB are free",
            "take a smaller picture or kernel, or fewer --threads",
        )


def needed(plan: Plan, pixels: Pixels, settings: Settings, threads: int) -> int:
    """Estimate the bytes that it takes to filter ``pixels``, beside these and the result.

    Raises ``UsageError`` where the extent leaves nothing of them.
    """
    context = StepContext.of(pixels, settings, None)
    source = pixels._replace(array=_shape_only(pixels.array.shape, pixels.array.dtype))
    blending = _blending(pixels, settings, PixelSource(source), context)
    peaks, held = [0], 0
    for steps in plan.lines:
        masking = _of_mask(steps[0], source, settings, threads)
        peaks.append(held + sum(masking))
        line, before = line_of(PixelSource(source), steps, context), held + masking[0]
        is_last = steps[-1] is plan.steps[-1]
        dtype = pixels.array.dtype if is_last else np.float32
        shape = (line[-1].height, line[-1].width, len(pixels.channels))
        source = pixels._replace(array=_shape_only(shape, dtype))
        held = 0 if is_last else int(source.array.nbytes)
        mixing = blending if is_last else None
        peaks.append(before + _of_line(line, source, threads, mixing) + held)
    return max(peaks)


def _of_mask(step: Step, source: Pixels, settings: Settings, threads: int) -> tuple[int, int]:
    """Return the bytes of the floats that a mask makes, and of the spectrum of a channel."""
    if not step.filter.mask:
        return 0, 0
    height, width = source.height, source.width
    spectrum = frequencies.needed(height, width, settings.mask_border, threads)
    return 4 * height * width * len(source.channels), spectrum


def _blending(
    pixels: Pixels, settings: Settings, source: PixelSource, context: StepContext
) -> Blending | None:
    """Return the blending of a picture, whose weights take no memory."""
    if not settings.blend:
        return None
    weights = BlendWeights.of(settings.blend, pixels)
    values = _shape_only(weights.values.shape, weights.values.dtype)
    return Blending(weights._replace(values=values), source, context)


def _of_line(
    line: Sequence[StepRows], result: Pixels, threads: int, blending: Blending | None
) -> int:
    """Return the bytes of a line of steps: of its small pictures, and of the most work at once."""
    small, peaks = 0, []
    for level in (level for rows in line for level in rows.pyramid_levels()):
        level.rows = _shape_only(level.shape, np.float32)
        small += level.rows.nbytes
        edges = level.band_edges(threads)
        shrinking = level.schedule(range(*edges[-2:]), CountingSchedule)
        peaks.append((len(edges) - 1) * _bytes(shrinking))
        peaks.append(_blurring(level, threads))
    last = line[-1]
    edges = last.band_edges(threads)
    band = last.band(range(*edges[-2:]), CountingSchedule)
    Storage(result, last.finisher, blending=blending).add(band)
    peaks.append((len(edges) - 1) * _bytes(band.schedule))
    return small + max(peaks)


def _blurring(level: PyramidLevel, threads: int) -> int:
    """Return the bytes that it takes to blur a small picture where it lies, or into another one."""
    plan = make_plan([Filter("blur", (level.kernel,))], PlanOptions("separable"))
    near = 2 * (level.kernel.height - 1) * threads
    copied = near if 2 * near < level.shape[0] else level.shape[0]
    return needed(plan, level.pixels, Settings(), threads) + copied * int(level.rows[0].nbytes)
