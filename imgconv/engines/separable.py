"""Separable: a kernel that is a sum of columns times rows runs as pairs of short passes.

between[x]  = sum over j of columns[r, j] * rows[y + j, x]
sums[y, i]  = sum over r, k of rows[r, k] * between[i + k * channels]

The column comes first: then no more than four rows in between are kept, nothing is computed twice
where the picture is cut into strips, and the row runs over what is still in the nearest cache.

In fixed point, where ``engines/fixed_point.py`` explains the middles::

between[x]  = middle + sum over j of column[j] * rows[y + j, x]
sums[y, i]  = middle + sum over k of row[k] * between[i + k * channels]

A column with negative weights makes sums that are lifted by 2^15, so that none is negative. The row
makes half of its weights of that, which its middle takes away.

Low rank: a kernel that is nearly a sum of a few separable ones runs as those.

weights  =  sum over r of columns[r] * rows[r]  +  the rest

The singular value decomposition gives the columns and rows, the largest first (Eckart and Young,
1936). The rest is left out where that changes the result by less than the tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from imgconv.engines import Cost, fixed_point
from imgconv.engines.base import Engine, Pass, PlanOptions, RowLayout, WindowLoop, lowered_to
from imgconv.engines.dot_fixed import in_runs, sum_fixed_along, sum_fixed_down
from imgconv.engines.dot_float import BLOCK, add_down, sum_along
from imgconv.engines.truncation import truncated
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.schedule import whole_lines
from imgconv.kernels.factors import Factor
from imgconv.kernels.kernel import Kernel

# To begin a block takes as long as about a hundred of its values. The sums down the columns of a
# longer one leave the cache before they are summed along.
FIXED_BLOCK = 4096

_LIFT = 1 << 15

# The singular value decomposition of a kernel with this many weights takes a second.
MOST_DECOMPOSED = 250_000


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
                taps = (columns[r], 0, height)
                add_down(scratch, (0, 0, n + span), (rows, at, length), taps)
                for k in range(4):
                    out = sums[y + k, start : start + n]
                    sum_along(out, scratch[k], channels, across[r], r > 0)


@jit_loop
def separable_fixed(rows, length, down, along, across, sums, scratch):  # type: ignore[no-untyped-def]
    """Sum down the column into the rows in between, then along those, block by block."""
    channels, span = across
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], FIXED_BLOCK):
            n, at = min(FIXED_BLOCK, sums.shape[1] - start), y * length + start
            sum_fixed_down(scratch, (0, 0, n + span), (rows, at, length), down)
            for k in range(4):
                sum_fixed_along(sums[y + k, start : start + n], scratch[k], channels, along)


def laid_out(factors: Sequence[Factor], rows: RowLayout) -> tuple[Any, ...]:
    """Return the columns and the rows of a kernel as the loop takes them."""
    columns = np.array([factor.column for factor in factors], rows.dtype)
    return columns, np.array([factor.row for factor in factors], rows.dtype), rows.channels


def _prepare(kernel: Kernel, rows: RowLayout) -> tuple[Any, ...]:
    assert kernel.factor is not None, "the planner sends only separable kernels here"
    return laid_out([kernel.factor], rows)


def _prepare_low_rank(kernel: Kernel, rows: RowLayout) -> tuple[Any, ...]:
    return laid_out(kernel.factors, rows)


def _prepare_fixed(kernel: Kernel, rows: RowLayout) -> tuple[Any, ...]:
    column, row = fixed_point.of_factor(kernel)
    lift = _LIFT if (column.weights < 0).any() else 0
    middles = np.array([column.middle() - lift, row.middle(lift)])
    middle_down, middle_along = middles.astype(np.int16).tolist()
    down, along = np.arange(kernel.height) * rows.length, np.arange(kernel.width) * rows.channels
    return (
        in_runs(column.weights, down, rows.length, middle_down),
        in_runs(row.weights, along, rows.channels, middle_along),
        (rows.channels, _span(kernel, rows)),
    )


def _span(kernel: Kernel, rows: RowLayout) -> int:
    """Return how many more values a block needs of a row in between than of the result."""
    return (kernel.width - 1) * rows.channels


def _scratch(kernel: Kernel, rows: RowLayout) -> tuple[int, int]:
    return 4, whole_lines(BLOCK + _span(kernel, rows))


def _scratch_fixed(kernel: Kernel, rows: RowLayout) -> tuple[int, int]:
    return 4, whole_lines(FIXED_BLOCK + _span(kernel, rows))


def candidate(kernel: Kernel, options: PlanOptions) -> Pass | None:
    """Return the pass of a separable kernel, truncated where it runs in fixed point."""
    if kernel.factor is None:
        return None
    taps = kernel.height + kernel.width
    kernel_pass = Pass("separable", kernel, taps, kernel.scale, is_whole=options.is_whole)
    if kernel_pass.is_whole or not options.is_bytes:
        return kernel_pass
    spent = fixed_point.quantized(kernel_pass, fixed_point.of_factor(kernel), options).error
    kernel, error = truncated(kernel, options.tolerance / 255 - spent)
    taps = kernel.height + kernel.width
    kernel_pass = kernel_pass._replace(kernel=kernel, multiplications=taps, error=error)
    return fixed_point.quantized(kernel_pass, fixed_point.of_factor(kernel), options)


def low_rank_candidate(kernel: Kernel, options: PlanOptions) -> Pass | None:
    """Return the pass of the few separable parts that are as near as the tolerance asks."""
    both, is_forced = kernel.height + kernel.width, options.engine == "low-rank"
    is_worth_it = not kernel.factor and 2 * both < kernel.taps <= MOST_DECOMPOSED
    if not kernel.taps or not (is_worth_it or is_forced):
        return None
    allowed = abs(kernel.scale) * options.tolerance / 255
    rest, rank = kernel.weights - np.outer(*kernel.factors[0]), 1
    while rank < kernel.rank and np.abs(rest).sum() > allowed:
        rest, rank = rest - np.outer(*kernel.factors[rank]), rank + 1
    error = float(np.abs(rest).sum() / abs(kernel.scale)) if rank < kernel.rank else 0.0
    return Pass("low-rank", kernel.of_rank(rank), rank * both, kernel.scale, error)


ENGINE = Engine(
    "separable",
    candidate,
    lowered_to(
        WindowLoop(_prepare, separable, _scratch),
        WindowLoop(_prepare_fixed, separable_fixed, _scratch_fixed),
    ),
    Cost(0.0, 0.036),
    ("gaussian:1", "gaussian:6"),
)

LOW_RANK = Engine(
    "low-rank",
    low_rank_candidate,
    lowered_to(WindowLoop(_prepare_low_rank, separable, _scratch)),
    Cost(0.10, 0.038),
    ("disk:8", "disk:20"),
)
