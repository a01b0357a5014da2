"""A quality in numbers or without loss: what is written decodes to the levels of the result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from imgconv.cli.run import run
from imgconv.errors import UsageError
from imgconv.formats import LOSSLESS, parse_quality
from tests.support.command_line import Captured
from tests.support.pictures import noise

MODES = {"l": "L", "rgb": "RGB", "rgba": "RGBA"}
ALWAYS_LOSSY = ["jpg", *(["avif"] if features.check("avif") else [])]


def image_of(channels: str) -> Image.Image:
    array = noise(20, 30, channels).array
    return Image.fromarray(array[..., 0] if channels == "l" else array)


def levels(path: Path, mode: str) -> list[object]:
    """Return the levels of all frames as another decoder reads them."""
    found: list[object] = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(np.asarray(image.convert(mode)).tolist())
    return found


def write(tmp_path: Path, image: Image.Image, name: str, *options: str, code: int = 0) -> Path:
    image.save(tmp_path / "in.png")
    words = ["apply", "identity", str(tmp_path / "in.png"), str(tmp_path / name), *options]
    assert run(words) == code
    return tmp_path / name


@pytest.mark.parametrize("suffix", ["webp", "png", "tif", "jp2"])
@pytest.mark.parametrize("channels", MODES)
def test_a_lossless_file_has_the_levels_of_the_result(
    suffix: str, channels: str, tmp_path: Path
) -> None:
    image = image_of(channels)
    path = write(tmp_path, image, f"out.{suffix}", "--quality", "lossless")
    assert levels(path, MODES[channels]) == [np.asarray(image).tolist()]


def test_all_frames_of_a_lossless_webp_have_their_levels(tmp_path: Path) -> None:
    frames = [image_of("rgb"), image_of("rgb").rotate(180)]
    frames[0].save(tmp_path / "in.png", save_all=True, append_images=frames[1:])
    words = ["apply", "identity", str(tmp_path / "in.png"), str(tmp_path / "out.webp")]
    assert run([*words, "--quality", "lossless"]) == 0
    assert levels(tmp_path / "out.webp", "RGB") == [np.asarray(each).tolist() for each in frames]


def test_a_tiff_packed_as_jpeg_is_packed_without_loss(tmp_path: Path) -> None:
    image_of("rgb").save(tmp_path / "in.tif", compression="jpeg")
    words = ["apply", "identity", str(tmp_path / "in.tif"), str(tmp_path / "out.tif")]
    assert run([*words, "--quality", "lossless"]) == 0
    assert levels(tmp_path / "out.tif", "RGB") == levels(tmp_path / "in.tif", "RGB")
    with Image.open(tmp_path / "out.tif") as image:
        assert image.info["compression"] == "tiff_adobe_deflate"


@pytest.mark.parametrize("suffix", ALWAYS_LOSSY)
def test_a_format_that_is_always_lossy_is_refused(
    suffix: str, tmp_path: Path, capfd: Captured
) -> None:
    path = write(tmp_path, image_of("rgb"), f"a.{suffix}", "--quality", "lossless", code=1)
    assert "is lossy; choose PNG, TIFF or WebP, or give --quality 100" in capfd.readouterr().err
    assert not path.exists()


def test_a_gif_is_lossless_where_its_colours_suffice(tmp_path: Path, capfd: Captured) -> None:
    few = image_of("rgb").quantize(200).convert("RGB")
    path = write(tmp_path, few, "few.gif", "--quality", "lossless")
    assert levels(path, "RGB") == [np.asarray(few).tolist()]
    write(tmp_path, image_of("rgb"), "many.gif", "--quality", "lossless", code=1)
    assert "GIF loses colours of this picture" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "quality"), [("1", 1), (" 100 ", 100), ("lossless", LOSSLESS), ("Lossless", LOSSLESS)]
)
def test_a_quality_is_a_number_or_lossless(text: str, quality: int) -> None:
    assert parse_quality(text) == quality


@pytest.mark.parametrize("text", ["0", "101", "-5", "1.5", "90%", "high", "", "²"])
def test_anything_else_is_no_quality(text: str) -> None:
    with pytest.raises(UsageError, match="is no quality; give a whole number from 1 to 100, or"):
        parse_quality(text)


def test_another_name_of_the_option_is_answered_by_its_words(
    tmp_path: Path, capfd: Captured
) -> None:
    write(tmp_path, image_of("l"), "a.webp", "--lossless", code=2)
    assert "'--lossless'; write --quality lossless" in capfd.readouterr().err
