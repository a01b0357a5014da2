"""The memory that a plan takes beside the picture and its result.

It is counted: one band gets its schedule, with arrays that have a shape and take no memory.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imgconv.engines.base import PlanOptions
from imgconv.errors import LimitError
from imgconv.execution.context import StepContext
from imgconv.execution.layout import Storage
from imgconv.execution.pipeline import StepRows, line_of
from imgconv.execution.pyramid_level import PyramidLevel
from imgconv.execution.sources import PixelSource
from imgconv.images.pixels import Pixels
from imgconv.jit.arguments import SlidingView, flattened
from imgconv.jit.schedule import Schedule
from imgconv.kernels.filter import Filter
from imgconv.planning.plan import Plan
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory

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
    assert isinstance(schedule, CountingSchedule), "footprints are made of counting schedules"
    return schedule.bytes


def check(plan: Plan, pixels: Pixels, settings: Settings, threads: int, overwrites: bool) -> None:
    """Raise ``LimitError`` where filtering ``pixels`` takes more memory than is free.

    A result that ``overwrites`` the picture needs none of its own. For small pictures and kernels
    nothing is counted, as that may take longer than to filter one.
    """
    reach = sum(step.reach.above + step.reach.below for step in plan.steps)
    largest = 4 * (pixels.array.size + threads * reach * pixels.array[0].size)
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
    peaks, held = [0], 0
    for steps in plan.lines:
        line, before = line_of(PixelSource(source), steps, context), held
        is_last = steps[-1] is plan.steps[-1]
        dtype = pixels.array.dtype if is_last else np.float32
        shape = (line[-1].height, line[-1].width, len(pixels.channels))
        source = pixels._replace(array=_shape_only(shape, dtype))
        held = 0 if is_last else int(source.array.nbytes)
        peaks.append(before + _of_line(line, source, threads) + held)
    return max(peaks)


def _of_line(line: Sequence[StepRows], result: Pixels, threads: int) -> int:
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
    Storage(result, last.finisher).add(band)
    peaks.append((len(edges) - 1) * _bytes(band.schedule))
    return small + max(peaks)


def _blurring(level: PyramidLevel, threads: int) -> int:
    """Return the bytes that it takes to blur a small picture where it lies, or into another one."""
    plan = make_plan([Filter("blur", (level.kernel,))], PlanOptions("separable"))
    near = 2 * (level.kernel.height - 1) * threads
    copied = near if 2 * near < level.shape[0] else level.shape[0]
    return needed(plan, level.pixels, Settings(), threads) + copied * int(level.rows[0].nbytes)
