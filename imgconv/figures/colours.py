"""The colours of figures and sheets, which need no Matplotlib."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

INK, FAINT, LINE, PAPER = "#1c1c22", "#6f7078", "#d9dade", "#ffffff"
EMPHASIS = "#d9541e"

# Signed values: blue below zero, white at zero, orange above.
BLUE, ORANGE = "#2f5fb3", "#e66101"


def signed_colours(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the colours of signed values, shape (..., 3); the largest has the full colour."""
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    shares = (values / largest)[..., None]
    blue, white, orange = map(_parts, (BLUE, PAPER, ORANGE))
    ends = np.where(shares < 0, blue, orange)
    return np.rint(white + np.abs(shares) * (ends - white)).astype(np.uint8)


def _parts(colour: str) -> NDArray[np.float64]:
    return np.array([*bytes.fromhex(colour.removeprefix("#"))], float)
