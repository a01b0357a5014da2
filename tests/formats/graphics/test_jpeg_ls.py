"""JPEG-LS: files that another program has written are read, with all of their bits."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv import apply
from imgconv.cli.run import run
from imgconv.formats import deep
from imgconv.formats.deep import load_codec
from tests.support.deep_files import read_back
from tests.support.pictures import noise
from tests.support.specimens import TRAILER

Captured = pytest.CaptureFixture[str]

# Pictures of 5x4 with the values n * STEP % COUNT, by ffmpeg, those of 5 and 12 bits by CharLS.
RGB = (
    "ffd8fff70011080004000503011100021100031100ffda000c03010002000300000100800000ee000000ee0b6d92"
    "4b5daa000003b8d314da2cf66b2c00001800001800001404000000c68ab0c8d1414e5189c9f26192526d2e48491b"
    "1264647a2d110c7243a0d0bf8c60ffd9"
)
GREY = (
    "ffd8fff7000b080004000501011100ffda000801010000000080000a0000527250000018c00003144818c0000018"
    "c480000312ea0b00ffd9"
)
GREY_16 = (
    "ffd8fff7000b100004000501011100ffda0008010100000000800005e9000017a4b79cb7940000000cda00002f51"
    "6f44008003a71800000000066d4de8000017a9e9ae00802001d360ffd9"
)
GREY_12 = (
    "ffd8fff7000b0c0004000501011100ffda000801010000000080000000490000000125f1df14000000720000001c"
    "85e0ddc000000393763753740000000e23cb6e66e4177be73790ffd9"
)
GREY_5 = "ffd8fff7000b050004000501011100ffda000801010000000080c0d691093084a9928effd9"
FILES = [(RGB, 3, 37, 256), (GREY, 1, 37, 256), (GREY_16, 1, 9973, 65536), (GREY_12, 1, 997, 4096)]

# Where these have the sampling of the first channel, and where grey has its palette, its number
# of channels and of lines.
SAMPLING, CHANNELS, HEIGHT, PALETTE = 13, 11, slice(7, 9), 21


def values(data: bytes, folder: Path) -> tuple[np.ndarray, int]:
    """Return the values that are read, and the largest that there may be."""
    (back,) = read_back(data, folder, "jls")
    return back.array[..., : len(back.channels)], int(back.maximum)


@pytest.mark.parametrize(("text", "channels", "step", "count"), FILES)
def test_files_of_other_programs_are_read(
    text: str, channels: int, step: int, count: int, tmp_path: Path
) -> None:
    found, maximum = values(bytes.fromhex(text), tmp_path)
    expected = (np.arange(20 * channels) * step % count).reshape(4, 5, channels)
    np.testing.assert_array_equal(found, expected)
    assert maximum == count - 1


def test_fewer_than_8_bits_become_8(tmp_path: Path) -> None:
    found, maximum = values(bytes.fromhex(GREY_5), tmp_path)
    np.testing.assert_array_equal(found.ravel(), np.rint(np.arange(20) * 7 % 32 * 255 / 31))
    assert maximum == 255


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", ["l", "rgb"])
def test_16_bits_are_filtered_and_written_in_other_formats(
    channels: str, suffix: str, tmp_path: Path
) -> None:
    array = noise(9, 14, channels, "uint16").array
    encoded = load_codec("imagecodecs").jpegls_encode(array.squeeze())  # some have SPIFF
    (tmp_path / "a.jls").write_bytes(encoded)
    target = tmp_path / f"b.{suffix}"
    assert run(["apply", "blur", str(tmp_path / "a.jls"), str(target)]) == 0
    (back,) = read_back(target.read_bytes(), tmp_path, suffix)
    np.testing.assert_array_equal(back.array, apply(array, "blur"))


def test_it_is_not_written(tmp_path: Path, capsys: Captured) -> None:
    source = tmp_path / "a.jls"
    source.write_bytes(bytes.fromhex(GREY))
    assert run(["apply", "blur", "--in-place", str(source)]) == 1
    assert (
        "JPEGLS is read, not written; name an output, or give --format" in capsys.readouterr().err
    )
    assert source.read_bytes().hex() == GREY
    assert run(["apply", "blur", str(source), str(tmp_path / "b.jls")]) == 2
    assert "names a format that is read, not written" in capsys.readouterr().err


def test_without_the_codec_one_line_names_it(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deep, "have_codecs", lambda names: not names)
    (tmp_path / "a.jls").write_bytes(bytes.fromhex(GREY))
    words = ["apply", "blur", str(tmp_path / "a.jls"), str(tmp_path / "b.png")]
    for options in ([], ["--allow-8-bit"]):
        assert run([*words, *options]) == 1
        error = capsys.readouterr().err
        assert "8 bits of grey in JPEG-LS need a codec that is not installed" in error
        assert "pip install imagecodecs" in error
        assert error.count("\n") == 1


def test_what_other_formats_do_not_hold_is_named(tmp_path: Path, capsys: Captured) -> None:
    data = bytes.fromhex(GREY)
    at = data.index(b"\xff\xda")
    further = b"\xff\xfe\0\7words" + b"\xff\xe1\0\x05own"
    (tmp_path / "a.jls").write_bytes(data[:at] + further + data[at:] + TRAILER)
    assert run(["apply", "identity", str(tmp_path / "a.jls"), str(tmp_path / "b.png")]) == 0
    with Image.open(tmp_path / "b.png") as image:
        assert image.info["Comment"] == "words"
    said = "PNG cannot hold its segment APP1, data behind its end: left out"
    assert said in capsys.readouterr().err


def changed(place: int | slice, value: bytes) -> bytes:
    data = bytearray(bytes.fromhex(GREY))
    data[place if isinstance(place, slice) else slice(place, place + 1)] = value
    return bytes(data)


def luma_and_chroma() -> bytes:
    """Return the picture behind a header of SPIFF (ITU-T T.84, annex F) that says YCbCr."""
    sizes = struct.pack(">BBIIBBBBII", 0, 3, 4, 5, 3, 8, 6, 0, 1, 1)
    spiff = b"\xff\xe8\0\x20SPIFF\0\2\0" + sizes
    end = b"\xff\xe8\0\x08\0\0\0\1\xff\xd8"
    return b"\xff\xd8" + spiff + end + bytes.fromhex(RGB)[2:]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (changed(CHANNELS, b"\4"), "4 channels"),
        (changed(SAMPLING, b"\x21"), "channels of several sizes"),
        (changed(PALETTE, b"\1"), "a palette"),
        (changed(HEIGHT, b"\0\0"), "lines that its header does not count"),
        (luma_and_chroma(), "luma and chroma"),
    ],
)
def test_a_kind_that_would_be_read_wrongly_is_refused(
    data: bytes, problem: str, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "a.jls").write_bytes(data)
    assert run(["apply", "blur", str(tmp_path / "a.jls"), str(tmp_path / "b.png")]) == 1
    assert f"JPEG-LS with {problem} is not supported; convert it" in capsys.readouterr().err


def test_every_truncation_is_one_line(tmp_path: Path, capsys: Captured) -> None:
    data = bytes.fromhex(GREY)
    for length in range(4, len(data) - 2):
        (tmp_path / "a.jls").write_bytes(data[:length])
        assert run(["apply", "blur", str(tmp_path / "a.jls"), str(tmp_path / "b.png")]) == 1
        error = capsys.readouterr().err
        assert "damaged" in error and error.count("\n") == 1
    assert "it ends inside the picture" in error  # said before a codec that would take seconds
