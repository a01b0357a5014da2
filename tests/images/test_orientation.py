"""Orientation: kernels turned for stored pixels, and pictures turned upright."""

from __future__ import annotations

from io import BytesIO
from itertools import product
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from imgconv.images.orientation import (
    SYMMETRIES,
    as_seen,
    orientation_of,
    upright_array,
    upright_info,
)
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from tests.support.pictures import SOBEL, filtered, noise, pixels

TAG = 0x0112
RANDOM = np.random.default_rng(11)

# Odd and even, wide and tall, with origins off the middle; none is symmetric in any way.
KERNELS = {
    "3x3": Kernel(RANDOM.integers(-9, 9, (3, 3)), 7, 2),
    "2x2": Kernel(RANDOM.integers(-9, 9, (2, 2)), origin=(0, 1)),
    "4x3": Kernel(RANDOM.integers(-9, 9, (3, 4)), 5, origin=(2, 0)),
    "1x6": Kernel(RANDOM.integers(-9, 9, (6, 1)), origin=(5, 0)),
    "5x2 of factors": Kernel.outer([1, -3], [2, 0, 1, 5, 7], 3, 1, origin=(0, 4)),
}


def exif_of(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[TAG] = orientation
    return exif.tobytes()


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_an_array_is_turned_upright_as_pillow_does(orientation: int) -> None:
    image = Image.fromarray(noise(5, 7, "rgb").array)
    image.info["exif"] = exif_of(orientation)
    upright = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(upright_array(np.asarray(image), orientation), upright)


def shown(values: Any, orientation: int) -> Any:
    return np.ascontiguousarray(upright_array(values, orientation))


def assert_filtered_as_seen(
    orientation: int, filters: list[Filter], settings: Settings, atol: float = 0
) -> None:
    """The result shown is the filter applied to what is shown."""
    stored = noise(13, 17, "rgb")
    seen = pixels(shown(stored.array, orientation), channels="rgb")
    result = filtered(stored, *as_seen(filters, orientation), settings=settings)
    expected = filtered(seen, *filters, settings=settings)
    found = shown(result, orientation)
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol, err_msg=f"{orientation}")


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_is_laid_over_the_upright_picture(name: str) -> None:
    filters = [Filter("kernel", (KERNELS[name],), range="abs")]
    for orientation, extent in product(SYMMETRIES, EXTENTS):
        assert_filtered_as_seen(orientation, filters, Settings(extent=extent, tolerance=0))


@pytest.mark.parametrize("border", BORDERS)
def test_every_border_continues_the_upright_picture(border: str) -> None:
    settings = Settings(Border(border, "10,20,30" if border == "constant" else ""), tolerance=0)
    filters = [Filter("kernel", (KERNELS["4x3"],), range="offset")]
    for orientation in SYMMETRIES:
        assert_filtered_as_seen(orientation, filters, settings)


@pytest.mark.parametrize(
    "text", ["sobel-x", "emboss", "emboss:20", "motion:7:30", "kirsch", "gaussian:2,sobel-y", "dog"]
)
def test_named_filters_and_chains_are_laid_over_the_upright_picture(text: str) -> None:
    for orientation in SYMMETRIES:
        assert_filtered_as_seen(orientation, find(text), Settings(range="offset"), atol=1)


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_kernels_that_are_combined_are_turned_together(orientation: int) -> None:
    assert_filtered_as_seen(orientation, [SOBEL], Settings(tolerance=0, extent="full"))


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_the_upright_result_does_not_depend_on_the_orientation(orientation: int) -> None:
    """A ramp that grows brighter to the right, as a person sees it, rises by one everywhere."""
    ramp = np.tile(np.arange(9), (9, 1))
    stored = next(
        np.ascontiguousarray(turn)
        for turn in (np.rot90(r, k) for r in (ramp, ramp.T) for k in range(4))
        if np.array_equal(upright_array(turn, orientation), ramp)
    )
    rise = [Filter("rise", (Kernel([[-1, 1]], origin=(0, 0)),))]
    result = upright_array(filtered(pixels(stored), *as_seen(rise, orientation)), orientation)
    assert (result[:, :-1] == 1).all() and not result[:, -1].any()


def test_factors_are_turned_without_being_multiplied_out() -> None:
    large = [Filter("large", (Kernel.outer(np.arange(1, 2000), np.arange(1, 1500)),))]
    for orientation in SYMMETRIES:
        (kernel,) = as_seen(large, orientation)[0].kernels
        assert "weights" not in vars(kernel)
        assert (kernel.height, kernel.width) in ((1999, 1499), (1499, 1999))


def test_filters_of_an_upright_picture_are_the_same_objects() -> None:
    assert as_seen([SOBEL], 1)[0] is SOBEL


def info_of(image: Image.Image) -> dict[str, Any]:
    return {str(key): value for key, value in image.info.items()}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_the_orientation_is_found_in_files(format: str, orientation: int) -> None:
    buffer = BytesIO()
    Image.new("RGB", (16, 8)).save(buffer, format, exif=exif_of(orientation))
    with Image.open(buffer) as image:
        image.load()
        assert orientation_of(info_of(image)) == orientation
        assert image.size == (16, 8), "pixels are handed out as they are stored"


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_pillow_turns_a_tiff_and_drops_its_orientation(orientation: int) -> None:
    buffer = BytesIO()
    picture = noise(5, 7).array[..., 0]
    Image.fromarray(picture).save(buffer, "TIFF", tiffinfo={TAG: orientation})
    with Image.open(buffer) as image:
        np.testing.assert_array_equal(np.asarray(image), upright_array(picture, orientation))
        assert orientation_of(info_of(image)) == 1


@pytest.mark.parametrize(
    "xmp", [b'<x tiff:Orientation="6"/>', b"<tiff:Orientation>6</tiff:Orientation>"]
)
def test_the_orientation_of_exif_comes_before_that_of_xmp(xmp: bytes) -> None:
    assert orientation_of({"xmp": xmp}) == 6
    assert orientation_of({"xmp": xmp, "exif": exif_of(8)}) == 8
    assert orientation_of(upright_info({"xmp": xmp, "exif": exif_of(8)})) == 1
    assert orientation_of(upright_info({"xmp": xmp})) == 1


def test_broken_or_invalid_orientations_are_upright() -> None:
    whole = exif_of(6)
    assert orientation_of({}) == 1
    for end in range(len(whole) - 8):
        assert orientation_of({"exif": whole[:end]}) in (1, 6)
    for number in (0, 9, 255):
        assert orientation_of({"exif": exif_of(number)}) == 1
    for position in range(len(whole)):
        broken = bytearray(whole)
        broken[position] ^= 0xFF
        upright_info({"exif": bytes(broken)})
        assert orientation_of({"exif": bytes(broken)}) in SYMMETRIES


def camera_exif(order: str, orientation: int = 6) -> bytes:
    """What a camera writes: a size, and a maker's note that must not move."""
    exif = Image.Exif()
    exif.endian = order
    exif[TAG] = orientation
    exif[0x010F] = "Maker of cameras"
    exif[0x0100], exif[0x0101] = 4000, 3000
    own = exif.get_ifd(0x8769)
    own[0xA002], own[0xA003] = 4000, 3000
    own[0x927C] = b"maker's note"
    return exif.tobytes()


@pytest.mark.parametrize("order", "<>")
def test_tags_are_changed_in_place(order: str) -> None:
    before = camera_exif(order)
    after = upright_info({"exif": before, "dpi": (72, 96)})
    assert after["dpi"] == (96, 72)
    assert len(after["exif"]) == len(before)
    assert sum(a != b for a, b in zip(after["exif"], before, strict=True)) < 20
    exif = Image.Exif()
    exif.load(after["exif"])
    own = exif.get_ifd(0x8769)
    assert (exif.get(TAG, 1), exif[0x0100], exif[0x0101]) == (1, 3000, 4000)
    assert (own[0xA002], own[0xA003], own[0x927C]) == (3000, 4000, b"maker's note")


def test_the_info_of_an_upright_picture_stays_to_the_byte() -> None:
    exif = camera_exif("<", orientation=1)
    info = {"exif": exif, "xmp": b"<x/>", "dpi": (72, 96), "gamma": 0.5}
    assert orientation_of(info) == 1
    assert upright_info(info) == info


def test_transposing_exchanges_width_and_height_in_xmp() -> None:
    xmp = '<x tiff:Orientation="8" tiff:ImageWidth="4" exif:PixelYDimension="3"/>'
    mended = upright_info({"xmp": xmp})["xmp"]
    assert mended == '<x tiff:Orientation="1" tiff:ImageLength="4" exif:PixelXDimension="3"/>'
    flipped = '<x tiff:Orientation="2" tiff:ImageWidth="4"/>'
    assert upright_info({"xmp": flipped})["xmp"] == '<x tiff:Orientation="1" tiff:ImageWidth="4"/>'
