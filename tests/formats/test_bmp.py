"""BMP: bit fields of any width, colour spaces of version 4 and 5, and data behind the pixels."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.containers import bmp_of_fields, bmp_with_header
from tests.support.specimens import TRAILER, sample, saved

Captured = pytest.CaptureFixture[str]


def filtered(data: bytes, folder: Path, suffix: str = ".bmp") -> bytes:
    source, target = folder / "before.bmp", folder / f"after{suffix}"
    source.write_bytes(data)
    assert run(["apply", "identity", str(source), str(target)]) == 0
    return target.read_bytes()


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize(
    "masks",
    [
        (0x0F00, 0x00F0, 0x000F),  # 4 bits each
        (0xE000, 0x1800, 0x00FF),  # 3, 2 and 8 bits
        (0x0000FF, 0x00FF00, 0xFF0000),  # 8 bits in another order
        (0x7F, 0x3F80, 0x1FC000),  # 7 bits
    ],
)
def test_bit_fields_of_any_width_are_read(
    tmp_path: Path, masks: tuple[int, ...], top_down: bool
) -> None:
    bits = 16 if max(masks) < 1 << 16 else 32
    packed = np.random.default_rng(1).integers(0, 1 << bits, (5, 7), np.uint32)
    made = filtered(bmp_of_fields(packed, bits, masks, top_down), tmp_path)
    with Image.open(BytesIO(made)) as image:
        result = np.asarray(image)
    for at, mask in enumerate(masks):
        shift = next(number for number in range(32) if mask >> number & 1)
        levels = (packed & mask) >> shift
        np.testing.assert_array_equal(result[..., at], np.rint(levels * 255 / (mask >> shift)))


def test_fields_of_more_than_8_bits_become_16_bits(tmp_path: Path, capsys: Captured) -> None:
    masks = 0x3FF00000, 0xFFC00, 0x3FF
    packed = np.random.default_rng(2).integers(0, 1 << 30, (5, 7), np.uint32)
    data = bmp_of_fields(packed, 32, masks, False)
    made = filtered(data, tmp_path, ".ppm")
    values = np.frombuffer(made[-5 * 7 * 6 :], ">u2").reshape(5, 7, 3)
    np.testing.assert_array_equal(values[..., 2], np.rint((packed & 0x3FF) * 65535 / 1023))
    assert run(["apply", "identity", str(tmp_path / "before.bmp"), str(tmp_path / "o.bmp")]) == 1
    assert "BMP cannot hold 16 bits of RGB; " in capsys.readouterr().err


def test_truncated_bit_fields_are_refused(tmp_path: Path, capsys: Captured) -> None:
    packed = np.zeros((5, 7), np.uint32)
    data = bmp_of_fields(packed, 32, (0xFF, 0xFF00, 0xFF0000), False)
    (tmp_path / "in.bmp").write_bytes(data[:-1])
    assert run(["apply", "blur", str(tmp_path / "in.bmp"), str(tmp_path / "out.bmp")]) == 1
    assert "it ends inside the picture" in capsys.readouterr().err


def test_a_linked_profile_is_named(tmp_path: Path, capsys: Captured) -> None:
    name = b"c:\\a.icc\0"
    plain = saved(sample(), "BMP")
    end = struct.pack("<4I", 4, len(plain) + 70, len(name), 0)
    filtered(bmp_with_header(124, b"KNIL" + bytes(48) + end) + name, tmp_path)
    assert "link to a profile cannot be carried along" in capsys.readouterr().err


def test_padding_is_no_data_behind_the_end(tmp_path: Path, capsys: Captured) -> None:
    filtered(saved(sample(), "BMP") + b"\0\0", tmp_path, ".png")
    filtered(saved(sample(), "BMP") + TRAILER, tmp_path)
    assert capsys.readouterr().err == ""
    filtered(saved(sample(), "BMP") + TRAILER, tmp_path, ".png")
    assert "data behind its end" in capsys.readouterr().err


def test_further_pictures_go_along_with_a_note(tmp_path: Path, capsys: Captured) -> None:
    one = saved(sample(), "BMP")
    assert filtered(one + one, tmp_path) == one + one
    assert "its further pictures went along without being filtered" in capsys.readouterr().err
