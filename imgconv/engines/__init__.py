"""The engines: one algorithm a file, with its rule, cost, loop and lowering in one record.

An engine turns padded rows into sums::

    sums[y, i] = sum over taps of weight * rows[y + tap row, i + tap column]

``rows`` are float32 or int16, (n + height - 1, row length), and reach beyond the edge already. A
row is flat: pixels of several channels lie interleaved, so a tap one pixel to the right lies
``channels`` values further on. Borders, colour and pixel types are unknown here.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from imgconv.engines.base import Engine

# How far a result may be from the exact one before it is rounded, in levels of 255.
TOLERANCE = 0.5

# The file that defines each engine, and its record there.
_RECORDS = {
    "direct": ("direct", "ENGINE"),
    "separable": ("separable", "ENGINE"),
    "low-rank": ("separable", "LOW_RANK"),
    "running": ("box", "ENGINE"),
    "pyramid": ("pyramid", "ENGINE"),
    "fourier": ("fourier", "ENGINE"),
}


class Cost(NamedTuple):
    """Nanoseconds of one core for each value of the result: ``fixed``, and for a multiplication."""

    fixed: float
    each: float


@cache  # a plan asks for records fifty times, and its layout
def _record(module: str, name: str) -> "Engine":
    engine: Engine = getattr(import_module(f"imgconv.engines.{module}"), name)
    return engine


class _Engines(Mapping[str, "Engine"]):
    """The engines by name. Their names are known without importing them, and so NumPy."""

    def __getitem__(self, name: str) -> "Engine":
        return _record(*_RECORDS[name])

    def __iter__(self) -> Iterator[str]:
        return iter(_RECORDS)

    def __len__(self) -> int:
        return len(_RECORDS)


ENGINES = _Engines()
