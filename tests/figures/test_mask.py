from __future__ import annotations

import numpy as np
import pytest

from imgconv.figures.mask import draw_mask
from imgconv.kernels.library import find
from imgconv.kernels.mask_picture import MaskPicture
from tests.support.covering import with_slow
from tests.support.figures import misplaced_texts, texts_of


@pytest.mark.parametrize(
    "text",
    with_slow(
        ["freq-high:0.7", "freq-notch:-0.5:0.1"], slow=["freq-low", "freq-band:0.1:0.2:gaussian"]
    ),
)
def test_no_text_is_cut_or_covers_another(text: str) -> None:
    (filter,) = find(text)
    assert filter.mask
    figure = draw_mask(f"{text} " * 20, filter.mask)
    assert misplaced_texts(figure) == []


def test_a_mask_that_is_a_picture_is_drawn() -> None:
    figure = draw_mask("freq-mask:a.png", MaskPicture.drawn(np.eye(9), "a.png"))
    picture, profile = figure.axes
    shown = np.asarray(picture.images[0].get_array())
    assert shown[0, 0] == shown[256, 256] == 1 and shown[0, 256] == 0
    kept = np.asarray(profile.lines[0].get_ydata())
    assert kept[0] == 1 and kept[-1] == 0
    assert misplaced_texts(figure) == []


def test_a_white_mask_has_an_edge_and_colours_are_explained() -> None:
    (filter,) = find("freq-notch:0.2:0.1")
    assert filter.mask
    figure = draw_mask("t", filter.mask)
    assert all(spine.get_visible() for spine in figure.axes[0].spines.values())
    assert "white is kept, black removed" in {text for text, _ in texts_of(figure)}
