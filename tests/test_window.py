"""The window of padded rows that slides down over a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from imgconv.border import BORDERS, Border
from imgconv.picture import Pixels
from imgconv.rows.source import PixelSource
from imgconv.rows.window import Surroundings, Weighting, Window
from tests.oracle import Array, walk
from tests.pictures import noise

HEIGHT, WIDTH, MARGIN = 7, 5, 3
COLOUR = (1.0, 2.0)
GREY = np.array([1, 0], np.uint8)


def window_over(
    picture: Pixels, border: str, height: int = 3, weighting: Weighting | None = None
) -> Window:
    """A window with ``MARGIN`` columns and rows beyond every edge."""
    around = Surroundings(
        Border(border), np.array(COLOUR, np.float32), -MARGIN, picture.width + MARGIN
    )
    return Window(PixelSource(picture), around, weighting, height, 2 * MARGIN)


def padded(picture: Pixels, border: str, first: int, last: int) -> Array:
    """The rows that the definition finds at ``first .. last - 1``, as flat rows."""
    down = [walk(border, y, picture.height) for y in range(first, last)]
    across = [walk(border, x, picture.width) for x in range(-MARGIN, picture.width + MARGIN)]
    rows = [
        [v for x in across for v in (COLOUR if y is None or x is None else picture.array[y, x])]
        for y in down
    ]
    return np.array(rows, np.float64)


@pytest.mark.parametrize("height", [1, 3, HEIGHT])
@pytest.mark.parametrize("border", BORDERS)
def test_a_window_that_slides_down_shows_the_picture_and_what_lies_around_it(
    border: str, height: int
) -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    window = window_over(picture, border, height)
    for top in range(0, HEIGHT, height):
        first, last = top - MARGIN, min(top + height, HEIGHT) + MARGIN
        np.testing.assert_array_equal(
            window.rows(first, last), padded(picture, border, first, last)
        )


@pytest.mark.parametrize("border", BORDERS)
def test_a_window_may_jump_to_any_place_also_far_outside(border: str) -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    window = window_over(picture, border)
    for first in (4, -3, 9, 12, -9, 0, 1, 1, -20, 5):
        for last in (first + 1, first + 3 + 2 * MARGIN):
            np.testing.assert_array_equal(
                window.rows(first, last), padded(picture, border, first, last)
            )


@pytest.mark.parametrize("height", [1, 2, 3])
def test_every_row_is_fetched_once_on_the_way_down(
    height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[int] = []
    read = PixelSource.read

    def noting(source: PixelSource, first: int, last: int, rows: Any, left: int) -> None:
        fetched.extend(range(first, last))
        read(source, first, last, rows, left)

    monkeypatch.setattr(PixelSource, "read", noting)
    window = window_over(noise(20, WIDTH, "la"), "reflect", height)
    for top in range(0, 20, height):
        window.rows(top - MARGIN, min(top + height, 20) + MARGIN)
    assert fetched == list(range(20))


def test_rows_are_one_block_of_memory() -> None:
    rows = window_over(noise(HEIGHT, WIDTH, "la"), "edge").rows(-2, 5)
    assert rows.flags.c_contiguous
    assert rows.dtype == np.float32


def test_colour_is_weighed_by_alpha_within_the_picture_and_in_its_repetitions() -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    window = window_over(picture, "wrap", weighting=Weighting(GREY, 1, 255.0))
    rows = window.rows(-2, 4).reshape(6, -1, 2)
    plain = padded(picture, "wrap", -2, 4).reshape(rows.shape)
    np.testing.assert_allclose(rows[..., 0], plain[..., 0] * plain[..., 1] / 255, rtol=1e-5)
    np.testing.assert_array_equal(rows[..., 1], plain[..., 1])


def test_the_colour_outside_is_taken_as_it_is_given() -> None:
    window = window_over(
        noise(HEIGHT, WIDTH, "la"), "constant", weighting=Weighting(GREY, 1, 255.0)
    )
    rows = window.rows(-2, 0).reshape(2, -1, 2)
    assert (rows == COLOUR).all()
