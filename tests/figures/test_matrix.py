from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from imgconv.figures.layers import Layers
from imgconv.figures.matrix import draw_matrix
from tests.support.figures import misplaced_texts, texts_of


@pytest.mark.parametrize("shape", [(1, 1), (4, 5), (16, 25), (100, 3), (2, 300), (2500, 2500)])
def test_no_text_is_cut_or_covers_another(shape: tuple[int, int]) -> None:
    figure = draw_matrix("a filter: 4 x 5, 8 of 20 are not zero", np.eye(*shape), (2, 1))
    assert misplaced_texts(figure) == []


def shown_in(figure: Figure) -> set[str]:
    return {text for text, _ in texts_of(figure)}


def test_cells_of_a_small_matrix_have_their_weights() -> None:
    assert {"1.00", "-2.50"} <= shown_in(draw_matrix("t", np.diag([1, -2.5]), (1, 1)))
    names = [{0: "w0", 1: "w1"}, {1: "w0"}]
    assert {"w0", "w1"} <= shown_in(draw_matrix("t", np.diag([1, 0]), (1, 1), names))


def test_no_weight_of_a_large_matrix_is_lost() -> None:
    weights = np.zeros((3000, 3000))
    weights[1234, 2345] = -1
    colours = {tuple(c) for c in Layers(draw_matrix("t", weights, (9, 9))).pixels().reshape(-1, 3)}
    assert (47, 95, 179) in {tuple(map(int, colour)) for colour in colours}


def test_weights_that_a_border_adds_up_do_not_make_the_others_pale() -> None:
    weights = np.eye(9)
    weights[0, 0] = 100
    figure = draw_matrix("t", weights, (3, 3))
    assert "white is 0, blue is negative, full orange is 1 and more" in shown_in(figure)
    colours = Layers(figure).pixels().reshape(-1, 3)
    assert (colours == (230, 97, 1)).all(axis=1).sum() > 8 * 34 * 34 / 2


def test_columns_are_what_the_caller_says() -> None:
    assert "pixels of the picture" in shown_in(draw_matrix("t", np.eye(3), (3, 3)))
    of_sequence = draw_matrix("t", np.eye(3), (3, 3), inputs="values of the sequence")
    assert "values of the sequence" in shown_in(of_sequence)
