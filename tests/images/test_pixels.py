"""Pixels as filters take them."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.images.depth import empty_like
from imgconv.images.pixels import Pixels, parse_channels


@pytest.mark.parametrize(
    ("dtype", "maximum", "is_float"),
    [("uint8", 255, False), ("uint16", 65535, False), ("float32", 1, True)],
)
def test_the_maximum_is_that_of_the_type(dtype: str, maximum: float, is_float: bool) -> None:
    pixels = Pixels(np.zeros((2, 3, 1), dtype), ("l",))
    assert (pixels.maximum, pixels.is_float) == (maximum, is_float)


def test_the_maximum_may_be_less_than_that_of_the_type() -> None:
    pixels = Pixels(np.zeros((2, 3, 1), np.uint16), ("l",), maxval=1023)
    assert pixels.maximum == 1023
    assert empty_like(pixels, 4, 5).maximum == 1023


@pytest.mark.parametrize("text", ["r,g", "r, g", " G ,R"])
def test_channels_are_named_with_or_without_blanks(text: str) -> None:
    assert parse_channels(text) == {"r", "g"}


@pytest.mark.parametrize(
    ("channels", "alpha"), [("rgb", None), ("rgba", 3), ("la", 1), ("al", 0), ("0123", None)]
)
def test_alpha_is_found_by_its_letter(channels: str, alpha: int | None) -> None:
    assert Pixels(np.zeros((2, 3, 4), np.uint8), tuple(channels)).alpha == alpha


def test_flat_rows_share_the_memory() -> None:
    pixels = Pixels(np.zeros((2, 3, 4), np.uint8), ("r", "g", "b"))
    pixels.flat_rows[1, 5] = 9
    assert pixels.array[1, 1, 1] == 9


def test_empty_pixels_differ_only_in_size() -> None:
    pixels = Pixels(np.zeros((2, 3, 4), np.uint16), ("r", "g", "b"))
    fresh = empty_like(pixels, 7, 5)
    assert (fresh.height, fresh.width, fresh.channels) == (7, 5, pixels.channels)
    assert (fresh.array.shape, fresh.array.dtype.name) == ((7, 5, 4), "uint16")
