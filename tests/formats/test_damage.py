"""What is left of files that break off: the rows that are there, and words for the others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from imgconv.cli.run import run
from imgconv.errors import DamagedError
from imgconv.formats import reader
from imgconv.formats.deep import load_codec
from imgconv.formats.reader import ReadOptions
from imgconv.images.frames import frame_pixels
from imgconv.images.pixels import Frame
from tests.support.specimens import saved

SIZE = (150, 120)
LENIENT = ReadOptions(allow_damaged=True)


@cache
def scene() -> Image.Image:
    """Return a picture whose rows all differ, in areas large enough for any coding of them."""
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    grain = np.random.default_rng(8).integers(0, 25, (3, *SIZE[::-1]))
    layers = 110 + 100 * np.sin(np.stack([across / 9, down / 7, (across + down) / 11])) + grain
    return Image.fromarray(np.moveaxis(layers, 0, 2).astype(np.uint8))


def tiff(dtype: str = "uint8", **options: Any) -> bytes:
    """Return a TIFF whose directory stands before its pixels."""
    file = BytesIO()
    array = np.asarray(scene()).astype(dtype) * (257 if dtype == "uint16" else 1)
    tifffile.imwrite(file, array, photometric="rgb", metadata=None, **options)
    return file.getvalue()


def png_16() -> bytes:
    data: bytes = load_codec("imagecodecs").png_encode(np.asarray(scene()).astype(np.uint16) * 257)
    return data


FILES: dict[str, Callable[[], bytes]] = {
    "baseline.jpg": lambda: saved(scene(), "JPEG"),
    "grey.jpg": lambda: saved(scene().convert("L"), "JPEG"),
    "cmyk.jpg": lambda: saved(scene().convert("CMYK"), "JPEG"),
    "plain.png": lambda: saved(scene(), "PNG"),
    "palette.png": lambda: saved(scene().quantize(16), "PNG", bits=4),
    "deep.png": png_16,
    "plain.gif": lambda: saved(scene().quantize(64), "GIF", interlace=0),
    "interlaced.gif": lambda: saved(scene().quantize(64), "GIF"),
    "plain.bmp": lambda: saved(scene(), "BMP"),
    "plain.ppm": lambda: saved(scene(), "PPM"),
    "lossy.webp": lambda: saved(scene(), "WEBP"),
    "lossless.webp": lambda: saved(scene(), "WEBP", lossless=True),
    "raw.tif": tiff,
    "strips.tif": lambda: tiff(compression="zlib", rowsperstrip=16),
    "tiles.tif": lambda: tiff(compression="lzw", tile=(32, 32)),
    "deep raw.tif": lambda: tiff("uint16", rowsperstrip=16),
    "deep strips.tif": lambda: tiff("uint16", compression="zlib", rowsperstrip=16),
}

# Of these, all rows lack details, or a second reading may fail.
UNCOUNTED: dict[str, Callable[[], bytes]] = {
    "progressive.jpg": lambda: saved(scene(), "JPEG", progressive=True),
    "plain.avif": lambda: saved(scene(), "AVIF"),
    "plain.jp2": lambda: saved(scene(), "JPEG2000"),
}


def rows(frame: Frame) -> NDArray[Any]:
    array = frame_pixels(frame).array
    return array[..., : min(3, array.shape[2])].reshape(len(array), -1)


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


@pytest.mark.parametrize("share", [0.5, 0.75, 0.9])
@pytest.mark.parametrize("name", FILES)
def test_the_rows_that_are_there_are_right_and_the_others_are_counted(
    name: str, share: float, tmp_path: Path
) -> None:
    whole, path = FILES[name](), tmp_path / name
    path.write_bytes(whole)
    expected = rows(reader.read(str(path)).frames[0])
    path.write_bytes(cut(whole, share))
    picture = reader.read(str(path), LENIENT)
    right = int((rows(picture.frames[0]) == expected).all(axis=1).sum())
    found = re.fullmatch(r"damaged: (\d+) of its 120 rows are missing", picture.notes[0])
    assert found, picture.notes
    missing = int(found[1])
    assert picture.is_damaged
    assert right >= 120 - missing
    assert missing <= 120 * (1.2 - share) + 32  # a strip or a tile is missing as a whole


@pytest.mark.parametrize("name", UNCOUNTED)
def test_pixels_that_cannot_be_counted_are_named_all_the_same(name: str, tmp_path: Path) -> None:
    whole, path = UNCOUNTED[name](), tmp_path / name
    path.write_bytes(whole)
    expected = rows(reader.read(str(path)).frames[0]).astype(float)
    path.write_bytes(cut(whole, 0.8))
    picture = reader.read(str(path), LENIENT)
    assert re.match("damaged: .*(rows|pixels|details) are missing", picture.notes[0])
    found = rows(picture.frames[0])
    assert np.abs(found - expected)[:40].mean() < 12  # it is that picture


@pytest.mark.parametrize("name", FILES | UNCOUNTED)
def test_without_the_option_a_file_that_breaks_off_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    source.write_bytes(cut((FILES | UNCOUNTED)[name](), 0.6))
    assert run(["apply", "blur", str(source), str(target)]) == 1
    error = capsys.readouterr().err
    assert "the picture is damaged" in error and "give --allow-damaged" in error
    assert error.count("\n") == 1 and not target.exists()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 30}, {"mode": "L"}])
def test_a_jpeg_is_whole_only_if_all_its_pixels_are_there(
    options: dict[str, Any], tmp_path: Path
) -> None:
    """A file without its last bytes is refused, or has the pixels of the whole one."""
    image = scene().convert(options.pop("mode", "RGB")).resize((31, 27))
    whole, path = saved(image, "JPEG", **options), tmp_path / "a.jpg"
    path.write_bytes(whole)
    expected = rows(reader.read(str(path)).frames[0])
    read = []
    for length in range(1, 80):
        path.write_bytes(whole[:-length])
        try:
            picture = reader.read(str(path))
        except DamagedError:
            continue
        read.append(length)
        assert picture.notes == ["its end is missing, but no pixel"]
        assert not picture.is_damaged
        assert np.array_equal(rows(picture.frames[0]), expected), length
    assert read[:2] == [1, 2]


def test_a_jpeg_without_its_end_is_filtered_in_place_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(FILES["baseline.jpg"]()[:-2])
    assert run(["apply", "blur", str(path), str(other)]) == 0
    assert "its end is missing, but no pixel" in capsys.readouterr().err
    assert run(["apply", "blur", "--in-place", str(path)]) == 0
    assert path.read_bytes() == other.read_bytes()


def test_a_png_without_its_last_chunk_is_read(tmp_path: Path) -> None:
    for name in ("plain.png", "deep.png"):
        whole, path = FILES[name](), tmp_path / "a.png"
        path.write_bytes(whole)
        expected = rows(reader.read(str(path)).frames[0])
        path.write_bytes(whole[:-12])
        picture = reader.read(str(path))
        assert np.array_equal(rows(picture.frames[0]), expected)
        assert not picture.is_damaged


def test_in_place_a_damaged_picture_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(before := cut(FILES["baseline.jpg"](), 0.6))
    assert run(["apply", "blur", "--in-place", "--allow-damaged", str(path)]) == 1
    assert path.read_bytes() == before
    assert "its file may hold more than could be read; name an output" in capsys.readouterr().err


def test_the_report_says_that_pixels_are_missing(tmp_path: Path) -> None:
    source, report = tmp_path / "a.png", tmp_path / "r.jsonl"
    source.write_bytes(cut(FILES["plain.png"](), 0.6))
    words = ["apply", "blur", str(source), str(tmp_path / "b.png"), "--allow-damaged"]
    assert run([*words, "--report", str(report)]) == 0
    (warning,) = json.loads(report.read_text())["warnings"]
    assert re.fullmatch(r"damaged: \d+ of its 120 rows are missing", warning)


@pytest.mark.parametrize("name", ["plain.gif", "plain.png", "plain.webp"])
def test_frames_before_the_damage_are_read(name: str, tmp_path: Path) -> None:
    frames = [scene().rotate(angle).quantize(32) for angle in (0, 90, 180, 270)]
    format = Path(name).suffix[1:].upper()
    options = {"lossless": True} if format == "WEBP" else {}
    frames = [frame.convert("RGB") if format == "WEBP" else frame for frame in frames]
    whole = saved(frames[0], format, save_all=True, append_images=frames[1:], **options)
    (tmp_path / name).write_bytes(whole)
    expected = reader.read(str(tmp_path / name)).frames
    (tmp_path / name).write_bytes(cut(whole, 0.65))
    with pytest.raises(DamagedError):
        reader.read(str(tmp_path / name))
    picture = reader.read(str(tmp_path / name), LENIENT)
    assert 2 <= len(picture.frames) <= 3
    for frame, other in zip(picture.frames[:2], expected, strict=False):
        assert np.array_equal(rows(frame), rows(other))
    assert "frame" in picture.notes[0] and "missing" in picture.notes[0]


def test_a_picture_of_which_nothing_is_left_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = saved(scene(), "TIFF", compression="tiff_lzw")  # its directory stands at the end
    (tmp_path / "a.tif").write_bytes(cut(whole, 0.6))
    (tmp_path / "a.jpg").write_bytes(FILES["baseline.jpg"]()[:330])
    (tmp_path / "out").mkdir()
    words = ["apply", "blur", *map(str, tmp_path.glob("a.*")), str(tmp_path / "out")]
    assert run([*words, "--allow-damaged"]) == 1
    error = capsys.readouterr().err
    assert "(its directory is missing), and nothing is left of it; restore the file" in error
    assert "a.jpg: the picture is damaged" in error
    assert not [*(tmp_path / "out").iterdir()]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_pages_before_the_damage_are_read(tmp_path: Path) -> None:
    file = BytesIO()
    scene().save(file, "TIFF", save_all=True, append_images=[scene().rotate(180)] * 2)
    (tmp_path / "a.tif").write_bytes(cut(file.getvalue(), 0.5))
    picture = reader.read(str(tmp_path / "a.tif"), LENIENT)
    assert np.array_equal(rows(picture.frames[0]), rows(scene()))
    assert re.fullmatch(r"damaged: \d+ of its 120 rows in frame 1, pages .*", picture.notes[0])
