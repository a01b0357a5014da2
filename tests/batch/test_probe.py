"""What is known of a picture before its pixels are read."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv.batch.probe import header
from imgconv.errors import ReadError, UsageError
from imgconv.formats import reader
from imgconv.images.frames import frame_pixels
from imgconv.images.pixels import Pixels


def kind(pixels: Pixels) -> tuple[Any, ...]:
    return pixels.array.shape, pixels.array.dtype, pixels.channels, pixels.maximum


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize(
    ("mode", "format", "options"),
    [
        ("1", "png", {}),
        ("L", "png", {}),
        ("L", "png", {"transparency": 0}),
        ("LA", "png", {}),
        ("P", "png", {}),
        ("P", "gif", {"transparency": 0}),
        ("RGB", "jpg", {}),
        ("RGB", "png", {"transparency": (0, 0, 0)}),
        ("RGBA", "webp", {}),
        ("CMYK", "jpg", {}),
        ("YCbCr", "tif", {}),
        ("I;16", "png", {}),
        ("I;16B", "tif", {}),
        ("I", "tif", {}),
        ("F", "tif", {}),
        ("I;16", "pgm", {}),
    ],
)
def test_the_pixels_are_like_those_of_the_whole_picture(
    mode: str, format: str, options: dict[str, Any], gray: bool, tmp_path: Path
) -> None:
    path = str(tmp_path / f"in.{format}")
    Image.new(mode, (7, 5)).save(path, **options)
    picture = reader.read(path).frames[0]
    assert kind(header(path, gray)) == kind(frame_pixels(picture, gray))


def test_no_more_than_the_header_is_read(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "in.png")
    content = (tmp_path / "in.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[:200])
    assert kind(header(str(tmp_path / "cut.png"))) == kind(header(str(tmp_path / "in.png")))


def test_a_picture_of_any_size_takes_no_memory() -> None:
    assert header("20000x20000").array.strides[:2] == (0, 0)


@pytest.mark.parametrize(
    ("text", "shape", "channels"),
    [
        ("40x30", (30, 40), "rgb"),
        ("40x30x1", (30, 40), "l"),
        ("40x30x2", (30, 40), "la"),
        ("40x30x3", (30, 40), "rgb"),
        ("1x1x4", (1, 1), "rgba"),
    ],
)
def test_a_size_may_stand_for_a_picture(text: str, shape: tuple[int, int], channels: str) -> None:
    pixels = header(text)
    assert (pixels.array.shape[:2], "".join(pixels.channels)) == (shape, channels)
    assert pixels.array.dtype == np.uint8
    assert header(text, gray=True).channels[0] == "l"


def test_a_file_whose_name_is_a_size_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (7, 5)).save("40x30", "PNG")
    assert header("40x30").array.shape == (5, 7, 1)


@pytest.mark.parametrize("text", ["0x5", "5x0x1", "999999999x999999999"])
def test_a_size_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no size of a picture"):
        header(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "in.png: there is no such file"),
        (b"no picture", "in.png: not a picture"),
        (b"\x89PNG\r\n\x1a\n cut", "in.png: "),
    ],
)
def test_the_error_is_that_of_reading_the_picture(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReadError) as reading:
        reader.read(str(path))
    with pytest.raises(ReadError, match=message) as looking:
        header(str(path))
    assert str(looking.value) == str(reading.value)


def test_a_picture_that_cannot_be_filtered_is_named(tmp_path: Path) -> None:
    Image.new("LAB", (7, 5)).save(tmp_path / "in.tif")
    with pytest.raises(ReadError, match=r"in\.tif: pictures of the kind LAB"):
        header(str(tmp_path / "in.tif"))


def test_a_stream_without_a_picture_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    source = io.BufferedReader(io.BytesIO(b"YUV4MPEG2 W4 H2 C420\n"))
    monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": source})())
    with pytest.raises(ReadError, match="the film has no picture"):
        header("-")


def png(mode: str) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (7, 5)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "shape", "channels", "dtype"),
    [
        (png("RGBA"), (5, 7), "rgba", "uint8"),
        (b"P6 3 2 255\n" + bytes(18), (2, 3), "rgb", "uint8"),
        (b"P5 3 2 1000\n" + bytes(12), (2, 3), "l", "uint16"),
        (b"YUV4MPEG2 W4 H2 C420\nFRAME\n" + bytes(12), (2, 4), "l", "uint8"),
    ],
)
def test_standard_input_may_be_a_picture_or_a_stream(
    content: bytes,
    shape: tuple[int, int],
    channels: str,
    dtype: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for gray in (False, True):
        source = io.BufferedReader(io.BytesIO(content))
        monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": source})())
        pixels = header("-", gray)
        expected = channels.replace("rgb", "l") if gray else channels
        assert (pixels.array.shape[:2], "".join(pixels.channels)) == (shape, expected)
        assert pixels.array.dtype == dtype
