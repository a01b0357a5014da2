"""Direct: every weight that is not zero meets every pixel.

sums[y, i] = sum over runs r, j of weights[r][j] * rows[y + down[r] + j, i + right[r]]

A run is a piece of a column of the kernel without zeros: the rows that one output row needs from it
are almost the same for the next one.
"""

from typing import Any

import numpy as np

from imgconv.engines import Cost, fixed_point
from imgconv.engines.base import Engine, Lowering, Pass, PlanOptions, RowLayout
from imgconv.engines.dot_float import BLOCK, add_down
from imgconv.engines.fixed_point import sum_fixed_down
from imgconv.jit.arguments import SlidingView
from imgconv.jit.kernel_loop import jit_loop
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel

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
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], FIXED_BLOCK):
            n, at = min(FIXED_BLOCK, sums.shape[1] - start), y * length + start
            sum_fixed_down(sums, (y, start, n), (rows, at, length), taps)


def _runs(kernel: Kernel, layout: RowLayout) -> tuple[Any, ...]:
    """Return the offset of each run in the rows, the number of its first weight, and weights."""
    weights = kernel.weights.T
    right, down = np.nonzero(weights)
    begins = np.flatnonzero(np.diff(right, prepend=-1) | (np.diff(down, prepend=-1) != 1))
    offsets = down[begins] * layout.length + right[begins] * layout.channels
    return offsets, np.append(begins, len(right)), weights[weights != 0].astype(layout.dtype)


def lower(lowering: Lowering, kernel: Kernel, sums: SlidingView, level: object) -> None:
    """Add the call of a loop, which makes rows by fours: the last of these may not count."""
    layout, sums = lowering.layout, sums._replace(height=lowering.rounded_height)
    if layout.unit == 1:
        lowering.add(direct, kernel, _runs(kernel, layout), sums)
        return
    (grid,) = fixed_point.of_grid(kernel)
    right, down = np.nonzero(kernel.weights.T)
    places = down * layout.length + right * layout.channels
    lowering.add(direct_fixed, kernel, [grid.taps(places, layout.length)], sums)


def candidate(kernel: Kernel, options: PlanOptions) -> Pass | None:
    """Return the pass of a kernel whose factors, if it is made of two, may be multiplied out."""
    if kernel.height * kernel.width > MOST_WEIGHTS:
        return None
    kernel_pass = Pass("direct", kernel, kernel.taps, kernel.scale, is_whole=options.is_whole)
    is_exact = options.is_whole or not options.is_bytes
    if is_exact or fixed_point.least_error(kernel.taps) > options.tolerance:
        return kernel_pass
    return fixed_point.quantized(kernel_pass, fixed_point.of_grid(kernel), options)


ENGINE = Engine(
    candidate, lower, Cost(0.03, 0.036), ("gaussian:0.25", "gaussian:1"), suits_all_values=True
)
