"""Measuring what engines cost on this machine: two kernels for each, on a tall and a low picture.

    seconds of a run = what every run takes + values * (fetch and store + fixed + each * m)

for a kernel of m multiplications. Two heights of picture give what a value takes, two kernels part
that into ``fixed`` and ``each``. Filters that do next to nothing add no fetching and storing
to the first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from statistics import median

import numpy as np

from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import box, disk, gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning import costs
from imgconv.planning.costs import Cost, Costs
from imgconv.planning.plan import PlanOptions, make_plan
from imgconv.planning.settings import TOLERANCE, Settings
from imgconv.system import atomic

# Two heights of a picture, and its width: two megapixels and a quarter of that.
HEIGHTS, WIDTH = (320, 1280), 1600

_REPEATS = 7


def _dense(size: int) -> Kernel:
    """A kernel without zeros, and without any structure to make use of."""
    return Kernel(np.random.default_rng(size).random((size, size)) + 0.5).normalised().folded()


# For each engine two kernels that it is good at, one small and one large.
SAMPLES: dict[str, tuple[Kernel, Kernel]] = {
    "direct": (_dense(3), _dense(9)),
    "separable": (gaussian(1), gaussian(6)),
    "low-rank": (disk(8), disk(20)),
    "running": (box(5), box(50)),
    "pyramid": (gaussian(8), gaussian(30)),
    "fourier": (_dense(17), _dense(65)),
}

# The least that can be done in floats: a whole weight would be summed in whole numbers.
LEAST = Kernel([[0.5]])


def measure(progress: Callable[[int, int], None] = lambda done, total: None) -> Costs:
    """What the engines cost here; ``progress`` is told how many of them are done."""
    first, all_five = _nanoseconds("direct", LEAST), _nanoseconds("direct", *[LEAST] * 5)
    fetch_and_store = max(0.0, first - (all_five - first) / 4)
    found = {}
    for done, (engine, kernels) in enumerate(SAMPLES.items(), 1):
        progress(done, len(SAMPLES))
        points = [
            (multiplications(engine, kernel), _nanoseconds(engine, kernel) - fetch_and_store)
            for kernel in kernels
        ]
        found[engine] = fitted(*sorted(points))
    return Costs(found, fetch_and_store)


def fitted(small: tuple[float, float], large: tuple[float, float]) -> Cost:
    """The line through two points (multiplications, nanoseconds).

    Where noise makes it fall, or begin below 0, a level one or one from 0 that is near them.
    """
    (m, less), (n, more) = small, large
    mean = max(0.0, (less + more) / 2)
    if n == m or more < less:
        return Cost(mean, 0.0)
    each = (more - less) / (n - m)
    fixed = less - each * m
    return Cost(fixed, each) if fixed >= 0 else Cost(0.0, 2 * mean / (m + n))


def multiplications(engine: str, kernel: Kernel) -> float:
    """Those of a kernel for each value, as the engine runs it."""
    return make_plan([Filter("sample", (kernel,))], wishes(engine)).multiplications


def wishes(engine: str) -> PlanOptions:
    """Sums in floats, which are what costs mean: those in fixed point are near, but not exact."""
    tolerance = 0 if engine in ("direct", "separable") else TOLERANCE
    return PlanOptions(engine, tolerance, is_bytes=True)


def _nanoseconds(engine: str, *kernels: Kernel) -> float:
    """What a value takes on one core: the difference that more of them make."""
    filters = [Filter("sample", (kernel,)) for kernel in kernels]
    settings = Settings(engine=engine, threads=1, tolerance=wishes(engine).tolerance)
    pictures = [_picture(height) for height in HEIGHTS]
    filter_pixels(_picture(1), filters, settings)  # compiles
    low, tall = (_seconds(pixels, filters, settings) for pixels in pictures)
    return 1e9 * (tall - low) / (pictures[1].array.size - pictures[0].array.size)


def _seconds(pixels: Pixels, filters: list[Filter], settings: Settings) -> float:
    taken = []
    for _ in range(_REPEATS):
        begun = time.perf_counter()
        filter_pixels(pixels, filters, settings)
        taken.append(time.perf_counter() - begun)
    return median(taken)


def _picture(height: int) -> Pixels:
    values = np.random.default_rng(1).integers(0, 256, (height, WIDTH, 3), np.uint8)
    return Pixels(values, ("r", "g", "b"))


def keep(measured: Costs) -> None:
    """Keep them for the planner; raises ``WriteError`` where that cannot be done."""
    path = costs.path()
    with atomic.blaming(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(costs.write_out(measured).encode(), str(path))
    costs.held.cache_clear()


def forget() -> None:
    """Let those hold that are shipped."""
    with suppress(FileNotFoundError):
        costs.path().unlink()
    costs.held.cache_clear()
