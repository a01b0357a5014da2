from __future__ import annotations

import numpy as np
import pytest

from imgconv.study.learning.whole import SCALES, whole_weights


def test_the_smallest_scale_of_whole_weights_is_found() -> None:
    for scale in SCALES:
        weights = np.array([1, 2, -1, 0, scale]) / scale
        found = whole_weights(weights + 2e-4 / scale, np.full(5, 1e-4 / scale), 0.0, 0.0)
        assert found and found.scale == scale and found.weights.tolist() == [1, 2, -1, 0, scale]


def test_errors_that_would_take_any_number_for_a_whole_one_give_none() -> None:
    assert whole_weights(np.array([0.37, 0.2]), np.full(2, 0.05), 0.0, 0.0) is None
    assert whole_weights(np.sqrt([0.2, 0.3]), np.full(2, 1e-5), 0.0, 0.0) is None


@pytest.mark.parametrize(
    ("scale", "offset", "expected"),
    [(16, 3.03, 3), (16, 3.2, 3.2), (2, 3.24, 3), (1, 3.03, 3.03), (1, 128.0000001, 128)],
)
def test_an_offset_near_a_whole_number_becomes_one(
    scale: int, offset: float, expected: float
) -> None:
    found = whole_weights(np.array([1, 1]) / scale, np.full(2, 1e-6), offset, 1e-4)
    assert found and found.offset == expected
