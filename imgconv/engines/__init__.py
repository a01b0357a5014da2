"""The engines: one algorithm a file, with its rule, cost, loop and lowering in one record.

An engine turns padded rows into sums::

    sums[y, i] = sum over taps of weight * rows[y + tap row, i + tap column]

``rows`` have the shape (n + height - 1, row length), float32 or int16, and reach beyond the edge
already. A row is flat: pixels of several channels lie interleaved, so a tap one pixel to the right
lies ``channels`` values further on. Borders, colour and pixel types are unknown here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from imgconv.engines.base import Engine

# How far a result may be from the exact one before it is rounded, in levels of 255.
TOLERANCE = 0.5


class Cost(NamedTuple):
    """Nanoseconds of one core for each value of the result: ``fixed``, and for a multiplication."""

    fixed: float
    each: float


class _Table(Mapping[str, "Engine"]):
    """The engines by name. Their names are known without importing them, and so NumPy."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Engine:
        module, _, record = self._places[name].partition(":")
        engine: Engine = getattr(import_module(f"imgconv.engines.{module}"), record)
        return engine

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


# For each engine the file that defines it, and its record there.
ENGINES = _Table(
    {
        "direct": "direct:ENGINE",
        "separable": "separable:ENGINE",
        "low-rank": "separable:LOW_RANK",
        "running": "box:ENGINE",
        "pyramid": "pyramid:ENGINE",
        "fourier": "fourier:ENGINE",
    }
)
