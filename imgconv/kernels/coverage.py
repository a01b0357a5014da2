"""Coverage: the sum of a kernel's weights that lie inside the picture, where it stands at its edge.

The border ``none`` divides by that sum, so that pixels outside of the picture count for nothing::

    out[y, x] = offset + (W / scale) * (sum of w v inside) / (sum of w inside)

with W, the sum of all weights: normalised convolution, whose certainty is 1 inside and 0 outside
(Knutsson and Westin, 1993). Where all weights lie inside, this is the formula of ``kernel.py``. A
kernel with weights of both signs has no such mean, as its sum inside may be 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.kernels.border import Border, Span
from imgconv.kernels.factors import Weights
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel, widest_reach

NONE = "none"


def is_divided(filter: Filter, border: Border, extent: str) -> bool:
    """Return whether results of a filter are divided by the weights inside of the picture."""
    is_inside = extent == "valid" or not any(widest_reach(filter.kernels))
    return (
        border.name == NONE
        and not is_inside
        and all(kernel.has_one_sign and kernel.taps for kernel in filter.kernels)
    )


def border_of(filter: Filter, border: Border, extent: str) -> Border:
    """Return the border of a filter: ``edge`` in place of ``none`` where nothing is divided.

    So the differences that it finds at the edge of the picture are between pixels inside.
    """
    is_edge = border.name == NONE and not is_divided(filter, border, extent)
    return Border("edge") if is_edge else border


class Coverage(NamedTuple):
    """The sum of weights inside, at row y and column x: ``down[y] * across[case[y], x]``.

    ``down`` and ``across`` are float64, of shapes (rows,) and (cases, columns).
    """

    down: Weights
    across: Weights
    case: NDArray[np.int64]

    @property
    def least(self) -> float:
        """The least sum that is not 0, without its sign."""
        across = _positive(self.across).min(axis=1)[self.case]
        return float((_positive(self.down) * across).min())


def _positive(sums: Weights) -> Weights:
    """Return sums without their signs, infinite in place of 0."""
    return np.where(sums == 0, np.inf, np.abs(sums))


def coverage(kernel: Kernel, size: tuple[int, int], down: Span, across: Span) -> Coverage:
    """Return the coverage at the positions ``down`` and ``across`` of a kernel's origin.

    The picture has the ``size`` (height, width).
    """
    (height, width), (row, column) = size, kernel.origin
    if kernel.factor:
        sums = _sums(kernel.factor.column[:, None], row, height, down)[:, 0]
        cases = _sums(kernel.factor.row[:, None], column, width, across)[:, 0][None]
        return Coverage(sums, cases, np.zeros(down.size, np.int64))
    # One row of sums for each set of rows of the kernel that lie inside.
    sets = np.stack(_ends(kernel.height, row, height, down))
    _, first, case = np.unique(sets, axis=1, return_index=True, return_inverse=True)
    of_sets = _sums(kernel.weights, row, height, down, first)
    return Coverage(
        np.ones(down.size),
        np.ascontiguousarray(_sums(of_sets.T, column, width, across).T),
        case.reshape(-1).astype(np.int64),
    )


def _ends(
    length: int, origin: int, size: int, span: Span
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first weight inside, and the one behind the last, at each position of a span."""
    at = np.arange(span.start, span.start + span.size)
    return np.clip(origin - at, 0, length), np.clip(size + origin - at, 0, length)


def _sums(
    weights: Weights, origin: int, size: int, span: Span, which: NDArray[np.int64] | None = None
) -> Weights:
    """Return the sums of rows of weights inside at positions of a span, shape (positions, columns).

    They are sums from one end of the weights, where no digits cancel, wherever the other end lies
    inside.
    """
    first, last = _ends(len(weights), origin, size, span)
    if which is not None:
        first, last = first[which], last[which]
    none = np.zeros((1, weights.shape[1]))
    from_start = np.concatenate([none, np.cumsum(weights, axis=0)])
    to_end = np.concatenate([np.cumsum(weights[::-1], axis=0)[::-1], none])
    sums = np.where((first == 0)[:, None], from_start[last], to_end[first])
    for position in np.flatnonzero((first > 0) & (last < len(weights))):
        sums[position] = weights[first[position] : last[position]].sum(axis=0)
    return sums
