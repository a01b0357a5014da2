"""Separable in fixed point: a column, then a row, in 16 bits.

between[x]  = middle + sum over j of column[j] * rows[y + j, x]
sums[y, i]  = middle + sum over k of row[k] * between[i + k * channels]

What the sums mean stands in ``fixed_point.py``, and why the column comes first in ``separable.py``.
"""

from __future__ import annotations

from typing import Any

from imgconv import fixed_point
from imgconv.engines.engine import FixedForm
from imgconv.engines.products import BLOCK, add_products_along, add_products_down, in_lines
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop
from imgconv.program import whole_lines


@machine_loop
def separable_fixed(rows, length, column, row, channels, sums, scratch):  # type: ignore[no-untyped-def]
    """Sum down the column into the rows in between, then along those, block by block."""
    height, width = column.shape[0], row.shape[0]
    span = (width - 1) * channels
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n = min(BLOCK, sums.shape[1] - start)
            at = y * length + start
            for k in range(4):
                scratch[k, : n + span] = height // 2
                sums[y + k, start : start + n] = width // 2
            add_products_down(scratch, 0, 0, n + span, rows, at, length, column, 0, height)
            add_products_along(sums, y, start, n, scratch, channels, row)


def _between(kernel: Kernel, channels: int) -> int:
    """The values of a row in between that a block needs."""
    return BLOCK + (kernel.width - 1) * channels


def _scratch(kernel: Kernel, channels: int, length: int) -> tuple[int, int]:
    """Four rows in between."""
    return 4, whole_lines(_between(kernel, channels))


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    column, row = fixed_point.of_factor(kernel)
    length = _between(kernel, channels)
    return in_lines(column.weights, length), in_lines(row.weights, BLOCK), channels


FORM = FixedForm(_prepare, separable_fixed, _scratch)
