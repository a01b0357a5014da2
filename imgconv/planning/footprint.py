"""How much memory a plan takes beside the picture and its result, by and large.

A float copy of the picture exists only between two lines of steps. The picture is cut into bands,
one for each thread, and each has for every step the rows that its kernels span, some to spare, and
the sums of a strip. So this is the arithmetic of windows (``execution/window.py``) and of the room
that engines work in, without any of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from imgconv.engines import ENGINES
from imgconv.engines.base import Engine, PyramidEngine, RunningSumEngine
from imgconv.engines.pyramid import Axis
from imgconv.errors import LimitError
from imgconv.images.pixels import Pixels
from imgconv.jit.schedule import TOGETHER
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel, Reach
from imgconv.planning.plan import MOST_KEPT, STRIP_BYTES, Pass, Plan, PlanOptions, Step, make_plan
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory

_FLOAT = 4

# Bytes for each weight, while it is found out where in the rows it lies.
_WEIGHT = 40

# Bytes for each point of a tile, while the spectrum of the weights is made.
_POINT = 40

# Bytes for each row and column of a result that is made from a small picture: where, and how.
_PLACE = 40

# The rows from which a small picture is made, and those of it that grow.
_SHRINKING = 20

# The rows in which sums run, as float64.
_RUNNING = 5 * 2


class _Frame(NamedTuple):
    """The size of a picture, or of what a step makes of it."""

    height: int
    width: int
    channels: int

    @property
    def row(self) -> int:
        """The bytes of a row as floats."""
        return _FLOAT * self.width * self.channels

    def after(self, step: Step, extent: str) -> _Frame:
        """The size of what ``step`` makes of it."""
        return _Frame(*step.size(self.height, self.width, extent), self.channels)


class _Part(NamedTuple):
    """What a step does in one band: it makes ``rows`` of ``made``, ``strip`` a turn."""

    step: Step
    source: _Frame
    made: _Frame
    rows: int
    strip: int
    is_first: bool

    def padded(self, reach: Reach) -> int:
        """The bytes of a row with what lies beyond its ends."""
        return self.made.row + _FLOAT * (reach.left + reach.right) * self.made.channels

    def window(self, reach: Reach) -> int:
        """The bytes of the rows around those of a turn, and of those to come."""
        around = reach.above + reach.below
        turns = 1 if self.strip >= 3 * around else max(2, -(-around // self.strip))
        return (around + min(turns * self.strip, self.rows) + TOGETHER) * self.padded(reach)


class _Small(NamedTuple):
    """A small picture, and the kernel that blurs it."""

    pixels: Pixels
    kernel: Kernel


def check(
    plan: Plan, pixels: Pixels, border: Border, extent: str, threads: int, overwrites: bool
) -> None:
    """Raise ``LimitError`` where it takes more memory than is free to filter ``pixels``.

    ``overwrites`` says that the result needs none of its own. Pictures and kernels that together
    are small are not looked at, as this may take longer than to filter one.
    """
    reach = sum(step.reach.above + step.reach.below for step in plan.steps)
    largest = _FLOAT * pixels.array.size + threads * reach * _FLOAT * pixels.array[0].size
    if largest < NOT_WORTH_ASKING:
        return
    result = 0 if overwrites and extent == "same" else int(pixels.array.nbytes)
    wanted = needed(plan, pixels, border, extent, threads) + result
    free = free_memory() if wanted > NOT_WORTH_ASKING else math.inf
    if wanted > free:
        raise LimitError(
            f"this takes about {wanted / 1e6:,.0f} MB of memory, and {free / 1e6:,.0f} MB are free",
            "take a smaller picture or kernel, or fewer --threads",
        )


def needed(plan: Plan, pixels: Pixels, border: Border, extent: str, threads: int) -> int:
    """About how many bytes it takes to filter ``pixels``, beside these and the result.

    Raises ``UsageError`` where the ``extent`` leaves nothing of them.
    """
    frame = _Frame(pixels.height, pixels.width, len(pixels.channels))
    peaks, between = [0], 0
    for line in plan.lines:
        parts = _parts(line, frame, extent, threads)
        frame, before = parts[-1].made, between
        between = 0 if line[-1] is plan.steps[-1] else frame.height * frame.row
        peaks.append(before + _of_line(parts, border, threads) + between)
    return max(peaks)


def _parts(line: Sequence[Step], source: _Frame, extent: str, threads: int) -> list[_Part]:
    """What each step of a line does in a band; see ``StepRows.strip`` for the height of a strip.

    Rows of 16 bits are half as long as is said here, and strips of them twice as high.
    """
    frames = list(accumulate(line, lambda frame, step: frame.after(step, extent), initial=source))
    last, grid = frames[-1], line[-1].grid
    strip = grid if grid > 1 else max(1, STRIP_BYTES // last.row // TOGETHER) * TOGETHER
    rows = -(-last.height // min(threads, -(-last.height // strip)))
    return [
        _Part(step, before, after, rows, min(strip, rows), before is source)
        for step, (before, after) in zip(line, pairwise(frames), strict=True)
    ]


def _of_line(parts: Sequence[_Part], border: Border, threads: int) -> int:
    """The bytes that the steps take which run strip by strip through one another.

    Small pictures are made first; for what is made of them alone, no step before runs again.
    """
    bands = -(-parts[-1].made.height // parts[-1].rows)
    small: list[_Small] = []
    running, peaks = 0, []
    for part in parts:
        coarse = [todo for todo in part.step.passes if todo.spacing]
        if coarse:
            small += [_small(todo, part, border) for todo in coarse]
            peaks.append(bands * (running + _SHRINKING * part.source.row))
            peaks.append(max(_blurring(*one, threads) for one in small))
        running = _step(part) + (running if len(coarse) < len(part.step.passes) else 0)
    peaks.append(bands * (running + _beyond(parts, border)))
    return sum(int(one.pixels.array.nbytes) for one in small) + max(peaks)


def _beyond(parts: Sequence[_Part], border: Border) -> int:
    """The bytes of the programs that make rows beyond the edges: two for every step before another.

    Each makes few rows, and has such programs itself.
    """
    if border.name == "constant" or len(parts) > MOST_KEPT:
        return 0
    last = len(parts) - 1
    few = [part._replace(rows=TOGETHER, strip=TOGETHER) for part in parts]
    return sum((3 ** (last - place) - 1) * _step(part) for place, part in enumerate(few))


def _step(part: _Part) -> int:
    """The bytes that a step takes in one band."""
    passes = part.step.passes
    sums = (len(passes) + (part.step.filter.range != "clamp")) * part.strip * part.made.row
    shares = any(isinstance(ENGINES[todo.engine], Engine) for todo in passes)
    window = part.window(part.step.reach) if shares else 0
    return sums + window + sum(_pass(todo, part) for todo in passes)


def _pass(todo: Pass, part: _Part) -> int:
    """The bytes that an engine takes for itself."""
    engine = ENGINES[todo.engine]
    return _ROOM[type(engine)](engine, todo, part)


def _room_in_window(engine: Engine, todo: Pass, part: _Part) -> int:
    length = part.padded(todo.kernel.reach) // _FLOAT
    scratch = math.prod(engine.scratch(todo.kernel, part.made.channels, length))
    if engine.grid(todo.kernel) > 1:
        tables = _POINT * scratch // (2 * part.made.channels)
    else:
        tables = round(_WEIGHT * todo.multiplications)
    return _FLOAT * scratch + tables


def _room_to_run(engine: RunningSumEngine, todo: Pass, part: _Part) -> int:
    reach = todo.kernel.reach
    twice = 2 * (2 * part.strip + TOGETHER) * part.padded(reach)
    return _RUNNING * part.padded(reach) + (twice if part.is_first else part.window(reach))


def _room_to_enlarge(engine: PyramidEngine, todo: Pass, part: _Part) -> int:
    return 4 * part.made.row + _PLACE * (part.rows + part.made.width)


_ROOM: dict[type, Callable[[Any, Pass, _Part], int]] = {
    Engine: _room_in_window,
    RunningSumEngine: _room_to_run,
    PyramidEngine: _room_to_enlarge,
}


def _small(todo: Pass, part: _Part, border: Border) -> _Small:
    """The small picture that a pass works on."""
    assert todo.spacing and todo.kernel.sigmas, "the planner sends only Gaussians here"
    is_even = border.is_flat
    axes = [
        Axis.of(d, sigma, (size - made) // 2, made, size, is_even)
        for d, sigma, size, made in zip(
            todo.spacing, todo.kernel.sigmas, part.source, part.made, strict=False
        )
    ]
    shape = *(len(axis.wanted) for axis in axes), part.made.channels
    empty = np.broadcast_to(np.float32(0), shape)
    names = tuple(map(str, range(part.made.channels)))
    return _Small(Pixels(empty, names), Kernel.outer(axes[0].weights, axes[1].weights))


def _blurring(small: Pixels, kernel: Kernel, threads: int) -> int:
    """The bytes that it takes to blur a small picture where it lies, or into another one."""
    plan = make_plan([Filter("blur", (kernel,))], PlanOptions("separable"))
    near = 2 * (kernel.height - 1) * threads
    copied = near if 2 * near < small.height else small.height
    row = _FLOAT * small.width * len(small.channels)
    return needed(plan, small, Border(), "same", threads) + copied * row
