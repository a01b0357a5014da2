"""Rounding: whole weights divided by a scale round halves up, as fractions do."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest

from imgconv.images.pixels import Pixels
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import with_slow
from tests.support.oracle import Array
from tests.support.pictures import BLUR, filtered, pixels

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


SOME_SCALES = [1, 2, 3, 6, 7, 16, 25, 38, -3]
OTHER_SCALES = sorted({*range(1, 41), -2, -6, -38} - {*SOME_SCALES})
SCALES = with_slow(SOME_SCALES, slow=OTHER_SCALES)


LEVELS = np.arange(256.0).reshape(16, 16)


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
def pictures_and_sums(number: int) -> list[tuple[Array, Array]]:
    random = np.random.default_rng(number).integers(0, 256, (9, 16)).astype(np.float64)
    weights = KERNELS[number].weights
    return [(p, oracle.correlate_quickly(p, weights)) for p in (LEVELS, random)]


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
        for (picture, sums), engine in product(pictures_and_sums(number), engines_for(kernel)):
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
