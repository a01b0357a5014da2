"""PFM: floats in both byte orders, and pictures of whole numbers as floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imgconv.cli.run import run
from imgconv.formats import reader
from imgconv.images.frames import frame_pixels
from imgconv.images.pixels import MAXIMUM
from tests.support.pictures import noise
from tests.support.specimens import TRAILER

Captured = pytest.CaptureFixture[str]

MAGICS = {"l": b"Pf", "rgb": b"PF"}


def pfm(array: np.ndarray, scale: str = "-1.0") -> bytes:
    """Return a file whose rows go from bottom to top."""
    height, width, depth = array.shape
    order = "<f4" if scale.startswith("-") else ">f4"
    magic = b"Pf" if depth == 1 else b"PF"
    return b"%s\n%d %d\n%s\n" % (magic, width, height, scale.encode()) + b"".join(
        row.astype(order).tobytes() for row in reversed(array)
    )


@pytest.mark.parametrize("scale", ["-1.0", "1.0", "-2.5"])
@pytest.mark.parametrize("channels", ["l", "rgb"])
def test_floats_stay_as_they_are(
    channels: str, scale: str, tmp_path: Path, capsys: Captured
) -> None:
    array = noise(5, 7, channels, "float32").array * 9 - 3
    (tmp_path / "a.pfm").write_bytes(pfm(array, scale) + TRAILER)
    found = frame_pixels(reader.read(str(tmp_path / "a.pfm")).frames[0])
    assert found.channels == tuple(channels)
    assert np.array_equal(found.array, array)
    assert run(["apply", "identity", str(tmp_path / "a.pfm"), str(tmp_path / "b.pfm")]) == 0
    assert (tmp_path / "b.pfm").read_bytes() == pfm(array, f"-{scale.lstrip('-')}") + TRAILER
    assert capsys.readouterr().err == ""
    assert run(["apply", "identity", str(tmp_path / "a.pfm"), str(tmp_path / "b.tif")]) == 0
    assert ("TIFF cannot hold its scale" in capsys.readouterr().err) == (scale == "-2.5")
    back = frame_pixels(reader.read(str(tmp_path / "b.tif")).frames[0])
    assert np.array_equal(back.array, array)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", ["l", "rgb"])
def test_whole_numbers_become_shares_of_white_and_back(
    channels: str, dtype: str, tmp_path: Path
) -> None:
    picture = noise(5, 7, channels, dtype)
    suffix = {"l": "pgm", "rgb": "ppm"}[channels]
    maximum = int(MAXIMUM[dtype])
    header = b"P%d\n7 5\n%d\n" % (5 if channels == "l" else 6, maximum)
    content = header + picture.array.astype(">u2" if dtype == "uint16" else "u1").tobytes()
    (tmp_path / f"a.{suffix}").write_bytes(content)
    floats, back = tmp_path / "a.pfm", tmp_path / f"b.{suffix}"
    assert run(["apply", "identity", str(tmp_path / f"a.{suffix}"), str(floats)]) == 0
    assert floats.read_bytes() == pfm(picture.array / np.float32(maximum))
    depth = "8" if dtype == "uint8" else "16"
    assert run(["apply", "identity", str(floats), str(back), "--depth", depth]) == 0
    assert back.read_bytes() == content


@pytest.mark.parametrize(
    "data",
    [
        b"PF\n0 3\n-1.0\n",
        b"PF\n3 x\n-1.0\n",
        b"Pf\n3 3\n0\n",
        b"Pf\n3 3\nnan\n",
        b"Pf",
        b"Pf\n" + b"3" * 99,
    ],
)
def test_a_broken_header_is_an_error(data: bytes, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.pfm").write_bytes(data + bytes(99))
    assert run(["apply", "blur", str(tmp_path / "a.pfm"), str(tmp_path / "b.pfm")]) == 1
    assert "a broken PFM header" in capsys.readouterr().err


@pytest.mark.parametrize("channels", ["l", "rgb"])
def test_a_truncated_file_is_an_error(channels: str, tmp_path: Path, capsys: Captured) -> None:
    data = pfm(noise(5, 7, channels, "float32").array)
    (tmp_path / "a.pfm").write_bytes(data[:-1])
    assert run(["apply", "blur", str(tmp_path / "a.pfm"), str(tmp_path / "b.pfm")]) == 1
    assert "it ends inside the picture" in capsys.readouterr().err
