"""Pillow's modes: pixels of every mode, and the mode to which it is converted first."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from imgconv.errors import ReadError
from imgconv.images.depth import to_gray
from imgconv.images.frames import filterable, to_image, to_pixels
from imgconv.images.modes import MODES
from imgconv.images.pixels import Pixels
from tests.support.pictures import noise

FILTERED = [name for name, mode in MODES.items() if mode.filtered_as == name]


def image_of(mode: str) -> Image.Image:
    """A small picture of any mode, with all kinds of values."""
    colours = np.random.default_rng(3).integers(0, 256, (5, 7, 4), np.uint8)
    grey = colours[..., 0]
    if mode.startswith("I;16"):
        order = ">u2" if mode.endswith("B") else "<u2"
        return Image.frombytes(mode, (7, 5), (grey * np.uint16(257)).astype(order).tobytes())
    if mode in ("F", "I"):
        return Image.fromarray(grey.astype(np.float32 if mode == "F" else np.int32))
    if mode in ("La", "RGBa"):
        return Image.fromarray(colours, "RGBA").convert(mode[:-1] + "A").convert(mode)
    if mode == "PA":
        return Image.fromarray(grey).convert("P").convert("PA")
    if mode == "RGBX":
        return Image.frombytes(mode, (7, 5), colours.tobytes())
    return Image.fromarray(colours).convert("RGB").convert(mode)


@pytest.mark.parametrize("mode", FILTERED)
def test_pixels_of_a_mode_make_the_same_image_to_the_byte(mode: str) -> None:
    image = image_of(mode)
    assert filterable(image) is image
    pixels = to_pixels(image)
    assert (pixels.width, pixels.height) == image.size
    back = to_image(pixels, mode)
    assert (back.mode, back.size, back.tobytes()) == (mode, image.size, image.tobytes())


@pytest.mark.parametrize("mode", FILTERED)
def test_the_channels_and_the_type_of_a_mode_are_those_of_its_row(mode: str) -> None:
    pixels = to_pixels(image_of(mode))
    row = MODES[mode]
    assert pixels.channels == tuple(row.channels)
    assert pixels.array.dtype.name == row.dtype
    assert pixels.array.flags.c_contiguous


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in FILTERED])
def test_other_modes_are_converted_to_the_mode_of_their_row(mode: str) -> None:
    image = filterable(image_of(mode))
    assert image.mode == MODES[mode].filtered_as
    assert to_pixels(image).array.any()


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B", "I"])
def test_16_bits_of_grey_keep_every_bit_in_any_byte_order(mode: str) -> None:
    values = np.array([[0, 1, 255], [256, 40_000, 65_535]], np.uint16)
    order = {"I;16B": ">u2", "I": "<i4"}.get(mode, "<u2")
    image = Image.frombytes(mode, (3, 2), values.astype(order).tobytes())
    np.testing.assert_array_equal(to_pixels(filterable(image)).array[..., 0], values)


@pytest.mark.parametrize("value", [-1, 65_536])
def test_integers_outside_16_bits_are_refused(value: int) -> None:
    with pytest.raises(ReadError, match="32-bit"):
        filterable(Image.fromarray(np.full((2, 2), value, np.int32)))


def test_a_mode_without_a_row_is_refused() -> None:
    with pytest.raises(ReadError, match="LAB"):
        filterable(Image.new("LAB", (2, 2)))


@pytest.mark.parametrize(
    ("mode", "key", "with_alpha"), [("L", 0, "LA"), ("RGB", (0, 0, 0), "RGBA"), ("P", 0, "RGBA")]
)
def test_a_transparent_colour_becomes_an_alpha_channel(
    mode: str, key: object, with_alpha: str
) -> None:
    image = Image.new(mode, (2, 1))
    image.putpixel((1, 0), 9 if mode != "RGB" else (9, 9, 9))
    image.info["transparency"] = key
    result = filterable(image)
    assert result.mode == with_alpha
    assert to_pixels(result).array[0, :, -1].tolist() == [0, 255]


@pytest.mark.parametrize(
    ("mode", "grey"),
    [("RGB", "L"), ("RGBA", "LA"), ("CMYK", "L"), ("P", "L"), ("L", "L"), ("I;16", "I;16")],
)
def test_grey_keeps_alpha_and_depth(mode: str, grey: str) -> None:
    assert filterable(image_of(mode), gray=True).mode == grey


@pytest.mark.parametrize(("mode", "grey"), [("RGB", "L"), ("RGBA", "LA")])
def test_grey_is_the_grey_of_pillow(mode: str, grey: str) -> None:
    image = image_of(mode)
    result = to_gray(to_pixels(image))
    assert result.channels == tuple(MODES[grey].channels)
    assert to_image(result, grey).tobytes() == image.convert(grey).tobytes()


@pytest.mark.parametrize(("dtype", "maxval"), [("uint8", 100), ("uint16", 1023), ("uint16", None)])
def test_grey_pixels_have_the_depth_and_maximum_of_the_coloured(
    dtype: str, maxval: int | None
) -> None:
    array = noise(9, 11, "rgba", dtype).array.clip(0, maxval)
    result = to_gray(Pixels(array, ("r", "g", "b", "a"), maxval=maxval))
    expected = array[..., :3] @ (np.array([19595, 38470, 7471]) / 65536)
    assert np.abs(result.array[..., 0] - expected).max() <= 0.5
    np.testing.assert_array_equal(result.array[..., 1], array[..., 3])
    assert (result.array.dtype.name, result.maxval) == (dtype, maxval)


def test_grey_pixels_are_returned_as_they_are() -> None:
    pixels = noise(9, 11, "la")
    assert to_gray(pixels) is pixels
