"""Direct in fixed point: every weight that is not zero meets every pixel, in 16 bits.

sums[y, i] = middle + sum over taps t of weights[t] * rows[y, i + places[t]]

Taps come column by column, in the runs of ``products.py``; what the sums mean stands in
``fixed_point.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from imgconv import fixed_point
from imgconv.engines.engine import FixedForm
from imgconv.engines.products import in_runs, sum_down
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop

# Every run goes over the sums of a block, so they are to stay in the nearest cache.
BLOCK = 1536


@machine_loop
def direct_fixed(  # type: ignore[no-untyped-def]
    rows, length, runs, weights, positive, middle, sums, scratch
):
    """Sum all taps, block by block."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n, at = min(BLOCK, sums.shape[1] - start), y * length + start
            sum_down(sums, y, start, n, rows, at, length, runs, weights, positive, middle)


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    (grid,) = fixed_point.of_grid(kernel)
    right, down = np.nonzero(kernel.weights.T)
    return *in_runs(grid.weights, down * length + right * channels, length), grid.middle


FORM = FixedForm(_prepare, direct_fixed)
