"""PCX: the bytes of its header, rows that are filled up, and data behind its palette."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.pictures import noise
from tests.support.raster_specimens import pcx_of
from tests.support.specimens import TRAILER, sample, saved

Captured = pytest.CaptureFixture[str]

PALETTE = noise(1, 256, "rgb").array[0]


def filtered(data: bytes, folder: Path, target: str = "b.png") -> Path:
    (folder / "a.pcx").write_bytes(data)
    assert run(["apply", "identity", str(folder / "a.pcx"), str(folder / target)]) == 0
    return folder / target


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_it_keeps_its_place_on_the_screen_and_its_resolution(tmp_path: Path) -> None:
    data = bytearray(saved(sample(), "PCX"))
    struct.pack_into("<6H", data, 4, 10, 20, 10 + 23, 20 + 17, 300, 150)
    struct.pack_into("<2H", data, 70, 640, 480)
    assert filtered(bytes(data), tmp_path, "b.pcx").read_bytes() == data


@pytest.mark.parametrize("kind", [(2, 1), (4, 1), (8, 4)])
def test_rare_pixels_are_not_supported(
    kind: tuple[int, int], tmp_path: Path, capsys: Captured
) -> None:
    data = bytearray(saved(sample(), "PCX"))
    data[3], data[65] = kind
    (tmp_path / "a.pcx").write_bytes(data)
    assert run(["apply", "blur", str(tmp_path / "a.pcx"), str(tmp_path / "b.png")]) == 1
    assert f"PCX of {kind[0]} bits in {kind[1]} planes is not supported" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("between", "behind"),
    [(b"", b""), (b"", TRAILER), (b"", b"\x0c" * 769), (b"\0\0", b"")],
)
def test_a_palette_stands_behind_the_pixels_or_at_the_end(
    between: bytes, behind: bytes, tmp_path: Path
) -> None:
    indices = noise(9, 14, "l").array
    palette = b"\x0c" + PALETTE.tobytes()
    made = pixels(filtered(pcx_of(indices) + between + palette + behind, tmp_path))
    assert np.array_equal(made, PALETTE[indices[..., 0]])


@pytest.mark.parametrize("channels", ["l", "rgb"])
@pytest.mark.parametrize("filling", [0, 1, 2, 9])
def test_rows_may_be_longer_than_the_picture_is_wide(
    channels: str, filling: int, tmp_path: Path
) -> None:
    array = noise(9, 14, channels).array
    made = pixels(filtered(pcx_of(array, filling) + TRAILER, tmp_path, "b.png"))
    assert np.array_equal(made.reshape(array.shape), array)


@pytest.mark.parametrize("filling", [0, 1])
@pytest.mark.parametrize("block_size", [2, 7, 1000])
def test_what_is_behind_the_pixels_is_found_whatever_blocks_a_file_is_read_in(
    block_size: int, filling: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.formats.graphics.pcx._BLOCK_SIZE", block_size)
    data = pcx_of(noise(30, 41, "rgb").array, filling)
    assert filtered(data + TRAILER, tmp_path, "b.pcx").read_bytes().endswith(TRAILER)
    assert not filtered(data, tmp_path, "b.pcx").read_bytes().endswith(TRAILER)


@pytest.mark.parametrize("cut", [1, 60, 127, 128, 129, 200])
def test_a_part_of_a_file_is_refused_by_a_line(cut: int, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.pcx").write_bytes(pcx_of(noise(9, 14, "l").array)[:cut])
    assert run(["apply", "blur", str(tmp_path / "a.pcx"), str(tmp_path / "b.png")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
