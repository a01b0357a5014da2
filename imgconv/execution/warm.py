"""Compiling ahead: every loop meets every type of pixel once, on pictures of a few pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import product

import numpy as np

from imgconv.engines import ENGINES
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.jit import parallel
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.planning.settings import Settings

# Pixels of each type, and the layouts of Pillow that have loops of their own: the names of the
# channels, and how many are stored.
_OPAQUE = ("uint8", "rgb", 4)

_LAYOUTS = [
    *((dtype, "rgba", 4) for dtype in MAXIMUM),
    _OPAQUE,
    ("uint8", "la", 4),
    ("uint8", "l", 4),
]

# What each engine runs; those that are not named here run anything.
_SAMPLES = {"pyramid": "gaussian:10"}

# Engines that sum in fixed point where pixels have 8 bits and weights are not whole, as here.
_IN_FIXED_POINT, _NOT_WHOLE = ("direct", "separable"), "gaussian:1"

# Between them these run every loop that does not depend on the type of the pixels: those that
# combine, scale, drop the sign, weigh by alpha, carry channels and stretch. Their sums are floats
# for pixels of 16 bits, and whole for those of 8 where nothing is weighed; some go on as whole
# numbers where nothing is carried.
_FILTERS = ("blur", "sobel", "kirsch", "unsharp", "laplacian")


def compile_all(progress: Callable[[int, int], None]) -> None:
    """Compile all loops, with what help is of use; ``progress`` is told how much of how much.

    Helpers go through the same, each from another place on: what one is at, others wait for.
    """
    parts = parallel.useful() + 1
    works = [("imgconv.execution.warm:begin_at", f"{part}/{parts}") for part in range(1, parts)]
    with parallel.at_work(works):
        todo = list(tasks())
        for done, task in enumerate(todo, 1):
            task()
            progress(done, len(todo))


def begin_at(part: str) -> None:
    """For helpers: all the same, from a part of the whole on, as in ``1/2``, and then the rest."""
    todo = list(tasks())
    first = int(len(todo) * Fraction(part))
    for task in todo[first:] + todo[:first]:
        task()


def tasks() -> Iterator[Callable[[], None]]:
    """What to do, one piece after the other."""
    for layout in _LAYOUTS:
        for engine in ENGINES:
            yield partial(_run, _SAMPLES.get(engine, "blur"), layout, Settings(engine=engine))
        for engine in _IN_FIXED_POINT:
            yield partial(_run, _NOT_WHOLE, layout, Settings(engine=engine))
    for name, layout in product(_FILTERS, (*_LAYOUTS[:2], _OPAQUE)):
        yield partial(_run, name, layout, Settings(Border("constant"), range="stretch"))
        yield partial(_run, name, layout, Settings(range="abs", threads=1))
    for layout in _LAYOUTS[: len(MAXIMUM)]:
        yield partial(_run, "blur", layout, Settings(linear=True))


def _run(name: str, layout: tuple[str, str, int], settings: Settings) -> None:
    dtype, channels, stored = layout
    dots = Pixels(np.ones((3, 3, stored), dtype), tuple(channels))
    filter_pixels(dots, library.find(name), settings)
