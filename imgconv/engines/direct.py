"""Direct: every weight that is not zero meets every pixel.

sums[y, i] = sum over runs r, j of weights[r][j] * rows[y + down[r] + j, i + right[r]]

A run is a piece of a column of the kernel without zeros: the rows that one output row needs from it
are almost those that the next one needs.

Direct in fixed point: every weight that is not zero meets every pixel, in 16 bits.

sums[y, i] = middle + sum over taps t of weights[t] * rows[y, i + places[t]]

Taps come column by column, in the runs of ``engines/dot_fixed.py``; what the sums mean stands in
``engines/fixed_point.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from imgconv.engines import fixed_point
from imgconv.engines.base import Engine, FixedForm
from imgconv.engines.dot_fixed import in_runs, sum_fixed_down
from imgconv.engines.dot_float import BLOCK, add_down
from imgconv.jit.kernel_loop import jit_loop
from imgconv.kernels.kernel import Kernel


@jit_loop
def direct(rows, length, offsets, firsts, weights, sums, scratch):  # type: ignore[no-untyped-def]
    """Sum the runs of each block of each row; run r is weights[firsts[r] : firsts[r + 1]]."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n = min(BLOCK, sums.shape[1] - start)
            for k in range(4):
                sums[y + k, start : start + n] = 0
            for r in range(offsets.shape[0]):
                at, first = y * length + start + offsets[r], firsts[r]
                taps = firsts[r + 1] - first
                add_down(sums, y, start, n, rows, at, length, weights, first, taps)


def runs(kernel: Kernel, channels: int, length: int) -> tuple[Any, Any]:
    """Where in the rows each run lies, and which of the weights is its first."""
    right, down = np.nonzero(kernel.weights.T)
    begins = np.flatnonzero(np.diff(right, prepend=-1) | (np.diff(down, prepend=-1) != 1))
    offsets = down[begins] * length + right[begins] * channels
    return offsets, np.append(begins, len(right))


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    weights = kernel.weights.T
    return *runs(kernel, channels, length), weights[weights != 0].astype(np.float32)


ENGINE = Engine("every weight meets every pixel", _prepare, direct)

# Every run goes over the sums of a block, so they are to stay in the nearest cache.
FIXED_BLOCK = 1536


@jit_loop
def direct_fixed(  # type: ignore[no-untyped-def]
    rows, length, runs, weights, positive, middle, sums, scratch
):
    """Sum all taps, block by block."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], FIXED_BLOCK):
            n, at = min(FIXED_BLOCK, sums.shape[1] - start), y * length + start
            sum_fixed_down(sums, y, start, n, rows, at, length, runs, weights, positive, middle)


def _prepare_fixed(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    (grid,) = fixed_point.of_grid(kernel)
    right, down = np.nonzero(kernel.weights.T)
    return *in_runs(grid.weights, down * length + right * channels, length), grid.middle


FORM = FixedForm(_prepare_fixed, direct_fixed)
