from __future__ import annotations

import pytest

from imgconv.figures.kernel import draw_kernels
from imgconv.kernels import library
from tests.support.figures import misplaced_texts, texts_of


@pytest.mark.parametrize("has_curves", [False, True])
@pytest.mark.parametrize("text", ["1", "edge", "emboss:30,gaussian:1.5", "1 2 3 4 5 6 7 8", "0"])
def test_no_text_is_cut_or_covers_another(text: str, has_curves: bool) -> None:
    kernels = [filter.kernels[0] for filter in library.find(text)]
    titles = [f"a filter with a long name, {text}, which is shortened to its room"] * len(kernels)
    figure = draw_kernels(titles, kernels, has_curves)
    assert misplaced_texts(figure) == []


def test_white_is_the_largest_response_and_few_cells_have_numbers() -> None:
    (kernel,) = library.find("edge")[0].kernels
    shown = {text for text, _ in texts_of(draw_kernels(["edge"], [kernel], False))}
    assert {"white: 12", "-8", "1"} <= shown


@pytest.mark.parametrize("text", ["gaussian:1000", "disk:200"])
def test_a_large_kernel_is_drawn(text: str) -> None:
    (kernel,) = library.find(text)[0].kernels
    assert texts_of(draw_kernels([text], [kernel], False))[0][0] == text
