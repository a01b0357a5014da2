"""The loops that fetch rows."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.border import OUTSIDE
from imgconv.picture import MAXIMUM
from imgconv.rows.fetch import load, pad, unweigh, weigh

COLOURS = np.array([1, 1, 0], np.uint8)


@pytest.mark.parametrize("stored", [3, 4])
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_pixels_become_floats_at_their_place_and_nothing_else_is_touched(
    dtype: str, stored: int
) -> None:
    pixels = np.arange(2 * 5 * stored).reshape(2, 5 * stored).astype(dtype)
    rows = np.full((2, 8 * 3), -1, np.float32)
    load(pixels, stored, 3, rows, 2)
    expected = np.full((2, 8, 3), -1)
    expected[:, 2:7] = pixels.reshape(2, 5, stored)[..., :3]
    np.testing.assert_array_equal(rows, expected.reshape(2, -1))


def test_margins_repeat_columns_or_show_the_colour() -> None:
    rows = np.array([[0, 0, 0, 0, 10, 11, 20, 21, 0, 0]], np.float32)
    columns, colour = np.array([OUTSIDE, 1, 0]), np.array([7, 8], np.float32)
    pad(rows, 2, 2, 2, columns, colour)
    np.testing.assert_array_equal(rows, [[7, 8, 20, 21, 10, 11, 20, 21, 10, 11]])


def test_colour_is_weighed_by_alpha_and_alpha_stays() -> None:
    rows = np.array([[9, 9, 9, 100, 200, 51, 50, 40, 255, 30, 20, 0]], np.float32)
    weigh(rows, COLOURS, 1, 3, 2, 255.0)
    np.testing.assert_allclose(rows, [[9, 9, 9, 20, 40, 51, 50, 40, 255, 0, 0, 0]], rtol=1e-6)


def test_unweighing_undoes_weighing_and_leaves_black_where_nothing_is_seen() -> None:
    rows = np.array([[20, 40, 51, 50, 40, 255, 30, 20, 0]], np.float32)
    unweigh(rows, COLOURS, 2, 255.0)
    np.testing.assert_allclose(rows, [[100, 200, 51, 50, 40, 255, 0, 0, 0]], rtol=1e-6)


def test_alpha_may_be_any_of_the_channels() -> None:
    rows = np.array([[51, 100, 200]], np.float32)
    weigh(rows, np.array([0, 1, 1], np.uint8), 0, 1, 0, 255.0)
    np.testing.assert_allclose(rows, [[51, 20, 40]], rtol=1e-6)
