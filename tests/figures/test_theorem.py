from __future__ import annotations

import pytest

from imgconv.figures.theorem import draw_theorem
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.theorem import convolution_theorem
from tests.support.covering import covering
from tests.support.figures import misplaced_texts
from tests.support.pictures import noise

FILTERS = ("blur", "gaussian:2", "1 2 3 4 5 6 7", "(-2)")
SHAPES = ((1, 1), (9, 200), (200, 9), (40, 50))


@pytest.mark.parametrize(("filter", "shape"), covering(FILTERS, SHAPES, strength=1))
def test_no_text_is_cut_or_covers_another(filter: str, shape: tuple[int, int]) -> None:
    chain = Chain(noise(*shape, "rgb"), find(filter), Settings())
    lines = ["a line " * 40, "another"]
    theorem = convolution_theorem(chain)
    figure = draw_theorem("a title " * 30, lines, theorem, chain.pixels, chain.stored)
    assert misplaced_texts(figure) == []
