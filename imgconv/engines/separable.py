"""Separable: a kernel that is a sum of columns times rows runs as pairs of short passes.

between[x]  = sum over j of columns[r, j] * rows[y + j, x]
sums[y, i]  = sum over r, k of rows[r, k] * between[i + k * channels]

The column comes first: then no more than four rows in between are held, nothing is computed twice
where the picture is cut into strips, and the row runs over values in the nearest cache.

In fixed point (``engines/fixed_point.py``) a column with negative weights makes sums that are
lifted by 2^15, so that none is negative. The row makes half of its weights of that, which its
middle takes away.

Low rank: a kernel that is nearly a sum of a few separable ones runs as their passes.

weights  =  sum over r of columns[r] * rows[r]  +  the rest

The singular value decomposition gives the columns and rows, the largest first (Eckart and Young,
1936). The rest is left out where that changes the result by less than the tolerance.

Truncation: outer taps of next to no weight are left out, within a tolerance. Where all weights are
positive, and the remaining ones are scaled to the same sum, a result between black and white moves
by no more than the share of the weights that were left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.engines import Cost, fixed_point
from imgconv.engines.base import LARGEST_FLOAT, Engine, Lowering, Pass, PlanOptions, RowLayout
from imgconv.engines.dot_float import BLOCK, add_down, sum_along
from imgconv.engines.fixed_point import sum_fixed_along, sum_fixed_down
from imgconv.jit.arguments import SlidingView
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.schedule import whole_lines
from imgconv.kernels.factors import Factor, Weights
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel

# To begin a block takes as long as about a hundred of its values. The sums down the columns of a
# longer one leave the cache before they are summed along.
FIXED_BLOCK = 4096

_LIFT = 1 << 15

# The error of a sum in float32, as a share of the sum without signs.
_ROUNDING = 2.0**-21

# The singular value decomposition of a kernel with this many weights takes a second.
MOST_DECOMPOSED = 250_000


@jit_loop
def separable(  # type: ignore[no-untyped-def]
    rows, length, down, across, channels, sums, scratch
):
    """Sum down each column into the rows in between, then along those, block by block.

    ``down`` is (columns, runs), ``across`` (rows, runs): only the taps first .. end - 1 of a run
    meet values.
    """
    (columns, runs_down), (weights, runs) = down, across
    span = (weights.shape[1] - 1) * channels
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n = min(BLOCK, sums.shape[1] - start)
            at = y * length + start
            for r in range(columns.shape[0]):
                for k in range(4):
                    scratch[k, : n + span] = 0
                for j in range(runs_down.shape[0]):
                    first, end = runs_down[j, 0], runs_down[j, 1]
                    taps, from_row = (columns[r], first, end - first), at + first * length
                    add_down(scratch, (0, 0, n + span), (rows, from_row, length), taps)
                for k in range(4):
                    out = sums[y + k, start : start + n]
                    for j in range(runs.shape[0]):
                        first, end = runs[j, 0], runs[j, 1]
                        between, taken = scratch[k, first * channels :], weights[r, first:end]
                        sum_along(out, between, channels, taken, r > 0 or j > 0)


@jit_loop
def separable_fixed(rows, length, down, along, across, sums, scratch):  # type: ignore[no-untyped-def]
    channels, span = across
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], FIXED_BLOCK):
            n, at = min(FIXED_BLOCK, sums.shape[1] - start), y * length + start
            sum_fixed_down(scratch, (0, 0, n + span), (rows, at, length), down)
            for k in range(4):
                sum_fixed_along(sums[y + k, start : start + n], scratch[k], channels, along)


def factor_arrays(kernel: Kernel, layout: RowLayout) -> tuple[Any, ...]:
    """Return the groups ``down`` and ``across``, and the channels, as the loop takes them."""
    factors = kernel.factors or (kernel.factor,)  # a kernel of zeros may have a column and a row
    columns, rows = (
        np.array(parts, layout.dtype) for parts in zip(*filter(None, factors), strict=True)
    )
    runs = (_runs(parts, layout.may_be_any) for parts in (columns, rows))
    return *zip((columns, rows), runs, strict=True), layout.channels


def _runs(parts: NDArray[Any], without_zeros: bool) -> NDArray[np.int64]:
    """Return first and end of each run of taps, of which there is one if zeros may be taken."""
    wanted = parts.any(axis=0) if without_zeros else np.ones(parts.shape[1], bool)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]])))
    return ends.reshape(-1, 2) if len(ends) else np.zeros((1, 2), np.int64)


def _fixed_arguments(kernel: Kernel, layout: RowLayout, span: int) -> tuple[Any, ...]:
    column, row = fixed_point.of_factor(kernel)
    lift = _LIFT if (column.weights < 0).any() else 0
    down, along = np.arange(kernel.height) * layout.length, np.arange(0, span + 1, layout.channels)
    return (
        column.taps(down, layout.length, column.middle() - lift),
        row.taps(along, layout.channels, row.middle(lift)),
        (layout.channels, span),
    )


def lower(lowering: Lowering, kernel: Kernel, sums: SlidingView, level: object) -> None:
    """Add the call of a loop, which makes rows by fours: the last of these may not count."""
    layout, sums = lowering.layout, sums._replace(height=lowering.rounded_height)
    span, is_fixed = (kernel.width - 1) * layout.channels, layout.unit > 1
    between = 4, whole_lines((FIXED_BLOCK if is_fixed else BLOCK) + span)
    scratch = lowering.schedule.workspace(between, layout.dtype)
    if is_fixed:
        arguments = _fixed_arguments(kernel, layout, span)
        lowering.add(separable_fixed, kernel, arguments, sums, scratch)
    else:
        lowering.add(separable, kernel, factor_arrays(kernel, layout), sums, scratch)


def candidate(kernel: Kernel, options: PlanOptions) -> Pass | None:
    """Return the pass of a separable kernel, truncated where it runs in fixed point."""
    if kernel.factor is None:
        return None
    taps = kernel.height + kernel.width
    kernel_pass = Pass("separable", kernel, taps, kernel.scale, is_whole=options.is_whole)
    if options.is_whole or not options.is_bytes:
        return kernel_pass
    spent = fixed_point.quantized(kernel_pass, fixed_point.of_factor(kernel), options).error
    kernel, error = truncated(kernel, options.tolerance / 255 - spent)
    kernel_pass = Pass("separable", kernel, kernel.height + kernel.width, kernel.scale, error)
    return fixed_point.quantized(kernel_pass, fixed_point.of_factor(kernel), options)


def low_rank_candidate(kernel: Kernel, options: PlanOptions) -> Pass | None:
    """Return the pass of the few separable parts that are as near as the tolerance asks."""
    both, is_forced = kernel.height + kernel.width, options.engine == "low-rank"
    is_worth_it = not kernel.factor and 2 * both < kernel.taps <= MOST_DECOMPOSED
    is_forced &= kernel.height * kernel.width <= MOST_WEIGHTS
    if not (kernel.taps and options.is_finite and (is_worth_it or is_forced)):
        return None
    sums = [(np.abs(column).sum(), np.abs(row).sum()) for column, row in kernel.factors]
    gross = float(sum(column * row for column, row in sums))
    largest = options.bounds.magnitude * options.maximum
    if largest * max(gross, *(column for column, _ in sums)) > LARGEST_FLOAT:
        return None
    allowed = abs(kernel.scale) * options.share
    rest, rank = kernel.weights - np.outer(*kernel.factors[0]), 1
    while rank < kernel.rank and np.abs(rest).sum() > allowed:
        rest, rank = rest - np.outer(*kernel.factors[rank]), rank + 1
    error = float(np.abs(rest).sum()) if rank < kernel.rank else 0.0
    magnitude = options.bounds.magnitude
    if magnitude > 1:  # factors are larger than their sum, and so are their rounding errors
        error += _ROUNDING * gross
        if error > allowed and not is_forced:
            return None
    error *= magnitude / abs(kernel.scale)
    return Pass("low-rank", kernel.of_rank(rank), rank * both, kernel.scale, error)


def truncated(kernel: Kernel, allowed: float) -> tuple[Kernel, float]:
    """Return a kernel with as few taps as the ``allowed`` error permits, and the error.

    Errors are as in ``Pass``. Column and row lose equally many taps at either end, none past the
    origin.
    """
    parts = kernel.factor
    if parts is None or not all((part > 0).all() for part in parts):
        return kernel, 0.0
    gain = kernel.sum / abs(kernel.scale)
    above, below, left, right = kernel.reach
    of_column = gain * _lost(parts.column, min(above, below))
    of_row = gain * _lost(parts.row, min(left, right))
    most = np.searchsorted(of_row, allowed - of_column, side="right") - 1
    possible = [(down, int(across)) for down, across in enumerate(most) if across >= 0]
    down, across = max(possible, key=lambda ends: (sum(ends), ends[1]), default=(0, 0))
    if not down + across:
        return kernel, 0.0
    factor = Factor(_without_ends(parts.column, down), _without_ends(parts.row, across))
    origin = (kernel.origin[0] - down, kernel.origin[1] - across)
    error = float(of_column[down] + of_row[across])
    return Kernel.outer(*factor, kernel.scale, kernel.offset, origin), error


def _lost(weights: Weights, most: int) -> Weights:
    """Return the share of the weights that go with 0 .. ``most`` taps at either end."""
    pairs = (weights + weights[::-1])[:most]
    return np.append(0.0, np.cumsum(pairs)) / float(weights.sum())


def _without_ends(weights: Weights, taps: int) -> Weights:
    inner = weights[taps : len(weights) - taps]
    return inner * float(weights.sum() / inner.sum())


ENGINE = Engine(
    candidate, lower, Cost(0.0, 0.036), ("gaussian:1", "gaussian:6"), suits_all_values=True
)
LOW_RANK = Engine(low_rank_candidate, lower, Cost(0.10, 0.038), ("disk:8", "disk:20"))
