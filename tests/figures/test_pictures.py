from __future__ import annotations

import numpy as np
import pytest

from imgconv.figures.pictures import reduced


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
