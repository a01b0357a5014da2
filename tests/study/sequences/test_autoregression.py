from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.study.sequences.autoregression import fit
from imgconv.study.sequences.signal import Array


def process() -> Array:
    """Return 2000 values of x[t] = .6 x[t-1] - .3 x[t-2] + e[t], of which the first two are 0."""
    noise = np.random.default_rng(42).normal(size=2000)
    x = np.zeros(2000)
    for t in range(2, 2000):
        x[t] = 0.6 * x[t - 1] - 0.3 * x[t - 2] + noise[t]
    return x


@pytest.mark.arithmetic
def test_the_weights_of_a_process_are_found() -> None:
    x = process()
    found = fit(x, 2)
    assert found.weights.tolist() == pytest.approx([0.63443099, -0.31514654], abs=5e-9)
    assert found.constant == pytest.approx(-0.05327918, abs=5e-9)
    assert found.deviation == pytest.approx(1.00136997, abs=5e-9)
    assert found.lag == pytest.approx(0, abs=0.05)


def test_the_prediction_is_a_convolution() -> None:
    x = process()
    found = fit(x, 2)
    by_hand = found.constant + found.weights[0] * x[1:] + found.weights[1] * x[:-1]
    np.testing.assert_allclose(found.prediction, by_hand, rtol=0, atol=1e-14)
    assert len(found.prediction) == 1999  # of x[2] to x[2000], which is not there yet


def test_standard_errors_are_those_of_least_squares() -> None:
    x = process()
    found = fit(x, 2)
    matrix = np.stack([x[1:-1], x[:-2], np.ones(1998)], axis=1)
    rest = x[2:] - matrix @ np.array([*found.weights, found.constant])
    covariance = np.linalg.inv(matrix.T @ matrix) * (rest @ rest / 1995)
    assert found.errors is not None and found.constant_error is not None
    errors = [*found.errors, found.constant_error]
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)).tolist())


def test_halves_are_predicted_without_a_constant() -> None:
    found = fit(np.array([1, 0.5, 0.25, 0.125, 0.0625]), 1, has_constant=False)
    assert found.weights.tolist() == pytest.approx([0.5])
    assert found.prediction[-1] == pytest.approx(0.03125)


@pytest.mark.parametrize(
    ("values", "order", "message"),
    [
        ([1.0, 2, 3], 2, "--ar 2 needs 5 values, not 3"),
        ([1.0] * 20, 1, "cannot be told apart"),
        ([1.0] * 2000, 501, "--ar 501 is too much"),
    ],
)
def test_too_few_and_flat_values_are_refused(values: list[float], order: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        fit(np.array(values), order)
