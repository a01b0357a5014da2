from __future__ import annotations

import numpy as np
import pytest

from imgconv.figures.matrix import draw_matrix
from imgconv.figures.style import pixel_colours
from tests.support.figures import covered_texts, cut_texts, texts_of


@pytest.mark.parametrize("shape", [(1, 1), (4, 5), (16, 25), (100, 3), (2, 300), (2500, 2500)])
def test_no_text_is_cut_or_covers_another(shape: tuple[int, int]) -> None:
    figure = draw_matrix("a filter: 4 x 5, 8 of 20 are not zero", np.eye(*shape), (2, 1))
    assert covered_texts(figure) == [] and cut_texts(figure) == []


def test_cells_of_a_small_matrix_have_their_weights() -> None:
    shown = {text for text, _ in texts_of(draw_matrix("t", np.diag([1, -2.5]), (1, 1)))}
    assert {"1.00", "-2.50"} <= shown
    names = [{0: "w0", 1: "w1"}, {1: "w0"}]
    shown = {text for text, _ in texts_of(draw_matrix("t", np.diag([1, 0]), (1, 1), names))}
    assert {"w0", "w1"} <= shown


def test_no_weight_of_a_large_matrix_is_lost() -> None:
    weights = np.zeros((3000, 3000))
    weights[1234, 2345] = -1
    colours = {tuple(c) for c in pixel_colours(draw_matrix("t", weights, (9, 9))).reshape(-1, 3)}
    assert (47, 95, 179) in {tuple(map(int, colour)) for colour in colours}
