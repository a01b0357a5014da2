"""JPEG 2000 of more than 8 bits: read and written with the bits that it has."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from imgconv import apply
from imgconv.cli.run import run
from imgconv.formats import deep
from imgconv.formats.deep import load_codec
from tests.support.containers import jp2_box, jp2_boxes, jp2_depths, jp2_of_bits
from tests.support.deep_files import encode, filtered_file, png, read_back
from tests.support.pictures import noise

Captured = pytest.CaptureFixture[str]

SIZE = b"\xff\x4f\xff\x51"


def values(data: bytes) -> np.ndarray:
    found: np.ndarray = load_codec("imagecodecs").jpeg2k_decode(data)
    return found.reshape(*found.shape[:2], -1)


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("bits", [9, 12, 16])
@pytest.mark.parametrize("channels", ["l", "la", "rgb", "rgba"])
def test_each_value_is_kept_with_its_bits(
    channels: str, bits: int, raw: bool, tmp_path: Path
) -> None:
    data, array = jp2_of_bits(channels, bits, raw)
    made = filtered_file("identity", data, tmp_path, "jp2")
    assert jp2_depths(made) == [bits] * len(channels)
    assert made.startswith(SIZE) == raw
    np.testing.assert_array_equal(values(made), array)


@pytest.mark.parametrize("bits", [12, 16])
def test_all_bits_are_filtered(bits: int, tmp_path: Path) -> None:
    data, array = jp2_of_bits("rgb", bits)
    made = filtered_file("blur", data, tmp_path, "jp2")
    np.testing.assert_array_equal(values(made), apply(array, "blur"))


@pytest.mark.parametrize("channels", ["la", "rgb", "rgba"])
def test_16_bits_go_to_png_and_back(channels: str, tmp_path: Path) -> None:
    array = noise(9, 13, channels, "uint16").array
    (tmp_path / "a.png").write_bytes(png(array))
    for source, target in (("a.png", "b.jp2"), ("b.jp2", "c.png")):
        assert run(["apply", "identity", str(tmp_path / source), str(tmp_path / target)]) == 0
    (back,) = read_back((tmp_path / "c.png").read_bytes(), tmp_path, "png")
    np.testing.assert_array_equal(back.array, array)


def test_a_maximum_that_no_bits_have_becomes_that_of_16_bits(tmp_path: Path) -> None:
    levels = noise(5, 7, "rgb", "uint16").array % 1001
    (tmp_path / "a.ppm").write_bytes(b"P6 7 5 1000\n" + levels.astype(">u2").tobytes())
    assert run(["apply", "identity", str(tmp_path / "a.ppm"), str(tmp_path / "b.jp2")]) == 0
    expected = np.rint(levels / 1000 * 65535)
    np.testing.assert_array_equal(values((tmp_path / "b.jp2").read_bytes()), expected)


@pytest.mark.parametrize(("channels", "colours"), [("la", 1), ("rgba", 3)])
def test_alpha_is_defined_as_such(channels: str, colours: int, tmp_path: Path) -> None:
    made = filtered_file("identity", jp2_of_bits(channels, 12)[0], tmp_path, "jp2")
    rows = [(place, 0, place + 1) for place in range(colours)] + [(colours, 1, 0)]
    expected = struct.pack(f">H{3 * len(rows)}H", len(rows), *sum(rows, ()))
    assert jp2_boxes(b"cdef")(made) == [expected]


@pytest.fixture
def no_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep, "have_codecs", lambda names: not names)


@pytest.mark.usefixtures("no_codecs")
def test_without_the_codec_one_line_names_it(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.jp2").write_bytes(jp2_of_bits("rgb", 12)[0])
    words = ["apply", "identity", str(tmp_path / "a.jp2"), str(tmp_path / "b.png")]
    assert run(words) == 1
    error = capsys.readouterr().err
    assert "12 bits of colour in JPEG 2000 need a codec that is not installed" in error
    assert "pip install imagecodecs" in error
    assert error.count("\n") == 1
    assert run([*words, "--allow-8-bit"]) == 1  # Pillow makes black of white
    capsys.readouterr()
    (tmp_path / "c.ppm").write_bytes(encode("ppm", noise(5, 7, "rgb", "uint16")))
    assert run(["apply", "blur", str(tmp_path / "c.ppm"), str(tmp_path / "c.jp2")]) == 1
    assert "JPEG 2000 of more than 8 bits needs a codec" in capsys.readouterr().err


@pytest.mark.usefixtures("no_codecs")
def test_without_the_codec_grey_becomes_16_bits(tmp_path: Path) -> None:
    data, array = jp2_of_bits("l", 12)
    (back,) = read_back(filtered_file("identity", data, tmp_path, "jp2"), tmp_path, "jp2")
    np.testing.assert_array_equal(back.array, array << 4)
    (tmp_path / "a.jp2").write_bytes(jp2_of_bits("l", 9)[0])  # which Pillow takes for 8
    assert run(["apply", "identity", str(tmp_path / "a.jp2"), str(tmp_path / "b.png")]) == 1


def other_colours(number: int) -> bytes:
    """Return a JP2 whose colours are of another kind than RGB."""
    data = jp2_of_bits("rgb", 12)[0]
    rgb = b"colr\1\0\0" + struct.pack(">I", 16)
    assert rgb in data
    return data.replace(rgb, rgb[:-1] + bytes((number,)))


def first_channel(byte: int, subsampling: bytes = b"\1\1") -> bytes:
    """Return a JP2 whose header says something else of its first channel."""
    data = jp2_of_bits("rgb", 12)[0]
    at = data.index(SIZE) + 42
    return data[:at] + bytes((byte,)) + subsampling + data[at + 3 :]


def with_palette() -> bytes:
    data, inside = jp2_of_bits("rgb", 12)[0], jp2_box(b"pclr", bytes(9))
    at = data.index(b"jp2h") - 4
    length = int.from_bytes(data[at : at + 4])
    header = data[at + 8 : at + length] + inside
    return data[:at] + jp2_box(b"jp2h", header) + data[at + length :]


@pytest.mark.parametrize(
    "data",
    [
        other_colours(12),
        other_colours(18),
        first_channel(0x8B),
        first_channel(9),
        first_channel(11, b"\2\2"),
        with_palette(),
    ],
    ids=["inks", "YCC", "signed", "other bits", "subsampled", "a palette"],
)
def test_what_the_codec_would_not_make_rgb_is_refused(
    data: bytes, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "a.jp2").write_bytes(data)
    assert run(["apply", "blur", str(tmp_path / "a.jp2"), str(tmp_path / "b.png")]) == 1
    error = capsys.readouterr().err
    assert "bits of colour in JPEG 2000 cannot be filtered" in error
    assert error.count("\n") == 1


def test_every_truncation_is_an_error(tmp_path: Path, capsys: Captured) -> None:
    data = jp2_of_bits("rgb", 12)[0]
    for length in range(0, len(data) - 3, 97):
        (tmp_path / "a.jp2").write_bytes(data[:length])
        assert run(["apply", "blur", str(tmp_path / "a.jp2"), str(tmp_path / "b.png")]) == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_a_box_of_a_wrong_length_is_no_internal_error(tmp_path: Path, capsys: Captured) -> None:
    data = jp2_of_bits("rgb", 12)[0]
    at = data.index(b"jp2c") - 4
    (tmp_path / "a.jp2").write_bytes(data[:at] + struct.pack(">I", 1 << 20) + data[at + 4 :])
    run(["apply", "identity", str(tmp_path / "a.jp2"), str(tmp_path / "b.png")])
    assert "internal error" not in capsys.readouterr().err
