"""Direct: every weight that is not zero meets every pixel.

sums[y, i] = sum over runs r, j of weights[r][j] * rows[y + down[r] + j, i + right[r]]

A run is a piece of a column of the kernel without zeros: the rows that one output row needs from it
are almost those that the next one needs. In fixed point runs are those of ``engines/dot_fixed.py``,
and sums begin with the middle of ``engines/fixed_point.py``::

sums[y, i] = middle + sum over taps t of weights[t] * rows[y, i + places[t]]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.engines import Cost, fixed_point
from imgconv.engines.base import Engine, Pass, PlanOptions, RowLayout, WindowLoop, lowered_to
from imgconv.engines.dot_fixed import in_runs, sum_fixed_down
from imgconv.engines.dot_float import BLOCK, add_down
from imgconv.jit.kernel_loop import jit_loop
from imgconv.kernels.kernel import Kernel

# Every run goes over the sums of a block, so they are to stay in the first level of the cache.
FIXED_BLOCK = 1536


@jit_loop
def direct(rows, length, offsets, firsts, weights, sums):  # type: ignore[no-untyped-def]
    """Sum the runs of each block of each row; run r is weights[firsts[r] : firsts[r + 1]]."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n = min(BLOCK, sums.shape[1] - start)
            for k in range(4):
                sums[y + k, start : start + n] = 0
            for r in range(offsets.shape[0]):
                at, first = y * length + start + offsets[r], firsts[r]
                run = (weights, first, firsts[r + 1] - first)
                add_down(sums, (y, start, n), (rows, at, length), run)


@jit_loop
def direct_fixed(rows, length, taps, sums):  # type: ignore[no-untyped-def]
    """Sum all taps, block by block."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], FIXED_BLOCK):
            n, at = min(FIXED_BLOCK, sums.shape[1] - start), y * length + start
            sum_fixed_down(sums, (y, start, n), (rows, at, length), taps)


def runs(kernel: Kernel, rows: RowLayout) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the offset of each run in the rows, and the number of its first weight."""
    right, down = np.nonzero(kernel.weights.T)
    begins = np.flatnonzero(np.diff(right, prepend=-1) | (np.diff(down, prepend=-1) != 1))
    offsets = down[begins] * rows.length + right[begins] * rows.channels
    return offsets, np.append(begins, len(right))


def _prepare(kernel: Kernel, rows: RowLayout) -> tuple[Any, ...]:
    weights = kernel.weights.T
    return *runs(kernel, rows), weights[weights != 0].astype(rows.dtype)


def _prepare_fixed(kernel: Kernel, rows: RowLayout) -> tuple[Any, ...]:
    (grid,) = fixed_point.of_grid(kernel)
    right, down = np.nonzero(kernel.weights.T)
    places = down * rows.length + right * rows.channels
    return (in_runs(grid.weights, places, rows.length, grid.middle()),)


def candidate(kernel: Kernel, options: PlanOptions) -> Pass:
    """Return the pass of a kernel; this engine runs any."""
    kernel_pass = Pass("direct", kernel, kernel.taps, kernel.scale, is_whole=options.is_whole)
    is_exact = kernel_pass.is_whole or not options.is_bytes
    if is_exact or fixed_point.least_error(kernel.taps) > options.tolerance:
        return kernel_pass
    return fixed_point.quantized(kernel_pass, fixed_point.of_grid(kernel), options)


ENGINE = Engine(
    "direct",
    candidate,
    lowered_to(WindowLoop(_prepare, direct), WindowLoop(_prepare_fixed, direct_fixed)),
    Cost(0.03, 0.036),
    ("gaussian:0.25", "gaussian:1"),
)
