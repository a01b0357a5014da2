"""Compiling ahead: every loop meets every type of pixel once, on pictures of a few pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from imgconv import library
from imgconv.border import Border
from imgconv.engines import ENGINES
from imgconv.filtering import Settings, filter_pixels
from imgconv.picture import MAXIMUM, Pixels

# Between them these run every loop that does not depend on the type of the pixels: those that
# combine, scale, drop the sign, weigh by alpha, carry channels and stretch.
_FILTERS = ("blur", "sobel", "kirsch", "unsharp", "laplacian")


def tasks() -> Iterator[Callable[[], None]]:
    """What to do, one piece after the other."""
    for dtype in MAXIMUM:
        for engine in ENGINES:
            yield partial(_run, "blur", dtype, Settings(engine=engine))
    for name in _FILTERS:
        yield partial(_run, name, "uint8", Settings(Border("constant"), range="stretch"))
        yield partial(_run, name, "uint8", Settings(range="abs", threads=1))


def _run(name: str, dtype: str, settings: Settings) -> None:
    dots = Pixels(np.ones((3, 3, 4), dtype), ("r", "g", "b", "a"))
    filter_pixels(dots, library.find(name), settings)
