"""Pillow's memory as an array, and memory in large pages."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.api import apply
from imgconv.images import pillow_buffers
from imgconv.images.frames import to_image, to_pixels
from imgconv.images.modes import MODES
from imgconv.images.pillow_buffers import allocate, as_array, memory_of

FILTERED = [name for name, mode in MODES.items() if mode.filtered_as == name]
IN_PLACE = [name for name, mode in MODES.items() if mode.in_place]


@pytest.fixture(autouse=True)
def one_block() -> Iterator[None]:
    Image.core.set_use_block_allocator(1)  # type: ignore[attr-defined]
    yield
    Image.core.set_use_block_allocator(0)  # type: ignore[attr-defined]


def picture(mode: str, size: tuple[int, int] = (7, 5)) -> Image.Image:
    bands = len(MODES[mode].channels)
    values = np.random.default_rng(3).integers(0, 256, (size[1], size[0], bands), np.uint8)
    if mode == "F":
        return Image.fromarray(values[..., 0].astype(np.float32))
    return Image.frombytes(mode, size, values.tobytes())


@pytest.mark.parametrize("mode", IN_PLACE)
def test_the_array_holds_the_pixels_and_writes_to_the_image(mode: str) -> None:
    image = picture(mode)
    memory, is_shared = as_array(image)
    assert is_shared
    channels = len(MODES[mode].channels)
    expected = np.asarray(image).reshape(5, 7, -1)
    np.testing.assert_array_equal(memory[..., :channels], expected)
    memory[2, 3] = 9
    assert (np.asarray(image)[2, 3] == 9).all()


@pytest.mark.parametrize("mode", FILTERED)
def test_pixels_go_to_an_image_and_back(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.arange(35, dtype=np.uint16).reshape(5, 7) * 1000)
    else:
        image = picture(mode)
    pixels = to_pixels(image)
    assert (to_image(pixels, mode) is image) == MODES[mode].in_place
    again = to_image(type(pixels)(pixels.array.copy(), pixels.channels), mode)
    np.testing.assert_array_equal(np.asarray(again), np.asarray(image))


def test_memory_in_several_blocks_or_of_a_file_is_not_shared(tmp_path: Path) -> None:
    picture("RGB").save(tmp_path / "p.ppm")
    with Image.open(tmp_path / "p.ppm") as mapped:
        if mapped.load() is not None and mapped.readonly:
            assert not as_array(mapped)[1]
    Image.core.set_use_block_allocator(0)  # type: ignore[attr-defined]
    assert not as_array(picture("RGB", (4000, 2100)))[1]
    assert not as_array(picture("LA"))[1]


def test_a_picture_too_large_for_a_block_is_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pillow_buffers, "_needs_blocks", False)
    size = (23_171, 23_171)  # whose memory is only mapped, as nothing is written to it
    pillow_buffers.choose_allocator(23_170**2 * 4)
    with pytest.raises(MemoryError):
        allocate("RGB", size)
    for pixel_bytes in (23_171**2 * 4, 1):
        pillow_buffers.choose_allocator(pixel_bytes)
        assert allocate("RGB", size).size == size


def test_apply_does_not_change_its_argument() -> None:
    image = picture("RGB")
    before = image.tobytes()
    apply(image, "blur")
    assert image.tobytes() == before


@pytest.fixture
def advised(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """The arguments of the calls of madvise that are made from now on."""
    calls: list[tuple[int, int, int]] = []

    class Libc:
        def madvise(self, start: ctypes.c_void_p, length: ctypes.c_size_t, advice: int) -> None:
            calls.append((start.value or 0, length.value, advice))

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Libc())
    return calls


def test_large_pages_lie_within_the_memory(
    advised: list[tuple[int, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pillow_buffers, "_LARGE_PAGE", 4)
    monkeypatch.setattr(pillow_buffers, "_SMALLEST_IN_LARGE_PAGES", 4)
    for start, length in product(range(9), range(13)):
        memory = {*range(start, start + length)}
        pages = [page for page in range(0, 24, 4) if {*range(page, page + 4)} <= memory]
        advised.clear()
        pillow_buffers._use_large_pages(start, length)
        assert advised == ([(pages[0], 4 * len(pages), 14)] if pages else []), (start, length)


@pytest.mark.parametrize("mode", [*IN_PLACE, "LA", "P", "I;16"])
def test_allocated_memory_is_zero(mode: str) -> None:
    image = Image.new(mode, (1, 1))._new(allocate(mode, (700, 900)))
    assert (image.mode, image.size) == (mode, (700, 900))
    assert not np.asarray(image).any()


@pytest.mark.skipif(sys.platform != "linux", reason="madvise is called on Linux only")
def test_madvise_is_given_pages_of_the_picture_alone(
    advised: list[tuple[int, int, int]],
) -> None:
    allocate("RGB", (1280, 960))
    assert not advised
    image = Image.new("RGB", (1, 1))._new(allocate("RGB", (4000, 1500)))
    memory = memory_of(image)
    assert memory
    ((start, length, advice),) = advised
    assert memory.address <= start and start + length <= memory.address + 4000 * 1500 * 4
    assert (start % 2**21, length % 2**21, advice) == (0, 0, 14)
    assert length > 4000 * 1500 * 4 - 2 * 2**21
