"""The loops that store rows: rounded once, half up, and clamped; floats as they are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.execution.stages.store import PixelLayout, add_store, extremes, quantize
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import Schedule

pytestmark = pytest.mark.arithmetic


def stored(values: list[float], maximum: float, dtype: str) -> tuple[list[int], int]:
    """Return one row as it is stored, and the number of its clipped values."""
    pixels, clipped = np.zeros((1, len(values)), dtype), np.zeros(1, np.int64)
    quantize(np.array([values], np.float32), maximum, pixels, clipped)
    return pixels[0].tolist(), int(clipped[0])


@pytest.mark.parametrize(
    ("value", "level", "is_clipped"),
    [
        (-1e30, 0, True),
        (-0.6, 0, True),
        (-0.5, 0, False),
        (0.49, 0, False),
        (0.5, 1, False),
        (1.5, 2, False),
        (2.5, 3, False),
        (254.49, 254, False),
        (254.5, 255, False),
        (255.49, 255, False),
        (255.5, 255, True),
        (1e30, 255, True),
    ],
)
def test_values_round_half_up_and_count_as_clipped_only_beyond_rounding(
    value: float, level: int, is_clipped: bool
) -> None:
    assert stored([value], 255.0, "uint8") == ([level], is_clipped)


def test_every_level_of_16_bits_is_stored_as_itself() -> None:
    levels = [float(level) for level in range(65_536)]
    assert stored(levels, 65535.0, "uint16") == (levels, 0)


def test_clipped_values_are_counted_over_all_rows() -> None:
    rows = np.array([[-9, 1, 300], [4, 999, 6]], np.float32)
    pixels, clipped = np.zeros((2, 3), np.uint8), np.array([10])
    quantize(rows, 255.0, pixels, clipped)
    assert clipped[0] == 10 + 3


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize(("stored", "channels"), [(3, 3), (4, 3), (4, 2), (1, 1)])
def test_pixels_are_expanded_where_they_have_more_room_than_channels(
    dtype: str, stored: int, channels: int
) -> None:
    rows = np.arange(5 * channels, dtype=np.float32).reshape(1, -1)
    pixels, program = np.full((1, 5 * stored), 77, dtype), Schedule(1)
    first, height = program.column(0), program.column(1)
    made, into = SlidingView(rows, first, height), SlidingView(pixels, first, height)
    clipped = add_store(program, made, into, PixelLayout(9.0, stored, channels))
    program.run(0, 1)
    expected = rows if dtype == "float32" else rows.clip(0, 9)
    found = pixels.reshape(5, stored)[:, :channels]
    np.testing.assert_array_equal(found, expected.reshape(5, channels))
    assert clipped[0] == (0 if dtype == "float32" else np.count_nonzero(rows > 9))


def test_floats_are_neither_rounded_nor_clamped_nor_counted() -> None:
    values = np.array([[-3.7, 0.5, 1e30, np.inf]], np.float32)
    pixels, program = np.zeros_like(values), Schedule(1)
    first, height = program.column(0), program.column(1)
    made, into = SlidingView(values, first, height), SlidingView(pixels, first, height)
    clipped = add_store(program, made, into, PixelLayout(1.0, 1, 1))
    program.run(0, 1)
    np.testing.assert_array_equal(pixels, values)
    assert clipped[0] == 0


@pytest.mark.parametrize(
    ("kept", "found"), [([0, 0], (-5, 9)), ([0, 1], (1, 3)), ([1, 0], (-5, 9)), ([1, 1], (2, 2))]
)
def test_extremes_leave_out_ignored_channels(kept: list[int], found: tuple[float, float]) -> None:
    ends: NDArray[np.float32] = np.array([2, 2], np.float32)
    extremes(np.array([[1, 9, 3, -5]], np.float32), np.array(kept, np.uint8), ends)
    assert tuple(ends) == found


def test_extremes_are_those_of_finite_values() -> None:
    ends: NDArray[np.float32] = np.array([np.inf, -np.inf], np.float32)
    values = np.array([[np.nan, 3, -np.inf, 5, np.inf]], np.float32)
    extremes(values, np.zeros(1, np.uint8), ends)
    assert tuple(ends) == (3, 5)
