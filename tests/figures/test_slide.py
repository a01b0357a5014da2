from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from imgconv.figures.slide import SlideFigure, sum_line, unclamped
from imgconv.kernels.border import Border
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.pixel import ChannelValue, explain_pixel
from imgconv.study.slide import cut_out
from tests.study.test_slide import nine
from tests.support.covering import covering
from tests.support.figures import misplaced_texts, texts_of
from tests.support.pictures import noise, pixels


def explained(filter: str, values: list[list[int]], range: str | None = None) -> ChannelValue:
    chain = Chain(pixels(values), find(filter), Settings(range=range))
    return explain_pixel(chain).channels[0]


LINES = {
    "blur": "(1 + 2 + 3 + 4 + 50 + 6 + 7 + 8 + 9) / 9 = 10, rounded 10",
    "sharpen": "-2 - 4 + 5·50 - 6 - 8 = 230, rounded 230",
    "sobel": "sqrt(8² + 24²) = 25.2982, rounded 25",
    "(0 0 0; 0 -2 0; 0 0 0)": "-2·50 = -100, rounded -100",
}


@pytest.mark.parametrize("filter", LINES)
def test_the_line_says_how_a_result_is_made(filter: str) -> None:
    line = sum_line(explained(filter, [[1, 2, 3], [4, 50, 6], [7, 8, 9]]))
    assert line == LINES[filter]


def test_the_line_divides_by_the_weights_inside() -> None:
    chain = Chain(pixels([[10, 20], [30, 40]]), find("blur"), Settings(Border("none")))
    line = sum_line(explain_pixel(chain, at=(0, 0)).channels[0])
    assert line.endswith(") / 0.4444) / 9 = 25, rounded 25")


def test_a_long_line_leaves_its_products_out() -> None:
    values = [[1] * 7] * 7
    assert sum_line(explained("blur:3", values)) == "(sum of 49 products) / 49 = 1, rounded 1"
    short = sum_line(explained("blur", values), is_short=True)
    assert short == "(sum of 9 products) / 9 = 1, rounded 1"


def test_the_line_names_a_value_once() -> None:
    assert sum_line(explained("(0)", [[5]])) == "0, rounded 0"


def test_the_cell_shows_what_clamping_hides() -> None:
    assert unclamped(explained("(3)", [[200]])) == 600
    assert unclamped(explained("(-1)", [[200]])) == -200


def test_every_result_has_a_frame_and_the_last_is_full() -> None:
    slide = cut_out(
        Chain(pixels(nine()), find("blur:2"), Settings(extent="valid")), None, None, (12, 9)
    )
    figure = SlideFigure(slide, "a title", 0, 720, None)
    frames = list(figure.frames())
    assert len(frames) == 25
    width, height = figure.size
    assert {frame.shape for frame in frames} == {(height, width, 3)}
    assert width == 720 and height % 2 == 0
    filled = [np.count_nonzero((frame == (243, 243, 246)).all(axis=2)) for frame in frames]
    assert all(before > after for before, after in pairwise(filled))
    assert filled[-1] == 0


SIZES = ((200, None), (721, 300), (2000, 1500))


@pytest.mark.parametrize(("channels", "size"), covering(["l", "rgb", "rgba"], SIZES, strength=1))
def test_no_text_is_cut_or_covers_another(channels: str, size: tuple[int, int | None]) -> None:
    chain = Chain(noise(9, 9, channels), find("gaussian:0.5"), Settings())
    figure = SlideFigure(cut_out(chain, None, None, (4, 3)), "a long title " * 20, 0, *size)
    next(figure.frames())
    drawn = figure.figure
    assert misplaced_texts(drawn) == []


@pytest.mark.parametrize(
    ("channels", "caption"), [("l", "picture"), ("rgb", "picture (green values)")]
)
def test_the_channel_of_the_numbers_is_named(channels: str, caption: str) -> None:
    chain = Chain(noise(9, 9, channels), find("blur"), Settings())
    at = min(1, len(channels) - 1)
    figure = SlideFigure(cut_out(chain, None, None, (4, 3)), "t", at, 720, None)
    assert {caption, "result"} <= {text for text, _ in texts_of(figure.figure)}


def test_transparent_pixels_are_drawn_over_white() -> None:
    chain = Chain(pixels([[[9, 0]] * 2] * 2, channels="la"), find("blur"), Settings())
    figure = SlideFigure(cut_out(chain, None, None, (2, 2)), "t", 0, 400, None)
    for frame in figure.frames():
        assert not (frame == 9).all(axis=2).any()


def test_negative_results_are_blue() -> None:
    chain = Chain(pixels([[255]]), find("(-1)"), Settings())
    slide = cut_out(chain, None, None, (1, 1))
    (frame,) = SlideFigure(slide, "t", 0, 400, None).frames()
    assert (frame == (47, 95, 179)).all(axis=2).sum() > 500
