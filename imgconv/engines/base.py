"""The record of an engine, with the types of its rule and of its lowering."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imgconv.engines import ENGINES, TOLERANCE, Cost
from imgconv.jit.arguments import SlidingView
from imgconv.jit.kernel_loop import JitLoop
from imgconv.jit.schedule import Schedule
from imgconv.kernels.kernel import Kernel, Reach

# The largest number of float32.
LARGEST_FLOAT = float(np.finfo(np.float32).max)

# The largest number up to which float32 holds all whole numbers.
LARGEST_WHOLE = 2**24


class Bounds(NamedTuple):
    """The bounds of values, as shares of white; infinite where values may be infinite or NaN."""

    low: float = 0.0
    high: float = 1.0

    @property
    def magnitude(self) -> float:
        """The largest value without its sign, or difference of two; at least 1."""
        return max(1.0, -self.low, self.high, self.high - self.low)


class AlphaRule(NamedTuple):
    """The treatment of alpha in a chain; the default is that of a picture without alpha.

    With ``weighs``, filters that average weight colour by alpha. ``is_filtered`` says whether
    filters change alpha itself: all (True), none (False), or those that average (None).
    """

    weighs: bool = False
    is_filtered: bool | None = True

    def treatment(self, is_average: bool) -> tuple[bool, bool]:
        """Return whether a filter filters alpha, and whether it weights colour by it."""
        is_filtered = is_average if self.is_filtered is None else self.is_filtered
        return is_filtered, self.weighs and is_average


class PlanOptions(NamedTuple):
    """The demands of a user and of a picture on a plan.

    ``engine`` forces an engine; ``tolerance`` is in levels of 255. Floats (``is_float``) may be of
    any size or NaN; ``bounds`` are the least and the largest value that a filter reads, and
    ``maximum`` is white. With ``is_bytes`` the first filter reads whole numbers up to 255, and with
    ``is_whole`` 16 bits hold all its sums. ``least_inside`` is the least share of the weights that
    lies inside the picture, where results are divided by it, as with the border ``none``.
    """

    engine: str | None = None
    tolerance: float = TOLERANCE
    is_float: bool = False
    is_bytes: bool = False
    is_whole: bool = False
    bounds: Bounds = Bounds()
    maximum: float = 255.0
    alpha: AlphaRule = AlphaRule()
    least_inside: float | None = None

    @property
    def is_finite(self) -> bool:
        """Whether all values are finite, so that engines may let them meet weights of 0.

        Sums of earlier filters that float32 cannot hold are infinite.
        """
        return self.bounds.magnitude * self.maximum <= LARGEST_FLOAT

    @property
    def share(self) -> float:
        """The tolerance as a share of the largest value, which errors of engines grow with."""
        return self.tolerance / 255 / self.bounds.magnitude


DEFAULT_OPTIONS = PlanOptions()


class Pass(NamedTuple):
    """One kernel and the engine that runs it.

    ``multiplications`` are counted for each value of the result. ``error`` is the largest
    difference from the exact result, as a share of the difference between black and white. Sums
    are divided by ``scale``. ``spacing`` is how much smaller the picture of a pyramid is, down and
    across. If ``is_whole``, rows and sums are int16, and a level is ``unit`` of them in the rows.
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
    def largest(self) -> float:
        """The bound of the absolute sums of values up to 255."""
        result = 255 * (self.kernel.magnitude / abs(self.kernel.scale) + self.error)
        return result * abs(self.scale)

    def rounding(self, white: float) -> float:
        """Return a bound of the rounding error of sums in float32, as a share of ``white``.

        Levels of 8 bits are too far apart for it. Sums of whole numbers are exact up to 2^24.
        """
        kernel = self.kernel
        if white <= 255 or (kernel.is_integer and white * kernel.magnitude < LARGEST_WHOLE):
            return 0.0
        return (self.multiplications + 2) * 2.0**-24 * gain(kernel)

    @property
    def stays_within(self) -> bool:
        """Whether results of bytes round to bytes without clamping, as means do."""
        kernel = self.kernel
        total, magnitude = kernel.sum / kernel.scale, kernel.magnitude / abs(kernel.scale)
        below, above = (magnitude - total) / 2 + self.error, (magnitude + total) / 2 + self.error
        return not kernel.offset and 255 * below < 0.5 and 255 * above < 255.5


def candidates(kernel: Kernel, options: PlanOptions = DEFAULT_OPTIONS) -> Iterator[Pass]:
    """Yield the pass of every engine that can run ``kernel``."""
    return filter(None, (engine.candidate(kernel, options) for engine in ENGINES.values()))


def gain(kernel: Kernel) -> float:
    """Return the largest factor by which a kernel enlarges the error of its input."""
    parts = kernel.factor or (kernel.weights,)
    return math.prod(float(np.abs(part).sum()) for part in parts) / abs(kernel.scale)


class RowLayout(NamedTuple):
    """The layout of padded rows: ``channels`` of a pixel lie side by side, rows ``length`` apart.

    Values are of the type ``dtype``, where a level is ``unit``, and up to ``maximum``. If
    ``is_whole``, they are whole numbers from 0. If they ``may_be_any``, they may be infinite or
    NaN, and no loop lets one meet a weight of 0.
    """

    channels: int
    length: int
    dtype: DTypeLike = np.float32
    unit: int = 1
    maximum: float = 1.0
    is_whole: bool = False
    may_be_any: bool = False


class RowWindow(Protocol):
    """A window of padded rows: iterations read ``rows`` and load ``fresh``, ``added`` many."""

    rows: SlidingView
    fresh: SlidingView
    added: NDArray[np.int64]


class Lowering(NamedTuple):
    """The place where engines add the calls of their loops: a schedule, and the rows of a step.

    Iteration t makes the rows ``bounds[t] .. bounds[t + 1] - 1``, counted in rows of the source as
    is ``first``, the first row of the whole result. ``rounded_height`` is the column of the
    schedule with their number, rounded up to a multiple of ``ROWS_AT_ONCE``. ``reach`` covers all
    kernels of the step, whose engines share a window of whole neighbourhoods. ``window(reach,
    fresh_only)`` makes others, also to read a source twice that ``is_picture``.
    """

    schedule: Schedule
    bounds: NDArray[np.int64]
    first: int
    rounded_height: int
    reach: Reach
    layout: RowLayout
    is_picture: bool
    shared_window: Callable[[], RowWindow]
    window: Callable[[Reach, bool], RowWindow]

    def columns_before(self, kernel: Kernel) -> int:
        """Return how many values the rows begin before the first one that ``kernel`` needs."""
        return (self.reach.left - kernel.reach.left) * self.layout.channels

    def add(
        self,
        loop: JitLoop,
        kernel: Kernel,
        arguments: Iterable[Any],
        sums: SlidingView,
        *scratch: NDArray[Any],
    ) -> None:
        """Add ``loop(rows, length, *arguments, sums, *scratch)`` over whole neighbourhoods.

        ``rows`` is a flat array of all rows, ``length`` apart, from the first that counts.
        """
        length = self.layout.length
        offset = (self.reach.above - kernel.reach.above) * length + self.columns_before(kernel)
        rows = self.shared_window().rows._replace(flat=True, offset=offset)
        self.schedule.call(loop, rows, length, *arguments, sums, *scratch, when=sums.height)


class Engine(NamedTuple):
    """An algorithm, and all that the other packages must know of it.

    ``candidate(kernel, options)`` returns the pass that would run a kernel, or None where the
    engine cannot. ``lower(lowering, kernel, sums, level)`` adds the calls that fill ``sums``;
    ``level`` is the small picture for passes with a ``spacing``. ``cost`` is as ``imgconv tune``
    measured it, with two ``samples``: a small and a large filter that suit the engine.

    An engine that ``suits_all_values`` is exact for floats of any size, and a NaN or an infinity
    does not meet weights of 0. Where ``strip_height(kernel)`` is given, the engine makes that many
    rows at once, and strips begin at multiples of it. With ``reads_twice`` rows are read as they
    enter the kernel and again as they leave it.
    """

    candidate: Callable[[Kernel, PlanOptions], Pass | None]
    lower: Callable[[Lowering, Kernel, SlidingView, Any], None]
    cost: Cost
    samples: tuple[str, str]
    strip_height: Callable[[Kernel], int] | None = None
    reads_twice: bool = False
    suits_all_values: bool = False
