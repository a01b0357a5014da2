"""Regions and percentages: their texts, and their places in stored pixels."""

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.images.blend import Blend, Region, make_blend, parse_percent
from imgconv.images.mask import Mask, pixel_weights
from imgconv.images.orientation import SYMMETRIES, stored_array, upright_array


@pytest.mark.parametrize("text", ["10,20,30x40", " 10, 20, 30 x 40 "])
def test_a_region_is_read_from_a_text(text: str) -> None:
    assert Region.of(text) == Region.of([10, 20, 30, 40]) == Region(10, 20, 30, 40)
    assert str(Region.of(text)) == "10,20,30x40"


@pytest.mark.parametrize(
    "text", ["30x40+10+20", "10,20,30,40", "10 20 30 40", "10, 20, 30, 40", "10:20:30:40"]
)
def test_a_region_of_another_tool_is_answered_by_its_form_here(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Region.of(text)
    written = caught.value.remedy.removeprefix("write ").partition(", if")[0]
    assert Region.of(written) == Region(10, 20, 30, 40)


@pytest.mark.parametrize(
    "value",
    [
        *("", "1,2,3", "1,2,3x0", "-1,2,3x4", "1,2,3x4x5", "1.5,2,3x4", 7),
        *((1, 2, 3), (1, 2, 3.0, 4), (1, 2, 3, -4), (True, 2, 3, 4), ("1", 2, 3, 4)),
    ],
)
def test_anything_else_is_no_region(value: object) -> None:
    with pytest.raises(UsageError, match=r"is no region; write X,Y,WxH"):
        Region.of(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["30", "30%", " 30 % ".strip(), "3e1"])
def test_a_percentage_may_have_its_sign(text: str) -> None:
    assert parse_percent(text) == 30


@pytest.mark.parametrize("value", ["half", "", "30%%"])
def test_a_text_that_is_no_number_is_no_percentage(value: str) -> None:
    with pytest.raises(UsageError, match="no percentage"):
        parse_percent(value)


@pytest.mark.parametrize("value", [-1, 100.5, float("nan"), float("inf"), "30", True])
def test_a_percentage_lies_between_the_input_and_the_result(value: float) -> None:
    with pytest.raises(UsageError, match=r"no percentage to mix; give 0, the input, to 100"):
        make_blend(value)


def test_the_whole_result_needs_no_blend() -> None:
    assert make_blend() is make_blend(100) is None
    assert make_blend(0) == Blend(0)


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_region_and_mask_of_the_seen_picture_become_those_of_stored_pixels(
    orientation: int,
) -> None:
    seen = np.zeros((6, 9), np.uint8)
    seen[1:5, 2:4] = 255
    stored = stored_array(seen, orientation)
    np.testing.assert_array_equal(upright_array(stored, orientation), seen)
    size = (stored.shape[1], stored.shape[0])
    by_region = Blend(region=Region(2, 1, 2, 4)).stored(orientation, size)
    by_mask = Blend(mask=Mask(seen, 255)).stored(orientation, size)
    for blend in (by_region, by_mask):
        np.testing.assert_array_equal(pixel_weights(blend, size), stored / 255)


@pytest.mark.parametrize("region", [Region(0, 0, 10, 6), Region(9, 0, 1, 1), Region(0, 5, 1, 2)])
def test_a_region_lies_within_the_picture(region: Region) -> None:
    with pytest.raises(UsageError, match=f"{region} does not lie within the picture of 9x6"):
        Blend(region=region).stored(6, (6, 9))


def test_a_mask_of_another_size_is_refused_with_both_sizes() -> None:
    mask = Mask(np.zeros((6, 9), np.uint8), 255)
    with pytest.raises(UsageError, match="the mask is of 9x6, the picture of 6x9"):
        Blend(mask=mask).stored(1, (6, 9))
