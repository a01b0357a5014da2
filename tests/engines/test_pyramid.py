"""The pyramid's small kernel, its spacing and its loops, and their stated errors."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from imgconv.engines import pyramid
from imgconv.engines.pyramid import ERRORS, enlarging, level_kernel, shrinking, spline
from tests.support.pyramid_weights import effective, gaussian

pytestmark = pytest.mark.arithmetic


SPACINGS = [4, 5, 6, 7, 8, 11, 16, 23, 32]


@pytest.mark.parametrize("d", [1, 2, 3, *SPACINGS])
def test_the_spline_is_a_bell_that_sums_to_one(d: int) -> None:
    bell = spline(d)
    assert len(bell) == 4 * d - 3
    np.testing.assert_allclose(bell.sum(), 1, rtol=1e-13)
    np.testing.assert_allclose(bell, bell[::-1])
    assert (bell > 0).all() and (np.diff(bell[: 2 * d - 1]) > 0).all()


@pytest.mark.parametrize("d", SPACINGS)
def test_the_small_kernel_sums_to_one_and_makes_up_the_variance(d: int) -> None:
    for ratio in (*ERRORS, 1.6, 9.0, 40.0):
        h = level_kernel(ratio * d, d)
        assert len(h) % 2 == 1
        np.testing.assert_allclose(h.sum(), 1, rtol=1e-13)
        np.testing.assert_allclose(h, h[::-1], atol=1e-15)
        places = d * (np.arange(len(h)) - len(h) // 2)
        variance_of_splines = 2 * 4 * (d**2 - 1) / 12
        variance = h @ places**2 + variance_of_splines
        np.testing.assert_allclose(variance, (ratio * d) ** 2, rtol=2e-3)


def test_the_small_kernel_of_a_gaussian_of_any_sigma_is_not_cut_short() -> None:
    for ratio in (30.0, 100.0, 400.0, 3000.0):
        assert len(level_kernel(32 * ratio, 32)) // 2 > 4.4 * ratio


def error_of(sigma: float, d: int) -> float:
    """Return the largest error on pictures of 0 .. 1: half the sum of the differences."""
    return max(float(np.abs(w - gaussian(sigma, at)).sum()) / 2 for at, w in effective(sigma, d))


@pytest.mark.parametrize("ratio", ERRORS)
def test_the_table_of_errors_is_true(ratio: float) -> None:
    worst = max(error_of(ratio * d, d) for d in SPACINGS)
    assert ERRORS[ratio] / 2 <= worst <= ERRORS[ratio]


@pytest.mark.parametrize(("ratio", "d"), [(1.6, 4), (1.99, 5), (2.7, 4), (3.5, 9), (6.0, 4)])
def test_between_two_rows_of_the_table_the_lower_one_bounds_the_error(ratio: float, d: int) -> None:
    assert error_of(ratio * d, d) <= pyramid.error_at(ratio * d, d)


@pytest.mark.parametrize("sigma", [6.0, 7.5, 12.0, 50.0, 200.0])
def test_a_gaussian_cut_off_at_four_sigma_is_within_the_stated_error(sigma: float) -> None:
    least = int(np.ceil(15**0.5 * sigma))  # with which it is known as one
    for d in range(4, min(int(sigma / 1.5), 32) + 1):
        for radius in (least, int(4 * sigma + 0.5), int(6 * sigma)):
            at, weights = effective(sigma, d)[0]
            cut = np.where(np.abs(at) <= radius, gaussian(sigma, at), 0)
            error = np.abs(weights - cut / cut.sum()).sum() / 2
            assert error <= pyramid.error_at(sigma, d)


@pytest.mark.parametrize(
    ("sigma", "error", "d"),
    [
        (5.9, 1e-3, None),
        (6.0, 1e-3, 4),
        (6.0, 9e-4, None),
        (7.5, 1e-3, 5),
        (8.0, 4e-4, 4),
        (16.0, 1.15e-4, 4),
        (1000.0, 1e-3, 32),
        (1000.0, 1.05e-4, None),
        (1000.0, 0.0, None),
    ],
)
def test_the_spacing_is_the_largest_that_is_near_enough(
    sigma: float, error: float, d: int | None
) -> None:
    assert pyramid.spacing(sigma, error) == d


@pytest.mark.parametrize("sigma", [6, 8, 10, 13.3, 40, 100, 1000])
@pytest.mark.parametrize("error", [1e-3, 6e-4, 2.5e-4, 1.2e-4])
def test_the_error_at_a_spacing_is_what_was_allowed_or_less(sigma: float, error: float) -> None:
    d = pyramid.spacing(sigma, error)
    assert d is None or pyramid.error_at(sigma, d) <= error


@pytest.mark.parametrize("d", SPACINGS)
def test_shrinking_adds_all_of_every_row_to_small_rows(d: int) -> None:
    rows = np.arange(-3 * d, 7 * d)
    weights = shrinking(d, rows)
    np.testing.assert_allclose(weights.sum(axis=1), 1 / d, rtol=1e-6)
    bell = np.pad(spline(d), 2 * d)
    for v, row in zip(rows, weights, strict=True):
        for m in range(v // d - 1, v // d + 3):
            expected = bell[v - m * d + 2 * (d - 1) + 2 * d]
            np.testing.assert_allclose(row[m % 4], expected, rtol=1e-6)


@pytest.mark.parametrize("d", SPACINGS)
def test_enlarging_weights_sum_to_one_everywhere(d: int) -> None:
    places = np.arange(-3 * d, 7 * d)
    weights = enlarging(d, places)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    bell = np.pad(d * spline(d), 2 * d)
    for u, row in zip(places, weights, strict=True):
        expected = [bell[u - m * d + 4 * d - 2] for m in range(u // d - 1, u // d + 3)]
        np.testing.assert_allclose(row, expected, rtol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8])
def test_rows_are_added_to_four_small_rows(count: int) -> None:
    random = np.random.default_rng(count)
    rows, weights = (random.random((count, n)).astype(np.float32) for n in (37, 4))
    small = random.random((4, 37)).astype(np.float32)
    expected = small + weights.T @ rows
    pyramid.shrink_down(rows, weights, small)
    np.testing.assert_allclose(small, expected, rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("d", [4, 5, 9])
def test_a_shrunk_row_is_set_to_zero(d: int, channels: int) -> None:
    random, bell = np.random.default_rng(d), spline(d).astype(np.float32)
    values = random.random((5 * d + 4 * d - 3, channels)).astype(np.float32)
    small, small_rows = values.reshape(1, -1).copy(), np.empty((1, 6 * channels), np.float32)
    pyramid.shrink_across(small, bell, d, channels, small_rows)
    expected = [bell @ values[n * d : n * d + len(bell)] for n in range(6)]
    np.testing.assert_allclose(small_rows[0], np.ravel(expected), rtol=1e-5)
    assert not small.any()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_rows_are_enlarged(channels: int) -> None:
    random = np.random.default_rng(channels)
    blurred = random.random((9, 8 * channels)).astype(np.float32)
    down, across = (random.random((n, 4)).astype(np.float32) for n in (12, 15))
    firsts, starts = np.sort(random.integers(0, 6, 12)), np.sort(random.integers(0, 5, 15))
    sums = np.empty((12, 15 * channels), np.float32)
    wide, held = np.empty((4, 15 * channels + 3), np.float32), np.full(4, -1)
    pyramid.enlarge((firsts, down), blurred, (starts, across, channels), sums, (wide, held))
    for (y, first), (x, start) in product(enumerate(firsts), enumerate(starts)):
        near = blurred.reshape(9, 8, channels)[first : first + 4, start : start + 4]
        expected = np.einsum("j,i,jik->k", down[y], across[x], near)
        found = sums[y, x * channels : (x + 1) * channels]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
