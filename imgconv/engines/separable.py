"""Separable: a kernel that is a sum of columns times rows runs as pairs of short passes.

between[x]  = sum over j of columns[r, j] * rows[y + j, x]
sums[y, i]  = sum over r, k of rows[r, k] * between[i + k * channels]

The column comes first: then no more than four rows in between are kept, nothing is computed twice
where the picture is cut into strips, and the row runs over what is still in the nearest cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from imgconv.engines.engine import Engine
from imgconv.engines.taps import BLOCK, add_down, sum_along
from imgconv.factors import Factor
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop
from imgconv.program import whole_lines


@machine_loop
def separable(  # type: ignore[no-untyped-def]
    rows, length, columns, across, channels, sums, scratch
):
    """Sum down each column into the rows in between, then along those, block by block."""
    height, width = columns.shape[1], across.shape[1]
    span = (width - 1) * channels
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n = min(BLOCK, sums.shape[1] - start)
            at = y * length + start
            for r in range(columns.shape[0]):
                for k in range(4):
                    scratch[k, : n + span] = 0
                add_down(scratch, 0, 0, n + span, rows, at, length, columns[r], 0, height)
                for k in range(4):
                    out = sums[y + k, start : start + n]
                    sum_along(out, scratch[k], channels, across[r], r > 0)


def laid_out(factors: Sequence[Factor], channels: int) -> tuple[Any, ...]:
    """What the loop takes of the columns and rows that make a kernel."""
    columns = np.array([factor.column for factor in factors], np.float32)
    return columns, np.array([factor.row for factor in factors], np.float32), channels


def scratch(kernel: Kernel, channels: int, length: int) -> tuple[int, int]:
    """Four rows in between, of a block."""
    return 4, whole_lines(BLOCK + (kernel.width - 1) * channels)


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    assert kernel.factor is not None, "the planner sends only separable kernels here"
    return laid_out([kernel.factor], channels)


ENGINE = Engine("a column, then a row", _prepare, separable, scratch)
