"""Direct in fixed point: every weight that is not zero meets every pixel, in 16 bits.

sums[y, i] = middle + sum over runs r, j of weights[r][j] * rows[y + down[r] + j, i + right[r]]

Runs are those of ``direct.py``; what the sums mean stands in ``fixed_point.py``.
"""

from __future__ import annotations

from typing import Any

from imgconv import fixed_point
from imgconv.engines.direct import runs
from imgconv.engines.engine import FixedForm
from imgconv.engines.products import BLOCK, add_products_down, in_lines
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop


@machine_loop
def direct_fixed(  # type: ignore[no-untyped-def]
    rows, length, offsets, firsts, lines, middle, sums, scratch
):
    """Sum the runs of each block of each row; run r is lines[firsts[r] : firsts[r + 1]]."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n = min(BLOCK, sums.shape[1] - start)
            for k in range(4):
                sums[y + k, start : start + n] = middle
            for r in range(offsets.shape[0]):
                at, first = y * length + start + offsets[r], firsts[r]
                taps = firsts[r + 1] - first
                add_products_down(sums, y, start, n, rows, at, length, lines, first, taps)


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    (grid,) = fixed_point.of_grid(kernel)
    middle = grid.weights.size // 2
    return *runs(kernel, channels, length), in_lines(grid.weights, BLOCK), middle


FORM = FixedForm(_prepare, direct_fixed)
