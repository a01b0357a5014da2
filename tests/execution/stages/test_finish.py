"""The loops that finish rows, and the tables of them."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.execution.stages.finish import COMBINE, RANGE_STAGES, adjust, carry
from imgconv.kernels.filter import COMBINATIONS, RANGES

pytestmark = pytest.mark.arithmetic


def test_every_combination_and_every_range_has_its_loop() -> None:
    assert ["none", *COMBINE] == list(COMBINATIONS)
    assert list(RANGE_STAGES) == list(RANGES)


def test_adjusting_divides_and_then_adds() -> None:
    rows = np.array([[0, 6], [-9, 3]], np.float32)
    adjust(rows, -3.0, 10.0)
    assert rows.tolist() == [[10, 8], [13, 9]]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("magnitude", [[13, 3, 7]]),
        ("max", [[12, 2, 6]]),
    ],
)
def test_sums_are_combined_into_one(rule: str, expected: list[list[float]]) -> None:
    sums = np.array([[[3, -1, 6]], [[-4, 2, 2]], [[12, -2, -3]]], np.float32)
    for given in (sums, sums.astype(np.int16)):
        result = np.zeros((1, 3), np.float32)
        COMBINE[rule](given, 0.0, result)
        assert result.tolist() == expected


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(0.0, [13, 7, 15, 5]), (3.0, [13, 7, 15, 5]), (3.5, [10, 10, 15, 5]), (5.5, [10, 10, 10, 10])],
)
def test_sums_below_the_threshold_are_not_added(threshold: float, expected: list[float]) -> None:
    sums = np.array([[[10, 10, 10, 10]], [[3, -3, 5, -5]]], np.float32)
    result = np.zeros((1, 4), np.float32)
    COMBINE["add-above"](sums, threshold, result)
    assert result[0].tolist() == expected


@pytest.mark.parametrize("threshold", [0.0, 3.0])
def test_a_sum_that_is_nan_is_above_every_threshold(threshold: float) -> None:
    sums = np.array([[[10, 10]], [[np.nan, 0]]], np.float32)
    result = np.zeros((1, 2), np.float32)
    COMBINE["add-above"](sums, threshold, result)
    np.testing.assert_array_equal(result, [[np.nan, 10]])


@pytest.mark.parametrize("size", [1.0, 1e18, 2.0**62, 1e19, 1e30, 6e37, 1e-14, 1e-21, 1e-37])
def test_a_magnitude_is_exact_where_float32_cannot_hold_squares(size: float) -> None:
    sums = np.array([[[3, -4, np.nan, 1]], [[-4, 0, 4, np.inf]]], np.float32) * np.float32(size)
    sums = np.append(sums, np.array([[[3e-3]], [[4e-3]]], np.float32), axis=2)
    expected = [[5 * size, 4 * size, np.nan, np.inf, 5e-3]]
    for zeros in range(2):  # of a third kernel
        result = np.zeros((1, 5), np.float32)
        COMBINE["magnitude"](np.append(sums, 0 * sums[:zeros], axis=0), 0.0, result)
        np.testing.assert_allclose(result, expected, rtol=3e-7)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("clamp", [-300, 0, 300]),
        ("abs", [300, 0, 300]),
        ("offset", [-172, 128, 428]),
        ("stretch", [-300, 0, 300]),
    ],
)
def test_a_range_rule_changes_rows_before_they_are_clamped(
    rule: str, expected: list[float]
) -> None:
    rows = np.array([[-300, 0, 300]], np.float32)
    for loop, numbers in RANGE_STAGES[rule](128.0):
        loop(rows, *numbers)
    assert rows[0].tolist() == expected


def test_carried_channels_are_copied_from_behind_the_margin() -> None:
    rows = np.array([[9, 9, 1, 2, 3, 4, 9, 9], [9, 9, 5, 6, 7, 8, 9, 9]], np.float32)
    result = np.full((2, 4), 50, np.float32)
    carry(rows, 2, 1, np.array([0, 1], np.uint8), result)
    assert result.tolist() == [[50, 2, 50, 4], [50, 6, 50, 8]]
