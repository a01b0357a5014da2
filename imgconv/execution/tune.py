"""The measurement of the engines' costs: two filters for each, on a tall and a low picture.

    seconds of a run = start + values * (fetch and store + fixed + each * m)

for a kernel of m multiplications. Two heights of a picture give the time of a value, two kernels
divide it into ``fixed`` and ``each``. A filter of hardly any work gives ``fetch and store``.
"""

import time
from contextlib import suppress
from statistics import median

import numpy as np

from imgconv.engines import ENGINES, TOLERANCE, Cost
from imgconv.engines.base import PlanOptions
from imgconv.errors import ImgconvError
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning import costs
from imgconv.planning.costs import Costs
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from imgconv.system import atomic
from imgconv.system.threads import Progress, no_progress

# The heights of a picture, and its width: two megapixels and a quarter of that.
HEIGHTS, WIDTH = (320, 1280), 1600

_REPEATS = 7

# How often an engine is measured at most.
_ATTEMPTS = 5

# The least work in float32: a whole weight would be summed in whole numbers.
LEAST = Kernel([[0.5]])


def measure(progress: Progress = no_progress) -> Costs:
    """Measure the costs of all engines."""
    first, all_five = _nanoseconds("direct", LEAST), _nanoseconds("direct", *[LEAST] * 5)
    fetch_and_store = max(0.0, first - (all_five - first) / 4)
    found = {}
    for done, engine in enumerate(ENGINES, 1):
        progress(done, len(ENGINES))
        found[engine] = _cost(engine, fetch_and_store)
    return Costs(found, fetch_and_store)


def _cost(engine: str, fetch_and_store: float) -> Cost:
    """Measure an engine, again where other work on the machine spoils a measurement."""
    for _ in range(_ATTEMPTS):
        points = [
            (multiplications(engine, kernel), _nanoseconds(engine, kernel) - fetch_and_store)
            for kernel in sample_kernels(engine)
        ]
        if cost := fitted(*sorted(points)):
            return cost
    raise ImgconvError(
        f"the engine '{engine}' took no longer for more work, {_ATTEMPTS} times",
        "run 'imgconv tune' again when the machine does nothing else",
    )


def sample_kernels(engine: str) -> list[Kernel]:
    return [library.find(name)[0].kernels[0] for name in ENGINES[engine].samples]


def fitted(small: tuple[float, float], large: tuple[float, float]) -> Cost | None:
    """Return the line through two points (multiplications, nanoseconds), None where it falls.

    A line that begins below 0 becomes one from 0 that is near the points. With equal
    multiplications it is level.
    """
    (m, less), (n, more) = small, large
    if min(less, more) <= 0 or (more <= less and n > m):
        return None
    mean = (less + more) / 2
    if n == m:
        return Cost(mean, 0.0)
    each = (more - less) / (n - m)
    fixed = less - each * m
    return Cost(fixed, each) if fixed >= 0 else Cost(0.0, 2 * mean / (m + n))


def multiplications(engine: str, kernel: Kernel) -> float:
    """Return the number for each value of the result, as the engine runs the kernel."""
    return make_plan([Filter("sample", (kernel,))], options(engine)).multiplications


def options(engine: str) -> PlanOptions:
    """Return options for sums in float32, whose costs serve for fixed point too."""
    tolerance = 0 if engine in ("direct", "separable") else TOLERANCE
    return PlanOptions(engine, tolerance, is_bytes=True)


def _nanoseconds(engine: str, *kernels: Kernel) -> float:
    """Return the time of a value on one core: the difference between two heights of a picture."""
    filters = [Filter("sample", (kernel,)) for kernel in kernels]
    settings = Settings(engine=engine, threads=1, tolerance=options(engine).tolerance)
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
    """Write the costs to the planner's file; raises ``WriteError`` if that fails."""
    path = costs.path()
    with atomic.write_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(costs.write_out(measured).encode(), str(path))
    costs.measured.cache_clear()


def forget() -> None:
    """Remove the planner's file, so that the shipped costs are used again."""
    with suppress(FileNotFoundError):
        costs.path().unlink()
    costs.measured.cache_clear()
