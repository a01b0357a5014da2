"""The loops that load rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from imgconv.execution.stages.load import (
    clear_hidden,
    copy,
    load,
    loader,
    pad,
    premultiply,
    unpremultiply,
)
from imgconv.images.pixels import MAXIMUM
from imgconv.kernels.border import OUTSIDE
from imgconv.kernels.kernel import Kernel
from tests.support.pictures import filtered, pixels

pytestmark = pytest.mark.arithmetic

COLOURS = np.array([1, 1, 0], np.uint8)

ONE = np.ones(1, np.float32)


@pytest.mark.parametrize("stored", [3, 4])
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_pixels_are_loaded_as_floats_and_margins_stay(dtype: str, stored: int) -> None:
    pixels = np.arange(2 * 5 * stored).reshape(2, 5 * stored).astype(dtype)
    rows = np.full((2, 8 * 3), -1, np.float32)
    packed, colour = np.zeros(15, dtype), np.zeros(3, np.float32)
    for loop in (load, loader(stored, 3)):
        rows[:] = -1
        loop((pixels, pixels, np.array([1, 0]), stored), rows, 2, (colour, ONE, packed))
        check_rows(rows, pixels, stored)


def check_rows(rows: np.ndarray, pixels: np.ndarray, stored: int) -> None:
    expected = np.full((2, 8, 3), -1)
    expected[:, 2:7] = pixels.reshape(2, 5, stored)[::-1, :, :3]
    np.testing.assert_array_equal(rows, expected.reshape(2, -1))


def test_rows_are_loaded_from_copies_or_filled_with_the_colour() -> None:
    pixels, spare = np.array([[1, 2]], np.uint8), np.array([[3, 4], [5, 6]], np.uint8)
    rows = np.zeros((4, 2), np.float32)
    positions = np.array([0, OUTSIDE, OUTSIDE - 2, OUTSIDE - 1])
    packed = np.zeros(2, np.uint8)
    numbers = (np.array([7.5], np.float32), ONE, packed)
    load((pixels, spare, positions, 1), rows, 0, numbers)
    np.testing.assert_array_equal(rows, [[1, 2], [7.5, 7.5], [5, 6], [3, 4]])


@pytest.mark.parametrize(("stored", "channels"), [(3, 3), (4, 3), (4, 2)])
def test_levels_are_multiplied_by_the_unit(stored: int, channels: int) -> None:
    pixels = np.arange(200, 200 + 5 * stored).reshape(1, -1).astype(np.uint8)
    rows, colour = np.zeros((2, 5 * channels), np.int16), np.full(channels, 99, np.int16)
    positions, unit = np.array([0, OUTSIDE]), np.array([128], np.int16)
    loop, packed = loader(stored, channels), np.zeros(5 * channels, np.uint8)
    loop((pixels, pixels, positions, stored), rows, 0, (colour, unit, packed))
    expected = 128 * pixels.reshape(5, stored)[:, :channels].astype(int).ravel()
    np.testing.assert_array_equal(rows, [expected, [99] * 5 * channels])


def test_rows_are_copied_up_onto_themselves() -> None:
    rows = np.arange(8, dtype=np.float32).reshape(4, 2)
    copy(rows[1:], rows[:3])
    np.testing.assert_array_equal(rows, [[2, 3], [4, 5], [6, 7], [6, 7]])


def test_margins_repeat_columns_or_have_the_colour() -> None:
    rows = np.array([[0, 0, 0, 0, 10, 11, 20, 21, 0, 0]], np.float32)
    columns, colour = np.array([OUTSIDE, 1, 0]), np.array([7, 8], np.float32)
    pad(rows, 2, 2, 2, columns, colour)
    np.testing.assert_array_equal(rows, [[7, 8, 20, 21, 10, 11, 20, 21, 10, 11]])


def test_colour_is_premultiplied_and_alpha_stays() -> None:
    rows = np.array([[9, 9, 9, 100, 200, 51, 50, 40, 255, 30, 20, 0]], np.float32)
    rows = np.repeat(rows, 2, 0)
    premultiply(rows, np.array([5, OUTSIDE]), 1, 3, (COLOURS, 2, 255.0))
    np.testing.assert_allclose(rows[0], [9, 9, 9, 20, 40, 51, 50, 40, 255, 0, 0, 0], rtol=1e-6)
    np.testing.assert_array_equal(rows[1], [9, 9, 9, 100, 200, 51, 50, 40, 255, 30, 20, 0])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_colour_under_alpha_of_0_counts_as_0_whatever_it_is(value: float) -> None:
    rows = np.array([[9, 9, 0, value, 7, 0, value, 7, 0.5]], np.float32)
    clear_hidden(rows, 1, 2, (COLOURS, 2, 1.0))
    np.testing.assert_array_equal(rows, [[9, 9, 0, 0, 0, 0, value, 7, 0.5]])
    picture = pixels([[[0.5, 0.5, 0.5, 1], [value, value, value, 0]]], "float32", "rgba")
    result = filtered(picture, Kernel(np.ones((1, 3)), 3))
    np.testing.assert_allclose(result[0, :, :3], 0.5, rtol=1e-6)


@pytest.mark.parametrize(
    ("hidden", "faint", "negative"),
    [((-math.inf, 0.5), [0, 0, 0.25], [0, 0, -51]), ((-0.1, 0.1), [102, 51, 0.25], [30, 20, -51])],
)
def test_colour_is_divided_by_alpha_and_black_where_alpha_is_hidden(
    hidden: tuple[float, float], faint: list[float], negative: list[float]
) -> None:
    rows = np.array([[20, 40, 51, 0.1, 0.05, 0.25, 30, 20, 0, -6, -4, -51]], np.float32)
    unpremultiply(rows, (COLOURS, 2, 255.0), hidden)
    expected = [[100, 200, 51, *faint, 0, 0, 0, *negative]]
    np.testing.assert_allclose(rows, expected, rtol=1e-6)


def test_alpha_may_be_any_of_the_channels() -> None:
    rows = np.array([[51, 100, 200]], np.float32)
    premultiply(rows, np.zeros(1, np.int64), 0, 1, (np.array([0, 1, 1], np.uint8), 0, 255.0))
    np.testing.assert_allclose(rows, [[51, 20, 40]], rtol=1e-6)
