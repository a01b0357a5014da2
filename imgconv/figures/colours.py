"""The colours of figures and sheets, which need no Matplotlib."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

INK, FAINT, LINE, PAPER = "#1c1c22", "#6f7078", "#d9dade", "#ffffff"
EMPHASIS = "#d9541e"

# Signed values: blue below zero, white at zero, orange above.
BLUE, ORANGE = "#2f5fb3", "#e66101"


def largest_of(*grids: NDArray[np.float64]) -> float:
    """Return the largest magnitude, 1 if all values are 0; NaN does not count."""
    return max(float(np.nan_to_num(np.abs(grid)).max(initial=0.0)) for grid in grids) or 1.0


def signed_colours(values: NDArray[np.float64], largest: float | None = None) -> NDArray[np.uint8]:
    """Return the colours of signed values, shape (..., 3).

    Values of the magnitude ``largest`` and more, by default the largest, have the full colour.
    """
    shares = np.nan_to_num(values / (largest or largest_of(values))).clip(-1, 1)[..., None]
    blue, white, orange = map(_parts, (BLUE, PAPER, ORANGE))
    ends = np.where(shares < 0, blue, orange)
    colours: NDArray[np.uint8] = np.rint(white + np.abs(shares) * (ends - white)).astype(np.uint8)
    return colours


def _parts(colour: str) -> NDArray[np.float64]:
    return np.array([*bytes.fromhex(colour.removeprefix("#"))], float)
