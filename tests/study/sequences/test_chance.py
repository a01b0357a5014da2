from __future__ import annotations

import math

import numpy as np
import pytest

from imgconv.errors import LimitError, UsageError
from imgconv.study.sequences.chance import moments, probabilities, sums_of_points
from imgconv.study.sequences.convolution import convolve, repeated
from imgconv.study.sequences.named import Grid, named
from imgconv.study.sequences.signal import Signal


def test_ten_dice_have_ten_times_mean_and_variance() -> None:
    found = moments(repeated(named("die:6", Grid()), 10))
    assert found.mean == pytest.approx(35)
    assert found.variance == pytest.approx(29.1667, abs=5e-5)
    normal = 1 / math.sqrt(2 * math.pi * found.variance)
    assert normal == pytest.approx(0.0738698, abs=5e-8)


def test_values_are_divided_by_their_sum() -> None:
    found, total = probabilities(Signal(np.array([1.0, 3])))
    assert found.values.tolist() == [0.25, 0.75] and total == 4


def test_densities_have_the_area_1() -> None:
    found, total = probabilities(named("box:2", Grid(0.5)))
    assert total == 2 and found.values.tolist() == [0.5] * 4
    assert moments(convolve(found, found)).mean == pytest.approx(0)


@pytest.mark.parametrize("values", [(1, -1), (0, 0)])
def test_values_that_are_no_probabilities_are_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="probabilit"):
        probabilities(Signal(np.array(values, np.float64)))


def test_masses_at_any_places_make_all_sums_of_places() -> None:
    masses = Signal(np.array([2.0, 4, 5, 7]), places=np.array([0.1, 0.7, 3, 5.4]))
    found = sums_of_points(masses, masses)
    assert list(zip(found.x.tolist(), found.values.tolist(), strict=True)) == [
        (0.2, 4),
        (0.8, 16),
        (1.4, 16),
        (3.1, 20),
        (3.7, 40),
        (5.5, 28),
        (6.0, 25),
        (6.1, 56),
        (8.4, 70),
        (10.8, 49),
    ]
    assert found.values.sum() == 324


def test_equal_places_are_one_and_differences_are_a_correlation() -> None:
    die = named("die:6", Grid())
    found = sums_of_points(die, die)
    assert found.x.tolist() == list(range(2, 13))
    np.testing.assert_allclose(found.values, convolve(die, die).values, atol=1e-15)
    assert sums_of_points(die, die, subtracts=True).x.tolist() == list(range(-5, 6))


def test_too_many_sums_of_places_are_refused() -> None:
    with pytest.raises(LimitError, match="25,000,000 sums"):
        sums_of_points(Signal(np.ones(5000)), Signal(np.ones(5000)))
