"""TIFFs of any layout, type and compression are filtered as they are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv import apply
from imgconv.cli.run import run
from imgconv.errors import ReadError
from imgconv.formats import deep, reader
from tests.support.deep_files import (
    CMYK,
    GREY,
    RGB,
    WHITE_IS_ZERO,
    Tag,
    base_tags,
    filtered_file,
    pack_bits,
    tiff,
)
from tests.support.specimens import sample
from tests.support.tiff_specimens import random_values, read, written

# Signed integers.


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_signed_integers_are_averaged_as_signed(dtype: str, tmp_path: Path) -> None:
    array = np.array([[-1, 0, -1, 0, -1, 0]] * 4).astype(dtype) * 100
    values, page = read(filtered_file("blur", written(array), tmp_path, "tif"))
    assert page.sampleformat == 2 and values.dtype == dtype
    columns = np.pad(array.astype(float), 1, "edge")
    summed = sum(columns[y : y + 4, x : x + 6] for y in range(3) for x in range(3))
    np.testing.assert_array_equal(values, np.floor(summed / 9 + 0.5))


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_signed_integer_survives_identity(dtype: str, channels: int, tmp_path: Path) -> None:
    array = random_values(20, 24, channels, dtype=dtype).squeeze()
    photometric = "rgb" if channels == 3 else "minisblack"
    data = written(array, photometric=photometric, compression="lzw")
    np.testing.assert_array_equal(read(filtered_file("identity", data, tmp_path, "tif"))[0], array)


def test_results_are_clamped_to_signed_integers(tmp_path: Path) -> None:
    array = np.array([[-32768, 32767, -32768, 32767]], np.int16)
    values, _ = read(filtered_file("-2", written(array), tmp_path, "tif"))
    assert values.tolist() == [[32767, -32768, 32767, -32768]]


def test_signed_integers_of_32_bits_are_refused_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.tif").write_bytes(written(np.array([[-1, 5]], np.int32)))
    assert run(["apply", "blur", str(tmp_path / "in.tif"), str(tmp_path / "out.tif")]) == 1
    assert "32-bit whole numbers cannot be filtered" in capsys.readouterr().err


# Channels beside the colours, and alpha.

LAYOUTS = [
    ("minisblack", 1, ["unspecified"]),
    ("minisblack", 1, ["unspecified"] * 12),
    ("rgb", 3, ["unspecified"]),
    ("rgb", 3, ["unspecified"] * 2),
    ("rgb", 3, ["unassalpha", "unspecified"]),
    ("rgb", 3, ["unspecified", "unassalpha"]),
    ("separated", 4, ["unspecified"]),
    ("separated", 4, ["unassalpha"]),
]
NUMBERS = {"unspecified": 0, "assocalpha": 1, "unassalpha": 2}


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize(("photometric", "colours", "extras"), LAYOUTS)
def test_further_channels_are_kept_and_filtered(
    photometric: str, colours: int, extras: list[str], planar: str, dtype: str, tmp_path: Path
) -> None:
    array = random_values(20, 24, colours + len(extras), dtype=dtype)
    stored = array if planar == "contig" else np.moveaxis(array, 2, 0).copy()
    options = {"photometric": photometric, "planarconfig": planar, "extrasamples": extras}
    data = written(stored, **options)
    values, page = read(filtered_file("identity", data, tmp_path, "tif"))
    np.testing.assert_array_equal(values, stored)
    assert page.extrasamples == tuple(NUMBERS[name] for name in extras)
    assert page.planarconfig == (1 if planar == "contig" else 2)
    values, _ = read(filtered_file("blur", data, tmp_path, "tif"))
    values = values if planar == "contig" else np.moveaxis(values, 0, 2)
    for n in range(colours, array.shape[2]):  # alpha weighs none of them
        np.testing.assert_array_equal(values[..., n], apply(array[..., n].copy(), "blur"))


@pytest.mark.parametrize("channels", [2, 4])
def test_premultiplied_8_bits_stay_premultiplied(channels: int, tmp_path: Path) -> None:
    array = random_values(20, 24, channels)
    array[..., :-1] = array[..., :-1].astype(int) * array[..., -1:] // 255
    data = written(
        array,
        photometric="rgb" if channels == 4 else "minisblack",
        extrasamples=["assocalpha"],
        planarconfig="contig",
    )
    values, page = read(filtered_file("identity", data, tmp_path, "tif"))
    assert page.extrasamples == (1,)
    np.testing.assert_array_equal(values, array)
    values, _ = read(filtered_file("blur", data, tmp_path, "tif"))
    expected = np.stack(
        [apply(array[..., n].astype(np.float32), "blur") for n in range(channels)], axis=2
    )
    # The colours are divided by alpha and rounded, filtered, rounded, and multiplied again.
    assert np.abs(values - expected).max() <= 1.5


@pytest.mark.parametrize("order", "<>")
def test_a_further_channel_needs_the_codec(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(deep, "load_codec", missing)
    tags: list[Tag] = [*base_tags(2, 2, 8, 4, RGB), (338, "H", (0,))]
    (tmp_path / "in.tif").write_bytes(tiff((bytes(16), tags), order=order))
    said = "8 bits of RGB with 1 further channel in TIFF need a codec .*imagecodecs tifffile$"
    with pytest.raises(ReadError, match=said):
        reader.read(str(tmp_path / "in.tif"))


def test_further_channels_are_not_dropped_by_other_formats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(random_values(9, 9, 4), photometric="rgb", extrasamples=["unspecified"])
    (tmp_path / "in.tif").write_bytes(data)
    assert run(["apply", "blur", str(tmp_path / "in.tif"), str(tmp_path / "out.png")]) == 1
    assert "PNG cannot hold channels beside its colours; choose TIFF" in capsys.readouterr().err


# Layouts, depths and compressions.


@pytest.mark.parametrize("compression", [None, "lzw", "zlib"])
@pytest.mark.parametrize(
    ("photometric", "channels", "extras"),
    [("rgb", 3, None), ("rgb", 4, ["unassalpha"]), ("separated", 4, None)],
)
def test_tiles_and_planes_are_kept(
    photometric: str, channels: int, extras: Any, compression: Any, tmp_path: Path
) -> None:
    array = random_values(channels, 40, 50)
    data = written(
        array,
        photometric=photometric,
        extrasamples=extras,
        planarconfig="separate",
        tile=(16, 32),
        compression=compression,
    )
    for filter in ("identity", "blur"):
        values, page = read(filtered_file(filter, data, tmp_path, "tif"))
        assert (page.planarconfig, page.tilelength, page.tilewidth) == (2, 16, 32)
        with Image.open(tmp_path / "out.tif") as image:
            np.testing.assert_array_equal(np.moveaxis(np.asarray(image), 2, 0), values)
        if filter == "identity":
            np.testing.assert_array_equal(values, array)


def test_tiles_of_jpeg_become_strips_which_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(np.asarray(sample()), photometric="rgb", compression="jpeg", tile=(16, 16))
    filtered_file("blur", data, tmp_path, "tif")
    assert "its tiles or planes become strips" in capsys.readouterr().err


def test_one_plane_of_inverted_grey_is_inverted(tmp_path: Path) -> None:
    array = random_values(9, 9)
    tags: list[Tag] = [*base_tags(9, 9, 8, 1, WHITE_IS_ZERO), (284, "H", (2,))]
    data = tiff((array.tobytes(), tags))
    values, page = read(filtered_file("identity", data, tmp_path, "tif"))
    np.testing.assert_array_equal(values, 255 - array)
    assert page.photometric == GREY


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 3])
def test_big_endian_bigtiff_is_read(dtype: str, channels: int, tmp_path: Path) -> None:
    array = random_values(20, 24, channels, dtype=dtype).squeeze()
    photometric = "rgb" if channels == 3 else "minisblack"
    tag = (65000, 16, 1, 1 << 20, True)  # LONG8, which only BigTIFF has
    data = written(array, photometric=photometric, bigtiff=True, byteorder=">", extratags=[tag])
    values, page = read(filtered_file("identity", data, tmp_path, "tif"))
    np.testing.assert_array_equal(values, array)
    assert page.tags[65000].value == 1 << 20


def test_a_palette_in_big_endian_bigtiff_is_looked_up(tmp_path: Path) -> None:
    colours = random_values(3, 256, dtype="uint16")
    array = random_values(9, 9)
    data = written(array, photometric="palette", colormap=colours, bigtiff=True, byteorder=">")
    values, _ = read(filtered_file("identity", data, tmp_path, "tif"))
    np.testing.assert_array_equal(values, np.moveaxis(colours[:, array] // 256, 0, 2))


@pytest.mark.parametrize("compression", ["webp", "jpeg2000", "jpegxl", "lerc", "png"])
def test_lossless_compressions_of_other_formats_are_read(compression: str, tmp_path: Path) -> None:
    array = random_values(20, 24, 3)
    level = {"compressionargs": {"lossless": True}} if compression == "webp" else {}
    data = written(array, photometric="rgb", compression=compression, **level)
    values, page = read(filtered_file("identity", data, tmp_path, "tif"))
    np.testing.assert_array_equal(values, array)
    assert page.compression == 8


@pytest.mark.parametrize("bits", [3, 5, 6, 7])
@pytest.mark.parametrize("channels", [1, 3])
def test_odd_bits_fill_the_range_of_8(bits: int, channels: int, tmp_path: Path) -> None:
    levels = np.random.default_rng(3).integers(0, 1 << bits, (5, 7 * channels))
    kind = RGB if channels == 3 else GREY
    data = tiff((pack_bits(levels, bits), base_tags(7, 5, bits, channels, kind)))
    values, _ = read(filtered_file("identity", data, tmp_path, "tif"))
    expected = np.rint(levels * 255 / ((1 << bits) - 1))
    np.testing.assert_array_equal(values.reshape(5, -1), expected)


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ([*base_tags(2, 2, 8, 3, 32845)], "colour kind 32845 cannot be filtered"),
        ([*base_tags(2, 2, 8, 1, GREY)[:3], (259, "H", (12345,)), *base_tags(2, 2, 8, 1, 1)[4:]],
         "this kind of TIFF is not supported .*12345"),
        ([*base_tags(2, 2, 8, 2, CMYK)], "2 channels of colour kind 5 cannot be filtered"),
    ],
)  # fmt: skip
def test_a_sound_file_that_is_not_supported_is_not_called_damaged(
    tags: list[Tag], said: str, tmp_path: Path
) -> None:
    (tmp_path / "in.tif").write_bytes(tiff((bytes(12), tags)))
    with pytest.raises(ReadError, match=said):
        reader.read(str(tmp_path / "in.tif"))


def test_a_bomb_that_tifffile_decodes_is_refused(tmp_path: Path) -> None:
    tags: list[Tag] = [*base_tags(11_000, 11_000, 8, 4, RGB), (338, "H", (0,))]
    (tmp_path / "in.tif").write_bytes(tiff((bytes(9999), tags)))
    with pytest.raises(ReadError, match="what a decompression bomb has"):
        reader.read(str(tmp_path / "in.tif"))
