"""What is kept, stripped, chosen and left out, from the command line."""

from __future__ import annotations

import struct
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from imgconv import apply
from imgconv.cli.run import run
from tests.support.jpeg_specimens import jpeg_with, segment, segments
from tests.support.specimens import (
    EXIF,
    ICC,
    IPTC,
    XMP,
    animation,
    exif_tags,
    frames,
    info,
    png_chunks,
    png_text,
    png_with,
    sample,
    saved,
    shown,
)
from tests.support.tiff_specimens import tiff_pages, tiff_tags

SIDEWAYS = 6


def made(tmp_path: Path, name: str, data: bytes) -> str:
    path = tmp_path / name
    path.write_bytes(data)
    return str(path)


def applied(tmp_path: Path, data: bytes, before: str, after: str, *words: str) -> bytes:
    source, target = made(tmp_path, before, data), tmp_path / f"out-{after}"
    assert run(["apply", "identity", source, str(target), *words]) == 0
    return target.read_bytes()


def orientation(data: bytes) -> int | None:
    with Image.open(BytesIO(data)) as image:
        number: int | None = image.getexif().get(0x0112)
        return number


def everything(format: str) -> bytes:
    """A picture that lies on its side and has all that Pillow can write."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = SIDEWAYS, "secret"
    return saved(sample(), format, exif=exif, xmp=XMP, icc_profile=ICC, comment=b"secret")


@pytest.mark.parametrize(("format", "name"), [("JPEG", "a.jpg"), ("WebP", "a.webp")])
def test_stripping_leaves_the_profile_and_which_side_is_up(
    format: str, name: str, tmp_path: Path
) -> None:
    data = applied(tmp_path, everything(format), name, name, "--strip")
    assert b"secret" not in data
    assert XMP not in data
    assert info("icc_profile")(data) == ICC
    assert orientation(data) == SIDEWAYS


def test_stripping_leaves_the_colours_of_png(tmp_path: Path) -> None:
    gamma = struct.pack(">I", 50000)
    for data in (png_text(), png_with(b"gAMA", gamma), png_with(b"eXIf", EXIF)):
        stripped = applied(tmp_path, data, "a.png", "a.png", "--strip")
        assert png_chunks(b"tEXt", b"zTXt", b"iTXt", b"eXIf")(stripped) == []
        assert png_chunks(b"gAMA")(stripped) == png_chunks(b"gAMA")(data)


def test_stripping_leaves_the_resolution_and_profile_of_tiff(tmp_path: Path) -> None:
    data = saved(
        sample(),
        "TIFF",
        icc_profile=ICC,
        dpi=(300, 300),
        tiffinfo={270: "secret", 700: XMP, 33723: IPTC, 0x8769: {0x9003: "secret"}},
    )
    stripped = applied(tmp_path, data, "a.tif", "a.tif", "--strip")
    assert b"secret" not in stripped
    assert XMP not in stripped
    lasting = tiff_tags(282, 283, 34675)
    assert lasting(stripped) == lasting(data)
    assert tiff_tags(270, 700, 33723)(stripped) == [{270: None, 700: None, 33723: None}]


def test_stripping_leaves_out_all_segments_of_jpeg(tmp_path: Path) -> None:
    data = jpeg_with(segment(0xED, IPTC), segment(0xFE, b"words"), segment(0xEB, b"more"))
    stripped = applied(tmp_path, data, "a.jpg", "a.jpg", "--strip")
    assert [segments(name)(stripped) for name in ("APP13", "COM", "APP11")] == [[], [], []]


@pytest.mark.parametrize("format", ["GIF", "PNG", "WebP"])
@pytest.mark.parametrize("number", [0, 1, 3])
def test_one_frame_is_a_still_picture(format: str, number: int, tmp_path: Path) -> None:
    name = f"a.{format.lower()}"
    data = applied(tmp_path, animation(format, lossless=True), name, name, "--frame", str(number))
    with Image.open(BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == 1
        assert shown(image) == shown(frames()[number])


def test_one_page_has_its_own_tags(tmp_path: Path) -> None:
    pages = tiff_pages()
    data = applied(tmp_path, pages, "a.tif", "a.tif", "--frame", "1")
    found = tiff_tags(270, 297, 259)
    assert found(data) == found(pages)[1:2]  # type: ignore[index]


@pytest.mark.parametrize("picture", [animation("GIF"), saved(sample("P"), "GIF")])
def test_a_frame_that_is_not_there_is_one_line(
    picture: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = made(tmp_path, "a.gif", picture), tmp_path / "out.gif"
    assert run(["apply", "blur", source, str(target), "--frame", "4"]) == 1
    error = capsys.readouterr().err
    assert "a.gif: there is no frame 4; the last one is frame" in error
    assert error.count("\n") == 1
    assert not target.exists()


def wholes(data: bytes) -> list[NDArray[np.uint8]]:
    """The frames of an animation as they are shown."""
    with Image.open(BytesIO(data)) as image:
        return [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]


def visible(array: NDArray[Any]) -> NDArray[Any]:
    return np.where(array[..., 3:] > 0, array, 0)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("format", ["PNG", "WebP", "TIFF"])
@pytest.mark.parametrize("filter", ["gaussian:2", "emboss", "motion:9:30"])
def test_every_frame_is_filtered_alone(format: str, mode: str, filter: str, tmp_path: Path) -> None:
    """The oracle is each frame as it is shown, filtered by itself."""
    data = animation(format, mode, lossless=True, exact=True)
    source, target = made(tmp_path, f"a.{format.lower()}", data), tmp_path / f"b.{format.lower()}"
    assert run(["apply", filter, source, str(target), "--tolerance", "0"]) == 0
    results = wholes(target.read_bytes())
    assert len(results) == 4
    for frame, result in zip(wholes(data), results, strict=True):
        image = Image.fromarray(frame).convert(mode)
        alone = np.asarray(apply(image, filter, tolerance=0).convert("RGBA"))
        assert np.array_equal(visible(alone), visible(result))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_frames_of_gif_do_not_bleed(mode: str, tmp_path: Path) -> None:
    """As the test above; what a palette of 256 colours cannot show is a little off."""
    data = animation("GIF", mode)
    source, target = made(tmp_path, "a.gif", data), tmp_path / "b.gif"
    assert run(["apply", "gaussian:2", source, str(target)]) == 0
    for frame, result in zip(wholes(data), wholes(target.read_bytes()), strict=True):
        alone = np.asarray(apply(Image.fromarray(frame).convert(mode), "gaussian:2"))
        opaque = alone[..., 3] >= 128 if mode == "RGBA" else np.full(frame.shape[:2], True)
        assert np.array_equal(result[..., 3] == 255, opaque)
        errors = np.abs(alone[opaque][:, :3].astype(float) - result[opaque][:, :3])
        assert errors.max() < 24
        assert errors.mean() < 4


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_equal_frames_stay_separate(suffix: str, tmp_path: Path) -> None:
    many = applied(tmp_path, 3 * saved(sample(), "PPM"), "a.ppm", f"a.{suffix}")
    again = applied(tmp_path, many, f"b.{suffix}", f"c.{suffix}")
    assert len(wholes(many)) == len(wholes(again)) == 3


@pytest.mark.parametrize("loop", [None, 0, 1, 5])
def test_an_animation_is_shown_as_often_in_any_format(loop: int | None, tmp_path: Path) -> None:
    """GIF counts how often it is shown again, and the others how often it is shown."""
    data = animation("GIF", duration=[30, 50, 70, 90], loop=loop)
    plays = {None: 1, 0: 0}.get(loop, (loop or 0) + 1)
    for suffix in ("png", "webp"):
        other = applied(tmp_path, data, "a.gif", f"a.{suffix}")
        assert info("loop")(other) == plays
        back = applied(tmp_path, other, f"b.{suffix}", "b.gif")
        assert info("loop")(back) == loop
        with Image.open(BytesIO(back)) as image:
            shown_for = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
        assert shown_for == [30, 50, 70, 90]


def test_the_default_image_of_an_animated_png_is_kept(tmp_path: Path) -> None:
    first, *others = frames()
    data = saved(first, "PNG", save_all=True, append_images=others, default_image=True)
    result = applied(tmp_path, data, "a.png", "a.png")
    assert [frame.tolist() for frame in wholes(result)] == [f.tolist() for f in wholes(data)]
    assert info("default_image")(result) is True


@pytest.mark.parametrize(
    ("tag", "kind", "name", "room"),
    [(700, "xmp", "XMP", 65_504), (34675, "icc_profile", "ICC profile", 255 * 65_519)],
)
def test_metadata_too_long_for_jpeg_is_left_out_with_a_warning(
    tag: int, kind: str, name: str, room: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for length in (room, room + 1):
        tiff = saved(sample(), "TIFF", tiffinfo={tag: bytes(length)})
        data = applied(tmp_path, tiff, "a.tif", "a.jpg")
        warned = f"JPEG cannot hold its {name}: left out" in capsys.readouterr().err
        assert warned == (length > room)
        assert info(kind)(data) == (bytes(length) if length == room else None)


def test_a_profile_for_other_colours_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for format, name in (("JPEG", "a.jpg"), ("TIFF", "a.tif"), ("PNG", "a.png")):
        data = applied(tmp_path, saved(sample(), format, icc_profile=ICC), name, name, "--gray")
        assert info("icc_profile")(data) is None
        assert "its ICC profile is for RGB, which the result is not" in capsys.readouterr().err


def test_text_that_only_png_holds_is_left_out_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    applied(tmp_path, png_text(), "a.png", "a.jpg")
    assert "JPEG cannot hold its text: left out" in capsys.readouterr().err
    applied(tmp_path, png_with(b"gAMA", struct.pack(">I", 45455)), "a.png", "a.jpg")
    assert capsys.readouterr().err == ""


def test_a_quality_replaces_lossless_compression(tmp_path: Path) -> None:
    lossless = saved(sample(), "WebP", lossless=True)
    assert applied(tmp_path, lossless, "a.webp", "a.webp", "--quality", "50")[12:16] == b"VP8 "
    jpeg = saved(sample(), "JPEG", quality=95, progressive=True)
    small = applied(tmp_path, jpeg, "a.jpg", "a.jpg", "--quality", "5")
    with Image.open(BytesIO(small)) as image:
        assert image.info["progressive"]
        assert image.quantization[0][0] > 16  # type: ignore[attr-defined]


def test_pages_of_different_sizes_and_kinds_stay_so(tmp_path: Path) -> None:
    pages = [sample("L"), sample("RGB").resize((9, 5)), sample("I;16"), sample("CMYK")]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    with Image.open(BytesIO(applied(tmp_path, data, "a.tif", "a.tif"))) as image:
        for number, page in enumerate(pages):
            image.seek(number)
            assert image.mode == page.mode
            assert np.array_equal(np.asarray(image), np.asarray(page))


def test_films_of_different_sizes_are_no_animation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = (sample(), sample().resize((9, 5)))
    source = made(tmp_path, "a.ppm", b"".join(saved(picture, "PPM") for picture in pictures))
    assert run(["apply", "blur", source, str(tmp_path / "b.gif")]) == 1
    assert "GIF cannot hold frames of several sizes" in capsys.readouterr().err


def test_animations_in_a_pipe_are_as_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = animation("PNG", duration=[10, 20, 30, 40], loop=2)
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(data)))
    target = tmp_path / "piped.png"
    assert run(["apply", "identity", "-", str(target)]) == 0
    assert target.read_bytes() == applied(tmp_path, data, "a.png", "a.png")


def test_what_a_tiff_says_is_exif_elsewhere_and_back(tmp_path: Path) -> None:
    tags = {270: "words", 271: "a maker", 0x8769: {0x9003: "2026:01:02 03:04:05"}}
    data = saved(sample(), "TIFF", tiffinfo=tags)
    for suffix in ("jpg", "png", "webp"):
        other = applied(tmp_path, data, "a.tif", f"a.{suffix}")
        back = applied(tmp_path, other, f"b.{suffix}", "b.tif")
        for found in (exif_tags(other), exif_tags(back)):
            assert found == exif_tags(data)


def test_films_of_16_bits_become_no_animation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [Image.new("I;16", (5, 4), level) for level in (300, 60_000)]
    (tmp_path / "in.pgm").write_bytes(b"".join(saved(frame, "PPM") for frame in frames))
    assert run(["apply", "identity", str(tmp_path / "in.pgm"), str(tmp_path / "out.png")]) == 1
    assert (
        "PNG cannot hold frames of several sizes or of more than 8 bits" in capsys.readouterr().err
    )
