from __future__ import annotations

import numpy as np
import pytest

from imgconv.figures.pictures import draw_picture, reduced
from imgconv.figures.style import new_figure, whole_axes


@pytest.mark.parametrize("shape", [(7, 10), (10, 7, 3), (12, 1), (1, 12, 4)])
@pytest.mark.parametrize("most", [3, 4, 5])
def test_a_reduced_picture_has_the_means_of_blocks(shape: tuple[int, ...], most: int) -> None:
    values = np.random.default_rng(2).random(shape)
    found = reduced(values, most)
    side = -(-max(shape[:2]) // most)
    assert max(found.shape[:2]) <= most
    for row in range(found.shape[0]):
        for column in range(found.shape[1]):
            block = values[row * side : (row + 1) * side, column * side : (column + 1) * side]
            np.testing.assert_allclose(found[row, column], block.mean(axis=(0, 1)))


def test_a_small_picture_is_not_reduced() -> None:
    values = np.ones((4, 6, 3))
    assert reduced(values, 6) is values


@pytest.mark.parametrize("unit", [1, 255])
def test_levels_are_drawn_as_they_are_and_large_pictures_as_means(unit: int) -> None:
    levels = np.random.default_rng(3).integers(0, 256, (6, 40, 3), np.uint8)
    colours = levels if unit == 1 else levels / unit
    axes = whole_axes(new_figure(100, 100))
    for width in (40, 10):
        draw_picture(axes, colours, (0, 0), (width, width * 6 / 40))
    same, half = (np.asarray(image.get_array()) for image in axes.images)
    np.testing.assert_array_equal(same, levels)
    blocks = levels.reshape(3, 2, 20, 2, 3).mean(axis=(1, 3))
    np.testing.assert_array_equal(half, np.rint(blocks))
