"""TGA: alpha as its header and its extension area mean it, texts, and recognition without magic."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.formats import registry
from tests.support.pictures import noise
from tests.support.raster_specimens import TGA_FOOTER, tga_area, tga_of, tga_texts
from tests.support.specimens import TRAILER, sample, saved

Captured = pytest.CaptureFixture[str]

RGBA = noise(5, 7, "rgba").array


def filtered(data: bytes, folder: Path, suffix: str = ".tga") -> bytes:
    source, target = folder / "before.tga", folder / f"after{suffix}"
    source.write_bytes(data)
    assert run(["apply", "identity", str(source), str(target)]) == 0
    return target.read_bytes()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("alpha_bits", [0, 8])
def test_alpha_that_is_neither_claimed_nor_used_is_none(alpha_bits: int, tmp_path: Path) -> None:
    hidden = RGBA.copy()
    hidden[..., 3] = 0
    made = pixels(filtered(tga_of(hidden, alpha_bits=alpha_bits), tmp_path, ".png"))
    if alpha_bits:
        assert np.array_equal(made[..., 3], hidden[..., 3])
    else:
        assert np.array_equal(made, RGBA[..., :3])


def test_alpha_that_is_used_but_not_claimed_is_kept(tmp_path: Path) -> None:
    assert np.array_equal(pixels(filtered(tga_of(RGBA, alpha_bits=0), tmp_path)), RGBA)


def test_premultiplied_alpha_becomes_straight_and_is_written_again(tmp_path: Path) -> None:
    stored = RGBA.copy()
    stored[..., :3] = stored[..., :3] * (stored[..., 3:] / 255) + 0.5
    data = tga_of(stored, tga_area(alpha_kind=4))
    alpha = np.maximum(stored[..., 3:].astype(float), 1)
    straight = np.floor(np.minimum(stored[..., :3] * (255 / alpha), 255) + 0.5)
    made = pixels(filtered(data, tmp_path, ".png"))
    visible = stored[..., 3] > 0
    assert np.array_equal(made[visible][:, :3], straight[visible])
    again = filtered(data, tmp_path)
    assert again[-26 - 495 :][494] == 4
    assert np.array_equal(pixels(again), stored)


def test_alpha_that_the_area_denies_is_opaque(tmp_path: Path) -> None:
    made = pixels(filtered(tga_of(RGBA, tga_area(alpha_kind=0)), tmp_path, ".png"))
    assert np.array_equal(made[..., :3], RGBA[..., :3])
    assert (made[..., 3] == 255).all()


def test_a_thumbnail_is_left_out_and_named(tmp_path: Path, capsys: Captured) -> None:
    data = tga_of(RGBA, tga_area(alpha_kind=3, stamp=77))
    made = filtered(data, tmp_path)
    assert "its thumbnail cannot be carried along" in capsys.readouterr().err
    assert tga_texts(made) == tga_texts(data)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("rle", [False, True])
@pytest.mark.parametrize("is_old", [False, True])
def test_a_file_is_recognised_by_its_fields(mode: str, rle: bool, is_old: bool) -> None:
    data = saved(sample(mode), "TGA", **({"rle": True} if rle and mode != "1" else {}))
    data = data.removesuffix(bytes(8) + TGA_FOOTER) if is_old else data
    row = registry.row_of(BytesIO(data))
    assert row is registry.by_name("tga")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(18),
        b"\0\0\2\0\1\0\x20\x20\0\0\0\0" + bytes(99),  # a cursor of Windows
        b"\0\0\1\xba" + bytes(99),  # MPEG
        saved(sample(), "TGA")[:17],
        b"a text of a person, without a picture",
    ],
)
def test_other_files_are_not_taken_for_one(data: bytes) -> None:
    assert registry.row_of(BytesIO(data)) is None


def test_what_lies_behind_pixels_without_footer_is_carried(tmp_path: Path) -> None:
    data = tga_of(RGBA, footer=False) + TRAILER
    made = filtered(data, tmp_path)
    assert made == data


def test_15_bits_are_not_supported(tmp_path: Path, capsys: Captured) -> None:
    data = bytearray(tga_of(RGBA))
    data[16] = 15
    (tmp_path / "a.tga").write_bytes(data)
    assert run(["apply", "blur", str(tmp_path / "a.tga"), str(tmp_path / "b.png")]) == 1
    error = capsys.readouterr().err
    assert "TGA of 15 bits of kind 2 is not supported" in error
    assert "damaged" not in error
