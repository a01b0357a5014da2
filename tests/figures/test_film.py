from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from imgconv.figures.film import HELD, write_film
from imgconv.figures.slide import SlideFigure
from imgconv.formats.streams import Y4mStream, encode_y4m
from imgconv.images.pixels import Pixels
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.slide import cut_out
from tests.support.pictures import noise


@pytest.fixture(scope="module")
def frames() -> list[NDArray[np.uint8]]:
    chain = Chain(noise(8, 9), find("emboss"), Settings())
    return list(SlideFigure(cut_out(chain, None, None, (5, 4)), "a title", 0, 300, None).frames())


@pytest.mark.parametrize(("suffix", "most"), [(".gif", 7), (".png", 0), (".webp", 0)])
def test_every_frame_is_as_it_was_drawn(
    tmp_path: Path, frames: list[NDArray[np.uint8]], suffix: str, most: int
) -> None:
    path = tmp_path / f"a{suffix}"
    write_film(frames, str(path), 8)
    with Image.open(path) as image:
        assert image.info["loop"] == 0
        shown = list(ImageSequence.Iterator(image))
        assert len(shown) == len(frames) == 20
        for number, frame in enumerate(frames):
            image.seek(number)
            decoded = np.asarray(image.convert("RGB")).astype(int)
            assert np.abs(decoded - frame).max() <= most
            held = HELD if number == len(frames) - 1 else 1
            assert image.info["duration"] == pytest.approx(125 * held, abs=6)


def test_a_gif_has_one_palette(tmp_path: Path, frames: list[NDArray[np.uint8]]) -> None:
    write_film(frames, str(tmp_path / "shared.gif"), 8)
    data = (tmp_path / "shared.gif").read_bytes()
    assert data[10] & 0x80  # a table of the screen
    images = [Image.fromarray(frame) for frame in frames]
    images[0].save(tmp_path / "own.gif", save_all=True, append_images=images[1:])
    assert len(data) < (tmp_path / "own.gif").stat().st_size


def piped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, frames: list[NDArray[np.uint8]], format: str
) -> bytes:
    path = tmp_path / "pipe"
    with path.open("wb") as file:
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(fileno=file.fileno))
        write_film(frames, "-", 6, format)
    monkeypatch.undo()
    return path.read_bytes()


def test_a_pipe_gets_ppm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, frames: list[NDArray[np.uint8]]
) -> None:
    data = piped(monkeypatch, tmp_path, frames, "ppm")
    height, width = frames[0].shape[:2]
    head = f"P6\n{width} {height}\n255\n".encode()
    size = len(head) + frames[0].size
    assert len(data) == size * (len(frames) + HELD - 1)
    assert (
        data[:size] == head + frames[0].tobytes()
        and data[-frames[0].size :] == frames[-1].tobytes()
    )


def test_a_pipe_gets_y4m_that_streams_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, frames: list[NDArray[np.uint8]]
) -> None:
    data = piped(monkeypatch, tmp_path, frames, "y4m")
    assert data.startswith(b"YUV4MPEG2 W300 H")
    assert b" F6:1 Ip A1:1 C444\nFRAME\n" in data[:80]
    # A stream reads each frame into the memory of earlier ones.
    read = [[p.array[..., 0].astype(int) for p in f] for f in Y4mStream(BytesIO(data)).frames()]
    assert len(read) == len(frames) + HELD - 1
    luma, blue, red = read[0]
    gray = (frames[0] == frames[0][..., :1]).all(axis=2)
    assert {int(v) for v in np.unique(luma[(frames[0] == 255).all(axis=2)])} == {235}
    assert np.all(blue[gray] == 128) and np.all(red[gray] == 128)


def test_colours_become_those_of_bt_601() -> None:
    primaries = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    ((_, _, *planes),) = encode_y4m([Pixels(primaries, ("r", "g", "b"))], 25)
    assert [*b"".join(planes)] == [81, 145, 41, 90, 54, 240, 240, 34, 110]
