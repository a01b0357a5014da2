"""The free list of memory for decoded JPEGs."""

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
def test_a_jpeg_is_decoded_into_recycled_memory_of_the_same_mode_and_size(
    mode: str, tmp_path: Path
) -> None:
    first = read(saved(tmp_path / "a.jpg", mode, (100, 80), 200))
    where = address_of(first)
    source = saved(tmp_path / "b.jpg", mode, (100, 80), 50)
    pillow_buffers.recycle_memory(first)
    second = read(source)
    assert address_of(second) == where
    assert np.array_equal(np.asarray(second), np.asarray(Image.open(source)))


@pytest.mark.parametrize(("mode", "size"), [("RGB", (80, 100)), ("L", (100, 80))])
def test_a_jpeg_of_another_mode_or_size_gets_memory_of_its_own(
    mode: str, size: tuple[int, int], tmp_path: Path
) -> None:
    first = read(saved(tmp_path / "a.jpg", "RGB", (100, 80), 200))
    source = saved(tmp_path / "b.jpg", mode, size, 50)
    pillow_buffers.recycle_memory(first)
    assert np.array_equal(np.asarray(read(source)), np.asarray(Image.open(source)))
    assert not pillow_buffers._free_list


def test_only_jpegs_use_the_free_list(tmp_path: Path) -> None:
    jpeg = saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)
    png = saved(tmp_path / "a.png", "RGB", (100, 80), 50, "PNG")
    pillow_buffers.recycle_memory(read(png))
    assert not pillow_buffers._free_list
    pillow_buffers.recycle_memory(read(jpeg))
    read(png)
    assert len(pillow_buffers._free_list) == 1


def test_memory_of_a_large_jpeg_is_not_recycled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)
    monkeypatch.setattr(pillow_buffers, "_MOST_PIXELS", 100 * 80 - 1)
    pillow_buffers.recycle_memory(read(source))
    assert not pillow_buffers._free_list
    monkeypatch.setattr(pillow_buffers, "_MOST_PIXELS", 100 * 80)
    pillow_buffers.recycle_memory(read(source))
    assert pillow_buffers._free_list


def test_the_free_list_holds_one_block_of_memory(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)
    several = [read(source) for _ in range(3)]
    for image in several:
        pillow_buffers.recycle_memory(image)
    assert len(pillow_buffers._free_list) == 1


def test_an_image_is_closed_when_its_memory_is_recycled(tmp_path: Path) -> None:
    image = read(saved(tmp_path / "a.jpg", "RGB", (100, 80), 200))
    pillow_buffers.recycle_memory(image)
    with pytest.raises(ValueError, match="closed"):
        image.getpixel((0, 0))


def test_a_jpeg_without_a_scan_shows_no_recycled_pixels(tmp_path: Path) -> None:
    source = saved(tmp_path / "b.jpg", "RGB", (100, 80), 50)
    whole = Path(source).read_bytes()
    pillow_buffers.recycle_memory(read(saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)))
    Path(source).write_bytes(whole.replace(b"\xff\xda", b"\xff\xd9"))
    with pytest.raises(ReadError, match="cannot load this image"):
        reader.read(source)


def test_a_truncated_jpeg_shows_no_recycled_pixels(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (80, 100, 3)).astype("uint8")
    whole = BytesIO()
    Image.fromarray(noise).save(whole, "JPEG")
    for length in range(100, len(whole.getvalue()), 997):
        pillow_buffers.recycle_memory(read(saved(tmp_path / "a.jpg", "RGB", (100, 80), 200)))
        (tmp_path / "b.jpg").write_bytes(whole.getvalue()[:length])
        with pytest.raises(ReadError):
            reader.read(str(tmp_path / "b.jpg"))
