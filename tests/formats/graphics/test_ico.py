"""ICO: every picture of an icon is filtered, and other formats get the largest."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.raster_specimens import icon, icon_pictures
from tests.support.specimens import ICC, TRAILER, sample

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize("bitmap", [False, True])
@pytest.mark.parametrize("sides", [(16,), (16, 32, 48), (16, 256), (24,)])
def test_every_picture_stays_as_it_is(sides: tuple[int, ...], bitmap: bool, tmp_path: Path) -> None:
    data = icon(*sides, bitmap=bitmap)
    (tmp_path / "a.ico").write_bytes(data + TRAILER)
    assert run(["apply", "identity", str(tmp_path / "a.ico"), "--in-place"]) == 0
    made = (tmp_path / "a.ico").read_bytes()
    assert icon_pictures(made) == icon_pictures(data)
    assert len(icon_pictures(made)) == len(sides)
    assert made.endswith(TRAILER)


def test_pictures_of_256_pixels_are_png_and_others_bitmaps(tmp_path: Path) -> None:
    (tmp_path / "a.ico").write_bytes(icon(16, 256))
    assert run(["apply", "blur", str(tmp_path / "a.ico"), str(tmp_path / "b.ico")]) == 0
    data = (tmp_path / "b.ico").read_bytes()
    assert struct.unpack_from("<3H", data) == (0, 1, 2)
    for number, (side, beginning) in enumerate([(0, b"\x89PNG"), (16, b"\x28\0\0\0")]):
        width, height, *_, bits, size, at = struct.unpack_from("<4B2H2I", data, 6 + 16 * number)
        assert (width, height, bits) == (side, side, 32)
        assert data[at : at + 4] == beginning
        assert at + size <= len(data)


def test_pixels_of_alpha_0_are_masked(tmp_path: Path) -> None:
    """Programs that know no alpha show the mask: rows of bits, of multiples of four bytes."""
    image = Image.new("RGBA", (5, 3), (9, 99, 200, 255))
    image.putpixel((1, 0), (1, 2, 3, 0))
    image.save(tmp_path / "a.png")
    assert run(["apply", "identity", str(tmp_path / "a.png"), str(tmp_path / "a.ico")]) == 0
    rows = (tmp_path / "a.ico").read_bytes()[-12:]
    assert rows == bytes(8) + b"\x40\0\0\0"


def test_other_formats_get_the_largest_picture(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.ico").write_bytes(icon(16, 48, 32))
    assert run(["apply", "identity", str(tmp_path / "a.ico"), str(tmp_path / "a.png")]) == 0
    assert "PNG holds one picture; 2 more were left out (see --frame)" in capsys.readouterr().err
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (48, 48)
    places = [str(tmp_path / "a.ico"), str(tmp_path / "a.png")]
    assert run(["apply", "identity", *places, "--frame", "2"]) == 0
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (16, 16)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1"])
def test_pictures_of_any_mode_become_icons(mode: str, tmp_path: Path) -> None:
    sample(mode).save(tmp_path / "a.png")
    assert run(["apply", "identity", str(tmp_path / "a.png"), str(tmp_path / "a.ico")]) == 0
    with Image.open(tmp_path / "a.ico") as made, Image.open(tmp_path / "a.png") as source:
        assert np.array_equal(np.asarray(made), np.asarray(source.convert("RGBA")))


def test_larger_pictures_do_not_fit(tmp_path: Path, capsys: Captured) -> None:
    Image.new("RGB", (257, 3)).save(tmp_path / "a.png")
    assert run(["apply", "blur", str(tmp_path / "a.png"), str(tmp_path / "a.ico")]) == 1
    assert "ICO cannot hold a picture of 257x3, only up to 256 a side" in capsys.readouterr().err


def test_a_profile_in_an_icon_is_named(tmp_path: Path, capsys: Captured) -> None:
    image = sample("RGBA").resize((16, 16))
    image.save(tmp_path / "a.ico", sizes=[(16, 16)], icc_profile=ICC)
    data = (tmp_path / "a.ico").read_bytes()
    if b"iCCP" not in data:  # Pillow does not pass it on
        png = tmp_path / "a.png"
        image.save(png, icc_profile=ICC)
        head = struct.pack("<3H4B2H2I", 0, 1, 1, 16, 16, 0, 0, 1, 32, png.stat().st_size, 22)
        (tmp_path / "a.ico").write_bytes(head + png.read_bytes())
    for target in ("b.ico", "b.png"):
        assert run(["apply", "blur", str(tmp_path / "a.ico"), str(tmp_path / target)]) == 0
        assert "chunk iCCP" in capsys.readouterr().err


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_truncated_icon_is_an_error(count: int, tmp_path: Path, capsys: Captured) -> None:
    data = icon(16, 32)
    (tmp_path / "a.ico").write_bytes(struct.pack("<3H", 0, 1, count) + data[6:60])
    assert run(["apply", "blur", str(tmp_path / "a.ico"), str(tmp_path / "b.ico")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
