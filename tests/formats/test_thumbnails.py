"""Thumbnails and sizes in metadata fit the result: they do not show what a filter hides."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

import imgconv
from imgconv.cli.run import run
from tests.support.covering import covering, with_slow
from tests.support.jpeg_specimens import (
    exif_with_thumbnail,
    jpeg_with,
    segment,
    segments,
    thumbnail_of,
    xmp_segment,
)
from tests.support.specimens import info, sample, saved

WIDTH, HEIGHT = 400, 300
SECRET = saved(Image.effect_mandelbrot((160, 120), (-2, -1.5, 1, 1.5), 50), "JPEG", quality=90)
THUMBNAILS = {"long": SECRET, "short": saved(Image.new("L", (8, 8)), "JPEG", quality=5)}


def picture(mode: str = "RGB") -> Image.Image:
    return sample(mode).resize((WIDTH, HEIGHT))


def filtered(data: bytes, folder: Path, suffix: str, filter: str, *options: str) -> bytes:
    source, target = folder / f"before{suffix}", folder / f"after{suffix}"
    source.write_bytes(data)
    assert run(["apply", filter, str(source), str(target), *options]) == 0
    return target.read_bytes()


@pytest.mark.parametrize(
    ("file", "order", "length", "more"),
    covering(
        [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("WebP", "RGB")],
        "<>",
        THUMBNAILS,
        [b"", b"a maker's note"],
    ),
)
def test_the_thumbnail_is_made_anew(
    file: tuple[str, str],
    order: str,
    length: str,
    more: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (format, mode), before = file, THUMBNAILS[length]
    exif = exif_with_thumbnail(before, order, more)
    data = saved(picture(mode), format, exif=b"Exif\0\0" + exif)
    assert thumbnail_of(data)[1] == before
    after = filtered(data, tmp_path, f".{format.lower()}", "gaussian:20")
    found, thumbnail = thumbnail_of(after)
    assert capsys.readouterr().err == ""
    assert before[300:] not in after
    assert more in after
    assert found.get_ifd(0x8769) == {0xA002: WIDTH, 0xA003: HEIGHT}
    assert found.get_ifd(ExifTags.IFD.IFD1)[0x0112] == 1
    with Image.open(BytesIO(thumbnail)) as small, Image.open(BytesIO(after)) as whole:
        assert small.size == (160, 120)
        mode = "L" if mode == "L" else "RGB"
        expected = np.asarray(whole.convert(mode).resize(small.size, Image.Resampling.BOX))
        assert np.abs(expected - np.asarray(small).astype(float)).mean() < 4


def test_a_thumbnail_stays_as_the_picture_is_stored(tmp_path: Path) -> None:
    exif = bytearray(exif_with_thumbnail(SECRET))
    exif[18:20] = b"\0\6"
    data = saved(picture(), "JPEG", exif=b"Exif\0\0" + bytes(exif))
    for options, size, orientation in (((), (160, 120), 6), (("--upright",), (120, 160), 1)):
        found, thumbnail = thumbnail_of(filtered(data, tmp_path, ".jpg", "blur", *options))
        assert found[0x0112] == found.get_ifd(ExifTags.IFD.IFD1)[0x0112] == orientation
        with Image.open(BytesIO(thumbnail)) as small:
            assert small.size == size


def test_sizes_follow_the_extent(tmp_path: Path) -> None:
    xmp = b"<a tiff:ImageWidth=\"9\" exif:PixelXDimension='9'/><exif:PixelYDimension>8</a>"
    plain = saved(picture(), "JPEG", exif=b"Exif\0\0" + exif_with_thumbnail(SECRET))
    data = plain[:2] + xmp_segment(xmp) + plain[2:]
    after = filtered(data, tmp_path, ".jpg", "blur:4", "--extent", "valid")
    found, thumbnail = thumbnail_of(after)
    assert found.get_ifd(0x8769) == {0xA002: WIDTH - 8, 0xA003: HEIGHT - 8}
    assert info("xmp")(after) == (
        b"<a tiff:ImageWidth=\"392\" exif:PixelXDimension='392'/><exif:PixelYDimension>292</a>"
    )
    with Image.open(BytesIO(thumbnail)) as small:
        assert small.size == (160, 119)


def test_a_thumbnail_of_bare_pixels_is_left_out_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exif = exif_with_thumbnail(bytes(range(256)) * 3, "<")
    for tag, bare in ((0x0201, 0x0111), (0x0202, 0x0117)):
        exif = exif.replace(
            tag.to_bytes(2, "little") + b"\4\0", bare.to_bytes(2, "little") + b"\4\0"
        )
    data = saved(picture(), "JPEG", exif=b"Exif\0\0" + exif)
    after = filtered(data, tmp_path, ".jpg", "blur")
    assert "its thumbnail cannot be carried along: left out" in capsys.readouterr().err
    assert not thumbnail_of(after)[0].get_ifd(ExifTags.IFD.IFD1)
    assert bytes(range(256)) not in after


@pytest.mark.parametrize("first", with_slow([0], slow=[1, 2, 3]))
def test_damaged_pointers_to_a_thumbnail_stop_nothing(first: int, tmp_path: Path) -> None:
    exif = exif_with_thumbnail(SECRET)
    for at in range(8 + first, 130, 4):
        for value in (0, 0xFF):
            damaged = bytearray(exif)
            damaged[at] = value
            data = saved(sample(), "PNG", exif=bytes(damaged))
            filtered(data, tmp_path, ".png", "blur")


def test_thumbnails_of_photoshop_and_xmp_are_left_out_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def resource(number: int, data: bytes, name: bytes = b"\0\0") -> bytes:
        pad = bytes(len(data) % 2)
        return b"8BIM" + number.to_bytes(2) + name + len(data).to_bytes(4) + data + pad

    first, last = resource(1005, b"odd"), resource(1028, b"words", b"\3abc")
    thumbnail = resource(1036, bytes(28) + SECRET)
    whole = b"Photoshop 3.0\0" + first + thumbnail + last
    split = [b"Photoshop 3.0\0" + part for part in (first + thumbnail[:50], thumbnail[50:] + last)]
    for parts in ([whole], split):
        data = jpeg_with(*(segment(0xED, part) for part in parts))
        after = filtered(data, tmp_path, ".jpg", "blur")
        assert segments("APP13")(after) == [b"Photoshop 3.0\0" + first + last]
        assert "its thumbnail cannot be carried along" in capsys.readouterr().err
    xmp = b"<a><xmp:Thumbnails><rdf:Alt>/9j/4AAQ</rdf:Alt></xmp:Thumbnails><b/></a>"
    after = filtered(jpeg_with(xmp_segment(xmp)), tmp_path, ".jpg", "blur")
    assert info("xmp")(after) == b"<a><b/></a>"
    assert "its thumbnail cannot be carried along" in capsys.readouterr().err


def test_the_exif_of_a_picture_in_memory_fits_the_result() -> None:
    image = picture()
    image.info["exif"] = exif_with_thumbnail(SECRET)
    result = imgconv.apply(image, "blur:4", extent="valid")
    assert result.getexif().get_ifd(0x8769) == {0xA002: WIDTH - 8, 0xA003: HEIGHT - 8}
    assert SECRET[300:] not in result.info["exif"]
    assert image.info["exif"] == exif_with_thumbnail(SECRET)
