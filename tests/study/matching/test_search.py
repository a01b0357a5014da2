"""A picture and a template are brought to the same channels and depth before they are compared."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.images.depth import to_depth, to_gray
from imgconv.images.mask import Mask
from imgconv.images.pixels import Pixels
from imgconv.study.matching.places import Choice, find
from imgconv.study.matching.search import in_common_format, prepare
from tests.support.pictures import noise

DEPTHS = ("uint8", "uint16", "float32")
CHANNELS = ("l", "la", "rgb", "rgba", "cmyk")


def cut(pixels: Pixels) -> Pixels:
    return pixels._replace(array=pixels.array[3:9, 5:12], image=None)


@pytest.mark.parametrize(("first", "second"), [*product(DEPTHS, repeat=2)])
@pytest.mark.parametrize("name", ["correlation", "difference"])
def test_pictures_of_other_depths_are_found(name: str, first: str, second: str) -> None:
    source = noise(30, 40)
    picture, template = to_depth(source, first), to_depth(cut(source), second)
    (place,) = find(prepare(picture, template, None, True), name, Choice(0.99)).found
    assert (place.x, place.y) == (5, 3) and place.score == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(("first", "second"), [*product(CHANNELS, repeat=2)])
def test_pictures_of_other_channels_are_compared(first: str, second: str) -> None:
    picture, template = in_common_format(noise(9, 9, first), noise(4, 4, second))
    assert picture.channels == template.channels and "a" not in picture.channels
    names = {tuple(each.replace("a", "") if each != "cmyk" else each) for each in (first, second)}
    assert picture.channels == (names.pop() if len(names) == 1 else ("l",))


def test_a_grey_template_is_found_in_colour() -> None:
    colours = noise(30, 40, "rgb")
    (place,) = find(
        prepare(colours, cut(to_gray(colours)), None, True), "correlation", Choice()
    ).found
    assert place == (5, 3, 1)


def test_a_maximum_between_types_is_scaled() -> None:
    picture = noise(30, 40)
    coarse = Pixels(picture.array // 16, ("l",), maxval=15)
    template = cut(Pixels(coarse.array * 17, ("l",)))
    (place,) = find(prepare(coarse, template, None, True), "difference", Choice(1)).found
    assert place == (5, 3, 1)


def test_equal_weights_are_no_mask_and_others_have_no_common_factor() -> None:
    template = noise(4, 4)
    equal = prepare(noise(9, 9), template, Mask(np.full((4, 4), 90, np.uint8), 255), True)
    assert equal.weights is None
    values = np.zeros((4, 4), np.uint8)
    values[1:3] = 255
    weighted = prepare(noise(9, 9), template, Mask(values, 255), True)
    assert weighted.weights is not None and weighted.weights.max() == 1 and weighted.weight == 8


def test_a_black_mask_is_refused() -> None:
    mask = Mask(np.zeros((4, 4), np.uint8), 255)
    with pytest.raises(UsageError, match="the mask leaves nothing of the template"):
        prepare(noise(9, 9), noise(4, 4), mask, True)
