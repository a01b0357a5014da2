from __future__ import annotations

import pytest

from imgconv.figures.mask import draw_mask
from imgconv.kernels.library import find
from tests.support.figures import covered_texts, cut_texts


@pytest.mark.parametrize(
    "text", ["freq-low", "freq-high:0.7", "freq-band:0.1:0.2:gaussian", "freq-notch:-0.5:0.1"]
)
def test_no_text_is_cut_or_covers_another(text: str) -> None:
    (filter,) = find(text)
    assert filter.mask
    figure = draw_mask(f"{text} " * 20, filter.mask)
    assert covered_texts(figure) == [] and cut_texts(figure) == []
