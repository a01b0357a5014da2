"""Boxes and labels stand out, lie inside the picture, and leave the rest as it is."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.images.blend import Region
from imgconv.images.boxes import draw_boxes
from imgconv.images.pixels import Pixels
from tests.support.pictures import noise


@pytest.mark.parametrize("channels", ["l", "la", "rgb", "rgba", "cmyk"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_pixels_of_all_kinds_become_rgb(channels: str, dtype: str) -> None:
    drawn = draw_boxes(noise(40, 60, channels, dtype), [Region(20, 15, 9, 7)], ["1"])
    assert drawn.channels == ("r", "g", "b") and drawn.array.shape == (40, 60, 3)
    assert drawn.array.dtype == np.uint8


def test_lines_lie_round_the_box_and_nothing_else_changes() -> None:
    picture = Pixels(np.full((60, 80, 1), 40, np.uint8), ("l",))
    changed = (draw_boxes(picture, [Region(30, 20, 10, 8)], [""]).array != 40).any(axis=2)
    expected = np.zeros((60, 80), bool)
    expected[18:30, 28:42] = True
    expected[20:28, 30:40] = False
    ring = changed[14:34, 24:46]
    assert (ring | ~expected[14:34, 24:46]).all() and not changed[20:28, 30:40].any()


@pytest.mark.parametrize("corner", [(0, 0), (70, 0), (0, 52), (70, 52)])
def test_a_box_at_the_edge_is_drawn_whole(corner: tuple[int, int]) -> None:
    picture = Pixels(np.zeros((60, 80, 1), np.uint8), ("l",))
    drawn = draw_boxes(picture, [Region(*corner, 10, 8)], ["0.91"]).array
    left, top = (max(0, at - 2) for at in corner)
    right, bottom = (min(at, size) - 1 for at, size in ((corner[0] + 12, 80), (corner[1] + 10, 60)))
    assert drawn[top, left : right + 1].any(axis=-1).all()
    assert drawn[bottom, left : right + 1].any(axis=-1).all()
    assert drawn[top : bottom + 1, left].any(axis=-1).all()
    assert drawn[top : bottom + 1, right].any(axis=-1).all()


@pytest.mark.parametrize("colour", [(255, 0, 0), (255, 230, 0), (0, 255, 255), (40, 90, 30)])
def test_the_colour_is_far_from_that_of_the_picture(colour: tuple[int, int, int]) -> None:
    picture = Pixels(np.full((50, 50, 3), colour, np.uint8), ("r", "g", "b"))
    line = draw_boxes(picture, [Region(20, 20, 10, 10)], ["1"]).array[19, 25]
    assert np.abs(line.astype(int) - colour).sum() >= 300


def test_a_label_without_room_is_left_out() -> None:
    picture = Pixels(np.zeros((6, 6, 1), np.uint8), ("l",))
    one, other = (draw_boxes(picture, [Region(1, 1, 3, 3)], [text]) for text in ("0.98", "0.5"))
    np.testing.assert_array_equal(one.array, other.array)
