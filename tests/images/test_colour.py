"""Colours as people write them, in the levels and channels of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.images.colour import channel_values, check_colour
from imgconv.images.pixels import Pixels


def picture(channels: str, dtype: str = "uint8") -> Pixels:
    return Pixels(np.zeros((1, 1, len(channels)), dtype), tuple(channels))


@pytest.mark.parametrize(
    ("text", "channels", "values"),
    [
        ("", "rgba", (0, 0, 0, 0)),
        ("128", "l", (128,)),
        ("128", "rgb", (128, 128, 128)),
        ("128", "rgba", (128, 128, 128, 255)),
        ("128,64", "la", (128, 64)),
        ("0", "la", (0, 255)),
        ("1.5,2,3", "rgb", (1.5, 2, 3)),
        ("1,2,3", "rgba", (1, 2, 3, 255)),
        ("1,2,3,4", "rgba", (1, 2, 3, 4)),
        ("1,2,3,4", "cmyk", (1, 2, 3, 4)),
        ("7", "01234", (7, 7, 7, 7, 7)),
        ("#ff8800", "rgb", (255, 136, 0)),
        ("#ff8800", "rgba", (255, 136, 0, 255)),
        ("#ff880080", "rgba", (255, 136, 0, 128)),
        ("orange", "rgb", (255, 165, 0)),
        ("white", "l", (255,)),
        ("white", "0", (255,)),
        ("white", "la", (255, 255)),
        ("white", "cmyk", (0, 0, 0, 0)),
        ("rgb(1, 2, 3)", "rgb", (1, 2, 3)),
    ],
)
def test_a_colour_has_a_value_for_each_channel(
    text: str, channels: str, values: tuple[float, ...]
) -> None:
    assert channel_values(text, picture(channels)) == values


@pytest.mark.parametrize(
    ("text", "dtype", "value"),
    [
        ("white", "uint16", 65535),
        ("white", "float32", 1),
        ("#808080", "float32", 128 / 255),
        ("300", "uint16", 300),
        ("0.25", "float32", 0.25),
    ],
)
def test_colours_are_scaled_to_the_depth_and_levels_are_not(
    text: str, dtype: str, value: float
) -> None:
    (level,) = channel_values(text, picture("l", dtype))
    assert level == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "channels", "message"),
    [
        ("reddish", "rgb", "'reddish' is no colour"),
        ("#12", "rgb", "no colour"),
        ("1,2", "rgb", "2 values, the picture 3 channels"),
        ("1,2,3,4,5", "rgba", "5 values, the picture 4 channels"),
        ("red", "01", "3 values, the picture 2 channels"),
        ("nan", "l", "no colour"),
        ("1,inf,3", "rgb", "no colour"),
    ],
)
def test_a_text_that_is_no_colour_of_the_picture_is_refused(
    text: str, channels: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        channel_values(text, picture(channels))


@pytest.mark.parametrize("text", ["", "128", "1,2", "1.5,2,3,4,5", "#ff8800", "orange"])
def test_a_colour_of_some_picture_passes_the_check(text: str) -> None:
    check_colour(text)


@pytest.mark.parametrize("text", ["reddish", "#12", "nan", "1,inf", "1,,2", ","])
def test_a_colour_of_no_picture_is_refused_by_the_check(text: str) -> None:
    with pytest.raises(UsageError, match="is no colour"):
        check_colour(text)


@pytest.mark.parametrize("text", ["transparent", "None"])
def test_no_colour_at_all_is_answered_by_leaving_it_out(text: str) -> None:
    with pytest.raises(UsageError, match="is no colour; leave it out to keep transparency"):
        check_colour(text)
