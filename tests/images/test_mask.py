"""Masks of pictures of every mode, and of arrays."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv.errors import UsageError
from imgconv.images.depth import to_gray
from imgconv.images.mask import Mask
from imgconv.images.pixels import Pixels
from tests.support.pictures import noise


def shares(value: object) -> list[float]:
    mask = Mask.of(value)
    return [round(float(each) / mask.maximum, 4) for each in mask.values.ravel()]


@pytest.mark.parametrize(
    ("array", "weights"),
    [
        (np.array([[False, True]]), [0, 1]),
        (np.array([[0, 51, 255]], np.uint8), [0, 0.2, 1]),
        (np.array([[0, 13107, 65535]], np.uint16), [0, 0.2, 1]),
        (np.array([[0, 13107, 65535]], ">u2"), [0, 0.2, 1]),
        (np.array([[-1, 0.25, 2, np.nan, np.inf]]), [0, 0.25, 1, 0, 1]),
        (np.array([[0.25]], np.float16), [0.25]),
        (np.array([[[255, 0], [255, 51], [51, 255]]], np.uint8), [0, 0.2, 0.2]),
        (np.array([[[255, 255, 255], [255, 0, 0]]], np.uint8), [1, 76 / 255]),
        (np.array([[[255, 255, 255, 51]]], np.uint8), [0.2]),
    ],
    ids=["bool", "uint8", "uint16", "bytes", "float", "half", "alpha", "colour", "both"],
)
def test_an_array_is_a_mask_of_its_grey_times_its_alpha(array: Any, weights: list[float]) -> None:
    assert shares(array) == pytest.approx(weights, abs=1e-4)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_white_is_white_and_black_is_black_in_every_mode(mode: str) -> None:
    white: Any = {"I;16": 65535, "F": 1.0, "CMYK": (0, 0, 0, 0)}.get(mode, "white")
    black: Any = {"I;16": 0, "F": 0.0, "CMYK": (0, 0, 0, 255)}.get(mode, "black")
    if mode == "P":
        white, black = (Image.new("RGB", (1, 1), each).quantize(2) for each in (white, black))
        assert (shares(white), shares(black)) == ([1], [0])
        return
    for colour, weight in ((white, 1), (black, 0)):
        assert shares(Image.new(mode, (1, 1), colour)) == [weight]


def test_grey_is_that_of_the_option_gray() -> None:
    picture = noise(5, 6, "rgb")
    np.testing.assert_array_equal(Mask.of(picture.array).values, to_gray(picture).array[..., 0])


def test_an_image_is_a_mask_as_it_is_seen() -> None:
    image = Image.new("L", (3, 2))
    image.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.info["exif"] = exif.tobytes()
    assert Mask.of(image).values.tolist() == [[0, 255], [0, 0], [0, 0]]


def test_masks_of_equal_values_are_equal() -> None:
    values = noise(5, 6).array[..., 0]
    mask = Mask(values, 255)
    assert {mask, Mask(values.copy(), 255, "other")} == {mask}
    assert mask not in {Mask(values, 200), Mask(values.T, 255), Mask(values ^ 1, 255)}
    assert mask.stored(6) is mask.stored(6) and mask.stored(1) is mask


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("mask.png", "mask is of the type str"),
        (np.zeros((3, 3), np.int32), "a mask of int32"),
        (np.zeros((3, 3, 5), np.uint8), "no picture"),
        (np.zeros(3, np.uint8), "no picture"),
        (np.zeros((0, 3), np.uint8), "no picture"),
        (Image.new("LAB", (3, 3)), "mask: pictures of the kind LAB"),
    ],
)
def test_anything_else_is_no_mask(value: object, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Mask.of(value)


def test_a_picture_without_grey_is_no_mask() -> None:
    with pytest.raises(UsageError, match="channels x,y has no grey"):
        Mask.of_pixels(Pixels(np.zeros((2, 2, 2), np.uint8), ("x", "y")))
