"""Streams that become files of other formats, and pictures of streams as frames."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from imgconv.errors import UsageError
from tests.support.films import (
    MAXIMA,
    frames_of,
    imgconv,
    levels_up_to,
    noise,
    pnm,
    y4m,
)


def test_a_format_of_one_frame_takes_the_first_picture_and_warns(tmp_path: Path) -> None:
    film = noise(3, 20, 30, 3)
    done = imgconv("identity", given=pnm(film), target=str(tmp_path / "out.bmp"))
    assert done.returncode == 0
    assert b"BMP holds one frame; 2 more were left out" in done.stderr
    with Image.open(tmp_path / "out.bmp") as image:
        np.testing.assert_array_equal(np.asarray(image), film[0])


@pytest.mark.parametrize("name", ["png", "tiff", "gif"])
def test_a_format_of_many_frames_takes_all_pictures(name: str, tmp_path: Path) -> None:
    film = noise(9, 20, 30, 1)
    done = imgconv("identity", "--format", name, given=pnm(film))
    assert (done.returncode, done.stderr) == (0, b"")
    with Image.open(io.BytesIO(done.stdout)) as image:
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
    np.testing.assert_array_equal(np.stack(frames), film[..., 0])


def test_a_yuv_stream_cannot_become_a_picture(tmp_path: Path) -> None:
    film = y4m([noise(3, 4, 6)], "Cmono", 6, 4)
    done = imgconv("identity", given=film, target=str(tmp_path / "out.png"))
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"write it as Y4M again" in done.stderr
    assert not list(tmp_path.iterdir())


def test_pictures_cannot_become_a_yuv_stream(tmp_path: Path) -> None:
    done = imgconv("identity", given=pnm(noise(3, 4, 6, 3)), target=str(tmp_path / "out.y4m"))
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"Y4M is written only where" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("maximum", [*MAXIMA, 255, 65535])
@pytest.mark.parametrize("depth", [1, 3])
def test_a_frame_is_the_picture_that_pillow_reads(depth: int, maximum: int) -> None:
    film = pnm(levels_up_to(maximum, 1, 6, 9, depth), maximum)
    with Image.open(io.BytesIO(film)) as image:
        is_spoilt = depth == 3 and maximum > 255  # Pillow has 8 bits of colour
        frame = frames_of(film)[0] // 257 if is_spoilt else frames_of(film)[0]
        np.testing.assert_allclose(frame, np.asarray(image), atol=int(is_spoilt))


@pytest.mark.parametrize("maximum", [256, 1023, 4095, 65535])
def test_deep_colour_becomes_colour_of_16_bits(maximum: int) -> None:
    levels = levels_up_to(maximum, 1, 6, 9, 3)
    frame = frames_of(pnm(levels, maximum))[0]
    assert frame.dtype == np.uint16
    np.testing.assert_array_equal(np.rint(frame / 65535 * maximum), levels[0])


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_every_picture_of_a_stream_becomes_a_frame(depth: int) -> None:
    film = noise(11, 6, 9, depth)
    np.testing.assert_array_equal(np.stack(frames_of(pnm(film))).reshape(film.shape), film)


def test_a_yuv_stream_has_no_frames() -> None:
    with pytest.raises(UsageError, match="write it as Y4M again"):
        frames_of(y4m([noise(1, 4, 6)], "Cmono", 6, 4))


def test_one_pnm_may_become_another_format(tmp_path: Path) -> None:
    done = imgconv("identity", "--format", "png", given=pnm(noise(1, 20, 30, 3)))
    assert done.stdout.startswith(b"\x89PNG")
