"""Files that are stored turned, through the command line: what a viewer shows is what counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

import imgconv
from imgconv.cli.run import run
from imgconv.images.orientation import SYMMETRIES, upright_array
from tests.support.pictures import noise

TAG = 0x0112
LOSSLESS: dict[str, dict[str, Any]] = {".png": {}, ".webp": {"lossless": True}, ".tif": {}}


def stored(path: Path, orientation: int, mode: str = "RGB") -> NDArray[np.uint8]:
    """Write a picture that is stored turned; gives it as it is seen."""
    array = noise(20, 30, {"RGB": "rgb", "L": "l"}[mode]).array
    image = Image.fromarray(array if mode == "RGB" else array[..., 0])
    exif = Image.Exif()
    exif[TAG], exif[0x010F] = orientation, "Maker"
    image.save(path, exif=exif, **LOSSLESS.get(path.suffix, {}))
    return shown(path)


def shown(path: Path) -> NDArray[np.uint8]:
    """A picture as a viewer shows it."""
    with Image.open(path) as image:
        image.load()
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


@pytest.mark.parametrize("orientation", SYMMETRIES)
@pytest.mark.parametrize("suffix", LOSSLESS)
def test_a_filter_acts_as_a_person_sees_the_picture(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    source, target = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    seen = stored(source, orientation)
    for options in ([], ["--upright"], ["--strip"]):
        assert run(["apply", "sobel-x", str(source), str(target), *options]) == 0
        np.testing.assert_array_equal(shown(target), imgconv.apply(seen, "sobel-x"))


@pytest.mark.parametrize("orientation", [3, 6])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif"])
def test_pixels_and_tag_stay_as_they_are_stored(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    source, target = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    stored(source, orientation)
    assert run(["apply", "motion:5:90", str(source), str(target)]) == 0
    with Image.open(target) as image:
        assert (image.size, image.getexif()[TAG]) == ((30, 20), orientation)
    assert run(["apply", "motion:5:90", str(source), str(target), "--upright"]) == 0
    with Image.open(target) as image:
        size = (20, 30) if orientation == 6 else (30, 20)
        assert (image.size, image.getexif().get(TAG, 1)) == (size, 1)
        assert image.getexif()[0x010F] == "Maker", "the rest is kept"


@pytest.mark.parametrize("suffix", [".bmp", ".ppm"])
def test_where_no_tag_can_say_it_pixels_are_turned(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / "in.png", tmp_path / f"out{suffix}"
    seen = stored(source, 6)
    assert run(["apply", "emboss", str(source), str(target)]) == 0
    np.testing.assert_array_equal(shown(target), imgconv.apply(seen, "emboss"))


def test_another_format_keeps_the_orientation(tmp_path: Path) -> None:
    source, target = tmp_path / "in.png", tmp_path / "out.tif"
    seen = stored(source, 8)
    assert run(["apply", "sobel-y", str(source), str(target)]) == 0
    np.testing.assert_array_equal(shown(target), imgconv.apply(seen, "sobel-y"))
    again = tmp_path / "again.png"
    assert run(["apply", "identity", str(target), str(again)]) == 0
    np.testing.assert_array_equal(shown(again), shown(target))


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6"/></x:xmpmeta>'


@pytest.mark.parametrize("target", ["out.tif", "out.png"])
@pytest.mark.parametrize("options", [[], ["--strip"], ["--upright"]])
def test_a_tiff_is_not_turned_twice(tmp_path: Path, target: str, options: list[str]) -> None:
    """The XMP of the picture holds the orientation too, as photo editors write it."""
    source = tmp_path / "in.tif"
    image = Image.fromarray(noise(20, 30, "rgb").array)
    image.save(source, tiffinfo={TAG: 6, 700: XMP})
    seen = shown(source)
    assert seen.shape == (30, 20, 3)
    assert run(["apply", "sobel-x", str(source), str(tmp_path / target), *options]) == 0
    np.testing.assert_array_equal(shown(tmp_path / target), imgconv.apply(seen, "sobel-x"))


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_a_deep_tiff_is_turned_as_pillow_turns_others(tmp_path: Path, orientation: int) -> None:
    tifffile = pytest.importorskip("tifffile")
    deep, shallow = tmp_path / "deep.tif", tmp_path / "shallow.tif"
    array = noise(20, 30, "rgb", "uint16").array
    tag = [(TAG, "H", 1, orientation, True)]
    tifffile.imwrite(deep, array, photometric="rgb", extratags=tag)
    stored(shallow, orientation)
    for source in (deep, shallow):
        target = tmp_path / f"out-{source.name}"
        assert run(["apply", "identity", str(source), str(target)]) == 0
    with tifffile.TiffFile(tmp_path / "out-deep.tif") as file:
        result = file.pages[0].asarray()
    np.testing.assert_array_equal(result, upright_array(array, orientation))
    assert result.shape == shown(tmp_path / "out-shallow.tif").shape


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_the_library_does_as_the_command_line(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "in.png"
    seen = stored(path, orientation)
    with Image.open(path) as image:
        result = imgconv.apply(image, "emboss")
        assert result.size == image.size
        upright = ImageOps.exif_transpose(result)
        np.testing.assert_array_equal(np.asarray(upright), imgconv.apply(seen, "emboss"))


def test_a_folder_holds_pictures_of_all_orientations(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    seen = {n: stored(tmp_path / "in" / f"{n}.png", n) for n in SYMMETRIES}
    assert run(["apply", "sobel-x", str(tmp_path / "in"), str(tmp_path / "out")]) == 0
    for orientation, picture in seen.items():
        result = shown(tmp_path / "out" / f"{orientation}.png")
        np.testing.assert_array_equal(result, imgconv.apply(picture, "sobel-x"))
