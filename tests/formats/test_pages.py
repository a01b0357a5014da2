"""Files of several pictures: pages stay pages, films stay films, or the first becomes a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.formats import registry
from tests.support.jpeg_specimens import OTHER_VIEW, jpeg_with_pictures
from tests.support.specimens import ICC, frames, sample, saved

Captured = pytest.CaptureFixture[str]

ANIMATED = ["png", "gif", "webp", "avif"]


def tiff_of_pages(path: Path) -> list[Image.Image]:
    first, *others = frames()
    first.save(path, save_all=True, append_images=others)
    return [first, *others]


@pytest.mark.parametrize("suffix", ANIMATED)
def test_the_first_page_becomes_a_picture_and_a_note_counts_the_others(
    suffix: str, tmp_path: Path, capsys: Captured
) -> None:
    source, target = tmp_path / "pages.tif", tmp_path / f"out.{suffix}"
    first, *_ = tiff_of_pages(source)
    assert run(["apply", "identity", str(source), str(target)]) == 0
    assert "holds one picture; 3 more were left out (see --frame)" in capsys.readouterr().err
    with Image.open(target) as made:
        assert getattr(made, "n_frames", 1) == 1
        if suffix == "png":
            assert np.array_equal(np.asarray(made), np.asarray(first))


def test_each_page_can_be_had_alone(tmp_path: Path, capsys: Captured) -> None:
    pages = tiff_of_pages(tmp_path / "pages.tif")
    for number, page in enumerate(pages):
        places = [str(tmp_path / "pages.tif"), str(tmp_path / "out.png")]
        assert run(["apply", "identity", *places, "--frame", str(number)]) == 0
        with Image.open(tmp_path / "out.png") as made:
            assert np.array_equal(np.asarray(made), np.asarray(page))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("suffix", ANIMATED)
def test_films_become_films_and_pages(suffix: str, tmp_path: Path, capsys: Captured) -> None:
    source = tmp_path / "film.gif"
    first, *others = frames()
    first.save(source, save_all=True, append_images=others, duration=70)
    for target in (tmp_path / f"film.{suffix}", tmp_path / "film.tif"):
        target = target.with_stem("out")
        assert run(["apply", "identity", str(source), str(target)]) == 0
        with Image.open(target) as made:
            assert getattr(made, "n_frames", 1) == 4
    assert capsys.readouterr().err.count("TIFF cannot hold its times of frames: left out") == 1


def test_a_film_without_times_is_shown_at_25_frames_a_second(tmp_path: Path) -> None:
    source, target = tmp_path / "film.ppm", tmp_path / "film.gif"
    source.write_bytes(b"".join(saved(frame, "PPM") for frame in frames()))
    assert run(["apply", "identity", str(source), str(target)]) == 0
    with Image.open(target) as made:
        assert made.info["duration"] == 40


@pytest.mark.parametrize("name", ["views.mpo", "views.jpg"])
def test_of_two_views_of_different_sizes_the_first_becomes_a_picture(
    name: str, tmp_path: Path, capsys: Captured
) -> None:
    other = saved(sample().resize((12, 9)), "JPEG")
    (tmp_path / name).write_bytes(jpeg_with_pictures((OTHER_VIEW, other)))
    assert run(["apply", "identity", str(tmp_path / name), str(tmp_path / "view.png")]) == 0
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "PNG holds one picture; 1 more were left out" in error
    with Image.open(tmp_path / "view.png") as made, Image.open(tmp_path / name) as source:
        assert np.array_equal(np.asarray(made), np.asarray(source))


def test_views_stay_behind_a_jpeg_of_either_ending(tmp_path: Path, capsys: Captured) -> None:
    other = saved(sample().resize((12, 9)), "JPEG")
    (tmp_path / "views.mpo").write_bytes(jpeg_with_pictures((OTHER_VIEW, other)))
    for target in (tmp_path / "out.mpo", tmp_path / "out.jpg"):
        assert run(["apply", "blur", str(tmp_path / "views.mpo"), str(target)]) == 0
        assert "further pictures went along without being filtered" in capsys.readouterr().err
        assert target.read_bytes().endswith(other)
    assert registry.is_picture_path("views.MPO")


def test_what_lies_behind_the_views_keeps_its_name(tmp_path: Path, capsys: Captured) -> None:
    film = b"\0\0\0\x18ftypmp42" + bytes(99)
    data = jpeg_with_pictures((OTHER_VIEW, saved(sample(), "JPEG")), trailer=film)
    (tmp_path / "a.jpg").write_bytes(data)
    assert run(["apply", "identity", str(tmp_path / "a.jpg"), str(tmp_path / "a.bmp")]) == 0
    error = capsys.readouterr().err
    assert "BMP cannot hold its film: left out" in error
    assert "further pictures" not in error


def test_a_profile_of_other_colours_is_named_with_its_colours(
    tmp_path: Path, capsys: Captured
) -> None:
    sample().save(tmp_path / "a.png", icc_profile=ICC)
    places = [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    assert run(["apply", "blur", "--gray", *places]) == 0
    error = capsys.readouterr().err
    assert "its ICC profile is for RGB, which the result is not in: left out" in error
    assert "cannot hold" not in error
    with Image.open(tmp_path / "b.png") as made:
        assert "icc_profile" not in made.info


def test_chromaticities_go_from_tiff_to_png_and_back(tmp_path: Path, capsys: Captured) -> None:
    colours = (0.31, 0.33, 0.6, 0.3, 0.31, 0.6, 0.2, 0.1)
    tags = {318: colours[:2], 319: colours[2:]}
    sample().save(tmp_path / "a.tif", tiffinfo=tags)
    assert run(["apply", "blur", str(tmp_path / "a.tif"), str(tmp_path / "b.png")]) == 0
    assert run(["apply", "blur", str(tmp_path / "b.png"), str(tmp_path / "c.tif")]) == 0
    assert capsys.readouterr().err == ""
    with Image.open(tmp_path / "b.png") as png, Image.open(tmp_path / "c.tif") as tiff:
        assert png.info["chromaticity"] == colours
        found = (*tiff.tag_v2[318], *tiff.tag_v2[319])  # type: ignore[attr-defined]
        assert tuple(map(float, found)) == pytest.approx(colours, abs=1e-5)
    assert run(["apply", "blur", str(tmp_path / "b.png"), str(tmp_path / "d.jpg")]) == 0
    assert "JPEG cannot hold its chromaticities: left out" in capsys.readouterr().err
