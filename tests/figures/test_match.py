from __future__ import annotations

import numpy as np
import pytest

from imgconv.figures.match import draw_flipped
from tests.support.figures import misplaced_texts
from tests.support.pictures import noise


@pytest.mark.parametrize("size", [(9, 200), (200, 9), (40, 50)])
@pytest.mark.parametrize("template", [(1, 5), (8, 1), (7, 7)])
def test_no_text_is_cut_or_covers_another(size: tuple[int, int], template: tuple[int, int]) -> None:
    scores = np.random.default_rng(0).normal(size=size) * 1e6
    pixels = noise(*template, "rgb"), noise(*size, "rgba")
    figure = draw_flipped("a title " * 30, *pixels, (scores, scores + 1))
    assert misplaced_texts(figure) == []
