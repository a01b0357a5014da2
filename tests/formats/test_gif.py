"""Palettes of GIF: exact up to 256 colours, near beyond."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from imgconv.formats.gif import COLOURS, is_transparent, quantize


def of_colours(count: int, mode: str = "RGB") -> Image.Image:
    """Return a picture of ``count`` colours that lie close together."""
    values = np.arange(count)
    layers = [100 + values % 8, 30 + values // 8 % 8, 200 + values // 64, np.full(count, 255)]
    array = np.stack(layers[: len(mode)], axis=1).astype(np.uint8)
    return Image.fromarray(np.repeat(array[None], 3, axis=0))


@pytest.mark.parametrize("count", [1, 2, 17, 255, 256])
def test_up_to_256_colours_stay_exact(count: int) -> None:
    image = of_colours(count)
    assert np.array_equal(np.asarray(quantize(image).convert("RGB")), np.asarray(image))


@pytest.mark.parametrize("count", [1, 2, 254, 255])
def test_beside_a_transparent_index_255_colours_stay_exact(count: int) -> None:
    image = of_colours(count + 1, "RGBA")
    image.paste((1, 2, 3, 127), (count, 0, count + 1, 3))
    image.putpixel((0, 0), (100, 30, 200, 128))
    result = np.asarray(quantize(image).convert("RGBA"))
    hidden = np.asarray(image)[..., 3] < 128
    assert np.array_equal(result[..., 3] == 0, hidden)
    assert np.array_equal(result[~hidden][:, :3], np.asarray(image)[~hidden][:, :3])


def test_all_pixels_may_be_transparent() -> None:
    image = Image.new("RGBA", (3, 2), (9, 9, 9, 0))
    assert is_transparent(image)
    assert not np.asarray(quantize(image).convert("RGBA"))[..., 3].any()


def test_only_alpha_below_one_half_is_transparent() -> None:
    assert not is_transparent(Image.new("RGB", (3, 2)))
    assert not is_transparent(Image.new("RGBA", (3, 2), (0, 0, 0, 128)))
    assert is_transparent(Image.new("LA", (3, 2), (0, 127)))


def test_more_than_256_colours_are_near_once_blurred() -> None:
    """A gradient of 120 x 160 colours is blurred with its palette and without."""
    down, across = np.mgrid[0:120, 0:160]
    array = np.stack([across, down * 2, 250 - across], axis=2).astype(np.uint8)
    image = Image.fromarray(array)
    result = quantize(image)
    assert len(result.getcolors() or ()) <= COLOURS
    seen = [
        np.asarray(shown.filter(ImageFilter.GaussianBlur(3)), np.float64)
        for shown in (image, result.convert("RGB"))
    ]
    assert np.sqrt(np.mean((seen[0] - seen[1]) ** 2)) < 1.5
