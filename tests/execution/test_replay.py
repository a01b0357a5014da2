"""The replay of snapshots gives the bytes that a plan gives."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.execution.executor import filter_pixels
from imgconv.execution.snapshot import Replay, Snapshot, pack, unpack
from imgconv.images.frames import frame_pixels
from imgconv.images.pillow_buffers import memory_of
from imgconv.jit import loader
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, Border
from imgconv.planning.settings import Settings
from tests.support.covering import covering

# An engine, or a way to set it up, each.
FILTERS = [
    "sharpen",
    "sobel",
    "gaussian:2",
    "blur:9",
    "motion:7",
    "emboss",
    "gaussian:1,sobel,blur",
]
MODES = ["L", "RGB", "RGBA", "CMYK", "F"]


@pytest.fixture(autouse=True)
def in_one_block() -> None:
    """Let Pillow allocate pictures in one block, as imgconv does when it reads them."""
    Image.core.set_use_block_allocator(1)  # type: ignore[attr-defined]


def picture(mode: str, size: tuple[int, int], seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    width, height = size
    if mode == "F":
        image = Image.fromarray(random.random((height, width), np.float32))
    else:
        bands = len(Image.new(mode, (1, 1)).getbands())
        values = random.integers(0, 256, (height, width, bands), np.uint8)
        image = Image.frombytes(mode, size, values.tobytes())
    return image.copy()  # into memory of its own


def record(image: Image.Image, text: str, settings: Settings) -> Snapshot:
    made: list[Snapshot] = []
    filters = library.find(text)
    filter_pixels(frame_pixels(image), filters, settings, may_overwrite=True, record=made.append)
    return made[0]


def loaded(snapshot: Snapshot) -> Replay:
    codes = {name: loader.load_cached(name) or 0 for name in snapshot.codes}
    assert all(codes.values()), "the cache of compiled loops was emptied meanwhile"
    return Replay(snapshot, codes)


def planned(image: Image.Image, text: str, settings: Settings) -> tuple[NDArray[Any], float]:
    result = filter_pixels(frame_pixels(image), library.find(text), settings)
    array = result.pixels.array[..., : len(result.pixels.channels)]
    return array.reshape(*array.shape[:2], -1), result.clipped


def replayed(by: Replay, image: Image.Image) -> tuple[NDArray[Any], float]:
    result = image if by.snapshot.overwrites else Image.new(image.mode, by.snapshot.size)
    source, target = memory_of(image), memory_of(result)
    assert source and target
    share = by.run(source.address, target.address, 2, lambda done, total: None)
    array = np.asarray(result)
    return array.reshape(*array.shape[:2], -1), share


def check(mode: str, size: tuple[int, int], text: str, settings: Settings) -> None:
    """Compare the replays of two other pictures with the results of their plans."""
    snapshot = record(picture(mode, size, 0), text, settings)
    by = loaded(unpack(pack(snapshot)))
    for seed in (1, 2):
        expected, clipped = planned(picture(mode, size, seed), text, settings)
        found, share = replayed(by, picture(mode, size, seed))
        np.testing.assert_array_equal(found, expected)
        assert share == clipped


@pytest.mark.parametrize(("text", "mode"), [*product(FILTERS, MODES)])
def test_a_replay_gives_the_result_of_a_plan(text: str, mode: str) -> None:
    check(mode, (67, 45), text, Settings(threads=1))


@pytest.mark.parametrize(
    ("text", "border"), [*product(["gaussian:2", "sobel", "gaussian:1,sobel,blur:4"], BORDERS)]
)
def test_a_replay_pads_by_the_border(text: str, border: str) -> None:
    colour = "#ff8800" if border == "constant" else ""
    check("RGB", (31, 29), text, Settings(border=Border(border, colour), threads=1))


@pytest.mark.parametrize("border", BORDERS)
def test_a_replay_keeps_colours_premultiplied(border: str) -> None:
    for text in ("sharpen,blur,unsharp:1:2:3", "sharpen,identity,blur", "blur,sobel,blur"):
        check("RGBA", (31, 29), text, Settings(border=Border(border), threads=1))


@pytest.mark.parametrize(("text", "extent"), [*product(FILTERS, ["valid", "full"])])
def test_a_result_of_another_size_does_not_overwrite_the_picture(text: str, extent: str) -> None:
    check("RGB", (50, 40), text, Settings(extent=extent, threads=1))


@pytest.mark.parametrize(
    ("text", "threads"),
    covering(["gaussian:2", "sobel", "disk:4", "gaussian:1,sobel"], [2, 3, 4], strength=1),
)
def test_bands_copy_the_rows_that_others_overwrite(
    text: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.planning.plan.SMALL", 0)
    monkeypatch.setattr("imgconv.execution.pipeline.STRIP_BYTES", 10_000)
    settings, size = Settings(threads=threads), (200, 150)
    assert len(record(picture("RGB", size, 0), text, settings).bands) == threads
    check("RGB", size, text, settings)


@pytest.mark.parametrize("size", [*product(range(1, 6), range(1, 6))], ids=str)
def test_small_pictures_are_replayed(size: tuple[int, int]) -> None:
    for text in ("sharpen", "gaussian:1", "gaussian:1,sobel"):
        check("RGB", size, text, Settings(threads=1))


def test_an_unpacked_snapshot_equals_the_packed_one() -> None:
    snapshot = record(picture("RGB", (40, 30), 0), "sobel", Settings())
    assert unpack(pack(snapshot)) == snapshot
    assert snapshot.range == "clamp" and snapshot.ran[0].filter == "sobel"


def test_a_snapshot_leaves_out_rows_that_a_replay_makes() -> None:
    """The rows are zero before the first iteration."""
    snapshot = record(picture("RGB", (640, 480), 0), "gaussian:2", Settings(threads=1))
    assert len(pack(snapshot)) < snapshot.memory / 8


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("blur", Settings(range="stretch")),
        ("blur", Settings(linear=True)),
        ("blur,sobel,blur", Settings(range="stretch")),
        ("sobel,sharpen,sobel,sharpen", Settings()),
        ("gaussian:40", Settings(engine="pyramid")),
        ("gaussian:3,sharpen", Settings(engine="fourier")),
    ],
    ids=str,
)
def test_layouts_that_depend_on_values_are_not_recorded(text: str, settings: Settings) -> None:
    made: list[Snapshot] = []
    pixels = frame_pixels(picture("RGB", (100, 80), 0))
    filter_pixels(pixels, library.find(text), settings, record=made.append)
    assert made == []


def test_a_replay_reports_its_progress_to_the_end() -> None:
    calls: list[tuple[int, int]] = []
    image = picture("RGB", (300, 400), 0)
    by = loaded(record(image, "blur", Settings(threads=1)))
    memory = memory_of(image)
    assert memory
    by.run(memory.address, memory.address, 1, lambda *share: calls.append(share))
    assert calls[-1] == (1000, 1000) and calls == sorted(calls) and len(calls) > 1
