"""Deep TIFFs: in both byte orders, all packings and compressions, page by page."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv import apply
from imgconv.batch.probe import header
from imgconv.cli.run import run
from imgconv.formats import deep
from tests.support.deep_files import (
    GREY,
    PHOTOMETRIC,
    RGB,
    WHITE_IS_ZERO,
    Tag,
    base_tags,
    filtered_file,
    pack_bits,
    read_back,
    tiff,
)
from tests.support.pictures import noise


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("planar", [False, True])
def test_16_bit_tiffs_are_decoded_right_in_both_byte_orders(
    order: str, planar: bool, tmp_path: Path
) -> None:
    array = noise(5, 7, "rgb", "uint16").array
    stored = np.moveaxis(array, 2, 0) if planar else array
    tags: list[Tag] = [*base_tags(7, 5, 16, 3, RGB), (284, "H", (1 + planar,))]
    if planar:  # a strip for each plane
        plane = stored[0].nbytes
        tags = [tag for tag in tags if tag[0] != 278]
        data = planes(stored.astype(order + "u2"), tags, order, plane)
    else:
        data = tiff((stored.astype(order + "u2").tobytes(), tags), order=order)
    after = filtered_file("identity", data, tmp_path, "tif")
    np.testing.assert_array_equal(read_back(after, tmp_path, "tif")[0].array, array)
    with Image.open(io.BytesIO(after)) as image:
        assert image.tag_v2.get(284, 1) == 1 + planar  # type: ignore[attr-defined]


def planes(stored: NDArray[Any], tags: list[Tag], order: str, plane: int) -> bytes:
    """Return a TIFF of planes: the entries of its strips are patched to have three."""
    data = tiff((stored.tobytes(), tags), order=order)
    whole = bytearray(
        data + struct.pack(order + "6I", *(8 + n * plane for n in range(3)), *[plane] * 3)
    )
    first = struct.unpack_from(order + "I", data, 4)[0]
    for at in range(first + 2, first + 2 + 12 * (len(tags) + 2), 12):
        code = struct.unpack_from(order + "H", data, at)[0]
        if code in (273, 279):
            struct.pack_into(order + "II", whole, at + 4, 3, len(data) + 12 * (code == 279))
    return bytes(whole)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "zstd"])
def test_grey_is_decoded_right_from_any_compression(
    compression: str | None, order: str, dtype: str, tmp_path: Path
) -> None:
    picture, buffer = noise(9, 13, "l", dtype), io.BytesIO()
    deep.load_codec("tifffile").imwrite(
        buffer, picture.array[..., 0], byteorder=order, compression=compression, metadata=None
    )
    data = filtered_file("identity", buffer.getvalue(), tmp_path, "tif")
    np.testing.assert_array_equal(read_back(data, tmp_path, "tif")[0].array, picture.array)


def test_black_and_white_beside_deep_pages_becomes_grey(tmp_path: Path) -> None:
    bits = np.array([[0, 1, 1, 0, 1]])
    data = tiff(
        (bytes(30), base_tags(5, 1, 16, 3, RGB)),
        (pack_bits(bits, 1), base_tags(5, 1, 1, 1, GREY)),
    )
    pages = read_back(data, tmp_path, "tif")
    assert pages[1].array.ravel().tolist() == [0, 255, 255, 0, 255]
    assert pages[1].maximum == 255


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_values_of_10_to_14_bits_keep_their_levels(bits: int, tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(0, 1 << bits, (5, 7), np.uint16)
    data = tiff((pack_bits(values, bits), base_tags(7, 5, bits, 1, GREY)))
    after = filtered_file("identity", data, tmp_path, "tif")
    (back,) = read_back(after, tmp_path, "tif")
    np.testing.assert_array_equal(back.array[..., 0], values)
    assert back.maximum == (1 << bits) - 1
    (blurred,) = read_back(filtered_file("blur", data, tmp_path, "tif"), tmp_path, "tif")
    np.testing.assert_array_equal(blurred.array[..., 0], apply(values, "blur"))


def test_12_bits_with_a_predictor_are_decoded_right(tmp_path: Path) -> None:
    values = np.array([[100, 200, 300, 400], [1000, 2000, 3000, 4000]], np.uint16)
    differences = np.diff(values, axis=1, prepend=np.uint16(0))
    data = tiff((pack_bits(differences, 12), [*base_tags(4, 2, 12, 1, GREY), (317, "H", (2,))]))
    (back,) = read_back(filtered_file("identity", data, tmp_path, "tif"), tmp_path, "tif")
    np.testing.assert_array_equal(back.array[..., 0], values)


def test_12_bits_become_16_where_a_format_has_no_12(tmp_path: Path) -> None:
    values = np.array([[0, 1, 2048, 4095]], np.uint16)
    (tmp_path / "in.tif").write_bytes(tiff((pack_bits(values, 12), base_tags(4, 1, 12, 1, GREY))))
    assert run(["apply", "identity", str(tmp_path / "in.tif"), str(tmp_path / "out.png")]) == 0
    with Image.open(tmp_path / "out.png") as image:
        assert np.asarray(image).tolist() == [[0, 16, 32776, 65535]]


def test_white_is_zero_is_inverted(tmp_path: Path) -> None:
    values = np.array([[0, 1, 300, 65535]], np.uint16)
    data = tiff((values.tobytes(), base_tags(4, 1, 16, 1, WHITE_IS_ZERO)))
    (back,) = read_back(filtered_file("identity", data, tmp_path, "tif"), tmp_path, "tif")
    assert back.array.ravel().tolist() == [65535, 65534, 65235, 0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_pages_are_turned_upright_once_as_by_pillow(orientation: int, tmp_path: Path) -> None:
    picture = noise(5, 7, "rgb", "uint16")
    shown = (picture.array // 257).astype(np.uint8)
    turn: Tag = (274, "H", (orientation,))
    data = tiff((picture.array.tobytes(), [*base_tags(7, 5, 16, 3, RGB), turn]))
    (tmp_path / "8.tif").write_bytes(tiff((shown.tobytes(), [*base_tags(7, 5, 8, 3, RGB), turn])))
    with Image.open(tmp_path / "8.tif") as image:
        expected = np.array(image)
    for again in (data, filtered_file("identity", data, tmp_path, "tif")):
        (back,) = read_back(again, tmp_path, "tif")
        np.testing.assert_array_equal(back.array // 257, expected)
    assert header(str(tmp_path / "back.tif")).array.shape == back.array.shape


@pytest.mark.parametrize("compression", [1, 5, 8, 32773, 32946, 34925, 50000])
@pytest.mark.parametrize(("channels", "dtype"), [("rgb", "uint16"), ("rgba", "float32")])
def test_the_compression_is_kept(
    compression: int, channels: str, dtype: str, tmp_path: Path
) -> None:
    tifffile = deep.load_codec("tifffile")
    picture, buffer = noise(9, 13, channels, dtype), io.BytesIO()
    extra = ["unassalpha"] if "a" in channels else None
    predictor = compression not in (1, 32773)
    tifffile.imwrite(
        *(buffer, picture.array),
        compression=None if compression == 1 else compression,
        photometric="rgb",
        extrasamples=extra,
        predictor=predictor,
    )
    data = filtered_file("identity", buffer.getvalue(), tmp_path, "tif")
    with tifffile.TiffFile(io.BytesIO(data)) as after:
        assert after.pages[0].compression == compression
        assert after.pages[0].predictor == {True: 2 if dtype == "uint16" else 3}.get(predictor, 1)
        np.testing.assert_array_equal(after.pages[0].asarray(), picture.array)


def test_a_lossy_compression_becomes_deflate(tmp_path: Path) -> None:
    tifffile = deep.load_codec("tifffile")
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, noise(16, 16, "rgb", "uint16").array, compression="jpegxl")
    data = filtered_file("identity", buffer.getvalue(), tmp_path, "tif")
    with tifffile.TiffFile(io.BytesIO(data)) as after:
        assert after.pages[0].compression == 8


@pytest.mark.parametrize(("channels", "dtype"), [("la", "uint16"), ("rgba", "uint16")])
def test_premultiplied_colours_survive_bit_for_bit(
    channels: str, dtype: str, tmp_path: Path
) -> None:
    array = noise(30, 40, channels, dtype).array
    array[..., :-1] = array[..., :-1].astype(np.uint64) * array[..., -1:] // 65535
    count = len(channels)
    photometric = PHOTOMETRIC[channels]
    tags = [*base_tags(40, 30, 16, count, photometric), (338, "H", (1,))]
    data = tiff((array.tobytes(), tags))
    after = filtered_file("identity", data, tmp_path, "tif")
    with deep.load_codec("tifffile").TiffFile(io.BytesIO(after)) as file:
        assert file.pages[0].extrasamples == (1,)
        np.testing.assert_array_equal(file.pages[0].asarray(), array)


def test_premultiplied_floats_are_unpremultiplied(tmp_path: Path) -> None:
    array = np.array([[[0.25, 0.5, 0.125, 0.5], [3.0, 0.0, 0.0, 0.0]]], np.float32)
    tags = [*base_tags(2, 1, 32, 4, RGB), (338, "H", (1,)), (339, "H", (3,) * 4)]
    data = tiff((array.tobytes(), tags))
    (back,) = read_back(data, tmp_path, "tif")
    assert back.array.tolist() == [[[0.5, 1.0, 0.25, 0.5], [3.0, 0.0, 0.0, 0.0]]]
    after = filtered_file("identity", data, tmp_path, "tif")
    with deep.load_codec("tifffile").TiffFile(io.BytesIO(after)) as file:
        np.testing.assert_array_equal(file.pages[0].asarray(), array)


def test_pages_keep_their_own_depth_and_channels(tmp_path: Path) -> None:
    small, large = noise(5, 7, "rgb", "uint16"), noise(9, 6, "l", "float32")
    plain = noise(4, 4, "rgb", "uint8")
    data = tiff(
        (small.array.tobytes(), base_tags(7, 5, 16, 3, RGB)),
        (large.array.tobytes(), [*base_tags(6, 9, 32, 1, GREY), (339, "H", (3,))]),
        (plain.array.tobytes(), base_tags(4, 4, 8, 3, RGB)),
    )
    pages = read_back(filtered_file("blur", data, tmp_path, "tif"), tmp_path, "tif")
    for page, before in zip(pages, (small, large, plain), strict=True):
        assert page.array.dtype == before.array.dtype
        np.testing.assert_array_equal(page.array, apply(before.array, "blur"))
