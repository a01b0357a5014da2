"""DDS: its textures, the names of what is left out, and kinds that are not read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.raster_specimens import dds_with
from tests.support.specimens import TRAILER, sample, saved

Captured = pytest.CaptureFixture[str]


def filtered(data: bytes, folder: Path, source: str, target: str, filter: str = "identity") -> int:
    (folder / source).write_bytes(data)
    return run(["apply", filter, str(folder / source), str(folder / target)])


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_dds_is_read(mode: str, tmp_path: Path, capsys: Captured) -> None:
    assert filtered(saved(sample(mode), "DDS"), tmp_path, "a.dds", "b.png") == 0
    with Image.open(tmp_path / "b.png") as image:
        assert np.array_equal(np.asarray(image), np.asarray(sample(mode)))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("how", ["DXT1", "DXT3", "DXT5"])
def test_packed_textures_are_read_as_pillow_does(how: str, tmp_path: Path) -> None:
    assert filtered(saved(sample("RGBA"), "DDS", pixel_format=how), tmp_path, "a.dds", "b.png") == 0
    with Image.open(tmp_path / "a.dds") as expected, Image.open(tmp_path / "b.png") as image:
        assert np.array_equal(np.asarray(image), np.asarray(expected))


@pytest.mark.parametrize("trailer", [b"", TRAILER])
@pytest.mark.parametrize(
    ("mode", "how"),
    [(mode, None) for mode in ("L", "LA", "RGB", "RGBA")]
    + [("RGBA", "DXT1"), ("RGBA", "DXT5"), ("RGB", "BC5")],
)
def test_data_behind_a_dds_is_named(
    mode: str, how: str | None, trailer: bytes, tmp_path: Path, capsys: Captured
) -> None:
    data = saved(sample(mode), "DDS", **({"pixel_format": how} if how else {}))
    assert filtered(data + trailer, tmp_path, "a.dds", "b.png") == 0
    is_named = "PNG cannot hold its data behind its end: left out" in capsys.readouterr().err
    assert is_named == bool(trailer)


@pytest.mark.parametrize(
    ("at", "value", "name"),
    [(28, 4, "mipmaps"), (112, 0x200, "further faces of a cube")],
)
def test_further_pictures_of_dds_are_named(
    at: int, value: int, name: str, tmp_path: Path, capsys: Captured
) -> None:
    assert filtered(dds_with(at, value), tmp_path, "a.dds", "b.png") == 0
    assert f"PNG cannot hold its {name}: left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [(80, 8, "this DDS is not supported"), (92, 0x3FF00000, "10 bits in DDS cannot be filtered")],
)
def test_rare_pixels_of_dds_are_not_supported(
    at: int, value: int, said: str, tmp_path: Path, capsys: Captured
) -> None:
    assert filtered(dds_with(at, value), tmp_path, "a.dds", "b.png") == 1
    error = capsys.readouterr().err
    assert said in error
    assert "damaged" not in error
