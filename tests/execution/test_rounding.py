"""Rounding: whole weights divided by a scale round halves up, as fractions do."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest

import imgconv
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import covering, with_slow
from tests.support.oracle import Array
from tests.support.pictures import BLUR, filtered, noise, pixels

pytestmark = pytest.mark.arithmetic


@pytest.mark.parametrize("scale", [6, 10, 38, -12, 2.5, 1 / 3, 2.0**16])
def test_whole_weights_keep_a_scale_that_their_sums_are_divided_by(scale: float) -> None:
    kernel = BLUR.replaced(scale=scale)
    assert kernel.folded() is kernel


@pytest.mark.parametrize("scale", [3, -9, 255, 2, 16, 1024])
def test_a_scale_that_leaves_no_halves_or_is_a_power_of_two_is_divided_into_whole_weights(
    scale: int,
) -> None:
    folded = Kernel([[1, 2, 5]], scale, 7, (0, 2)).folded()
    assert folded == Kernel(np.array([[1, 2, 5]]) * (1 / scale), 1, 7, (0, 2))


def test_whole_weights_whose_sums_may_not_be_exact_are_divided_too() -> None:
    large = Kernel([[2**15, 2**15]], 6)
    assert large.folded() == Kernel(large.weights * (1 / 6))
    just_exact = Kernel([[2**15, 2**15 - 1]], 6)
    assert just_exact.folded() is just_exact


def test_sums_down_columns_hold_what_float32_holds_of_the_result() -> None:
    picture = np.full((9, 9), -3.4e38, np.float32)
    result = imgconv.apply(picture, Kernel(np.full((5, 1), 0.1)), engine="separable")
    np.testing.assert_allclose(result, -1.7e38, rtol=1e-6)


SOME_SCALES = [1, 2, 3, 6, 7, 16, 25, 38, -3]
OTHER_SCALES = sorted({*range(1, 41), -2, -6, -38} - {*SOME_SCALES})
SCALES = with_slow(SOME_SCALES, slow=OTHER_SCALES)


LEVELS = np.arange(256.0).reshape(16, 16)  # a picture of every level


def small_whole_kernels() -> list[Kernel]:
    """Return kernels that engines treat differently: any, separable, and boxes."""
    random = np.random.default_rng(3)
    sizes = [(1, 2), (4, 1), (2, 2), (3, 3), (3, 4)]
    general = [random.integers(-9, 10, size) for size in sizes]
    parts = [(random.integers(-5, 6, high), random.integers(1, 6, wide)) for high, wide in sizes]
    boxes = [np.full(size, weight) for size in [*sizes, (2, 41)] for weight in (1, 3, -1)]
    return [Kernel(grid) for grid in [*general, *(np.outer(*pair) for pair in parts), *boxes]]


KERNELS = small_whole_kernels()


def engines_for(kernel: Kernel) -> list[str | None]:
    """Return the engines whose whole sums are exact; None is the planner's choice."""
    return [None, "direct", *["separable"] * bool(kernel.factor), *["running"] * kernel.is_box]


@cache
def picture_and_sums(number: int) -> tuple[Array, Array]:
    """Return a picture of every level in order, and random ones below, and its sums."""
    random = np.random.default_rng(number).integers(0, 256, (9, 16))
    picture = np.vstack([LEVELS, random.astype(np.float64)])
    return picture, oracle.correlate_quickly(picture, KERNELS[number].weights)


def rounded_exactly(sums: Array, scale: int) -> Array:
    """Return whole sums over a whole scale, halves rounded up: floor(sum / scale + 1 / 2)."""
    levels = (2 * sums.astype(np.int64) + scale) // (2 * scale)
    return levels.clip(0, 255).astype(np.float64)


@pytest.mark.parametrize("scale", SOME_SCALES)
def test_the_expected_levels_are_what_fractions_give(scale: int) -> None:
    sums = np.arange(-90.0, 300.0)
    levels = [math.floor(Fraction(int(total), scale) + Fraction(1, 2)) for total in sums]
    np.testing.assert_array_equal(rounded_exactly(sums, scale), np.clip(levels, 0, 255))


@pytest.mark.parametrize("scale", SCALES)
def test_whole_kernels_round_halves_up_as_fractions_do(scale: int) -> None:
    for number, kernel in enumerate(KERNELS):
        picture, sums = picture_and_sums(number)
        for engine in engines_for(kernel):
            how = Settings(engine=engine, threads=1)
            result = filtered(pixels(picture), kernel.replaced(scale=scale), settings=how)
            wanted = rounded_exactly(sums, scale)
            np.testing.assert_array_equal(result[..., 0], wanted, f"{kernel.weights} {engine}")


@pytest.mark.parametrize("scale", SCALES)
def test_flat_pictures_of_every_level_are_rounded_as_fractions_are(scale: int) -> None:
    levels = np.arange(256.0)
    flat = np.ascontiguousarray(np.broadcast_to(levels, (3, 4, 256)), np.uint8)
    picture = Pixels(flat, tuple(map(str, range(256))))
    for kernel, engine in product(KERNELS, (None, "direct")):
        how = Settings(engine=engine, threads=1)
        result = filtered(picture, kernel.replaced(scale=scale), settings=how)
        wanted = rounded_exactly(kernel.sum * levels, scale)
        np.testing.assert_array_equal(result[1, 2], wanted, f"{kernel.weights} {engine}")


@pytest.mark.parametrize(
    ("scale", "offset", "range"),
    covering([2, 3, 6, -6, 9, 10, 38], [-40, 40, -0.5, 12.5], ["clamp", "abs", "offset"]),
)
def test_halves_are_exact_where_something_is_added_before_they_are_rounded(
    scale: int, offset: float, range: str
) -> None:
    picture = pixels(LEVELS)
    for weights in ([[1]], [[1, 1]], [[2, 1], [4, 2]], [[1, -2], [5, 3]]):
        kernel = Kernel(weights, scale, offset)
        exact = oracle.correlate(LEVELS, kernel.weights, scale, offset)
        shown = {"clamp": exact, "abs": np.abs(exact), "offset": exact + 128}[range]
        for engine in engines_for(kernel):
            settings = Settings(tolerance=0, range=range, engine=engine)
            found = filtered(picture, kernel, settings=settings)[..., 0]
            np.testing.assert_array_equal(found, oracle.to_levels(shown, 255), f"{engine}")


def test_half_of_a_third_of_147_less_40_is_16() -> None:
    settings = Settings(range="abs")
    found = filtered(pixels([[147]]), Kernel([[1]], scale=6, offset=-40), settings=settings)
    assert found.item() == 16


@pytest.mark.parametrize("unit", [1e-200, 1e-50, 1e-40, 1e-20, 1e20, 1e28])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_weights_of_any_size_are_divided_by_a_scale_of_that_size(unit: float, dtype: str) -> None:
    picture = noise(9, 9, "l", dtype)
    column, row = np.array([1.0, 2, 3]), np.array([3.0, 1, 4])
    even = 1 if unit < 1 else 1e-5
    for kernel, wide in (
        (Kernel(unit * np.outer(column, row), 48 * unit), np.outer(column, row)),
        (Kernel.outer(unit * column, even * row, 48 * unit * even), np.outer(column, row)),
        (Kernel(np.full((3, 3), unit), 9 * unit), np.full((3, 3), 16 / 3)),
    ):
        exact = oracle.correlate(picture.array[..., 0].astype(float), wide, 48)
        for engine in (None, "direct", "separable", "low-rank", "fourier"):
            found = filtered(picture, kernel, settings=Settings(engine=engine))[..., 0]
            near = 1e-6 if dtype == "float32" else 1
            np.testing.assert_allclose(found, exact, rtol=0, atol=near, err_msg=f"{engine}")


def test_a_scale_far_above_the_weights_leaves_the_offset() -> None:
    for kernel in (Kernel([[1]], 1e300, 7), Kernel([[1, -1]], -1e300, 7)):
        assert (filtered(noise(4, 4), kernel) == 7).all()


def test_the_largest_of_results_is_nan_where_one_of_them_is() -> None:
    picture = pixels(np.zeros((9, 9)), "float32")
    picture.array[4, 4] = np.nan
    for engine in (None, "direct"):
        found = filtered(picture, *library.find("robinson"), settings=Settings(engine=engine))
        around = np.isnan(found[3:6, 3:6, 0])
        assert np.isnan(found).sum() == around.sum() == 8 and not around[1, 1]
