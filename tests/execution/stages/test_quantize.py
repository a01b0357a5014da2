"""Whole sums are quantized to the levels that the exact quotient rounds to."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.engines.fixed_point import LARGEST_INT16
from imgconv.execution.stages.quantize import add_quantize, division
from imgconv.execution.stages.store import PixelLayout
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import Schedule
from tests.support.covering import covering

pytestmark = pytest.mark.arithmetic

Sums = NDArray[np.int16]


def stored(
    sums: Sums, divisor: float, offset: float, spare: int = 0, is_within: bool = False
) -> tuple[Sums, int]:
    """Return one row of sums, three channels, as levels, and the number of clipped values."""
    dividing = division(float(divisor), float(offset), float(np.abs(sums.astype(int)).max()))
    assert dividing is not None
    program = Schedule(1)
    first, height = program.column(0), program.column(1)
    pixels = np.zeros((1, len(sums) // 3 * (3 + spare)), np.uint8)
    rows, into = SlidingView(sums[None].copy(), first, height), SlidingView(pixels, first, height)
    clipped = add_quantize(
        program, rows, dividing, into, PixelLayout(255.0, 3 + spare, 3), is_within
    )
    program.run(0, 1)
    return pixels.reshape(-1, 3 + spare)[:, :3].reshape(-1).astype(np.int16), int(clipped[0])


def expected(sums: Sums, divisor: int, offset: int) -> NDArray[np.int64]:
    return (2 * sums.astype(np.int64) + divisor) // (2 * divisor) + offset


@pytest.mark.parametrize("divisor", [1, 9, 10, 31, 32])
def test_the_expected_levels_are_what_fractions_give(divisor: int) -> None:
    sums = np.arange(-300, 300).astype(np.int16)
    levels = [floor(Fraction(int(s), divisor) + 7 + Fraction(1, 2)) for s in sums]
    np.testing.assert_array_equal(expected(sums, divisor, 7), levels)


@pytest.mark.parametrize(
    ("divisor", "offset", "spare"),
    covering([1, 9, 10, 16, 25, 31, 32, 49], [0, 128, -3], [0, 1, 2]),
)
def test_every_sum_becomes_the_level_that_is_nearest(divisor: int, offset: int, spare: int) -> None:
    most = 255 * divisor
    sums = np.arange(-most, most + 1).astype(np.int16)
    sums = sums[: len(sums) // 3 * 3]
    levels, clipped = stored(sums, divisor, offset, spare)
    wanted = expected(sums, divisor, offset)
    np.testing.assert_array_equal(levels, wanted.clip(0, 255))
    assert clipped == np.count_nonzero((wanted < 0) | (wanted > 255))


@pytest.mark.parametrize(
    ("divisor", "spare"), covering([*range(9, 60), 64, 100, 128], [0, 1], strength=1)
)
def test_quotients_that_are_bytes_are_stored_without_clamping(divisor: int, spare: int) -> None:
    """From the least sum that rounds to a byte to the largest."""
    sums = np.arange(-(divisor // 2), 255 * divisor + (divisor + 1) // 2).astype(np.int16)
    if division(float(divisor), 0.0, float(sums[-1])) is None:
        assert divisor > 60
        return
    sums = np.concatenate([sums, sums[: -len(sums) % 3]])
    levels, clipped = stored(sums, divisor, 0, spare, is_within=True)
    np.testing.assert_array_equal(levels, expected(sums, divisor, 0))
    assert (levels.min(), levels.max(), clipped) == (0, 255, 0)


def test_a_row_longer_than_a_block_is_quantized_without_seam() -> None:
    sums = np.random.default_rng(1).integers(-4000, 8000, 3 * 1700).astype(np.int16)
    levels, _ = stored(sums, 16, 0)
    np.testing.assert_array_equal(levels, expected(sums, 16, 0).clip(0, 255))


def test_every_division_is_exact() -> None:
    for divisor in range(9, 400):
        for largest in (255 * divisor, 400 * divisor, LARGEST_INT16 - divisor):
            dividing = division(float(divisor), 0.0, float(largest))
            if dividing is None:
                continue
            added, factor, last = dividing
            assert max(factor, last) <= LARGEST_INT16
            dividend = np.arange(-largest, largest + 1) + added
            assert np.abs(dividend).max() <= LARGEST_INT16
            dividend = dividend[dividend >= 0]
            level = (dividend * factor >> 16) * last >> 16
            np.testing.assert_array_equal(level, dividend // divisor)


@pytest.mark.parametrize(
    ("divisor", "offset", "largest"),
    [
        (2.0, 0.0, 255.0),
        (9.5, 0.0, 255.0),
        (-9.0, 0.0, 255.0),
        (0.5, 0.0, 255.0),
        (9.0, 0.5, 255.0),
        (9.0, 0.0, 40_000.0),
        (1.0, 32_000.0, 1000.0),
        (1.0, 1e30, 255.0),
        (1e30, 0.0, 255.0),
        (120.0, 0.0, 30_000.0),
    ],
)
def test_there_is_no_division_where_16_bits_are_not_exact(
    divisor: float, offset: float, largest: float
) -> None:
    assert division(divisor, offset, largest) is None
