"""Activations and pooling, which follow the sums of a layer. Values are float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError

Array = NDArray[np.float64]


def _sigmoid(values: Array, slope: float) -> Array:
    """Return 1 / (1 + exp(-v)), without overflow of large negative ones."""
    return np.exp(-np.logaddexp(0, -values))


_FORMULAS: dict[str, Callable[[Array, float], Array]] = {
    "none": lambda values, slope: values,
    "relu": lambda values, slope: np.maximum(values, 0),
    "leaky": lambda values, slope: np.where(values < 0, slope * values, values),
    "tanh": lambda values, slope: np.tanh(values),
    "sigmoid": _sigmoid,
    "abs": lambda values, slope: np.abs(values),
}


class Activation(NamedTuple):
    """A function of each sum by its name; ``slope`` is that of ``leaky`` below zero."""

    name: str = "none"
    slope: float = 0.01

    @classmethod
    def parse(cls, text: str) -> Activation:
        """Return the activation of ``relu`` or ``leaky:0.1``; raises ``UsageError``."""
        name, colon, value = text.partition(":")
        if name not in _FORMULAS or (colon and name != "leaky"):
            names = ", ".join(_FORMULAS).replace("leaky", "leaky:0.01")
            raise UsageError(f"'{text}' is no activation", f"choose from {names}")
        try:
            slope = float(value) if colon else cls().slope
        except ValueError:
            slope = np.nan
        if not np.isfinite(slope):
            raise UsageError(f"'{value}' is no slope", "write it as in leaky:0.01")
        return cls(name, slope)

    def of(self, values: Array) -> Array:
        return _FORMULAS[self.name](values, self.slope)


class Pool(NamedTuple):
    """Pooling of ``side`` x ``side`` values, ``max`` or ``mean``, every ``stride`` values.

    There is no padding; places where the square does not fit are left out.
    """

    kind: str
    side: int
    stride: int

    @classmethod
    def parse(cls, text: str) -> Pool:
        """Return the pooling of ``max:2`` or ``mean:3:1``; raises ``UsageError``."""
        kind, *numbers = text.split(":")
        is_whole = all(number.isdigit() and 0 < int(number) < 10**6 for number in numbers)
        if kind not in ("max", "mean") or not 1 <= len(numbers) <= 2 or not is_whole:
            raise UsageError(f"'{text}' is no pooling", "write max:N or mean:N, or max:N:STRIDE")
        sides = [*map(int, numbers)]
        return cls(kind, sides[0], sides[-1])

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width of the pooled values; raises ``UsageError`` for none."""
        if min(height, width) < self.side:
            raise UsageError(
                f"pooling {self.side}x{self.side} leaves nothing of maps of {width}x{height}",
                "pool fewer values",
            )
        tall, wide = ((length - self.side) // self.stride + 1 for length in (height, width))
        return tall, wide

    def of(self, values: Array) -> Array:
        """Return values (..., height, width) pooled."""
        tall, wide = self.size(*values.shape[-2:])
        join = np.maximum if self.kind == "max" else np.add
        pooled: Array | None = None
        for j, i in np.ndindex(self.side, self.side):
            rows = slice(j, j + (tall - 1) * self.stride + 1, self.stride)
            columns = slice(i, i + (wide - 1) * self.stride + 1, self.stride)
            part = values[..., rows, columns]
            pooled = part.copy() if pooled is None else join(pooled, part, out=pooled)
        assert pooled is not None
        return pooled if self.kind == "max" else pooled / self.side**2
