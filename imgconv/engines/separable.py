"""Separable: a kernel that is a column times a row runs as two short passes.

between[x]  = sum over j of column[j] * rows[y + j, x]
sums[y, i]  = sum over k of row[k] * between[i + k * channels]

The column comes first: then no more than four rows in between are kept, nothing is computed twice
where the picture is cut into strips, and the row runs over what is still in the nearest cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from imgconv.engines.engine import Engine
from imgconv.engines.taps import BLOCK, add_down_4_rows, add_taps
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop
from imgconv.program import whole_lines


@machine_loop
def separable(rows, length, column, row, channels, sums, scratch):  # type: ignore[no-untyped-def]
    """Sum down the column into the rows in between, then along those, block by block."""
    span, taps = (row.shape[0] - 1) * channels, column.shape[0]
    for y in range(0, sums.shape[0], 4):
        together = min(4, sums.shape[0] - y)
        for start in range(0, sums.shape[1], BLOCK):
            n = min(BLOCK, sums.shape[1] - start)
            at = y * length + start
            scratch[:] = 0
            if together == 4:
                add_down_4_rows(scratch, 0, 0, n + span, rows, at, length, column, 0, taps)
            else:
                for k in range(together):
                    between = scratch[k, : n + span]
                    add_taps(between, rows, at + k * length, length, column, 0, taps)
            for k in range(together):
                out = sums[y + k, start : start + n]
                out[:] = 0
                add_taps(out, scratch[k], 0, channels, row, 0, row.shape[0])


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    assert kernel.factor is not None, "the planner sends only separable kernels here"
    column, row = kernel.factor
    return column.astype(np.float32), row.astype(np.float32), channels


def _scratch(kernel: Kernel, channels: int, length: int) -> tuple[int, int]:
    return 4, whole_lines(BLOCK + (kernel.width - 1) * channels)


ENGINE = Engine("a column, then a row", _prepare, separable, _scratch)
