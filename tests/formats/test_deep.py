"""Pictures of more than 8 bits keep their depth, or one line says why they cannot."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv import apply
from imgconv.batch.probe import header
from imgconv.execution.executor import filter_pixels
from imgconv.formats import metadata, reader, registry, writer
from imgconv.images.frames import frame_pixels, pixels_frame
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from tests.support.deep_files import (
    PHOTOMETRIC,
    encode,
    filtered_file,
    png,
    read_back,
)
from tests.support.pictures import noise

DEEP = [
    *(("png", channels, "uint16") for channels in ("la", "rgb", "rgba")),
    *(("tiff", channels, "uint16") for channels in PHOTOMETRIC),
    *(("tiff", channels, "float32") for channels in PHOTOMETRIC),
    ("ppm", "rgb", "uint16"),
]


@pytest.mark.parametrize(("format", "channels", "dtype"), DEEP)
def test_identity_gives_back_every_value(
    format: str, channels: str, dtype: str, tmp_path: Path
) -> None:
    picture = noise(9, 13, channels, dtype)
    data = filtered_file("identity", encode(format, picture), tmp_path, format)
    (back,) = read_back(data, tmp_path, format)
    assert (back.channels, back.array.dtype) == (picture.channels, picture.array.dtype)
    np.testing.assert_array_equal(back.array, picture.array)


@pytest.mark.parametrize(("format", "channels", "dtype"), DEEP)
def test_a_filter_gives_what_it_gives_for_the_array(
    format: str, channels: str, dtype: str, tmp_path: Path
) -> None:
    picture = noise(9, 13, channels, dtype)
    data = filtered_file("blur", encode(format, picture), tmp_path, format)
    (back,) = read_back(data, tmp_path, format)
    if "a" in channels:
        expected = filter_pixels(picture, find("blur"), Settings()).pixels.array
    else:
        expected = apply(picture.array, "blur")
    np.testing.assert_array_equal(back.array, expected)


def test_written_files_have_the_depth_of_the_input(tmp_path: Path) -> None:
    picture = noise(9, 13, "rgba", "uint16")
    data = filtered_file("identity", encode("png", picture), tmp_path, "png")
    assert data[24:26] == b"\x10\x06"  # 16 bits, colour with alpha
    data = filtered_file("identity", encode("tiff", noise(9, 13, "rgb", "uint16")), tmp_path, "tif")
    with Image.open(io.BytesIO(data)) as image:
        assert image.tag_v2[258] == (16, 16, 16)  # type: ignore[attr-defined]


def test_an_interlaced_png_is_read_without_a_warning(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = noise(11, 13, "rgb", "uint16")
    data = filtered_file("identity", png(picture.array, interlaced=True), tmp_path, "png")
    np.testing.assert_array_equal(read_back(data, tmp_path, "png")[0].array, picture.array)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("channels", "kind"), [("l", 1), ("rgb", 3)])
def test_a_transparent_colour_becomes_an_alpha_channel(
    channels: str, kind: int, tmp_path: Path
) -> None:
    array = noise(5, 7, channels, "uint16").array
    array[2, 3] = key = array[0, 0]
    data = png(array, [(b"tRNS", key.astype(">u2").tobytes())])
    (back,) = read_back(filtered_file("identity", data, tmp_path, "png"), tmp_path, "png")
    assert back.channels == (*channels, "a")
    np.testing.assert_array_equal(back.array[..., :-1], array)
    expected = np.where((array == key).all(axis=2), 0, 65535)
    np.testing.assert_array_equal(back.array[..., -1], expected)


def test_deep_colour_is_weighted_by_alpha(tmp_path: Path) -> None:
    array = np.zeros((5, 9, 4), np.uint16)
    array[:, :5] = (60_000, 1_000, 300, 65_535)
    array[:, 5:] = (0, 65_535, 65_535, 0)
    (back,) = read_back(filtered_file("blur", png(array), tmp_path, "png"), tmp_path, "png")
    seen = back.array[back.array[..., 3] > 0]
    assert np.ptp(seen[:, :3].astype(int), axis=0).max() <= 1


@pytest.mark.parametrize(("format", "suffix"), [("png", "png"), ("tiff", "tif")])
def test_metadata_of_deep_pictures_survive(format: str, suffix: str, tmp_path: Path) -> None:
    profile, xmp = b"profile" * 40, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    exif = Image.Exif()
    exif[0x010E], exif[0x8298] = "a description", "whose it is"
    exif.get_ifd(0x8769)[0x829A] = 0.008
    picture = metadata.Picture([noise(9, 13, "rgb", "uint16")], registry.by_name(format).load())
    picture.metadata = {
        **{"icc_profile": profile, "xmp": xmp, "dpi": (300.0, 300.0)},
        "exif": exif.tobytes().removeprefix(b"Exif\0\0"),
    }
    (tmp_path / f"in.{suffix}").write_bytes(writer.encode(writer.adapt(picture, picture.format)))
    for filter in ("identity", "blur"):
        before = reader.read(str(tmp_path / f"in.{suffix}"))
        filtered_file(filter, (tmp_path / f"in.{suffix}").read_bytes(), tmp_path, suffix)
        after = reader.read(str(tmp_path / f"out.{suffix}"))
        assert after.metadata == before.metadata
        assert after.metadata["icc_profile"] == profile
        assert after.metadata["xmp"] == xmp
        assert b"a description" in after.metadata["exif"]
        assert after.metadata["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_gamma_chromaticities_and_text_survive(tmp_path: Path) -> None:
    chunks = [
        (b"gAMA", struct.pack(">I", 100_000)),
        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
        (b"tEXt", b"Title\0a picture"),
    ]
    data = filtered_file("blur", png(noise(5, 7, "rgba", "uint16").array, chunks), tmp_path, "png")
    for kind, content in chunks:
        assert kind + content in data


# What is known before a picture is read, and pipes.


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize(("format", "channels", "dtype"), DEEP)
def test_the_header_agrees_with_the_decoded_pixels(
    format: str, channels: str, dtype: str, gray: bool, tmp_path: Path
) -> None:
    path = tmp_path / f"in.{format}"
    path.write_bytes(encode(format, noise(9, 13, channels, dtype)))
    said, read = header(str(path), gray), frame_pixels(reader.read(str(path)).frames[0], gray)
    assert (said.array.shape, said.array.dtype) == (read.array.shape, read.array.dtype)
    assert (said.channels, said.maximum) == (read.channels, read.maximum)


@pytest.mark.parametrize(
    ("format", "channels"), [("png", "rgba"), ("tiff", "cmyk"), ("ppm", "rgb")]
)
def test_deep_pictures_pass_through_a_pipe(format: str, channels: str, tmp_path: Path) -> None:
    picture = noise(9, 13, channels, "uint16")
    done = subprocess.run(
        [sys.executable, "-m", "imgconv", "apply", "identity", "-", "-"],
        input=encode(format, picture),
        capture_output=True,
        check=True,
    )
    (back,) = read_back(done.stdout, tmp_path, format)
    np.testing.assert_array_equal(back.array, picture.array)


# Frames that are pixels.


def test_grey_of_deep_colour_agrees_with_that_of_8_bits() -> None:
    for channels in ("rgb", "rgba", "cmyk", "cmyka"):
        coarse = noise(9, 13, channels)
        fine = Pixels(coarse.array.astype(np.uint16) * 257, coarse.channels)
        floats = Pixels((coarse.array / 255).astype(np.float32), coarse.channels)
        expected = frame_pixels(coarse, gray=True).array.astype(float)
        for pixels in (fine, floats):
            grey = frame_pixels(pixels, gray=True)
            assert grey.channels == ("l", *channels[3:].strip("k"))
            scale = 255 / MAXIMUM[grey.array.dtype.name]
            np.testing.assert_allclose(grey.array * scale, expected, atol=1)


def test_pixels_become_a_pillow_image_where_a_mode_holds_them() -> None:
    assert isinstance(pixels_frame(noise(3, 3, "rgb")), Image.Image)
    assert isinstance(pixels_frame(noise(3, 3, "l", "uint16")), Image.Image)
    for pixels in (noise(3, 3, "rgb", "uint16"), noise(3, 3)._replace(maxval=100)):
        assert pixels_frame(pixels) is pixels


def test_a_probe_leaves_the_file_at_its_beginning() -> None:
    for data in (
        encode("tiff", noise(3, 3, "rgb", "uint16")),
        b"P6 1",
        b"\xff\xd8\xff",
    ):
        file = io.BytesIO(data)
        format = registry.by_content(file)
        assert format is not None and file.tell() == 0
        reader.probe(file)
        assert file.tell() == 0
