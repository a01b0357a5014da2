"""Tags of TIFF are kept, or a line names those that are lost."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from imgconv.cli.run import run
from imgconv.errors import ReadError
from imgconv.formats import deep, reader
from tests.support.deep_files import (
    RGB,
    Tag,
    base_tags,
    filtered_file,
    tiff,
)
from tests.support.pictures import noise
from tests.support.specimens import sample, saved
from tests.support.tiff_specimens import random_values, read, written


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
    codec = deep.load_codec("tifffile")
    with codec.TiffFile(io.BytesIO(data)) as one, codec.TiffFile(io.BytesIO(after)) as two:
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


def test_the_values_that_tifffile_repeats_behind_a_stack_are_no_loss(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = np.stack([noise(9, 13, "rgb").array] * 3)
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    for behind in (b"", b"other"):
        tifffile.imwrite(source, stack, photometric="rgb", metadata=None)
        source.write_bytes(source.read_bytes() + behind)
        assert run(["apply", "identity", str(source), str(target)]) == 0
        is_named = "its data behind its end cannot be carried along" in capfd.readouterr().err
        assert is_named == bool(behind)


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
