"""TIFFs of any layout are filtered as stored; they keep all tags, or a line names those lost."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
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
from tests.support.pictures import noise
from tests.support.specimens import sample, saved


def written(array: NDArray[Any], **options: Any) -> bytes:
    """Return a TIFF that tifffile writes."""
    buffer = io.BytesIO()
    deep.load_codec("tifffile").imwrite(buffer, array, **({"metadata": None} | options))
    return buffer.getvalue()


def read(data: bytes) -> tuple[NDArray[Any], Any]:
    """Return the stored values of the first page, and the page, by tifffile."""
    with deep.load_codec("tifffile").TiffFile(io.BytesIO(data)) as file:
        return file.pages[0].asarray(), file.pages[0]


def random_values(*shape: int, dtype: str = "uint8") -> NDArray[Any]:
    values = np.random.default_rng(7).integers(0, 65536, shape)
    return values.astype(dtype)


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


# Tags.


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("mode", ["RGB", "I;16"])
def test_private_tags_of_every_type_are_kept(order: str, mode: str, tmp_path: Path) -> None:
    array = np.asarray(sample(mode))
    tags = [
        (65000, 1, 3, bytes((1, 2, 3)), True),
        (65001, 2, 6, "words", True),
        (65002, 3, 2, (7, 70), True),
        (65003, 4, 1, 70_000, True),
        (65004, 5, 2, (1, 3, 2, 7), True),
        (65005, 7, 5, b"a\0b\0c", True),
        (65006, 8, 2, (-5, 5), True),
        (65007, 11, 1, 0.5, True),
        (65008, 12, 3, (0.25, -3.5, 1e300), True),
        (33432, 2, 6, "whose", True),
    ]
    data = written(array, photometric="rgb" if mode == "RGB" else "minisblack",
                   byteorder=order, extratags=tags)  # fmt: skip
    before = read(data)[1].tags
    for filter in ("identity", "blur"):
        after = read(filtered_file(filter, data, tmp_path, "tif"))[1].tags
        for code, *_ in tags:
            assert after[code].value == before[code].value
            assert after[code].dtype == before[code].dtype


@pytest.mark.parametrize("order", "<>")
def test_metadata_of_imagej_are_kept_in_the_byte_order_of_the_file(
    order: str, tmp_path: Path
) -> None:
    metadata = {
        "Info": "naïve: 1\n", "Labels": ["one", "zwölf"], "Ranges": (0.0, 99.5, 3.0, 200.0),
        "LUTs": [random_values(3, 256), random_values(3, 256)],
        "ROI": b"Iout\0\xe3binary", "Overlays": [b"Iout1", b"Iout22"],
        "Properties": {"a": "b"}, "mode": "composite",
    }  # fmt: skip
    array = random_values(2, 18, 24)
    data = written(array, imagej=True, byteorder=order, metadata={**metadata, "axes": "CYX"})
    after = filtered_file("blur", data, tmp_path, "tif")
    tifffile = deep.load_codec("tifffile")
    with tifffile.TiffFile(io.BytesIO(data)) as one, tifffile.TiffFile(io.BytesIO(after)) as two:
        assert len(two.pages) == 2
        before, found = one.imagej_metadata, two.imagej_metadata
    assert {"Info", "Labels", "Ranges", "LUTs", "ROI", "Overlays", "images"} <= found.keys()
    np.testing.assert_equal(found, before)


@pytest.mark.parametrize(
    "data",
    [
        saved(sample("L"), "TIFF", tiffinfo={270: "ImageJ=1.53\nimages=3\nslices=3\n"}),
        written(random_values(3, 9, 9), photometric="minisblack", metadata={}, truncate=True),
    ],
    ids=["ImageJ", "tifffile"],
)  # fmt: skip
def test_a_stack_with_one_directory_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "in.tif").write_bytes(data)
    with pytest.raises(ReadError, match="pictures follow that have no directory of their own"):
        reader.read(str(tmp_path / "in.tif"))


def test_a_truncated_series_of_one_picture_is_read(tmp_path: Path) -> None:
    array = random_values(9, 9)
    data = written(array, photometric="minisblack", metadata={}, truncate=True)
    values, _ = read(filtered_file("identity", data, tmp_path, "tif"))
    np.testing.assert_array_equal(values, array)


def tiff_with_sub_ifd() -> bytes:
    """Return a TIFF whose page has another picture in a SubIFD, and layers of Photoshop."""
    buffer = io.BytesIO()
    with deep.load_codec("tifffile").TiffWriter(buffer) as writer:
        layers = (37724, 7, 9, b"layers...", True)
        writer.write(random_values(20, 24), subifds=1, metadata=None, extratags=[layers])
        writer.write(random_values(10, 12), metadata=None)
    return buffer.getvalue()


def test_what_a_tiff_loses_is_named_and_kept_in_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tiff_with_sub_ifd()
    filtered_file("blur", data, tmp_path, "tif")
    assert "its SubIFDs, layers cannot be carried along: left out" in capsys.readouterr().err
    path = tmp_path / "in.tif"
    assert run(["apply", "blur", "--in-place", str(path)]) == 1
    assert path.read_bytes() == data
    assert "--drop-extras" in capsys.readouterr().err
    assert run(["apply", "blur", "--in-place", "--drop-extras", str(path)]) == 0


def test_the_thumbnail_of_photoshop_is_left_out_and_the_size_follows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = b"8BIM\x04\x04\0\0" + (5).to_bytes(4) + b"words\0"
    resources = kept + b"8BIM\x04\x0c\0\0" + (4).to_bytes(4) + b"face"
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0xA002: 24, 0xA003: 18})
    data = saved(sample(), "TIFF", tiffinfo={34377: resources, 34665: exif.get_ifd(0x8769)})
    after = filtered_file("blur", data, tmp_path, "tif", "--extent", "full")
    assert "its thumbnail cannot be carried along" in capsys.readouterr().err
    _, page = read(after)
    assert page.tags[34377].value == kept
    with Image.open(io.BytesIO(after)) as image:
        found = image.getexif().get_ifd(0x8769)
    assert (found[0xA002], found[0xA003]) == (26, 20)


def test_tags_that_a_format_cannot_hold_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(np.asarray(sample()), photometric="rgb", extratags=[(65000, 3, 1, 7, True)])
    (tmp_path / "in.tif").write_bytes(data)
    assert run(["apply", "blur", str(tmp_path / "in.tif"), str(tmp_path / "out.png")]) == 0
    assert "PNG cannot hold its tag 65000: left out" in capsys.readouterr().err


@pytest.mark.parametrize("bits", [8, 16])
def test_a_page_turned_upright_is_reported(
    bits: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = noise(5, 7, "rgb", f"uint{bits}")
    array = picture.array[..., :3]
    tags: list[Tag] = [*base_tags(7, 5, bits, 3, RGB), (274, "H", (6,))]
    data = filtered_file("identity", tiff((array.tobytes(), tags)), tmp_path, "tif")
    values, page = read(data)
    np.testing.assert_array_equal(values, np.rot90(array, -1))
    assert 274 not in page.tags
    assert "its pixels were turned upright, as its orientation says" in capsys.readouterr().err
