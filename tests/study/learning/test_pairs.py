from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.study.learning.pairs import make_pair
from tests.support.pictures import noise, pixels


def test_equations_are_the_values_under_the_kernel_the_maximum_and_the_result() -> None:
    before, after = noise(40, 300, "rgb"), noise(38, 297, "rgb")
    pair = make_pair(before, after, (3, 4))
    columns = np.concatenate([block.copy() for block in pair.equations((3, 4))], axis=1)
    assert columns.shape == (14, 3 * 38 * 297)
    for channel, y, x in [(0, 0, 0), (1, 20, 7), (2, 37, 296)]:
        at = (channel * 38 + y) * 297 + x
        value = float(after.array[y, x, channel])
        patch = before.array[y : y + 3, x : x + 4, channel].astype(float).ravel()
        expected = np.zeros(14) if value in (0, 255) else [*patch, 255, value]
        assert columns[:, at].tolist() == list(expected)


def test_a_result_of_the_same_size_loses_the_edge_that_the_border_made() -> None:
    before, after = noise(9, 10), noise(9, 10)
    whole = make_pair(before, after, (3, 4))
    assert whole.after[0].tolist() == after.array[1:8, 2:9, 0].tolist()
    inner = pixels(after.array[1:8, 2:9, 0])
    assert make_pair(before, inner, (3, 4)).after.tolist() == whole.after.tolist()


def test_black_and_white_values_do_not_count_but_in_floats() -> None:
    levels = np.array([[0, 1], [254, 255]])
    pair = make_pair(pixels(levels), pixels(levels), (1, 1))
    assert pair.is_used[0].tolist() == [[False, True], [True, False]] and pair.clipped == 0.5
    floats = pixels(levels / 255, "float32")
    assert make_pair(floats, floats, (1, 1)).is_used.all()


def test_colours_count_only_where_all_under_the_kernel_is_opaque() -> None:
    levels = np.full((5, 6, 2), 100)
    levels[..., 1], levels[2, 1, 1] = 255, 254
    before, opaque = pixels(levels, channels="la"), pixels(np.full((5, 6), 100))
    used = make_pair(before, opaque, (3, 3)).is_used[0]
    assert used.tolist() == [[False, False, True, True]] * 3
    assert make_pair(opaque, before, (1, 1)).is_used[0].tolist() == (levels[..., 1] == 255).tolist()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ((9, 9, "l"), (9, 9, "rgb"), "one has grey and the other colour; give --gray"),
        ((9, 9, "l"), (8, 9, "l"), "9x9 before and 9x8 after are different sizes"),
        ((2, 9, "l"), (2, 9, "l"), "a kernel of 3x3 is larger than the picture of 9x2"),
    ],
)
def test_pictures_that_are_no_pair_are_refused(
    before: tuple[int, int, str], after: tuple[int, int, str], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        make_pair(noise(*before), noise(*after), (3, 3))
