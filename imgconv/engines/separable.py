"""Separable: a kernel that is a column times a row runs as two short passes.

    between[x]  = sum over j of column[j] * rows[y + j, x]
    sums[y, i]  = sum over k of row[k] * between[i + k * channels]

The column comes first: then one row in between is all that is kept, nothing is computed twice where
the picture is cut into strips, and the row runs over what is still in the nearest cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from imgconv.engines.engine import Engine
from imgconv.engines.weighted_sum import BLOCK, weighted_sum
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop


# Four rows of the column at once load eleven rows for thirty-two products and took two thirds of
# the time, but two seconds more to compile, which made the very first run too long.
@machine_loop
def separable(  # type: ignore[no-untyped-def]
    rows, length, column_offsets, column, row_offsets, row, sums, scratch
):
    """Sum down the column into the row in between, then along that, block by block."""
    span = row_offsets[-1]
    for y in range(sums.shape[0]):
        for start in range(0, sums.shape[1], BLOCK):
            out = sums[y, start : start + BLOCK]
            between = scratch[0, : out.shape[0] + span]
            weighted_sum(between, rows, y * length + start, column_offsets, column)
            weighted_sum(out, between, 0, row_offsets, row)


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    assert kernel.factor is not None, "the planner sends only separable kernels here"
    column, row = kernel.factor
    return (
        np.arange(len(column)) * length,
        column.astype(np.float32),
        np.arange(len(row)) * channels,
        row.astype(np.float32),
    )


ENGINE = Engine("a column, then a row", _prepare, separable)
