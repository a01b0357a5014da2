"""PSD: the merged picture of every kind and depth; what it holds beside that is named."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.formats import reader
from imgconv.images.frames import frame_pixels
from tests.support.pictures import noise
from tests.support.raster_specimens import psd_of, psd_resource
from tests.support.specimens import EXIF, ICC, TRAILER, XMP

Captured = pytest.CaptureFixture[str]

GREY, INDEXED, RGB, CMYK = 1, 2, 3, 4


def read(data: bytes, folder: Path) -> tuple[tuple[str, ...], np.ndarray]:
    (folder / "a.psd").write_bytes(data)
    found = frame_pixels(reader.read(str(folder / "a.psd")).frames[0])
    return found.channels, found.array[..., : len(found.channels)]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize(("channels", "kind"), [("l", GREY), ("rgb", RGB), ("rgba", RGB)])
def test_values_are_read_as_they_were_written(
    channels: str, kind: int, dtype: str, large: bool, packed: bool, tmp_path: Path
) -> None:
    array = noise(6, 210, channels, dtype).array.copy()
    array[1, :150] = array[1, 0]
    layers = -1 if "a" in channels else 0
    found = read(psd_of(array, kind, packed, layers, large=large), tmp_path)
    assert found[0] == tuple(channels)
    assert np.array_equal(found[1], array)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_inks_are_stored_inverted(dtype: str, tmp_path: Path) -> None:
    array = noise(3, 4, "cmyk", dtype).array
    channels, found = read(psd_of(np.iinfo(dtype).max - array, CMYK), tmp_path)
    assert channels == tuple("cmyk")
    assert np.array_equal(found, array)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    colours = noise(1, 256, "rgb").array[0]
    indices = noise(3, 4, "l").array
    _, found = read(psd_of(indices, INDEXED, palette=colours.T.tobytes()), tmp_path)
    assert np.array_equal(found, colours[indices[..., 0]])


def test_a_bitmap_is_black_where_its_bits_are_1(tmp_path: Path) -> None:
    data = bytearray(psd_of(np.array([[[0b10110000]], [[0b01000000]]], np.uint8), 0))
    struct.pack_into(">I", data, 18, 3)
    struct.pack_into(">H", data, 22, 1)
    _, found = read(bytes(data), tmp_path)
    assert found[..., 0].tolist() == [[0, 255, 0], [255, 0, 255]]


def test_a_saved_selection_is_no_alpha(tmp_path: Path, capsys: Captured) -> None:
    array = noise(3, 4, "rgba").array
    (tmp_path / "a.psd").write_bytes(psd_of(array, layers=2))
    assert run(["apply", "identity", str(tmp_path / "a.psd"), str(tmp_path / "a.png")]) == 0
    error = capsys.readouterr().err
    assert "PNG cannot hold its layers, further channels: left out" in error
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image), array[..., :3])


@pytest.mark.parametrize("trailer", [b"", TRAILER])
@pytest.mark.parametrize(("packed", "large"), [(False, False), (True, False), (True, True)])
def test_data_behind_the_picture_is_named(
    packed: bool, large: bool, trailer: bytes, tmp_path: Path, capsys: Captured
) -> None:
    data = psd_of(noise(9, 13, "rgb").array, packed=packed, large=large)
    (tmp_path / "a.psd").write_bytes(data + trailer)
    assert run(["apply", "blur", str(tmp_path / "a.psd"), str(tmp_path / "a.png")]) == 0
    is_named = "PNG cannot hold its data behind its end: left out" in capsys.readouterr().err
    assert is_named == bool(trailer)


def test_metadata_go_to_other_formats(tmp_path: Path, capsys: Captured) -> None:
    resolution = struct.pack(">I2HI2H", 300 << 16, 1, 1, 150 << 16, 1, 1)
    parts = [(1005, resolution), (1039, ICC), (1058, EXIF), (1060, XMP), (1028, b"\x1c\2\0")]
    resources = b"".join(psd_resource(*part, name=b"name"[: n % 3]) for n, part in enumerate(parts))
    (tmp_path / "a.psd").write_bytes(psd_of(noise(9, 13, "rgb").array, resources=resources))
    assert run(["apply", "blur", str(tmp_path / "a.psd"), str(tmp_path / "a.jpg")]) == 0
    assert "JPEG cannot hold its IPTC: left out" in capsys.readouterr().err
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.info["dpi"] == (300, 150)
        assert image.info["icc_profile"] == ICC
        assert image.info["xmp"] == XMP
        assert image.getexif()[0x010F] == "a maker"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (psd_of(noise(3, 4, "rgb").array, kind=9), "PSD of 8 bits of colour kind 9 is not"),
        (
            psd_of(noise(3, 4, "rgb").array, resources=psd_resource(1057, bytes(5))),
            "it holds no merged picture",
        ),
        (psd_of(noise(3, 4, "rgb").array)[:-1], "it ends inside the picture"),
        (psd_of(noise(3, 4, "rgb").array, packed=True)[:-3], "it ends inside the picture"),
    ],
)
def test_the_reason_of_a_refusal_is_said(
    data: bytes, said: str, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "a.psd").write_bytes(data)
    assert run(["apply", "blur", str(tmp_path / "a.psd"), str(tmp_path / "a.png")]) == 1
    assert said in capsys.readouterr().err


def test_it_is_not_written(tmp_path: Path, capsys: Captured) -> None:
    source = tmp_path / "a.psd"
    source.write_bytes(data := psd_of(noise(3, 4, "rgb").array))
    said = "read, not written"
    for places in ([str(source), str(tmp_path / "b.psd")], [str(source), "--format", "psd", "b"]):
        assert run(["apply", "blur", *places]) == 2
        assert said in capsys.readouterr().err
    assert run(["apply", "blur", str(source), "--in-place"]) == 1
    assert said in capsys.readouterr().err
    assert source.read_bytes() == data
