"""Separable: a kernel that is a sum of columns times rows runs as pairs of short passes.

between[x]  = sum over j of columns[r, j] * rows[y + j, x]
sums[y, i]  = sum over r, k of rows[r, k] * between[i + k * channels]

The column comes first: then no more than four rows in between are kept, nothing is computed twice
where the picture is cut into strips, and the row runs over what is still in the nearest cache.

Separable in fixed point: a column, then a row, in 16 bits.

between[x]  = middle + sum over j of column[j] * rows[y + j, x]
sums[y, i]  = middle + sum over k of row[k] * between[i + k * channels]

What the sums mean stands in ``engines/fixed_point.py``, and why the column comes first in
``engines/separable.py``. What a column makes that has negative weights is lifted by 2^15: then it
is never negative. The row makes half of its weights of that, which its middle takes away.

Low rank: a kernel that is nearly a sum of a few separable ones runs as those.

weights  =  sum over r of columns[r] * rows[r]  +  what is left

The singular value decomposition gives the columns and rows, the weightiest first (Eckart and Young,
1936). What is left is left out where it changes the result by less than is allowed: see
``Kernel.of_rank``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from imgconv.engines import fixed_point
from imgconv.engines.base import Engine, FixedForm
from imgconv.engines.dot_fixed import in_runs, sum_fixed_along, sum_fixed_down
from imgconv.engines.dot_float import BLOCK, add_down, sum_along
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.schedule import whole_lines
from imgconv.kernels.factors import Factor
from imgconv.kernels.kernel import Kernel


@jit_loop
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

_LIFT = 1 << 15

# To begin a block takes as long as some hundred of its values; with more than this what is summed
# down does not stay near the processor until it is summed along.
FIXED_BLOCK = 4096


@jit_loop
def separable_fixed(  # type: ignore[no-untyped-def]
    rows, length, down, column, down_positive, down_middle,
    along, row, along_positive, along_middle, channels, span, sums, scratch,
):  # fmt: skip
    """Sum down the column into the rows in between, then along those, block by block."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], FIXED_BLOCK):
            n, at = min(FIXED_BLOCK, sums.shape[1] - start), y * length + start
            both = n + span
            sum_fixed_down(
                scratch, 0, 0, both, rows, at, length, down, column, down_positive, down_middle
            )
            for k in range(4):
                out = sums[y + k, start : start + n]
                sum_fixed_along(out, scratch[k], channels, along, row, along_positive, along_middle)


def _span(kernel: Kernel, channels: int) -> int:
    """How many more values of a row in between than of the result a block needs."""
    return (kernel.width - 1) * channels


def _scratch(kernel: Kernel, channels: int, length: int) -> tuple[int, int]:
    """Four rows in between."""
    return 4, whole_lines(FIXED_BLOCK + _span(kernel, channels))


def _prepare_fixed(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    column, row = fixed_point.of_factor(kernel)
    down = in_runs(column.weights, np.arange(kernel.height) * length, length)
    along = in_runs(row.weights, np.arange(kernel.width) * channels, channels)
    middles = [column.middle, row.middle]
    if (column.weights < 0).any():
        middles = [column.middle - _LIFT, row.middle_without(_LIFT)]
    down_middle, along_middle = np.array(middles).astype(np.int16).tolist()
    return *down, down_middle, *along, along_middle, channels, _span(kernel, channels)


FORM = FixedForm(_prepare_fixed, separable_fixed, _scratch)


def _prepare_low_rank(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    return laid_out(kernel.factors(), channels)


LOW_RANK = Engine("a few columns and rows", _prepare_low_rank, separable, scratch)
