from __future__ import annotations

import numpy as np
import pytest

from imgconv.figures.masked import draw_masked
from imgconv.kernels.library import find
from imgconv.planning.settings import make_settings
from imgconv.study.chain import Chain
from imgconv.study.pixel import Explanation, explain_pixel
from tests.support.figures import misplaced_texts
from tests.support.pictures import noise


def explained(text: str, size: tuple[int, int], channels: str = "l") -> Explanation:
    chain = Chain(noise(*size, channels), find(text), make_settings())
    return explain_pixel(chain)


@pytest.mark.parametrize(
    ("text", "size", "channels"),
    [
        ("freq-low:0.1", (40, 40), "l"),
        ("blur,freq-high", (20, 60), "rgba"),
        ("freq-notch", (60, 7), "la"),
    ],
)
def test_no_text_is_cut_or_covers_another(text: str, size: tuple[int, int], channels: str) -> None:
    figure = draw_masked(f"{text} " * 11, ["kept " * 36, "at"], explained(text, size, channels))
    assert misplaced_texts(figure) == []


def test_the_four_steps_are_the_picture_its_spectrum_what_is_kept_and_the_picture_back() -> None:
    explanation = explained("freq-low:0.2", (24, 30))
    picture, spectrum, kept, back = (
        np.asarray(image.get_array())[..., 0]
        for image in draw_masked("title", [], explanation).axes[0].images
    )
    levels = explanation.chain.pixels.array[..., 0]
    np.testing.assert_array_equal(picture, levels)
    magnitude = np.abs(np.fft.fftshift(np.fft.fft2(levels)))
    white = np.log1p(magnitude.max())
    shares = np.log1p(magnitude) / white
    np.testing.assert_array_equal(spectrum, np.rint(255 * shares))
    down, across = (np.fft.fftshift(np.fft.fftfreq(each)) for each in (24, 30))
    is_kept = np.hypot(down[:, None], across) <= 0.2
    np.testing.assert_array_equal(kept, np.where(is_kept, spectrum, 0))
    mask = np.fft.ifftshift(np.where(is_kept, 1, 0))
    values = np.fft.ifft2(np.fft.fft2(levels) * mask).real
    np.testing.assert_array_equal(back, np.floor(values.clip(0, 255) + 0.5))
