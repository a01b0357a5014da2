"""Autoregression: x[t] = c + a_1 x[t-1] + ... + a_P x[t-P] + the rest, by least squares.

The prediction is the convolution of x with [0, a_1, ..., a_P], plus c.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.study.sequences.convolution import full_sums

Array = NDArray[np.float64]

_MOST_ORDER = 500
_MOST_CELLS = 100_000_000


class Autoregression(NamedTuple):
    """The weights a_1 .. a_P with their standard errors, c, and facts about the rest.

    ``deviation`` is the root of the rest's mean square. ``errors`` are by its degrees of freedom,
    and None where there are none. ``prediction`` is that of x[P], x[P+1], ..., one step beyond the
    last value included.
    """

    weights: Array
    constant: float
    errors: Array | None
    constant_error: float | None
    deviation: float
    lag: float | None
    prediction: Array


def fit(values: Array, order: int, has_constant: bool = True) -> Autoregression:
    """Return the weights of ``order`` values before each; raises ``UsageError``."""
    count = len(values) - order
    unknown = order + has_constant
    most = min(_MOST_ORDER, _MOST_CELLS // len(values))
    if order > most:
        raise UsageError(
            f"--ar {order} is too much for {len(values):,} values", f"give up to {most}"
        )
    if count < unknown:
        least = order + unknown
        raise UsageError(
            f"--ar {order} needs {least} values, not {len(values)}", "give more, or a smaller P"
        )
    columns = [values[order - lag : len(values) - lag] for lag in range(1, order + 1)]
    matrix = np.stack([*columns, np.ones(count)][:unknown], axis=1)
    solution, _, rank, _ = np.linalg.lstsq(matrix, values[order:], rcond=None)
    found: Array = np.asarray(solution, np.float64)
    if rank < unknown:
        raise UsageError(
            f"{unknown} unknowns cannot be told apart from these values",
            "give a smaller P" if order > 1 else "leave the constant out with --no-constant",
        )
    weights, constant = found[:order], float(found[order]) if has_constant else 0.0
    rest: Array = values[order:] - matrix @ found
    errors = _standard_errors(matrix, rest)
    return Autoregression(
        weights,
        constant,
        None if errors is None else errors[:order],
        float(errors[order]) if errors is not None and has_constant else None,
        float(np.sqrt(rest @ rest / count)),
        _lag_correlation(rest),
        _prediction(values, weights, constant),
    )


def _standard_errors(matrix: Array, rest: Array) -> Array | None:
    free = len(rest) - matrix.shape[1]
    if free <= 0:
        return None
    inverse = np.linalg.pinv(matrix.T @ matrix)
    variance = float(rest @ rest) / free
    return np.asarray(np.sqrt(variance * np.maximum(np.diag(inverse), 0)))


def _lag_correlation(rest: Array) -> float | None:
    """Return the correlation of each value of the rest with the next; near 0 for a good fit."""
    away = rest - rest.mean()
    power = float(away @ away)
    return float(away[1:] @ away[:-1]) / power if power > 0 else None


def _prediction(values: Array, weights: Array, constant: float) -> Array:
    """Return the prediction as a convolution, from the first value with a whole past on."""
    order = len(weights)
    sums = full_sums(values, np.concatenate([[0.0], weights])) + constant
    return sums[order : len(values) + 1]
