from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import LimitError, UsageError
from imgconv.study.sequences.signal import (
    Signal,
    check_size,
    check_spacing,
    check_values,
    placed,
    resampled,
    standardized,
)


def test_places_are_the_decimals_that_are_meant() -> None:
    signal = Signal(np.ones(200), -0.995, 0.01)
    assert signal.x.tolist() == [round(-0.995 + k / 100, 3) for k in range(200)]


def test_equally_spaced_places_make_a_function_with_their_step() -> None:
    signal = placed(np.array([0.1, 0.2, 0.3000000001]), np.ones(3))
    assert signal.is_function and signal.step == pytest.approx(0.1) and signal.places is None


def test_other_places_stay_and_both_answers_are_named() -> None:
    signal = placed(np.array([0.1, 0.7, 3, 5.4]), np.array([2.0, 4, 5, 7]))
    assert signal.x.tolist() == [0.1, 0.7, 3, 5.4]
    message = r"\(0.1, 0.7, 3 \.\.\.\); give --points for masses .* --resample DX"
    with pytest.raises(UsageError, match=message):
        check_spacing(signal)


def test_descending_places_are_refused() -> None:
    with pytest.raises(UsageError, match="x does not ascend from 2 to 1"):
        placed(np.array([1.0, 2, 1]), np.ones(3))


def test_lines_are_drawn_between_places() -> None:
    signal = resampled(placed(np.array([0.0, 1, 4]), np.array([0.0, 2, 5])), 0.5)
    assert signal.x.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert signal.values.tolist() == [0, 1, 2, 2.5, 3, 3.5, 4, 4.5, 5]


def test_the_mean_becomes_0_and_the_deviation_1() -> None:
    found = standardized(Signal(np.array([2.0, 4, 4, 4, 5, 5, 7, 9])))
    assert found.values.tolist() == [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2]
    with pytest.raises(UsageError, match="no deviation"):
        standardized(Signal(np.ones(3)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_named(value: float) -> None:
    with pytest.raises(UsageError, match="value 2 of a sequence"):
        check_values(np.array([1, value, 3]))


def test_sequences_that_are_too_long_are_refused() -> None:
    with pytest.raises(LimitError, match="60,000,000 values"):
        check_size(60_000_000)
