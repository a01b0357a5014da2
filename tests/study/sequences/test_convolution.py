from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from imgconv.errors import LimitError, UsageError
from imgconv.study.sequences import convolution
from imgconv.study.sequences.convolution import (
    chain,
    convolve,
    full_sums,
    repeated,
    terms_at,
)
from imgconv.study.sequences.named import Grid, named
from imgconv.study.sequences.signal import Array, Signal

DIE = named("die:6", Grid())

WHOLE = st.lists(st.integers(-1000, 1000), min_size=1, max_size=12).map(
    lambda values: Signal(np.array(values, np.float64), float(len(values) % 5))
)


def sequence(*values: float) -> Signal:
    return Signal(np.array(values, np.float64))


def by_definition(f: Array, g: Array) -> Array:
    """Return all sums of f[a] g[c - a], by two plain loops."""
    sums = np.zeros(len(f) + len(g) - 1)
    for a, left in enumerate(f):
        for b, right in enumerate(g):
            sums[a + b] += left * right
    return sums


def test_two_dice_make_sums_from_2_to_12() -> None:
    result = convolve(DIE, DIE)
    assert result.x.tolist() == list(range(2, 13))
    np.testing.assert_allclose(result.values * 36, [1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1], atol=1e-14)
    assert result.values[5] == pytest.approx(0.166667, abs=5e-7)


def test_a_ball_that_is_dropped_twice() -> None:
    result = convolve(sequence(0.1, 0.2, 0.3, 0.4), sequence(0.5, 0.3, 0.2))
    assert result.values == pytest.approx([0.05, 0.13, 0.23, 0.33, 0.18, 0.08])


@pytest.mark.parametrize(
    ("f", "g", "mode", "start", "expected"),
    [
        ((1, 2, 3, 4), (1, 0, -1), "full", 0, [1, 2, 2, 2, -3, -4]),
        ((1, 2, 3, 4), (1, 0, -1), "same", 1, [2, 2, 2, -3]),
        ((1, 2, 3, 4), (1, 0, -1), "valid", 2, [2, 2]),
        ((1, 2, 3, 4, 5), (1, 1), "same", 0, [1, 3, 5, 7, 9]),
        ((1, 2, 3), (1, 0, 0.5), "full", 0, [1, 2, 3.5, 1, 1.5]),
        ((1, 1, 1, 1), (1, 1, 1, 1), "full", 0, [1, 2, 3, 4, 3, 2, 1]),
        ((2, 4, 5, 7), (2, 4, 5, 7), "full", 0, [4, 16, 36, 68, 81, 70, 49]),
    ],
)
def test_modes_keep_their_part(
    f: tuple[float, ...], g: tuple[float, ...], mode: str, start: float, expected: list[float]
) -> None:
    result = convolve(sequence(*f), sequence(*g), mode)
    assert result.values.tolist() == expected
    assert result.start == start


def test_same_has_the_length_of_the_first_where_numpy_has_the_longer_ones() -> None:
    assert convolve(sequence(1, 2, 3), sequence(1, 2, 3, 4, 5), "same").count == 3
    assert len(np.convolve([1, 2, 3], [1, 2, 3, 4, 5], "same")) == 5


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_small_sequences_are_as_in_scipy(mode: str) -> None:
    for n, m in product(range(1, 7), repeat=2):
        f, g = np.arange(1.0, n + 1), np.arange(3.0, m + 3) ** 2
        found = convolve(Signal(f), Signal(g), mode).values
        assert found.tolist() == scipy_signal.convolve(f, g, mode, "direct").tolist()
        correlated = chain([Signal(f), Signal(g)], mode, correlates=True).values
        assert correlated.tolist() == scipy_signal.convolve(f, g[::-1], mode, "direct").tolist()


def test_a_correlation_lays_the_second_as_it_is_written() -> None:
    given = [sequence(2, 4, 6, 8, 10), sequence(0.2, 0.3, 0.5)]
    assert chain(given, "valid").values == pytest.approx([3.4, 5.4, 7.4])
    found = chain(given, "valid", correlates=True)
    assert found.values == pytest.approx([4.6, 6.6, 8.6])
    assert found.start == 0


@given(WHOLE, WHOLE)
def test_convolution_commutes_and_is_its_definition(f: Signal, g: Signal) -> None:
    one, other = convolve(f, g), convolve(g, f)
    assert (
        one.values.tolist() == other.values.tolist() == by_definition(f.values, g.values).tolist()
    )
    assert one.start == other.start == f.start + g.start


@given(WHOLE, WHOLE, WHOLE)
def test_convolution_associates(f: Signal, g: Signal, h: Signal) -> None:
    left, right = convolve(convolve(f, g), h), convolve(f, convolve(g, h))
    assert left.values.tolist() == right.values.tolist()
    assert left.start == right.start


@given(WHOLE, WHOLE)
def test_lengths_add_up(f: Signal, g: Signal) -> None:
    n, m = f.count, g.count
    assert convolve(f, g).count == n + m - 1
    assert convolve(f, g, "same").count == n
    assert convolve(f, g, "valid").count == max(n, m) - min(n, m) + 1


@pytest.mark.parametrize("m", [300, 1000, 1001])
def test_long_sequences_are_convolved_by_their_spectra(m: int) -> None:
    rng = np.random.default_rng(3)
    f, g = rng.random(1000) - 0.5, rng.random(m)
    np.testing.assert_allclose(full_sums(f, g), np.convolve(f, g), rtol=0, atol=1e-11)


def test_small_probabilities_of_many_dice_are_those_of_exact_counts() -> None:
    # The digits of a power in base 2^400 are the counts, which are below 6^150 < 2^388.
    ways = sum(1 << 400 * face for face in range(6)) ** 150
    counts = [ways >> 400 * index & (1 << 400) - 1 for index in range(5 * 150 + 1)]
    expected = [float(Fraction(count, 6**150)) for count in counts]
    np.testing.assert_allclose(repeated(DIE, 150).values, expected, rtol=1e-12)


def test_sums_of_long_sequences_without_signs_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    f = np.exp(-np.arange(500.0))
    exact = np.convolve(f, f)
    monkeypatch.setattr(convolution, "_UNSIGNED_FROM", 0)
    found = full_sums(f, f)
    assert found.min() == 0
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-14)


def test_long_sequences_of_whole_numbers_stay_exact() -> None:
    rng = np.random.default_rng(3)
    f, g = (rng.integers(-(2**20), 2**20, size).astype(np.float64) for size in (600, 500))
    exact = [int(value) for value in np.convolve(f.astype(object), g.astype(object))]
    assert full_sums(f, g).tolist() == exact


def test_boxes_of_functions_make_a_triangle_of_area_1() -> None:
    box = named("box:1", Grid(0.01))
    result = convolve(box, box)
    values = dict(zip(result.x.tolist(), result.values.tolist(), strict=True))
    assert values[0.0] == pytest.approx(1) and max(values.values()) == values[0.0]
    assert values[0.5] == pytest.approx(0.5) and values[-0.5] == pytest.approx(0.5)
    assert values[0.46] == pytest.approx(0.54)
    assert result.values.sum() * 0.01 == pytest.approx(1)


def test_weights_beside_a_function_are_not_multiplied_by_its_step() -> None:
    function = Signal(np.array([2.0, 4, 6]), 10.0, 0.5, is_function=True)
    result = convolve(function, replace(sequence(0.5, 0.5), start=1), "valid")
    assert result.values.tolist() == [3, 5]
    assert result.x.tolist() == [11, 11.5]


def test_each_channel_of_a_sound_is_convolved() -> None:
    stereo = Signal(np.array([[1.0, 10], [2, 20], [3, 30]]), rate=8)
    result = convolve(stereo, sequence(1, 0, 0.5))
    assert result.rate == 8
    assert result.values.T.tolist() == [[1, 2, 3.5, 1, 1.5], [10, 20, 35, 10, 15]]
    both = convolve(stereo, Signal(np.array([[1.0, 2]]), rate=8))
    assert both.values.T.tolist() == [[1, 2, 3], [20, 40, 60]]


def test_ten_dice_are_nearly_normal() -> None:
    result = repeated(DIE, 10)
    assert (result.x[0], result.x[-1]) == (10, 60)
    assert result.values.max() == pytest.approx(0.0726928, abs=5e-8)
    one_by_one = chain([DIE] * 10, "full")
    np.testing.assert_allclose(result.values, one_by_one.values, atol=1e-16)


def test_one_place_is_the_sum_of_the_products_that_meet_there() -> None:
    f, g = sequence(0.1, 0.2, 0.3, 0.4), sequence(0.5, 0.3, 0.2)
    rows = terms_at(f, g, 3)
    assert [(a, b) for a, b, _, _ in rows] == [(1, 2), (2, 1), (3, 0)]
    assert [p * q for _, _, p, q in rows] == pytest.approx([0.04, 0.09, 0.20])
    whole = convolve(f, g)
    for place, value in zip(whole.x.tolist(), whole.values.tolist(), strict=True):
        assert sum(p * q for _, _, p, q in terms_at(f, g, place)) == pytest.approx(value)


@pytest.mark.parametrize("place", [-1.0, 6.0, 2.5, float("nan"), float("inf")])
def test_a_place_without_a_value_is_refused(place: float) -> None:
    with pytest.raises(UsageError, match="it has them from 0 to 5, every 1"):
        terms_at(sequence(1, 2, 3, 4), sequence(1, 2, 3), place)


def test_functions_of_different_steps_are_refused_with_the_step_to_take() -> None:
    f = Signal(np.ones(3), 0, 0.5, is_function=True)
    with pytest.raises(UsageError, match=r"give --resample 0\.25"):
        convolve(f, replace(f, step=0.25))


def test_too_many_copies_are_refused() -> None:
    with pytest.raises(LimitError, match="--times 100001"):
        repeated(DIE, 100_001)
