from __future__ import annotations

import math

import pytest

from imgconv.study.numbers import number, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((34.0, "34"), (-0.0, "0"), (146.5625, "146.5625"), (512 / 9, "56.8889")),
        *((0.0001234567, "0.0001235"), (-0.25, "-0.25"), (1e300, "1e+300"), (math.inf, "inf")),
    ],
)
def test_a_number_is_short_and_has_no_point_if_it_is_whole(value: float, text: str) -> None:
    assert number(value) == text


def test_a_number_that_is_added_has_its_sign_apart() -> None:
    assert (signed(128), signed(-0.5)) == ("+ 128", "- 0.5")
