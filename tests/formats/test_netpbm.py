"""Headers and pixels of Netpbm, apart from streams."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.errors import ReadError
from imgconv.formats import reader
from imgconv.formats.netpbm import MAGICS, PnmHeader, encode_pixels, read_header
from imgconv.images.frames import frame_pixels
from imgconv.images.pixels import Pixels
from tests.support.pictures import noise

Captured = pytest.CaptureFixture[str]

PAM = b"P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 1023\nTUPLTYPE RGB_ALPHA\nENDHDR\n"


@pytest.mark.parametrize(
    ("text", "header", "size"),
    [
        (b"P4\n9 2\n", PnmHeader(b"P4", 9, 2, 1, 1), 4),
        (b"P5 3 2 255\n", PnmHeader(b"P5", 3, 2, 1, 255), 6),
        (
            b"P5\n# a comment\n3 2\n256\n",
            PnmHeader(b"P5", 3, 2, 1, 256, comments=(b" a comment",)),
            12,
        ),
        (b"P6\n3\t2 65535 ", PnmHeader(b"P6", 3, 2, 3, 65535), 36),
        (PAM, PnmHeader(b"P7", 3, 2, 4, 1023, b"RGB_ALPHA"), 48),
    ],
)
def test_a_header_is_read_to_its_end_only(text: bytes, header: PnmHeader, size: int) -> None:
    source = io.BytesIO(text + b"pixels")
    assert read_header(source) == header
    assert header.size == size
    assert source.read() == b"pixels"


@pytest.mark.parametrize("text", [b"P5 3 2 255\n", b"P6\n#c\n3 2\n9\n", PAM])
def test_a_truncated_header_raises_eof_error(text: bytes) -> None:
    for length in range(3, len(text)):
        with pytest.raises(EOFError):
            read_header(io.BytesIO(text[:length]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"P3 3 2 255\n", "no PNM"),
        (b"P5 3 x 255\n", "broken PNM header"),
        (b"P5 3 2 0\n", "1 channels up to 0"),
        (b"P6 3 2 65536\n", "3 channels up to 65536"),
        (b"P7\nWIDTH 3\nENDHDR\n", "broken PAM header"),
        (PAM.replace(b"DEPTH 4", b"DEPTH 5"), "5 channels"),
    ],
)
def test_a_broken_header_is_described_in_the_error(text: bytes, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read_header(io.BytesIO(text))


@pytest.mark.parametrize("channels", ["l", "la", "rgb", "rgba"])
@pytest.mark.parametrize("maximum", [1, 255, 256, 65535])
def test_encoded_pixels_decode_to_the_same_values(channels: str, maximum: int) -> None:
    picture = noise(4, 5, channels, "uint8" if maximum < 256 else "uint16")
    levels = Pixels(picture.array.clip(0, maximum), picture.channels, maxval=maximum)
    source = io.BytesIO(b"".join(encode_pixels(levels)))
    header = read_header(source)
    assert header.magic == {"l": b"P5", "rgb": b"P6"}.get(channels, b"P7")
    back = header.pixels(bytearray(source.read()))
    assert (back.channels, back.maximum) == (levels.channels, maximum)
    np.testing.assert_array_equal(back.array, levels.array)
    assert b"".join(encode_pixels(levels, as_pam=True)).startswith(b"P7")
    assert header.magic in MAGICS


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", ["l", "la", "rgb", "rgba", "cmyk"])
def test_a_pam_is_a_file(channels: str, dtype: str, tmp_path: Path) -> None:
    picture = noise(4, 5, channels, dtype)
    content = b"".join(encode_pixels(picture, as_pam=True))
    (tmp_path / "a.pam").write_bytes(content)
    back = frame_pixels(reader.read(str(tmp_path / "a.pam")).frames[0])
    assert back.channels == picture.channels
    np.testing.assert_array_equal(back.array[..., : len(channels)], picture.array)
    for target in ("b.pam", "b.tif", "c.pam"):
        source = "b.tif" if target == "c.pam" else "a.pam"
        places = [str(tmp_path / source), str(tmp_path / target)]
        assert run(["apply", "identity", *places]) == 0
    for name in ("b.pam", "c.pam"):
        assert (tmp_path / name).read_bytes() == content


def test_all_pictures_of_a_pam_are_filtered(tmp_path: Path) -> None:
    pictures = [noise(4, 5, "rgba"), noise(3, 2, "l", "uint16")]
    content = b"".join(b"".join(encode_pixels(each, as_pam=True)) for each in pictures)
    (tmp_path / "a.pam").write_bytes(content)
    assert run(["apply", "identity", str(tmp_path / "a.pam"), "--in-place"]) == 0
    assert (tmp_path / "a.pam").read_bytes() == content


def test_a_pam_keeps_its_maximum(tmp_path: Path) -> None:
    content = PAM + bytes([1, 2] * 24)
    (tmp_path / "a.pam").write_bytes(content)
    assert run(["apply", "identity", str(tmp_path / "a.pam"), str(tmp_path / "b.pam")]) == 0
    assert (tmp_path / "b.pam").read_bytes() == content


def test_comments_go_to_other_formats_and_back(tmp_path: Path, capsys: Captured) -> None:
    pixels = bytes(range(18))
    (tmp_path / "a.ppm").write_bytes(b"P6\n# one\n3 # two\n2\n#three\n255\n" + pixels)
    expected = b"P6\n# one\n# two\n#three\n3 2\n255\n" + pixels
    for source, target in (("a.ppm", "b.ppm"), ("a.ppm", "b.png"), ("b.png", "c.ppm")):
        places = [str(tmp_path / source), str(tmp_path / target)]
        assert run(["apply", "identity", *places]) == 0
    assert (tmp_path / "b.ppm").read_bytes() == (tmp_path / "c.ppm").read_bytes() == expected
    assert capsys.readouterr().err == ""
    assert run(["apply", "identity", str(tmp_path / "a.ppm"), str(tmp_path / "b.bmp")]) == 0
    assert "BMP cannot hold its comments" in capsys.readouterr().err


def test_comments_that_are_left_out_are_named(tmp_path: Path, capsys: Captured) -> None:
    second = b"P5\n#2\n1 1\n255\nb"
    (tmp_path / "a.pgm").write_bytes(b"P5\n#1\n1 1\n255\na" + second)
    (tmp_path / "b.pgm").write_bytes(b"P2\n#1\n2 1\n255\n1 # here\n2\n")
    for name, lost in (("a", "comments of further pictures"), ("b", "comments among its values")):
        places = [str(tmp_path / f"{name}.pgm"), str(tmp_path / "c.pgm")]
        assert run(["apply", "identity", *places]) == 0
        assert f"its {lost} cannot be carried along" in capsys.readouterr().err
        assert (tmp_path / "c.pgm").read_bytes().startswith(b"P5\n#1\n")


def test_a_comment_of_several_lines_stays_a_comment(tmp_path: Path) -> None:
    Image.new("RGB", (3, 2)).save(tmp_path / "a.jpg", comment=b"one\n9 9\r\n255")
    assert run(["apply", "identity", str(tmp_path / "a.jpg"), str(tmp_path / "a.ppm")]) == 0
    assert (tmp_path / "a.ppm").read_bytes().startswith(b"P6\n#one\n#9 9\n#255\n3 2\n255\n")
