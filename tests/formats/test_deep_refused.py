"""Deep pictures that are refused: without a codec, damaged, or of an unsupported kind."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv import apply
from imgconv.cli.run import run
from imgconv.errors import ReadError, WriteError
from imgconv.formats import deep, metadata, reader, registry, tiff_deep, writer
from imgconv.images.pixels import Pixels
from tests.support.deep_files import (
    GREY,
    RGB,
    base_tags,
    encode,
    filtered_file,
    png,
    read_back,
    tiff,
)
from tests.support.pictures import noise


@pytest.fixture
def no_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(deep, "load_codec", missing)


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
    source.write_bytes(encode(format, picture))
    words = ["apply", "identity", str(source), str(target)]
    assert run(words) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(source) in said
    assert "pip install imagecodecs tifffile, or give --allow-8-bit" in said
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
        tiff((bytes(6), base_tags(2, 2, 12, 1, GREY))),
        tiff((bytes(24), [*base_tags(2, 2, 16, 3, RGB), (284, "H", (2,))])),
        tiff((bytes(48), [*base_tags(2, 2, 32, 3, RGB), (339, "H", (3,) * 3)])),
        png(np.zeros((2, 2, 3), np.uint16), [(b"tRNS", bytes(6))]),
    ],
    ids=["12 bits", "planar", "floats", "a key"],
)
def test_what_pillow_decodes_wrongly_is_refused_even_with_allow_8_bit(
    data: bytes, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(data)
    with pytest.raises(ReadError, match=r"in: .* pip install imagecodecs tifffile$"):
        reader.read(str(tmp_path / "in"), reader.ReadOptions(allow_8_bit=True))


@pytest.mark.usefixtures("no_codecs")
def test_without_the_codec_a_deep_picture_is_not_written_with_8_bits(tmp_path: Path) -> None:
    picture = metadata.Picture([noise(9, 13, "rgb", "uint16")], registry.by_name("ppm").load())
    for name in ("png", "tiff"):
        with pytest.raises(
            WriteError, match=r"pip install imagecodecs tifffile, or give --depth 8"
        ):
            writer.encode(writer.adapt(picture, registry.by_name(name).load()))


@pytest.mark.usefixtures("no_codecs")
def test_16_bit_grey_and_ppm_need_no_codec(tmp_path: Path) -> None:
    picture = noise(9, 13, "rgb", "uint16")
    data = filtered_file("blur", encode("ppm", picture), tmp_path, "ppm")
    np.testing.assert_array_equal(
        read_back(data, tmp_path, "ppm")[0].array, apply(picture.array, "blur")
    )
    grey = noise(9, 13, "l", "uint16")
    data = filtered_file("blur", png(grey.array), tmp_path, "png")
    np.testing.assert_array_equal(
        read_back(data, tmp_path, "png")[0].array, apply(grey.array, "blur")
    )


def test_a_codec_is_imported_only_for_a_deep_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def imported(name: str) -> None:
        raise AssertionError(f"this picture does not need {name}")

    monkeypatch.setattr(deep, "load_codec", imported)
    for name, mode in (("a.png", "RGBA"), ("a.png", "I;16"), ("a.tif", "CMYK"), ("a.tif", "F")):
        Image.new(mode, (7, 5)).save(tmp_path / name)
        assert run(["apply", "blur", str(tmp_path / name), str(tmp_path / f"b-{name}")]) == 0


JPEG_OF_12_BITS = b"\xff\xd8\xff\xe0\0\4ab\xff\xc1\0\x0b\x0c\0\5\0\7\1\1\x11\0\xff\xda"


FILLED_JPEG = JPEG_OF_12_BITS.replace(b"\xff\xc1", b"\xff\xff\xff\xc1")


SIGNED_12_BITS = b"\xff\x4f\xff\x51" + bytes(36) + b"\0\3" + b"\x8b\1\1" * 3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (JPEG_OF_12_BITS, "JPEGs of 12 bits are not read"),
        (FILLED_JPEG, "JPEGs of 12 bits are not read"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + SIGNED_12_BITS, "12 bits of colour in JPEG 2000"),
        (b"\0\0\0\x1cftypavif" + bytes(99) + b"av1C\x81\x04\x4c\0", "10 bits in AVIF"),
        (b"\0\0\0\x1cftypavif" + bytes(99) + b"av1C\x81\x44\x60\0", "12 bits in AVIF"),
        (
            tiff((bytes(96), [*base_tags(2, 2, 64, 3, RGB), (339, "H", (3,) * 3)])),
            "floats of 64 bits",
        ),
        (tiff((bytes(32), [*base_tags(2, 2, 64, 1, GREY), (339, "H", (3,))])), "floats of 64 bits"),
        (tiff((bytes(48), base_tags(2, 2, 32, 3, RGB))), "whole numbers of 32 bits"),
        (tiff((bytes(24), [*base_tags(2, 2, 16, 3, 8)])), "colour kind 8"),
        (tiff((bytes(16), base_tags(2, 2, 16, 2, RGB))), "2 channels of colour kind 2"),
        (tiff((bytes(136), base_tags(2, 2, 16, 17, GREY))), "17 channels of colour kind 1"),
        (png(np.zeros((2, 2, 3), np.uint16), [(b"acTL", bytes(8))]), "animations of 16 bits"),
    ],
)
def test_an_unreadable_depth_is_named_in_the_error(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "in.x").write_bytes(data)
    with pytest.raises(ReadError, match=rf"in\.x: .*{said}"):
        reader.read(str(tmp_path / "in.x"))


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    ("format", "channels"), [("png", "rgba"), ("tiff", "cmyk"), ("ppm", "rgb")]
)
def test_every_truncation_is_an_error(format: str, channels: str, tmp_path: Path) -> None:
    data, path = encode(format, noise(9, 13, channels, "uint16")), tmp_path / "cut"
    for length in range(0, len(data) - 13, 11):
        path.write_bytes(data[:length])
        with pytest.raises(ReadError, match="cut: "):
            reader.read(str(path))


def test_a_damaged_compressed_page_is_an_error(tmp_path: Path) -> None:
    tifffile, buffer = deep.load_codec("tifffile"), io.BytesIO()
    tifffile.imwrite(buffer, noise(64, 64, "rgb", "uint16").array, compression="zlib")
    data = bytearray(buffer.getvalue())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    (tmp_path / "bad.tif").write_bytes(data)
    with pytest.raises(ReadError, match=r"bad\.tif: the picture is damaged"):
        reader.read(str(tmp_path / "bad.tif"))


def test_missing_strips_are_an_error(tmp_path: Path) -> None:
    tags = [tag for tag in base_tags(4, 8, 16, 3, RGB) if tag[0] != 278]
    (tmp_path / "bad.tif").write_bytes(tiff((bytes(96), [*tags, (278, "I", (4,))])))
    with pytest.raises(ReadError, match=r"bad\.tif: .*pixels are missing"):
        reader.read(str(tmp_path / "bad.tif"))


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
def test_a_header_without_a_depth_is_left_to_pillow(data: bytes) -> None:
    file = io.BytesIO(data)
    format = registry.by_content(file)
    assert format is not None and format.probe(file) is None


def test_the_pixels_of_all_deep_pages_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)  # which is set below
    page = (bytes(600), base_tags(10, 10, 16, 3, RGB))
    (tmp_path / "in.tif").write_bytes(tiff(page, page, page))
    with pytest.raises(ReadError, match="300 pixels are more than the 299"):
        reader.read(str(tmp_path / "in.tif"), reader.ReadOptions(max_pixels=299))
    assert (
        len(reader.read(str(tmp_path / "in.tif"), reader.ReadOptions(max_pixels=300)).frames) == 3
    )


def test_more_than_4_gb_are_no_tiff() -> None:
    huge = np.broadcast_to(np.zeros((1, 1, 3), np.uint16), (30_000, 30_000, 3))
    with pytest.raises(WriteError, match="4 GB"):
        tiff_deep.encode_page(Pixels(huge, ("r", "g", "b")), {})


@pytest.mark.usefixtures("no_codecs")
def test_planning_for_a_deep_picture_needs_no_codec(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.tif"
    path.write_bytes(encode("tiff", noise(9, 13, "cmyk", "float32")))
    assert run(["plan", "blur", str(path)]) == 0
    assert "13x9, 4 channels of float32" in capsys.readouterr().out
