from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from matplotlib.figure import Figure

from imgconv.figures.explain import draw_explanation
from imgconv.figures.layers import Layers
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.pixel import explain_pixel
from imgconv.study.surroundings import before_and_after
from tests.support.covering import with_slow
from tests.support.figures import misplaced_texts, texts_of
from tests.support.pictures import noise

FILTERS = {
    "3x3": "sharpen",
    "3x3 of fractions": "gaussian:0.4",
    "two kernels": "sobel",
    "eight kernels": "robinson",
    "5x5": "unsharp:0.6",
    "9x9 of fractions": "gaussian:1",
    "13x13": "blur:6",
    "1x7": "1 20 -300 4000 3 2 1",
    "7x1": "1;2;3;4;3;2;1",
    "1x1": "(-2.5)",
    "2x2": "-1000.125 0.001; 2 3",
    "a chain": "blur,gaussian:1",
}


def drawn(filter: str, channels: str, dtype: str = "uint8", linear: bool = False) -> Figure:
    chain = Chain(noise(40, 50, channels, dtype), find(filter), Settings(linear=linear))
    explanation = explain_pixel(chain, at=(1, 2))
    title, facts = f"{filter} at x 1, y 2", f"{'a long name ' * 20}.png (50x40), border edge"
    return draw_explanation(title, facts, explanation, before_and_after(explanation))


KINDS = (("l", "uint16"), ("rgb", "uint8"), ("rgba", "float32"))


# Every 13th case has all kinds and both lights, with six of the filters.
CASES = [*product(FILTERS, KINDS, [False, True])]
QUICK = CASES[::13]


@pytest.mark.parametrize(
    ("name", "kind", "linear"),
    with_slow(QUICK, slow=[case for case in CASES if case not in QUICK]),
)
def test_no_text_is_cut_or_covers_another(name: str, kind: tuple[str, str], linear: bool) -> None:
    figure = drawn(FILTERS[name], *kind, linear)
    assert misplaced_texts(figure) == []


def test_cells_have_numbers_up_to_11_to_a_side() -> None:
    cells = {size: 3 * size * size for size in (3, 11, 13)}
    numbers = {size: len(texts_of(drawn(f"blur:{size // 2}", "l"))) for size in cells}
    assert numbers[11] - numbers[3] == cells[11] - cells[3]
    assert numbers[13] < 20


def test_cells_have_the_four_digits_of_tables_where_they_have_room() -> None:
    small, large = drawn("104.83 3.25; 0 1", "l"), drawn(f"104.83 {'3.25 ' * 9}", "l")
    assert {"104.8", "3.2", "1.0"} <= {text for text, _ in texts_of(small)}
    texts = {text for text, _ in texts_of(large)}
    assert {"105", "3"} <= texts and "104.8" not in texts


def test_grids_without_numbers_say_their_range() -> None:
    chain = Chain(noise(40, 50), find("blur:6"), Settings())
    explanation = explain_pixel(chain, at=(20, 20))
    figure = draw_explanation("title", "facts", explanation, before_and_after(explanation))
    patch = chain.pixels.array[14:27, 14:27]
    levels = f"{patch.min()} to {patch.max()}"
    expected = {"kernel, all 1", f"grey, {levels}", f"products, {levels}"}
    assert expected <= {text for text, _ in texts_of(figure)}


def test_several_kernels_are_counted() -> None:
    texts = [text for text, _ in texts_of(drawn("sobel", "l"))]
    assert {"kernel 1 of 2", "kernel 2 of 2"} <= set(texts) and "kernel" not in texts


@pytest.mark.parametrize(("at", "is_hatched"), [((0, 20), True), ((20, 20), False)])
def test_hatching_is_explained_where_there_is_any(at: tuple[int, int], is_hatched: bool) -> None:
    explanation = explain_pixel(Chain(noise(40, 50), find("blur"), Settings()), at=at)
    figure = draw_explanation("title", "facts", explanation, before_and_after(explanation))
    (facts,) = (text for text, _ in texts_of(figure) if text.startswith("facts"))
    assert ("hatched" in facts) == is_hatched


def test_patches_are_grey_and_weights_blue_white_and_orange() -> None:
    figure = drawn("-1 0 1", "l")
    colours = {tuple(colour) for colour in Layers(figure).pixels().reshape(-1, 3).tolist()}
    assert {(47, 95, 179), (255, 255, 255), (230, 97, 1)} <= colours


def test_a_picture_of_one_pixel_has_a_figure() -> None:
    chain = Chain(noise(1, 1), find("blur"), Settings())
    explanation = explain_pixel(chain)
    figure = draw_explanation("t", "f", explanation, before_and_after(explanation))
    assert misplaced_texts(figure) == []


def test_surroundings_are_moved_inside_the_picture() -> None:
    chain = Chain(noise(40, 50), find("blur"), Settings())
    before, after = before_and_after(explain_pixel(chain, at=(49, 0)), 21)
    assert before.levels.shape == after.levels.shape == (21, 21, 1)
    assert (before.box, after.box) == ((19, -1, 3, 3), (20, 0, 1, 1))
    expected = chain.stored(chain.steps[0].values(np.arange(21), np.arange(29, 50)))
    np.testing.assert_array_equal(after.levels, expected)
