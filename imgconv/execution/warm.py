"""Compilation ahead of use: every loop runs once for every type of pixel, on 3x3 pixels."""

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import product

import numpy as np

from imgconv.engines import ENGINES
from imgconv.engines.base import PlanOptions
from imgconv.errors import UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.images.blend import Blend
from imgconv.images.mask import Mask
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.jit import kernel_loop, parallel, toolchain
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.planning.settings import Settings
from imgconv.system.threads import Progress

# The layouts of pixels that have loops of their own: type, channels, stored values of a pixel.
_OPAQUE = ("uint8", "rgb", 4)
_LAYOUTS = [*((dtype, "rgba", 4) for dtype in MAXIMUM), _OPAQUE]
_LAYOUTS += [("uint8", "la", 4), ("uint8", "l", 4)]

# Together these run every loop that does not depend on the type of the pixels: loops that combine,
# scale, drop the sign, weight by alpha, carry channels and stretch. Their sums are floats for
# pixels of 16 bits, and whole for pixels of 8 bits without weighting.
_FILTERS = ("blur", "sobel", "kirsch", "unsharp", "laplacian")


def compile_all(progress: Progress, portable: bool = False) -> None:
    """Compile all loops, with helper processes that run the same tasks, each from another one on.

    A process skips loops that another one is compiling. ``portable`` code runs on any processor
    that has the features of ``toolchain.baseline``. Raises ``UsageError`` if this one has not.
    """
    if portable:
        _aim_at_baseline()
    kernel_loop.portable_will_do = False
    parts = parallel.worker_count() + 1
    works = [("imgconv.execution.warm:begin_at", f"{part}/{parts}") for part in range(1, parts)]
    with parallel.workers(works):
        all_tasks = list(tasks())
        for done, task in enumerate(all_tasks, 1):
            task()
            progress(done, len(all_tasks))


def _aim_at_baseline() -> None:
    """Tell Numba what to compile for, in this process and in its helpers."""
    target = toolchain.baseline()
    if target is None:
        raise UsageError(
            "this processor cannot run portable code, which takes AVX2 and FMA",
            "run it on a newer machine, or leave out --portable",
        )
    os.environ[toolchain.CPU_VARIABLE], os.environ[toolchain.FEATURES_VARIABLE] = target


def begin_at(part: str) -> None:
    """Run all tasks in a helper, from a fraction of them on, as in ``1/2``, and then the rest."""
    kernel_loop.portable_will_do = False
    all_tasks = list(tasks())
    first = int(len(all_tasks) * Fraction(part))
    for task in all_tasks[first:] + all_tasks[:first]:
        task()


def tasks() -> Iterator[Callable[[], None]]:
    """Yield the runs that compile all loops between them."""
    blur = library.find("blur")[0].kernels[0]
    for layout in _LAYOUTS:
        for engine in ENGINES:
            # A filter of real weights and, if the engine runs it, one of whole weights.
            yield partial(_run, ENGINES[engine].samples[0], layout, Settings(engine=engine))
            if ENGINES[engine].candidate(blur, PlanOptions(engine)):
                yield partial(_run, "blur", layout, Settings(engine=engine))
    for name, layout in product(_FILTERS, (*_LAYOUTS[:2], _OPAQUE)):
        yield partial(_run, name, layout, Settings(Border("constant"), range="stretch"))
        yield partial(_run, name, layout, Settings(range="abs", threads=1))
    for layout in _LAYOUTS[: len(MAXIMUM)]:
        yield partial(_run, "blur", layout, Settings(linear=True))
        yield partial(_run, "blur", layout, Settings(Border("none")))
    half = Mask(np.full((3, 3), 0.5, np.float32), 1.0)
    for blend, layout in product((Blend(50), Blend(mask=half)), (_LAYOUTS[0], _OPAQUE)):
        yield partial(_run, "blur", layout, Settings(linear=True, blend=blend))


def _run(name: str, layout: tuple[str, str, int], settings: Settings) -> None:
    dtype, channels, stored = layout
    dots = Pixels(np.ones((3, 3, stored), dtype), tuple(channels))
    filter_pixels(dots, library.find(name), settings)
