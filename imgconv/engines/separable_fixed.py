"""Separable in fixed point: a column, then a row, in 16 bits.

between[x]  = middle + sum over j of column[j] * rows[y + j, x]
sums[y, i]  = middle + sum over k of row[k] * between[i + k * channels]

What the sums mean stands in ``fixed_point.py``, and why the column comes first in ``separable.py``.
What a column makes that has negative weights is lifted by 2^15: then it is never negative. The row
makes half of its weights of that, which its middle takes away.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from imgconv import fixed_point
from imgconv.engines.engine import FixedForm
from imgconv.engines.products import in_runs, sum_along, sum_down
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop
from imgconv.program import whole_lines

_LIFT = 1 << 15

# To begin a block takes as long as some hundred of its values; with more than this what is summed
# down does not stay near the processor until it is summed along.
BLOCK = 4096


@machine_loop
def separable_fixed(  # type: ignore[no-untyped-def]
    rows, length, down, column, down_positive, down_middle,
    along, row, along_positive, along_middle, channels, span, sums, scratch,
):  # fmt: skip
    """Sum down the column into the rows in between, then along those, block by block."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n, at = min(BLOCK, sums.shape[1] - start), y * length + start
            both = n + span
            sum_down(
                scratch, 0, 0, both, rows, at, length, down, column, down_positive, down_middle
            )
            for k in range(4):
                out = sums[y + k, start : start + n]
                sum_along(out, scratch[k], channels, along, row, along_positive, along_middle)


def _span(kernel: Kernel, channels: int) -> int:
    """How many more values of a row in between than of the result a block needs."""
    return (kernel.width - 1) * channels


def _scratch(kernel: Kernel, channels: int, length: int) -> tuple[int, int]:
    """Four rows in between."""
    return 4, whole_lines(BLOCK + _span(kernel, channels))


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    column, row = fixed_point.of_factor(kernel)
    down = in_runs(column.weights, np.arange(kernel.height) * length, length)
    along = in_runs(row.weights, np.arange(kernel.width) * channels, channels)
    middles = [column.middle, row.middle]
    if (column.weights < 0).any():
        middles = [column.middle - _LIFT, row.middle_without(_LIFT)]
    down_middle, along_middle = np.array(middles).astype(np.int16).tolist()
    return *down, down_middle, *along, along_middle, channels, _span(kernel, channels)


FORM = FixedForm(_prepare, separable_fixed, _scratch)
