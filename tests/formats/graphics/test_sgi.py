"""SGI: 8 and 16 bits, packed and not, against arrays that were written byte by byte."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.formats import reader, registry
from imgconv.images.frames import frame_pixels
from tests.support.pictures import noise
from tests.support.raster_specimens import sgi_of
from tests.support.specimens import TRAILER

Captured = pytest.CaptureFixture[str]


def with_runs(channels: str, dtype: str) -> np.ndarray:
    """Return noise whose left half has the same value in each row."""
    array = noise(6, 300, channels, dtype).array.copy()
    array[:, :200] = array[:, :1]
    return array


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", ["l", "la", "rgb", "rgba"])
def test_values_are_read_as_they_were_written(
    channels: str, dtype: str, packed: bool, tmp_path: Path
) -> None:
    array = with_runs(channels, dtype)
    (tmp_path / "a.sgi").write_bytes(sgi_of(array, packed))
    found = frame_pixels(reader.read(str(tmp_path / "a.sgi")).frames[0])
    assert found.channels == tuple(channels)
    assert found.array.dtype == dtype
    assert np.array_equal(found.array[..., : len(channels)], array)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", ["l", "rgb", "rgba"])
def test_values_are_written_as_they_were_read(
    channels: str, dtype: str, packed: bool, tmp_path: Path, capsys: Captured
) -> None:
    array = with_runs(channels, dtype)
    source, target = tmp_path / "a.sgi", tmp_path / "b.sgi"
    source.write_bytes(sgi_of(array, packed, b"a name") + TRAILER)
    assert run(["apply", "identity", str(source), str(target)]) == 0
    expected = bytearray(sgi_of(array, name=b"a name") + TRAILER)
    expected[5] = 2 if channels == "l" else 3
    expected[16:20] = (255 if dtype == "uint8" else 65535).to_bytes(4)
    assert target.read_bytes() == expected
    assert ("its compression cannot be carried along" in capsys.readouterr().err) == packed


@pytest.mark.parametrize(("suffix", "mode"), [(".png", "RGB;16"), (".tif", "RGB;16")])
def test_16_bits_reach_other_formats(suffix: str, mode: str, tmp_path: Path) -> None:
    array = with_runs("rgb", "uint16")
    (tmp_path / "a.sgi").write_bytes(sgi_of(array))
    assert run(["apply", "identity", str(tmp_path / "a.sgi"), str(tmp_path / f"b{suffix}")]) == 0
    back = frame_pixels(reader.read(str(tmp_path / f"b{suffix}")).frames[0])
    assert np.array_equal(back.array, array)
    again = [str(tmp_path / f"b{suffix}"), str(tmp_path / "c.rgb")]
    assert run(["apply", "identity", *again]) == 0
    with Image.open(tmp_path / "c.rgb") as image:  # which Pillow reads as 8 bits
        assert np.array_equal(np.asarray(image), array >> 8)


@pytest.mark.parametrize("cut", [5, 100, 500, 700])
@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_file_is_an_error(
    cut: int, packed: bool, tmp_path: Path, capsys: Captured
) -> None:
    data = sgi_of(with_runs("rgb", "uint16"), packed)
    (tmp_path / "a.sgi").write_bytes(data[:-cut] if cut < 500 else data[:cut])
    assert run(["apply", "blur", str(tmp_path / "a.sgi"), str(tmp_path / "b.sgi")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_more_channels_are_not_supported(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.sgi").write_bytes(sgi_of(noise(3, 4, "rgbax").array))
    assert registry.row_of(BytesIO((tmp_path / "a.sgi").read_bytes())) is registry.by_name("sgi")
    assert run(["apply", "blur", str(tmp_path / "a.sgi"), str(tmp_path / "b.sgi")]) == 1
    assert "SGI of 5 channels of kind 0 is not supported" in capsys.readouterr().err
