"""Memory of JPEGs that are done with."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import reader
from imgconv.images import pillow_buffers
from imgconv.images.pillow_buffers import memory_of


@pytest.fixture(autouse=True)
def none_is_free_list() -> None:
    pillow_buffers._free_list.clear()


def saved(path: Path, mode: str, size: tuple[int, int], level: int, format: str = "JPEG") -> str:
    Image.new(mode, size, level if mode == "L" else (level,) * len(mode)).save(path, format)
    return str(path)


def read(source: str) -> Image.Image:
    (frame,) = reader.read(source).frames
    assert isinstance(frame, Image.Image)
    return frame


def address_of(image: Image.Image) -> int:
    memory = memory_of(image)
    assert memory is not None
    return memory.address


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_is_decoded_into_that_of_one_like_it(mode: str, tmp_path: Path) -> None:
    first = read(saved(tmp_path / "a.jpg", mode, (100, 80), 200))
    where = address_of(first)
    source = saved(tmp_path / "b.jpg", mode, (100, 80), 50)
    pillow_buffers.recycle_memory(first)
    second = read(source)
    assert address_of(second) == where
    assert np.array_equal(np.asarray(second), np.asarray(Image.open(source)))


@pytest.mark.parametrize(("mode", "size"), [("RGB", (80, 100)), ("L", (100, 80))])
def test_one_of_another_kind_gets_memory_of_its_own(
    mode: str, size: tuple[int, int], tmp_path: Path
) -> None:
    first = read(saved(tmp_path / "a.jpg", "RGB", (100, 80), 200))
    source = saved(tmp_path / "b.jpg", mode, size, 50)
    pillow_buffers.recycle_memory(first)
    assert np.array_equal(np.asarray(read(source)), np.asarray(Image.open(source)))
    assert not pillow_buffers._free_list


def test_other_formats_neither_give_nor_take(tmp_path: Path) -> None:
    jpeg = saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)
    png = saved(tmp_path / "a.png", "RGB", (100, 80), 50, "PNG")
    pillow_buffers.recycle_memory(read(png))
    assert not pillow_buffers._free_list
    pillow_buffers.recycle_memory(read(jpeg))
    read(png)
    assert len(pillow_buffers._free_list) == 1


def test_a_large_one_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)
    monkeypatch.setattr(pillow_buffers, "_MOST_PIXELS", 100 * 80 - 1)
    pillow_buffers.recycle_memory(read(source))
    assert not pillow_buffers._free_list
    monkeypatch.setattr(pillow_buffers, "_MOST_PIXELS", 100 * 80)
    pillow_buffers.recycle_memory(read(source))
    assert pillow_buffers._free_list


def test_at_most_one_is_kept(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)
    several = [read(source) for _ in range(3)]
    for image in several:
        pillow_buffers.recycle_memory(image)
    assert len(pillow_buffers._free_list) == 1


def test_what_was_given_back_can_no_longer_be_looked_at(tmp_path: Path) -> None:
    image = read(saved(tmp_path / "a.jpg", "RGB", (100, 80), 200))
    pillow_buffers.recycle_memory(image)
    with pytest.raises(ValueError, match="closed"):
        image.getpixel((0, 0))


def test_nothing_of_another_picture_shows_in_one_without_a_scan(tmp_path: Path) -> None:
    source = saved(tmp_path / "b.jpg", "RGB", (100, 80), 50)
    whole = Path(source).read_bytes()
    pillow_buffers.recycle_memory(read(saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)))
    Path(source).write_bytes(whole.replace(b"\xff\xda", b"\xff\xd9"))
    with pytest.raises(ReadError, match="cannot load this image"):
        reader.read(source)


def test_nothing_of_another_picture_shows_in_one_that_is_cut_off(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (80, 100, 3)).astype("uint8")
    whole = BytesIO()
    Image.fromarray(noise).save(whole, "JPEG")
    for length in range(100, len(whole.getvalue()), 997):
        pillow_buffers.recycle_memory(read(saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)))
        (tmp_path / "b.jpg").write_bytes(whole.getvalue()[:length])
        with pytest.raises(ReadError):
            reader.read(str(tmp_path / "b.jpg"))
