"""Pictures of more than 8 bits: as deep as they went in, or a line that says why they are not."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv import apply, files, formats
from imgconv.cli.run import run
from imgconv.errors import ReadError, WriteError
from imgconv.files import deep
from imgconv.files.deep import codecs
from imgconv.filtering import filter_pixels
from imgconv.header import header
from imgconv.library import find
from imgconv.modes import frame_pixels, pixels_frame
from imgconv.picture import MAXIMUM, Pixels
from imgconv.settings import Settings
from tests.deep_files import (
    GREY,
    PHOTOMETRIC,
    RGB,
    WHITE_IS_ZERO,
    Tag,
    by_hand,
    layout,
    packed,
    png,
    tiff,
)
from tests.pictures import noise

DEEP = [
    *(("png", channels, "uint16") for channels in ("la", "rgb", "rgba")),
    *(("tiff", channels, "uint16") for channels in PHOTOMETRIC),
    *(("tiff", channels, "float32") for channels in PHOTOMETRIC),
    ("ppm", "rgb", "uint16"),
]


def read_back(data: bytes, tmp_path: Path, suffix: str) -> list[Pixels]:
    path = tmp_path / f"back.{suffix}"
    path.write_bytes(data)
    return [frame_pixels(frame) for frame in files.read(str(path)).frames]


def applied(filter: str, data: bytes, tmp_path: Path, suffix: str, *options: str) -> bytes:
    source, target = tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}"
    source.write_bytes(data)
    assert run(["apply", filter, str(source), str(target), *options]) == 0
    return target.read_bytes()


@pytest.mark.parametrize(("format", "channels", "dtype"), DEEP)
def test_identity_gives_back_every_value(
    format: str, channels: str, dtype: str, tmp_path: Path
) -> None:
    picture = noise(9, 13, channels, dtype)
    data = applied("identity", by_hand(format, picture), tmp_path, format)
    (back,) = read_back(data, tmp_path, format)
    assert (back.channels, back.array.dtype) == (picture.channels, picture.array.dtype)
    np.testing.assert_array_equal(back.array, picture.array)


@pytest.mark.parametrize(("format", "channels", "dtype"), DEEP)
def test_a_filter_gives_what_it_gives_for_the_array(
    format: str, channels: str, dtype: str, tmp_path: Path
) -> None:
    picture = noise(9, 13, channels, dtype)
    data = applied("blur", by_hand(format, picture), tmp_path, format)
    (back,) = read_back(data, tmp_path, format)
    if "a" in channels:
        expected = filter_pixels(picture, find("blur"), Settings()).pixels.array
    else:
        expected = apply(picture.array, "blur")
    np.testing.assert_array_equal(back.array, expected)


def test_the_codecs_agree_with_what_is_written_by_hand(tmp_path: Path) -> None:
    picture = noise(9, 13, "rgba", "uint16")
    data = applied("identity", by_hand("png", picture), tmp_path, "png")
    assert data[24:26] == b"\x10\x06"  # 16 bits, colour with alpha
    data = applied("identity", by_hand("tiff", noise(9, 13, "rgb", "uint16")), tmp_path, "tif")
    with Image.open(io.BytesIO(data)) as image:
        assert image.tag_v2[258] == (16, 16, 16)  # type: ignore[attr-defined]


def test_an_interlaced_picture_is_read_without_a_word(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = noise(11, 13, "rgb", "uint16")
    data = applied("identity", png(picture.array, interlaced=True), tmp_path, "png")
    np.testing.assert_array_equal(read_back(data, tmp_path, "png")[0].array, picture.array)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("channels", "kind"), [("l", 1), ("rgb", 3)])
def test_a_colour_that_is_transparent_becomes_alpha(
    channels: str, kind: int, tmp_path: Path
) -> None:
    array = noise(5, 7, channels, "uint16").array
    array[2, 3] = key = array[0, 0]
    data = png(array, [(b"tRNS", key.astype(">u2").tobytes())])
    (back,) = read_back(applied("identity", data, tmp_path, "png"), tmp_path, "png")
    assert back.channels == (*channels, "a")
    np.testing.assert_array_equal(back.array[..., :-1], array)
    expected = np.where((array == key).all(axis=2), 0, 65535)
    np.testing.assert_array_equal(back.array[..., -1], expected)


def test_colour_is_weighed_by_alpha(tmp_path: Path) -> None:
    array = np.zeros((5, 9, 4), np.uint16)
    array[:, :5] = (60_000, 1_000, 300, 65_535)
    array[:, 5:] = (0, 65_535, 65_535, 0)
    (back,) = read_back(applied("blur", png(array), tmp_path, "png"), tmp_path, "png")
    seen = back.array[back.array[..., 3] > 0]
    assert np.ptp(seen[:, :3].astype(int), axis=0).max() <= 1


# Kinds of TIFF that Pillow decodes to wrong pixels.


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("planar", [False, True])
def test_tiffs_of_16_bits_are_right_in_any_order(order: str, planar: bool, tmp_path: Path) -> None:
    array = noise(5, 7, "rgb", "uint16").array
    stored = np.moveaxis(array, 2, 0) if planar else array
    tags: list[Tag] = [*layout(7, 5, 16, 3, RGB), (284, "H", (1 + planar,))]
    if planar:  # a strip for each plane
        plane = stored[0].nbytes
        tags = [tag for tag in tags if tag[0] != 278]
        data = planes(stored.astype(order + "u2"), tags, order, plane)
    else:
        data = tiff((stored.astype(order + "u2").tobytes(), tags), order=order)
    after = applied("identity", data, tmp_path, "tif")
    np.testing.assert_array_equal(read_back(after, tmp_path, "tif")[0].array, array)
    with Image.open(io.BytesIO(after)) as image:
        assert image.tag_v2.get(284, 1) == 1 + planar  # type: ignore[attr-defined]


def planes(stored: NDArray[Any], tags: list[Tag], order: str, plane: int) -> bytes:
    """A TIFF of planes: the entries for its strips are mended to have three of them."""
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
def test_grey_is_right_however_it_is_packed(
    compression: str | None, order: str, dtype: str, tmp_path: Path
) -> None:
    picture, buffer = noise(9, 13, "l", dtype), io.BytesIO()
    codecs.load("tifffile").imwrite(
        buffer, picture.array[..., 0], byteorder=order, compression=compression, metadata=None
    )
    data = applied("identity", buffer.getvalue(), tmp_path, "tif")
    np.testing.assert_array_equal(read_back(data, tmp_path, "tif")[0].array, picture.array)


def test_black_and_white_beside_deep_pages_becomes_grey(tmp_path: Path) -> None:
    bits = np.array([[0, 1, 1, 0, 1]])
    data = tiff(
        (bytes(30), layout(5, 1, 16, 3, RGB)),
        (packed(bits, 1), layout(5, 1, 1, 1, GREY)),
    )
    pages = read_back(data, tmp_path, "tif")
    assert pages[1].array.ravel().tolist() == [0, 255, 255, 0, 255]
    assert pages[1].maximum == 255


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_values_of_few_bits_keep_their_levels(bits: int, tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(0, 1 << bits, (5, 7), np.uint16)
    data = tiff((packed(values, bits), layout(7, 5, bits, 1, GREY)))
    after = applied("identity", data, tmp_path, "tif")
    (back,) = read_back(after, tmp_path, "tif")
    np.testing.assert_array_equal(back.array[..., 0], values)
    assert back.maximum == (1 << bits) - 1
    (blurred,) = read_back(applied("blur", data, tmp_path, "tif"), tmp_path, "tif")
    np.testing.assert_array_equal(blurred.array[..., 0], apply(values, "blur"))


def test_12_bits_with_a_predictor_are_right(tmp_path: Path) -> None:
    values = np.array([[100, 200, 300, 400], [1000, 2000, 3000, 4000]], np.uint16)
    differences = np.diff(values, axis=1, prepend=np.uint16(0))
    data = tiff((packed(differences, 12), [*layout(4, 2, 12, 1, GREY), (317, "H", (2,))]))
    (back,) = read_back(applied("identity", data, tmp_path, "tif"), tmp_path, "tif")
    np.testing.assert_array_equal(back.array[..., 0], values)


def test_12_bits_become_16_where_a_format_has_no_12(tmp_path: Path) -> None:
    values = np.array([[0, 1, 2048, 4095]], np.uint16)
    (tmp_path / "in.tif").write_bytes(tiff((packed(values, 12), layout(4, 1, 12, 1, GREY))))
    assert run(["apply", "identity", str(tmp_path / "in.tif"), str(tmp_path / "out.png")]) == 0
    with Image.open(tmp_path / "out.png") as image:
        assert np.asarray(image).tolist() == [[0, 16, 32776, 65535]]


def test_white_may_be_the_lowest_value(tmp_path: Path) -> None:
    values = np.array([[0, 1, 300, 65535]], np.uint16)
    data = tiff((values.tobytes(), layout(4, 1, 16, 1, WHITE_IS_ZERO)))
    (back,) = read_back(applied("identity", data, tmp_path, "tif"), tmp_path, "tif")
    assert back.array.ravel().tolist() == [65535, 65534, 65235, 0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_page_is_turned_once_as_pillow_turns_others(orientation: int, tmp_path: Path) -> None:
    picture = noise(5, 7, "rgb", "uint16")
    shown = (picture.array // 257).astype(np.uint8)
    turn: Tag = (274, "H", (orientation,))
    data = tiff((picture.array.tobytes(), [*layout(7, 5, 16, 3, RGB), turn]))
    (tmp_path / "8.tif").write_bytes(tiff((shown.tobytes(), [*layout(7, 5, 8, 3, RGB), turn])))
    with Image.open(tmp_path / "8.tif") as image:
        expected = np.array(image)
    for again in (data, applied("identity", data, tmp_path, "tif")):
        (back,) = read_back(again, tmp_path, "tif")
        np.testing.assert_array_equal(back.array // 257, expected)
    assert header(str(tmp_path / "back.tif")).array.shape == back.array.shape


# How TIFFs are stored.


@pytest.mark.parametrize("compression", [1, 5, 8, 32773, 32946, 34925, 50000])
@pytest.mark.parametrize(("channels", "dtype"), [("rgb", "uint16"), ("rgba", "float32")])
def test_the_compression_is_kept(
    compression: int, channels: str, dtype: str, tmp_path: Path
) -> None:
    tifffile = codecs.load("tifffile")
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
    data = applied("identity", buffer.getvalue(), tmp_path, "tif")
    with tifffile.TiffFile(io.BytesIO(data)) as after:
        assert after.pages[0].compression == compression
        assert after.pages[0].predictor == {True: 2 if dtype == "uint16" else 3}.get(predictor, 1)
        np.testing.assert_array_equal(after.pages[0].asarray(), picture.array)


def test_a_compression_that_loses_detail_becomes_deflate(tmp_path: Path) -> None:
    tifffile = codecs.load("tifffile")
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, noise(16, 16, "rgb", "uint16").array, compression="jpegxl")
    data = applied("identity", buffer.getvalue(), tmp_path, "tif")
    with tifffile.TiffFile(io.BytesIO(data)) as after:
        assert after.pages[0].compression == 8


@pytest.mark.parametrize(("channels", "dtype"), [("la", "uint16"), ("rgba", "uint16")])
def test_colours_multiplied_by_alpha_stay_so_to_the_last_bit(
    channels: str, dtype: str, tmp_path: Path
) -> None:
    array = noise(30, 40, channels, dtype).array
    array[..., :-1] = array[..., :-1].astype(np.uint64) * array[..., -1:] // 65535
    count = len(channels)
    photometric = PHOTOMETRIC[channels]
    tags = [*layout(40, 30, 16, count, photometric), (338, "H", (1,))]
    data = tiff((array.tobytes(), tags))
    after = applied("identity", data, tmp_path, "tif")
    with codecs.load("tifffile").TiffFile(io.BytesIO(after)) as file:
        assert file.pages[0].extrasamples == (1,)
        np.testing.assert_array_equal(file.pages[0].asarray(), array)


def test_straight_floats_come_from_premultiplied_ones(tmp_path: Path) -> None:
    array = np.array([[[0.25, 0.5, 0.125, 0.5], [3.0, 0.0, 0.0, 0.0]]], np.float32)
    tags = [*layout(2, 1, 32, 4, RGB), (338, "H", (1,)), (339, "H", (3,) * 4)]
    data = tiff((array.tobytes(), tags))
    (back,) = read_back(data, tmp_path, "tif")
    assert back.array.tolist() == [[[0.5, 1.0, 0.25, 0.5], [3.0, 0.0, 0.0, 0.0]]]
    after = applied("identity", data, tmp_path, "tif")
    with codecs.load("tifffile").TiffFile(io.BytesIO(after)) as file:
        np.testing.assert_array_equal(file.pages[0].asarray(), array)


def test_pages_stay_pages_each_of_its_own_kind(tmp_path: Path) -> None:
    small, large = noise(5, 7, "rgb", "uint16"), noise(9, 6, "l", "float32")
    plain = noise(4, 4, "rgb", "uint8")
    data = tiff(
        (small.array.tobytes(), layout(7, 5, 16, 3, RGB)),
        (large.array.tobytes(), [*layout(6, 9, 32, 1, GREY), (339, "H", (3,))]),
        (plain.array.tobytes(), layout(4, 4, 8, 3, RGB)),
    )
    pages = read_back(applied("blur", data, tmp_path, "tif"), tmp_path, "tif")
    for page, before in zip(pages, (small, large, plain), strict=True):
        assert page.array.dtype == before.array.dtype
        np.testing.assert_array_equal(page.array, apply(before.array, "blur"))


@pytest.mark.parametrize(("format", "suffix"), [("png", "png"), ("tiff", "tif")])
def test_what_is_said_of_a_picture_survives(format: str, suffix: str, tmp_path: Path) -> None:
    profile, xmp = b"profile" * 40, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    exif = Image.Exif()
    exif[0x010E], exif[0x8298] = "a description", "whose it is"
    exif.get_ifd(0x8769)[0x829A] = 0.008
    picture = files.Picture([noise(9, 13, "rgb", "uint16")], format.upper())
    picture.keep = {
        **{"icc_profile": profile, "xmp": xmp, "dpi": (300.0, 300.0)},
        "exif": exif.tobytes().removeprefix(b"Exif\0\0"),
    }
    (tmp_path / f"in.{suffix}").write_bytes(files.encode(picture, formats.named(format)))
    for filter in ("identity", "blur"):
        before = files.read(str(tmp_path / f"in.{suffix}"))
        applied(filter, (tmp_path / f"in.{suffix}").read_bytes(), tmp_path, suffix)
        after = files.read(str(tmp_path / f"out.{suffix}"))
        assert after.keep == before.keep
        assert after.keep["icc_profile"] == profile
        assert after.keep["xmp"] == xmp
        assert b"a description" in after.keep["exif"]
        assert after.keep["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_gamma_chromaticities_and_text_survive(tmp_path: Path) -> None:
    chunks = [
        (b"gAMA", struct.pack(">I", 100_000)),
        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
        (b"tEXt", b"Title\0a picture"),
    ]
    data = applied("blur", png(noise(5, 7, "rgba", "uint16").array, chunks), tmp_path, "png")
    for kind, content in chunks:
        assert kind + content in data


# What is refused.


@pytest.fixture
def no_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(codecs, "load", missing)


CHUNKY_AND_PLANAR = [
    ("png", "rgb"),
    ("png", "rgba"),
    ("png", "la"),
    ("tiff", "rgb"),
    ("tiff", "cmyk"),
]


@pytest.mark.usefixtures("no_codecs")
@pytest.mark.parametrize(("format", "channels"), CHUNKY_AND_PLANAR)
def test_without_the_codec_a_picture_is_refused_unless_8_bits_are_allowed(
    format: str, channels: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = noise(9, 13, channels, "uint16")
    source, target = tmp_path / f"in.{format}", tmp_path / f"out.{format}"
    source.write_bytes(by_hand(format, picture))
    words = ["apply", "identity", str(source), str(target)]
    assert run(words) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(source) in said
    assert "pip install 'imgconv[deep]', or give --allow-8-bit" in said
    assert not target.exists()
    assert run([*words, "--allow-8-bit"]) == 0
    with Image.open(target) as image:
        values = np.asarray(image)
    picked = values[..., [0, 3]] if channels == "la" and values.shape[2] == 4 else values
    np.testing.assert_array_equal(picked, picture.array >> 8)


@pytest.mark.usefixtures("no_codecs")
@pytest.mark.parametrize(
    "data",
    [
        tiff((bytes(6), layout(2, 2, 12, 1, GREY))),
        tiff((bytes(24), [*layout(2, 2, 16, 3, RGB), (284, "H", (2,))])),
        tiff((bytes(48), [*layout(2, 2, 32, 3, RGB), (339, "H", (3,) * 3)])),
        png(np.zeros((2, 2, 3), np.uint16), [(b"tRNS", bytes(6))]),
    ],
    ids=["12 bits", "planar", "floats", "a key"],
)
def test_what_pillow_would_spoil_is_refused_also_where_8_bits_are_allowed(
    data: bytes, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(data)
    with pytest.raises(ReadError, match=r"in: .* pip install 'imgconv\[deep\]'$"):
        files.read(str(tmp_path / "in"), may_narrow=True)


@pytest.mark.usefixtures("no_codecs")
def test_without_the_codec_nothing_is_written_with_fewer_bits(tmp_path: Path) -> None:
    picture = files.Picture([noise(9, 13, "rgb", "uint16")], "PPM")
    for name in ("png", "tiff"):
        with pytest.raises(WriteError, match=r"pip install 'imgconv\[deep\]', or give --depth 8"):
            files.encode(picture, formats.named(name))


@pytest.mark.usefixtures("no_codecs")
def test_grey_and_ppm_need_no_codec(tmp_path: Path) -> None:
    picture = noise(9, 13, "rgb", "uint16")
    data = applied("blur", by_hand("ppm", picture), tmp_path, "ppm")
    np.testing.assert_array_equal(
        read_back(data, tmp_path, "ppm")[0].array, apply(picture.array, "blur")
    )
    grey = noise(9, 13, "l", "uint16")
    data = applied("blur", png(grey.array), tmp_path, "png")
    np.testing.assert_array_equal(
        read_back(data, tmp_path, "png")[0].array, apply(grey.array, "blur")
    )


def test_a_codec_is_imported_only_for_a_deep_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def imported(name: str) -> None:
        raise AssertionError(f"this picture does not need {name}")

    monkeypatch.setattr(codecs, "load", imported)
    for name, mode in (("a.png", "RGBA"), ("a.png", "I;16"), ("a.tif", "CMYK"), ("a.tif", "F")):
        Image.new(mode, (7, 5)).save(tmp_path / name)
        assert run(["apply", "blur", str(tmp_path / name), str(tmp_path / f"b-{name}")]) == 0


JPEG_OF_12_BITS = b"\xff\xd8\xff\xe0\0\4ab\xff\xc1\0\x0b\x0c\0\5\0\7\1\1\x11\0\xff\xda"
FILLED_JPEG = JPEG_OF_12_BITS.replace(b"\xff\xc1", b"\xff\xff\xff\xc1")
SIZE_OF_12_BITS = b"\xff\x4f\xff\x51" + bytes(36) + b"\0\3" + b"\x0b\1\1" * 3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (JPEG_OF_12_BITS, "JPEGs of 12 bits are not read"),
        (FILLED_JPEG, "JPEGs of 12 bits are not read"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + SIZE_OF_12_BITS, "12 bits of colour in JPEG 2000"),
        (b"\0\0\0\x1cftypavif" + bytes(99) + b"av1C\x81\x04\x4c\0", "10 bits in AVIF"),
        (b"\0\0\0\x1cftypavif" + bytes(99) + b"av1C\x81\x44\x60\0", "12 bits in AVIF"),
        (
            tiff((bytes(96), [*layout(2, 2, 64, 3, RGB), (339, "H", (3,) * 3)])),
            "floats of 64 bits",
        ),
        (tiff((bytes(32), [*layout(2, 2, 64, 1, GREY), (339, "H", (3,))])), "floats of 64 bits"),
        (tiff((bytes(48), layout(2, 2, 32, 3, RGB))), "whole numbers of 32 bits"),
        (tiff((bytes(24), [*layout(2, 2, 16, 3, 8)])), "colour kind 8"),
        (tiff((bytes(40), [*layout(2, 2, 16, 5, RGB), (338, "H", (2, 0))])), "5 channels"),
        (png(np.zeros((2, 2, 3), np.uint16), [(b"acTL", bytes(8))]), "animations of 16 bits"),
    ],
)
def test_what_nothing_reads_is_named(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "in.x").write_bytes(data)
    with pytest.raises(ReadError, match=rf"in\.x: .*{said}"):
        files.read(str(tmp_path / "in.x"))


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    ("format", "channels"), [("png", "rgba"), ("tiff", "cmyk"), ("ppm", "rgb")]
)
def test_every_truncation_is_an_error(format: str, channels: str, tmp_path: Path) -> None:
    data, path = by_hand(format, noise(9, 13, channels, "uint16")), tmp_path / "cut"
    for length in range(0, len(data) - 13, 11):
        path.write_bytes(data[:length])
        with pytest.raises(ReadError, match="cut: "):
            files.read(str(path))


def test_a_packed_page_that_is_cut_short_is_an_error(tmp_path: Path) -> None:
    tifffile, buffer = codecs.load("tifffile"), io.BytesIO()
    tifffile.imwrite(buffer, noise(64, 64, "rgb", "uint16").array, compression="zlib")
    data = bytearray(buffer.getvalue())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    (tmp_path / "bad.tif").write_bytes(data)
    with pytest.raises(ReadError, match=r"bad\.tif: the picture is damaged"):
        files.read(str(tmp_path / "bad.tif"))


def test_strips_that_are_missing_are_an_error(tmp_path: Path) -> None:
    tags = [tag for tag in layout(4, 8, 16, 3, RGB) if tag[0] != 278]
    (tmp_path / "bad.tif").write_bytes(tiff((bytes(96), [*tags, (278, "I", (4,))])))
    with pytest.raises(ReadError, match=r"bad\.tif: .*pixels are missing"):
        files.read(str(tmp_path / "bad.tif"))


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"\xff\xd8\xff\xe0\0\4abcd",
        b"P6\n3 3\n70000\n",
        b"P5\n3 x",
    ],
)
def test_a_header_that_says_nothing_of_depth_is_left_to_others(data: bytes) -> None:
    assert deep.look(io.BytesIO(data)) is None


def test_the_pixels_of_all_pages_count(tmp_path: Path) -> None:
    page = (bytes(600), layout(10, 10, 16, 3, RGB))
    (tmp_path / "in.tif").write_bytes(tiff(page, page, page))
    with pytest.raises(ReadError, match="300 pixels are more than the 299"):
        files.read(str(tmp_path / "in.tif"), most_pixels=299)
    assert len(files.read(str(tmp_path / "in.tif"), most_pixels=300).frames) == 3


def test_what_is_larger_than_a_tiff_is_refused() -> None:
    huge = np.broadcast_to(np.zeros((1, 1, 3), np.uint16), (30_000, 30_000, 3))
    with pytest.raises(WriteError, match="4 GB"):
        deep.still(Pixels(huge, ("r", "g", "b")), "TIFF")


# What is known before a picture is read, and pipes.


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize(("format", "channels", "dtype"), DEEP)
def test_the_header_says_what_reading_gives(
    format: str, channels: str, dtype: str, gray: bool, tmp_path: Path
) -> None:
    path = tmp_path / f"in.{format}"
    path.write_bytes(by_hand(format, noise(9, 13, channels, dtype)))
    said, read = header(str(path), gray), frame_pixels(files.read(str(path)).frames[0], gray)
    assert (said.array.shape, said.array.dtype) == (read.array.shape, read.array.dtype)
    assert (said.channels, said.maximum) == (read.channels, read.maximum)


@pytest.mark.usefixtures("no_codecs")
def test_a_plan_needs_no_codec(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.tif"
    path.write_bytes(by_hand("tiff", noise(9, 13, "cmyk", "float32")))
    assert run(["plan", "blur", str(path)]) == 0
    assert "13x9, 4 channels of float32" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("format", "channels"), [("png", "rgba"), ("tiff", "cmyk"), ("ppm", "rgb")]
)
def test_a_deep_picture_goes_through_a_pipe(format: str, channels: str, tmp_path: Path) -> None:
    picture = noise(9, 13, channels, "uint16")
    done = subprocess.run(
        [sys.executable, "-m", "imgconv", "apply", "identity", "-", "-"],
        input=by_hand(format, picture),
        capture_output=True,
        check=True,
    )
    (back,) = read_back(done.stdout, tmp_path, format)
    np.testing.assert_array_equal(back.array, picture.array)


# Frames that are pixels.


def test_grey_of_deep_colour_is_that_of_8_bits_but_finer() -> None:
    for channels in ("rgb", "rgba", "cmyk", "cmyka"):
        coarse = noise(9, 13, channels)
        fine = Pixels(coarse.array.astype(np.uint16) * 257, coarse.channels)
        floats = Pixels((coarse.array / 255).astype(np.float32), coarse.channels)
        expected = frame_pixels(coarse, gray=True).array.astype(float)
        for pixels in (fine, floats):
            grey = frame_pixels(pixels, gray=True)
            assert grey.channels == ("l", *channels[3:].strip("k"))
            scale = 255 / MAXIMUM[grey.array.dtype.name]
            np.testing.assert_allclose(grey.array * scale, expected, atol=1)


def test_pixels_become_an_image_where_one_holds_them() -> None:
    assert isinstance(pixels_frame(noise(3, 3, "rgb")), Image.Image)
    assert isinstance(pixels_frame(noise(3, 3, "l", "uint16")), Image.Image)
    for pixels in (noise(3, 3, "rgb", "uint16"), noise(3, 3)._replace(maxval=100)):
        assert pixels_frame(pixels) is pixels


def test_looking_leaves_a_file_at_its_beginning() -> None:
    for data in (
        by_hand("tiff", noise(3, 3, "rgb", "uint16")),
        b"",
        b"II*\0",
        b"P6 1",
        b"\xff\xd8\xff",
    ):
        file = io.BytesIO(data)
        deep.look(file)
        assert file.tell() == 0
