"""A plan as a line of sources: pixels, then the rows of each step, each reading the one before.

Every thread has a line of its own. A step holds only the rows that its kernels span; between steps
nothing is rounded, and no float copy of the whole picture exists.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imgconv.border import Border
from imgconv.engines import ENGINES
from imgconv.extent import span
from imgconv.kernel import Reach
from imgconv.plan import Pass, Step
from imgconv.rows.finish import COMBINE, adjust, carry
from imgconv.rows.source import Source
from imgconv.rows.window import Surroundings, Weighting, Window

Rows = NDArray[np.float32]
Show = Callable[[Rows], None]

# A strip of so many bytes of float rows is over soon enough for an interrupt to be noticed. Strips
# of a quarter of it fit a core's own cache, but between the calls that run them threads wait for
# the interpreter lock: on two threads they took three times as long.
STRIP_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Conditions:
    """What holds for every step: border, extent, channels and the levels of the picture.

    ``colour`` is what a constant border puts outside, a value for each channel. ``filtered`` names
    the channels that a person chose; None leaves the choice to each filter.
    """

    border: Border
    extent: str
    colour: tuple[float, ...]
    filtered: frozenset[str] | None
    channels: tuple[str, ...]
    maximum: float
    alpha: int | None

    def kept(self, step: Step) -> NDArray[np.uint8]:
        """1 for the channels that a step carries as they are.

        Alpha is averaged together with the colour that it weighs, and carried past all others.
        """
        if self.filtered is None:
            averaged = step.filter.is_average
            carried = [name == "a" and not averaged for name in self.channels]
        else:
            carried = [name not in self.filtered for name in self.channels]
        return np.array(carried, np.uint8)

    def unshown(self, step: Step) -> NDArray[np.uint8]:
        """1 for the channels that a range rule leaves alone: those carried, and alpha."""
        unshown = self.kept(step)
        if self.alpha is not None:
            unshown[self.alpha] = 1
        return unshown

    def weighting(self, step: Step) -> Weighting | None:
        """How a step weighs colour by alpha, if it does."""
        if self.alpha is None or not step.filter.is_average:
            return None
        colours = 1 - self.kept(step)
        colours[self.alpha] = 0
        return Weighting(colours, self.alpha, self.maximum)

    def surrounding_colour(self, weighting: Weighting | None) -> NDArray[np.float32]:
        """What a constant border puts outside, weighed as the rows are."""
        colour = np.array(self.colour, np.float32)
        if weighting:
            weighting.weigh(colour[None], 0, 1)
        return colour

    @property
    def middle(self) -> float:
        """The grey half-way up, which the range rule ``offset`` adds."""
        return 0.5 if self.maximum == 1 else (self.maximum + 1) / 2


class StepRows:
    """The result of one step, as a source of rows for the next."""

    def __init__(self, step: Step, source: Source, conditions: Conditions, show: Show) -> None:
        self._filter, self._show = step.filter, show
        self.channels = source.channels
        self._reach = reach = step.reach
        down = span(conditions.extent, source.height, reach.above, reach.below)
        across = span(conditions.extent, source.width, reach.left, reach.right)
        self.height, self.width, self._start = down.size, across.size, down.start
        length = self.width * self.channels
        self.strip = max(1, min(self.height, STRIP_BYTES // (4 * length)))
        self._weighting = conditions.weighting(step)
        self._kept = conditions.kept(step)
        around = Surroundings(
            conditions.border,
            conditions.surrounding_colour(self._weighting),
            across.start - reach.left,
            across.start + across.size + reach.right,
        )
        overlap = reach.above + reach.below
        self._window = Window(source, around, self._weighting, self.strip, overlap)
        self._runs = [PassRun(p, reach, self.channels, self._window.length) for p in step.passes]
        self._memory = np.empty(len(self._runs) * self.strip * length, np.float32)

    def compute(self, first: int, last: int) -> Rows:
        """The rows ``first .. last - 1``, at most ``strip`` of them; good until the next call."""
        above, below = self._reach.above, self._reach.below
        rows = self._window.rows(first + self._start - above, last + self._start + below)
        shape = (len(self._runs), last - first, self.width * self.channels)
        sums = self._memory[: math.prod(shape)].reshape(shape)
        for run, out in zip(self._runs, sums, strict=True):
            run(rows, out)
        if self._filter.combine != "none":
            COMBINE[self._filter.combine](sums, self._filter.threshold)
        self._finish(sums[0], rows[above:])
        result: Rows = sums[0]
        return result

    def _finish(self, result: Rows, rows: Rows) -> None:
        if self._weighting:
            self._weighting.unweigh(result)
            alpha = result[:, self._weighting.alpha :: self.channels].copy()
            self._show(result)
            result[:, self._weighting.alpha :: self.channels] = alpha
        else:
            self._show(result)
        if self._kept.any():
            carry(rows, self._reach.left * self.channels, self._kept, result)

    def read(self, first: int, last: int, rows: Rows, left: int) -> None:
        """Fill ``rows`` with the rows ``first .. last - 1``, ``left`` pixels from their start."""
        start, stop = left * self.channels, (left + self.width) * self.channels
        for strip in range(first, last, self.strip):
            end = min(strip + self.strip, last)
            rows[strip - first : end - first, start:stop] = self.compute(strip, end)


class PassRun:
    """One pass made ready to run over windows of a given row length, in one thread."""

    def __init__(self, todo: Pass, reach: Reach, channels: int, length: int) -> None:
        kernel, engine = todo.kernel, ENGINES[todo.engine]
        self._kernel, self._length, self._loop = kernel, length, engine.loop
        self._prepared = engine.prepare(kernel, channels, length)
        self._scratch = np.empty((engine.scratch, length), np.float32)
        self._down = reach.above - kernel.reach.above
        self._right = (reach.left - kernel.reach.left) * channels

    def __call__(self, rows: Rows, sums: Rows) -> None:
        """Fill ``sums`` from the rows of a window that begins at the step's own reach."""
        flat = rows[self._down :].reshape(-1)[self._right :]
        self._loop(flat, self._length, *self._prepared, sums, self._scratch)
        if self._kernel.scale != 1 or self._kernel.offset != 0:
            adjust(sums, self._kernel.scale, self._kernel.offset)


def line(
    steps: Sequence[Step], source: Source, conditions: Conditions, shows: Sequence[Show]
) -> StepRows:
    """Join steps behind a source, each showing its result by one of ``shows``; gives the last."""
    for step, show in zip(steps, shows, strict=True):
        source = rows = StepRows(step, source, conditions, show)
    return rows
