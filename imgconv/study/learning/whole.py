"""Whole weights over a scale, as people write kernels, within the errors of a fit."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# The scales that are tried: small ones, and the scales of well-known larger kernels.
SCALES = (*range(1, 65), 81, 100, 128, 159, 256, 273)

# Standard errors that a weight may lie from a whole number, and how wide that may be: wider ones
# would find whole numbers by chance. The share is for errors of the arithmetic.
_ERRORS, _WIDEST, _SHARE = 3.0, 0.1, 1e-6


class WholeWeights(NamedTuple):
    """Whole numbers over a scale, shape (weights,), and the offset."""

    weights: Array
    scale: int
    offset: float

    @property
    def unknowns(self) -> Array:
        return self.weights / self.scale


def whole_weights(
    weights: Array, errors: Array, offset: float, offset_error: float
) -> WholeWeights | None:
    """Return the smallest scale at which every weight is within its error of a whole number.

    ``errors`` are standard errors. An offset near a whole number becomes one: where sums over an
    even scale are rounded half up, it is learnt up to half a step too large.
    """
    allowed = _ERRORS * errors + _SHARE * max(1.0, float(np.abs(weights).max()))
    for scale in SCALES:
        if scale * allowed.max() > _WIDEST:
            return None
        nearest = np.rint(scale * weights) + 0.0
        if np.all(np.abs(scale * weights - nearest) <= scale * allowed):
            near = _ERRORS * offset_error + _SHARE + (0 if scale % 2 else 0.5 / scale)
            is_near = abs(offset - round(offset)) <= near
            return WholeWeights(nearest, scale, float(round(offset)) if is_near else offset)
    return None
