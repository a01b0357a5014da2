"""A kernel that slides over a part of a picture: the part, and its results in reading order."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.kernels.border import Span
from imgconv.kernels.filter import check_kernels
from imgconv.study.chain import Chain, Step
from imgconv.study.pixel import ChannelValue, checked_step, explain_pixel
from imgconv.study.surroundings import around

Array = NDArray[np.float64]

MOST_FRAMES = 600


class Slide(NamedTuple):
    """The levels under all kernels, and of the results, each (height, width, channels).

    ``rows`` and ``columns`` are those of the step's result. ``is_outside`` marks levels that the
    border filled in. The neighbourhood of result (0, 0) begins at level (0, 0).
    """

    chain: Chain
    number: int
    rows: range
    columns: range
    levels: Array
    is_outside: NDArray[np.bool_]
    results: Array

    @property
    def step(self) -> Step:
        return self.chain.steps[self.number - 1]

    def values(self, channel: int) -> Iterator[tuple[int, int, ChannelValue]]:
        """Yield row and column in ``results``, and the arithmetic of one channel there."""
        for row, y in enumerate(self.rows):
            for column, x in enumerate(self.columns):
                found = explain_pixel(self.chain, self.number, (x, y))
                yield row, column, found.channels[channel]


def cut_out(
    chain: Chain, number: int | None, centre: tuple[int, int] | None, window: tuple[int, int]
) -> Slide:
    """Return the slide over ``window`` (width, height) pixels around ``centre`` (x, y).

    The window is moved inside the picture. With the extent ``valid`` the kernel stays inside the
    window. Raises ``UsageError`` for a step that is not there, and for none or too many results.
    """
    number = checked_step(chain, number)
    step, pixels = chain.steps[number - 1], chain.pixels
    check_kernels([step.filter], "leave out --slide to see the four steps of a mask")
    x, y = centre or (pixels.width // 2, pixels.height // 2)
    if not (x < pixels.width and y < pixels.height):
        raise UsageError(
            f"--around {x},{y} lies outside {pixels.width}x{pixels.height}",
            "choose a pixel of the picture",
        )
    starts = [each.start for each in chain.steps[: number - 1]]  # of what the step reads
    y, x = y - sum(row for row, _ in starts), x - sum(column for _, column in starts)
    above, below, left, right = step.reach
    part = around(y, step.source.height, window[1])
    rows = _Axis(above, below, step.height, step.start[0]).inside(part, chain.settings.extent)
    part = around(x, step.source.width, window[0])
    columns = _Axis(left, right, step.width, step.start[1]).inside(part, chain.settings.extent)
    _check(rows, columns, window, step)
    return _slide(chain, number, rows, columns)


class _Axis(NamedTuple):
    """The kernel's reach, the size of the result, and the input position of its first origin."""

    before: int
    after: int
    size: int
    first: int

    def inside(self, part: Span, extent: str) -> range:
        """Return the results whose origin, or whole kernel, lies in a part of the input."""
        low, high = part.start, part.start + part.size
        if extent == "valid":
            low, high = low + self.before, high - self.after
        if extent == "full":  # beside the picture too, if the part begins or ends there
            low, high = (low or -self.after), high + self.before
        return range(max(low - self.first, 0), min(high - self.first, self.size))


def _check(rows: range, columns: range, window: tuple[int, int], step: Step) -> None:
    count = len(rows) * len(columns)
    if not count:
        size = f"{step.reach.width}x{step.reach.height}"
        raise UsageError(
            f"a kernel of {size} does not fit into {window[0]}x{window[1]}",
            "give a larger --window, or --extent same",
        )
    if count > MOST_FRAMES:
        shrunk = math.sqrt(MOST_FRAMES / count)
        fitting = (math.floor(side * shrunk) for side in (len(columns), len(rows)))
        raise UsageError(
            f"{count:,} results are {count:,} frames, at most {MOST_FRAMES} are drawn",
            f"give --window {'x'.join(map(str, fitting))}",
        )


def _slide(chain: Chain, number: int, rows: range, columns: range) -> Slide:
    step = chain.steps[number - 1]
    places = np.array(rows), np.array(columns)
    levels = step.source_levels(*places).padded()
    results = chain.levels(step.colours(*places))
    return Slide(chain, number, rows, columns, levels, step.is_outside(*places), results)
