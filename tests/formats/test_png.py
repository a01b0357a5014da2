"""Chunks of PNG whose levels depend on depth and colour type, interlacing, and what is left out."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.containers import png_interlaced, png_interlacing, png_of
from tests.support.pictures import noise
from tests.support.specimens import TRAILER, chunk, png_chunks, png_with, sample, saved

PALETTE = b"PLTE", bytes(range(0, 96, 2))


def filtered(data: bytes, folder: Path, *options: str) -> bytes:
    source, target = folder / "before.png", folder / "after.png"
    source.write_bytes(data)
    assert run(["apply", "identity", str(source), str(target), *options]) == 0
    return target.read_bytes()


@pytest.mark.parametrize(
    ("depth", "colour_type", "options", "background", "expected"),
    [
        (1, 0, (), (1,), (255,)),
        (2, 0, (), (2,), (170,)),
        (4, 0, (), (7,), (119,)),
        (8, 2, ("--depth", "16"), (1, 2, 255), (257, 514, 65535)),
        (16, 2, ("--depth", "8"), (65535, 32896, 0), (255, 128, 0)),
        (16, 0, ("--depth", "8"), (32896,), (128,)),
    ],
)
def test_the_background_is_scaled_to_the_new_depth(
    tmp_path: Path,
    depth: int,
    colour_type: int,
    options: tuple[str, ...],
    background: tuple[int, ...],
    expected: tuple[int, ...],
) -> None:
    data = struct.pack(f">{len(background)}H", *background)
    made = filtered(png_of(depth, colour_type, (b"bKGD", data)), tmp_path, *options)
    levels = struct.pack(f">{len(expected)}H", *expected)
    assert png_chunks(b"bKGD")(made) == [b"bKGD" + levels]


def test_the_background_of_a_palette_becomes_its_colour(tmp_path: Path) -> None:
    made = filtered(png_of(4, 3, PALETTE, (b"bKGD", b"\5")), tmp_path)
    assert png_chunks(b"bKGD")(made) == [b"bKGD" + struct.pack(">3H", 30, 32, 34)]


@pytest.mark.parametrize(
    ("depth", "colour_type", "options", "bits", "expected"),
    [
        (1, 0, (), b"\1", b"\1"),
        (16, 2, ("--depth", "8"), b"\x0c\x05\x08", b"\x08\x05\x08"),
        (16, 6, ("--depth", "8"), b"\x0c\x05\x08\x01", b"\x08\x05\x08\x01"),
        (16, 6, ("--background", "white"), b"\x0c\x05\x08\x01", b"\x0c\x05\x08"),
        (8, 2, ("--gray",), b"\5\6\5", b"\6"),
    ],
)
def test_significant_bits_follow_the_channels_and_the_depth(
    tmp_path: Path,
    depth: int,
    colour_type: int,
    options: tuple[str, ...],
    bits: bytes,
    expected: bytes,
) -> None:
    made = filtered(png_of(depth, colour_type, (b"sBIT", bits)), tmp_path, *options)
    assert png_chunks(b"sBIT")(made) == [b"sBIT" + expected]


def test_a_transparent_colour_has_all_bits_of_its_alpha(tmp_path: Path) -> None:
    chunks = PALETTE, (b"tRNS", b"\0\x80"), (b"sBIT", b"\5\6\5")
    made = filtered(png_of(4, 3, *chunks), tmp_path)
    assert png_chunks(b"sBIT")(made) == [b"sBIT\5\6\5\x08"]


@pytest.mark.parametrize("wrong", [b"", b"\1"])
def test_levels_of_a_wrong_length_are_dropped(tmp_path: Path, wrong: bytes) -> None:
    for kind in (b"bKGD", b"sBIT"):
        made = filtered(png_of(8, 2, (kind, wrong)), tmp_path, "--depth", "16")
        assert png_chunks(kind)(made) == []


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 4), (9, 17), (24, 18)])
@pytest.mark.parametrize(("channels", "dtype"), [("rgb", "uint8"), ("rgba", "uint16")])
def test_interlaced_pictures_stay_interlaced(
    tmp_path: Path, size: tuple[int, int], channels: str, dtype: str
) -> None:
    array = noise(*size, channels, dtype).array
    made = filtered(png_interlaced(array), tmp_path)
    assert png_interlacing(made) == png_interlacing(png_interlaced(array))
    plain = filtered(png_interlaced(array, interlaced=False), tmp_path)
    one, other = (np.asarray(Image.open(BytesIO(data))) for data in (made, plain))
    np.testing.assert_array_equal(one, other)
    again = filtered(made, tmp_path)
    assert png_interlacing(again) == png_interlacing(made)


def test_chunks_that_would_be_wrong_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = filtered(png_with(b"dSIG", b"a signature"), tmp_path)
    assert b"dSIG" not in made
    assert "its chunk dSIG cannot be carried along: left out" in capsys.readouterr().err


def test_data_behind_the_end_is_named_where_it_cannot_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.png"
    source.write_bytes(saved(sample(), "PNG") + TRAILER)
    assert run(["apply", "blur", str(source), str(tmp_path / "out.bmp")]) == 0
    assert "data behind its end" in capsys.readouterr().err
    assert run(["apply", "identity", str(source), "--in-place", "--strip"]) == 0
    assert source.read_bytes().endswith(chunk(b"IEND", b""))


def test_a_second_picture_behind_the_first_goes_along_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = saved(sample(), "PNG")
    assert filtered(one + one, tmp_path).endswith(one)
    assert "its further pictures went along without being filtered" in capsys.readouterr().err
