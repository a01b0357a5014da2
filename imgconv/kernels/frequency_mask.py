"""Masks in the frequency domain: the share of each frequency that a filter keeps.

Frequencies are in cycles a pixel, so a circle is round for a picture of any shape. With f the
distance from a centre and c the cutoff, a mask that keeps low frequencies is, by its edge:

    hard          1 where f <= c, else 0
    butterworth   1 / (1 + (f / c)^(2 order))
    gaussian      exp(-ln 2 (f / c)^2)

Soft edges are 1/2 at the cutoff (Gonzalez, Woods: Digital Image Processing, 4.8). ``high`` is 1
minus that; ``band`` is low(high) (1 - low(low)), with both ends if hard; ``stop`` is 1 - band;
``notch`` is the product of two ``high`` round (fx, fy) and (-fx, -fy).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import KernelError, suggestion
from imgconv.kernels.filter import PICTURE
from imgconv.kernels.symmetry import Symmetry

Array = NDArray[np.float64]

EDGES = ("hard", "butterworth", "gaussian")


class Edge(NamedTuple):
    """The edge of a mask: one of ``EDGES``, and the order of ``butterworth``."""

    name: str
    order: float

    def low(self, frequency: Array, cutoff: float) -> Array:
        """Return the share that is kept of frequencies up to ``cutoff``."""
        if self.name == "hard" or not cutoff:
            return (frequency <= cutoff).astype(np.float64)
        ratio = frequency / cutoff
        if self.name == "gaussian":
            gaussian: Array = np.exp2(-(ratio**2))
            return gaussian
        with np.errstate(over="ignore"):  # of a high order: 1 / infinity is 0
            return 1 / (1 + ratio ** (2 * self.order))

    def band(self, frequency: Array, low: float, high: float) -> Array:
        if self.name == "hard":
            return ((frequency >= low) & (frequency <= high)).astype(np.float64)
        return self.low(frequency, high) * (1 - self.low(frequency, low))


class FrequencyMask(NamedTuple):
    """A mask of one of ``KINDS``, with the frequencies that it takes, in cycles a pixel."""

    kind: str
    edge: Edge
    cutoff: float = 0.0
    low: float = 0.0
    high: float = 0.0
    centre: tuple[float, float] = (0.0, 0.0)

    def weights(self, down: Array, across: Array) -> Array:
        """Return the share that is kept at each frequency, for a row and a column of them."""
        return KINDS[self.kind](self, down, across)

    def of_columns(self, height: int, width: int, columns: slice) -> Array:
        """Return the weights of some columns of ``rfft2`` of a picture, transposed."""
        down = np.fft.fftfreq(height).astype(np.float64)
        across = np.fft.rfftfreq(width).astype(np.float64)[columns]
        return self.weights(down, across[:, None])

    @property
    def keeps_flat(self) -> bool:
        """Whether a picture of one colour stays as it is: the mean is kept."""
        mean = float(self.weights(np.zeros(1), np.zeros(1))[0])
        return mean > 0.5 if self.kind == "notch" else mean == 1

    def turned(self, symmetry: Symmetry) -> Self:
        """Return the mask for stored pixels that acts as this one does on upright ones."""
        fx, fy = self.centre
        fx = -fx if symmetry.mirrored else fx
        fy = -fy if symmetry.upside_down else fy
        return self._replace(centre=(fy, fx) if symmetry.transposed else (fx, fy))


def _notch(mask: FrequencyMask, down: Array, across: Array) -> Array:
    """Return 1 but round the centre and its opposite, where frequencies wrap round at 1/2."""
    fx, fy = mask.centre
    kept: Array = np.ones(1)
    for sign in (1, -1):
        distance = np.hypot(_wrapped(down - sign * fy), _wrapped(across - sign * fx))
        kept = kept * (1 - mask.edge.low(distance, mask.cutoff))
    return kept


def _wrapped(frequency: Array) -> Array:
    wrapped: Array = (frequency + 0.5) % 1 - 0.5
    return wrapped


KINDS: Mapping[str, Callable[[FrequencyMask, Array, Array], Array]] = {
    "low": lambda mask, y, x: mask.edge.low(np.hypot(y, x), mask.cutoff),
    "high": lambda mask, y, x: 1 - mask.edge.low(np.hypot(y, x), mask.cutoff),
    "band": lambda mask, y, x: mask.edge.band(np.hypot(y, x), mask.low, mask.high),
    "stop": lambda mask, y, x: 1 - mask.edge.band(np.hypot(y, x), mask.low, mask.high),
    "notch": _notch,
}


def make_mask(kind: str, values: Mapping[str, float]) -> FrequencyMask:
    """Return the mask of a kind for the values of a filter's parameters.

    Raises ``KernelError`` for an unknown kind, and a band whose ends are exchanged.
    """
    if kind == PICTURE:
        raise KernelError("no picture is given for the mask", "write freq-mask:PATH")
    if kind not in KINDS:
        raise KernelError(f"no mask is called '{kind}'", suggestion(kind, KINDS))
    edge = Edge(EDGES[int(values.get("edge", 0))], values.get("order", 2.0))
    low, high = values.get("low", 0.0), values.get("high", 0.0)
    if low > high:
        raise KernelError(f"a band from {low:g} to {high:g} is empty", "give the lower one first")
    cutoff = values.get("cutoff", values.get("radius", 0.0))
    centre = (values.get("fx", 0.0), values.get("fy", 0.0))
    return FrequencyMask(kind, edge, cutoff, low, high, centre)
