"""Pictures read from and written to files: what survives, and errors of damaged files."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.errors import ReadError, WriteError
from imgconv.formats import LOSSLESS as LOSSLESS_QUALITY
from imgconv.formats import limits, metadata, reader, registry, writer
from imgconv.images.frames import frame_pixels, pixels_frame, to_image
from imgconv.images.modes import MODES
from imgconv.images.pixels import Pixels
from imgconv.system import atomic

FORMATS = {name: row.load() for name, row in registry.FORMATS.items()}

LOSSLESS = [
    (format.name, mode)
    for format in FORMATS.values()
    for mode in format.modes
    if not format.is_lossy and format.name not in ("GIF", "PFM")
]


def picture_of(mode: str) -> Image.Image:
    channels, dtype = tuple(MODES[mode].channels), MODES[mode].dtype
    values = np.random.default_rng(2).integers(0, 256, (9, 7, len(channels))).astype(dtype)
    return to_image(Pixels(values * (257 if dtype == "uint16" else 1), channels), mode)


@pytest.mark.parametrize(("name", "mode"), LOSSLESS)
def test_a_lossless_format_gives_back_every_pixel(name: str, mode: str, tmp_path: Path) -> None:
    picture = metadata.Picture([picture_of(mode)], FORMATS[name])
    path = tmp_path / f"p{registry.FORMATS[name].suffixes[0]}"
    quality = LOSSLESS_QUALITY if name == "WEBP" else None  # which is lossy unless asked
    atomic.write(writer.encode(writer.adapt(picture, FORMATS[name]), quality), str(path))
    back = reader.read(str(path))
    assert back.format is FORMATS["PFM" if mode == "F" and name == "PPM" else name]
    assert np.array_equal(np.asarray(back.frames[0]), np.asarray(picture.frames[0]))


def test_jpeg_keeps_its_tables_and_sampling(tmp_path: Path) -> None:
    path = tmp_path / "p.jpg"
    exif = Image.Exif()
    exif[0x010E] = "a description"
    picture_of("RGB").save(path, quality=37, subsampling=1, exif=exif, icc_profile=b"profile")
    picture = reader.read(str(path))
    atomic.write(writer.encode(writer.adapt(picture, FORMATS["JPEG"])), str(tmp_path / "q.jpg"))
    with Image.open(path) as before, Image.open(tmp_path / "q.jpg") as after:
        assert before.quantization == after.quantization  # type: ignore[attr-defined]
        assert before.layer == after.layer  # type: ignore[attr-defined]
        assert before.info["exif"] == after.info["exif"]
        assert before.info["icc_profile"] == after.info["icc_profile"]


def test_quality_replaces_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "p.jpg"
    picture_of("RGB").save(path, quality=95)
    picture = reader.read(str(path))
    small = writer.encode(writer.adapt(picture, FORMATS["JPEG"]), quality=5)
    assert len(small) < len(writer.encode(writer.adapt(picture, FORMATS["JPEG"])))


def test_frames_survive_with_their_durations(tmp_path: Path) -> None:
    path = tmp_path / "p.gif"
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[50, 60, 70], loop=3)
    picture = reader.read(str(path))
    picture.frames = [pixels_frame(frame_pixels(frame)) for frame in picture.frames]
    atomic.write(writer.encode(writer.adapt(picture, FORMATS["GIF"])), str(tmp_path / "q.gif"))
    again = reader.read(str(tmp_path / "q.gif"))
    assert len(again.frames) == 3
    assert again.metadata["durations"] == [50, 60, 70]
    assert again.metadata["plays"] == 4


@pytest.mark.parametrize(
    ("name", "mode"),
    [("JPEG", "RGBA"), ("PNG", "F"), ("PNG", "CMYK"), ("BMP", "CMYK"), ("JPEG", "I;16")],
)
def test_a_format_that_cannot_hold_the_picture_names_those_that_can(name: str, mode: str) -> None:
    with pytest.raises(WriteError, match=r"cannot hold .* choose .*(TIFF|PNG)"):
        writer.encode(
            writer.adapt(metadata.Picture([picture_of(mode)], FORMATS["PNG"]), FORMATS[name])
        )


@pytest.mark.parametrize("name", ["JPEG", "PNG", "TIFF"])
def test_content_is_known_of_files_read_at_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture_of("RGB").save(path := tmp_path / "p", name)
    whole = reader.read(str(path))
    assert whole.content == path.read_bytes()
    monkeypatch.setattr(reader, "_WHOLE_SIZE", path.stat().st_size - 1)
    in_pieces = reader.read(str(path))
    assert in_pieces.content is None
    assert np.array_equal(np.asarray(whole.frames[0]), np.asarray(in_pieces.frames[0]))


@pytest.mark.parametrize("content", [b"", b"x", b"\x89PNG\r\n\x1a\n", b"GIF89a" + b"\xff" * 40])
def test_a_file_without_a_picture_is_named_in_the_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=r"bad\.png"):
        reader.read(str(path))


@pytest.mark.parametrize("error", [IndexError("string index out of range"), KeyError(34712)])
def test_reasons_are_about_the_file(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*args: object) -> None:
        raise error

    monkeypatch.setattr(reader, "open_image", failing)
    picture_of("RGB").save(tmp_path / "p.png")
    with pytest.raises(ReadError, match=r"damaged \(its parts contradict each other\)"):
        reader.read(str(tmp_path / "p.png"))


def test_damage_found_while_decoding_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "p.avif"
    picture_of("RGB").save(path)
    data = path.read_bytes()
    start = data.index(b"mdat") + 4
    path.write_bytes(data[:start] + bytes(len(data) - start))
    with pytest.raises(ReadError, match="damaged"):
        reader.read(str(path))


def test_every_truncation_of_a_picture_is_an_error_or_a_picture(tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    picture_of("RGB").save(whole)
    data = whole.read_bytes()
    failed = 0
    for length in range(0, len(data) - 12, 7):
        path = tmp_path / "cut.png"
        path.write_bytes(data[:length])
        try:
            reader.read(str(path))
        except ReadError:
            failed += 1
    assert failed >= len(range(0, len(data) - 12, 7)) - 2


def test_reading_changes_no_warning_filters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture_of("RGB").save(tmp_path / "p.png")

    def shared(*arguments: object, **options: object) -> None:
        raise AssertionError("the filters of warnings belong to all threads")

    monkeypatch.setattr(warnings, "catch_warnings", shared)
    monkeypatch.setattr(warnings, "simplefilter", shared)
    reader.read(str(tmp_path / "p.png"))


def test_a_bomb_is_refused_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.png"
    picture_of("L").save(path)
    monkeypatch.setattr(limits, "MOST_PIXELS", 62)
    with pytest.raises(ReadError, match="63 pixels are more than the 62 allowed"):
        reader.read(str(path))


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="No space left"):
        atomic.write(b"new", str(path))
    assert [p.name for p in tmp_path.iterdir()] == ["out.png"]
    assert path.read_bytes() == b"old"


def test_a_link_stays_a_link_and_modes_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target.png", tmp_path / "link.png"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    atomic.write(b"new", str(link))
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_fresh_file_gets_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    atomic.write(b"new", str(tmp_path / "fresh"))
    assert (tmp_path / "fresh").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_fax_becomes_grey_with_a_compression_that_holds_grey(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    Image.new("1", (20, 10), 1).save(path, compression="group4")
    picture = reader.read(str(path))
    picture.frames = [pixels_frame(frame_pixels(frame)) for frame in picture.frames]
    atomic.write(writer.encode(writer.adapt(picture, FORMATS["TIFF"])), str(path))
    with Image.open(path) as grey:
        assert grey.mode == "L"
