"""The window of padded rows that slides down over a picture."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from imgconv.execution.sources import PixelSource
from imgconv.execution.window import AlphaWeighting, PaddedSource, Padding, RowSchedule, Window
from imgconv.images.pixels import Pixels
from imgconv.jit.schedule import Schedule
from imgconv.kernels.border import BORDERS, Border
from imgconv.kernels.kernel import Reach
from tests.support.oracle import Array, walk
from tests.support.pictures import noise

pytestmark = pytest.mark.arithmetic

HEIGHT, WIDTH, MARGIN = 7, 5, 3
COLOUR = (1.0, 2.0)
GREY = np.array([1, 0], np.uint8)
AROUND = Reach(MARGIN, MARGIN, MARGIN, MARGIN)


def windows(
    picture: Pixels,
    border: str,
    bounds: list[int],
    weighting: AlphaWeighting | None = None,
    reach: Reach = AROUND,
    fresh_only: bool = False,
) -> list[Array]:
    """Return the rows of a window in each iteration, with ``MARGIN`` columns of padding."""
    colour = np.array(COLOUR, np.float32)
    padding = Padding(Border(border), colour, -MARGIN, picture.width + MARGIN)
    padded = PaddedSource(PixelSource(picture), padding, weighting)
    schedule = Schedule(len(bounds) - 1)
    row_schedule = RowSchedule(schedule, np.array(bounds), 0, int(np.diff(bounds).max()))
    window = Window(row_schedule, padded, reach, fresh_only)
    columns = (picture.width + 2 * MARGIN) * len(picture.channels)
    rows = window.fresh if fresh_only else window.rows
    found = []
    for iteration in range(schedule.iterations):
        schedule.run(iteration, iteration + 1)
        first, count = (
            int(schedule.table[iteration, column]) for column in (rows.first, rows.height)
        )
        held = rows.array[
            first : first + count + (reach.above + reach.below) * (not fresh_only)
        ].copy()
        found.append(held[:, :columns])
    return found


def padded(picture: Pixels, border: str, first: int, last: int) -> Array:
    """Return the rows ``first .. last - 1`` padded by definition, as flat rows."""
    down = [walk(border, y, picture.height) for y in range(first, last)]
    across = [walk(border, x, picture.width) for x in range(-MARGIN, picture.width + MARGIN)]
    rows = [
        [v for x in across for v in (COLOUR if y is None or x is None else picture.array[y, x])]
        for y in down
    ]
    return np.array(rows, np.float64)


@pytest.mark.parametrize("strip", [1, 2, 3, HEIGHT])
@pytest.mark.parametrize("border", BORDERS)
def test_a_sliding_window_holds_the_padded_rows(border: str, strip: int) -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    for start, stop in ((0, HEIGHT), (2, 5), (-9, 1), (6, 20)):
        bounds = [*range(start, stop, strip), stop]
        found = windows(picture, border, bounds)
        for (first, last), rows in zip(pairwise(bounds), found, strict=True):
            wanted = padded(picture, border, first - MARGIN, last + MARGIN)
            np.testing.assert_array_equal(rows, wanted)


def test_rows_around_the_first_may_be_loaded_in_iterations_before_it() -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    *_, first, last = windows(picture, "reflect", [1, 1, 1, 1, 3, 5])
    np.testing.assert_array_equal(first, padded(picture, "reflect", 1 - MARGIN, 3 + MARGIN))
    np.testing.assert_array_equal(last, padded(picture, "reflect", 3 - MARGIN, 5 + MARGIN))


def test_a_window_of_fresh_rows_holds_the_rows_loaded_last() -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    found = windows(
        picture, "edge", [2, 2, 4, 6], reach=Reach(1, 1, MARGIN, MARGIN), fresh_only=True
    )
    for rows, (first, last) in zip(found, [(1, 3), (3, 5), (5, 7)], strict=True):
        np.testing.assert_array_equal(rows, padded(picture, "edge", first, last))


@pytest.mark.parametrize("offset", [-4, 4])
def test_a_window_may_lie_only_below_or_only_above(offset: int) -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    reach = Reach(-offset, offset, MARGIN, MARGIN)
    found = windows(picture, "wrap", [0, 3, 6], reach=reach)
    for rows, first in zip(found, (0, 3), strict=True):
        wanted = padded(picture, "wrap", first + offset, first + 3 + offset)
        np.testing.assert_array_equal(rows, wanted)


def test_every_row_is_loaded_once() -> None:
    row_schedule = RowSchedule(Schedule(4), np.array([0, 2, 4, 6, 7]), 0, 2)
    assert row_schedule.loaded(Reach(3, 1, 0, 0)).tolist() == [-3, 3, 5, 7, 8]


def test_rows_begin_at_cache_lines() -> None:
    padding = Padding(Border(), np.array(COLOUR, np.float32), -MARGIN, WIDTH + MARGIN)
    padded = PaddedSource(PixelSource(noise(HEIGHT, WIDTH, "la")), padding)
    window = Window(RowSchedule(Schedule(1), np.array([0, 4]), 0, 4), padded, AROUND)
    assert window.rows.array.ctypes.data % 64 == 0
    assert window.length % 16 == 0


def test_colour_is_premultiplied_in_the_picture_and_in_its_repetitions() -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    (rows,) = windows(picture, "wrap", [1, 3], AlphaWeighting(GREY, 1, 255.0))
    weighed, plain = rows.reshape(8, -1, 2), padded(picture, "wrap", -2, 6).reshape(8, -1, 2)
    np.testing.assert_allclose(weighed[..., 0], plain[..., 0] * plain[..., 1] / 255, rtol=1e-5)
    np.testing.assert_array_equal(weighed[..., 1], plain[..., 1])


def test_the_padding_colour_is_not_premultiplied_again() -> None:
    picture = noise(HEIGHT, WIDTH, "la")
    (rows,) = windows(picture, "constant", [-9, -5], AlphaWeighting(GREY, 1, 255.0))
    assert (rows.reshape(10, -1, 2) == COLOUR).all()
