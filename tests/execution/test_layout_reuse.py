"""A layout serves other pictures of its kind, and changes no byte of their results."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

from imgconv import api
from imgconv.execution import executor
from imgconv.execution.executor import filter_pixels
from imgconv.execution.layout import Layout
from imgconv.execution.snapshot_cache import FreeList
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import BORDERS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import box, disk, gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import covering
from tests.support.pictures import SHARPEN, SOBEL


def test_a_free_list_lends_each_item_once_and_drops_those_of_other_kinds() -> None:
    layouts = FreeList[str]()
    assert layouts.take("red") is None
    layouts.give("red", "a")
    layouts.give("red", "b")
    assert {layouts.take("red"), layouts.take("red")} == {"a", "b"}
    assert layouts.take("red") is None
    layouts.give("red", "a")
    assert layouts.take("blue") is None
    assert layouts.take("red") is None  # the last one wanted was blue


@pytest.fixture
def layouts_made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grow by one whenever a layout is made."""
    times: list[int] = []
    before = executor._Run.make

    def count(*arguments: Any) -> Any:
        times.append(1)
        return before(*arguments)

    monkeypatch.setattr(executor._Run, "make", count)
    return times


def picture(seed: int, height: int = 67, dtype: str = "uint8", channels: str = "rgb") -> Pixels:
    """Return noise as Pillow stores RGB: four values for three channels."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 256, (height, 45, 4)).astype(np.uint8)
    array = values if dtype == "uint8" else (values / 255).astype(dtype)
    return Pixels(array, tuple(channels))


FILTERS = {
    "direct": Filter("sharpen", (SHARPEN,)),
    "whole": Filter("box", (box(1),)),
    "fixed": Filter("gaussian", (gaussian(1.5),)),
    "running": Filter("box", (box(9),)),
    "fourier": Filter("disk", (disk(6),)),
    "offset": Filter("edges", (Kernel([[-1, 0, 1]]),), range="offset"),
    "magnitude": SOBEL,
}


CHAINS = {name: [filter] for name, filter in FILTERS.items()} | {
    "chain": [FILTERS["fixed"], FILTERS["magnitude"], FILTERS["direct"]]
}


@pytest.mark.parametrize(
    ("name", "may_overwrite", "threads", "kind"),
    covering(CHAINS, [False, True], [1, 3], [("uint8", "rgb"), ("uint8", "rgba"), ("f4", "rgb")]),
)
def test_a_reused_layout_gives_each_picture_the_result_of_its_own_layout(
    name: str,
    may_overwrite: bool,
    threads: int,
    kind: tuple[str, str],
    layouts_made: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filters, (dtype, channels) = CHAINS[name], kind
    monkeypatch.setattr("imgconv.planning.plan.SMALL", 0.0)
    layouts, settings = FreeList[Layout](), Settings(threads=threads)
    alone = [
        filter_pixels(picture(seed, dtype=dtype, channels=channels), filters, settings)
        for seed in range(4)
    ]
    layouts_made.clear()
    for seed, expected in enumerate(alone):
        pixels = picture(seed, dtype=dtype, channels=channels)
        found = filter_pixels(
            pixels, filters, settings, may_overwrite=may_overwrite, layouts=layouts
        )
        count = len(channels)
        np.testing.assert_array_equal(
            found.pixels.array[..., :count], expected.pixels.array[..., :count]
        )
        assert found.clipped == expected.clipped
    assert len(layouts_made) == 1


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("name", ["fixed", "chain"])
def test_a_reused_layout_pads_with_rows_of_the_new_picture(border: str, name: str) -> None:
    layouts, settings = FreeList[Layout](), Settings(Border(border), threads=1)
    for seed in range(3):
        expected = filter_pixels(picture(seed), CHAINS[name], settings).pixels.array
        found = filter_pixels(picture(seed), CHAINS[name], settings, layouts=layouts)
        np.testing.assert_array_equal(found.pixels.array[..., :3], expected[..., :3])


def test_pictures_of_another_kind_get_a_layout_of_their_own(layouts_made: list[int]) -> None:
    layouts, filters = FreeList[Layout](), [FILTERS["fixed"]]
    for pixels, settings in (
        (picture(1), Settings(threads=1)),
        (picture(1, height=66), Settings(threads=1)),
        (picture(1, height=66, channels="rgba"), Settings(threads=1)),
        (picture(1, height=66, channels="rgba"), Settings(threads=1, extent="valid")),
        (picture(1, height=66, channels="rgba"), Settings(threads=1, tolerance=0)),
    ):
        expected = filter_pixels(pixels, filters, settings).pixels.array
        layouts_made.clear()
        for _ in range(2):
            found = filter_pixels(pixels, filters, settings, layouts=layouts).pixels.array
            np.testing.assert_array_equal(found[..., :3], expected[..., :3])
        assert len(layouts_made) == 1


CLEVER = {
    "stretch": ([Filter("edges", (SHARPEN,), range="stretch")], Settings(threads=1)),
    "pyramid": ([Filter("wide", (gaussian(9),))], Settings(engine="pyramid", threads=1)),
    "long chain": (
        [FILTERS["fixed"], FILTERS["magnitude"], FILTERS["direct"], FILTERS["magnitude"]],
        Settings(threads=1, tolerance=0),
    ),
    "stretched chain": (
        [Filter("edges", (SHARPEN,), range="stretch"), FILTERS["direct"]],
        Settings(threads=1, tolerance=0),
    ),
    "light": ([FILTERS["fixed"]], Settings(threads=1, linear=True)),
}


@pytest.mark.parametrize(("filters", "settings"), CLEVER.values(), ids=CLEVER)
def test_layouts_that_depend_on_values_are_not_reused(
    filters: list[Filter], settings: Settings
) -> None:
    layouts = FreeList[Layout]()
    for seed in range(2):
        expected = filter_pixels(picture(seed), filters, settings).pixels.array
        found = filter_pixels(picture(seed), filters, settings, layouts=layouts).pixels.array
        np.testing.assert_array_equal(found[..., :3], expected[..., :3])


@pytest.mark.parametrize("may_overwrite", [False, True])
def test_a_free_layout_keeps_no_picture_in_memory(may_overwrite: bool) -> None:
    layouts, pixels = FreeList[Layout](), picture(1)
    found = filter_pixels(
        pixels,
        [FILTERS["fixed"]],
        Settings(threads=1),
        may_overwrite=may_overwrite,
        layouts=layouts,
    )
    there = [weakref.ref(pixels.array), weakref.ref(found.pixels.array)]
    del pixels, found
    gc.collect()
    assert [array() for array in there] == [None, None]


def test_threads_that_filter_at_once_share_no_layout() -> None:
    layouts, settings = FreeList[Layout](), Settings(threads=1)
    expected = [filter_pixels(picture(n), [FILTERS["fixed"]], settings) for n in range(4)]
    wrong: list[int] = []

    def work(seed: int) -> None:
        for _ in range(30):
            found = filter_pixels(picture(seed), [FILTERS["fixed"]], settings, layouts=layouts)
            if (found.pixels.array != expected[seed].pixels.array)[..., :3].any():
                wrong.append(seed)

    workers = [threading.Thread(target=work, args=[seed]) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


def test_calls_of_apply_share_the_layout_of_a_small_picture(layouts_made: list[int]) -> None:
    random = np.random.default_rng(2)
    pictures = [random.integers(0, 256, (11, 13), np.uint8) for _ in range(3)]
    for border in ("wrap", "edge"):
        layouts_made.clear()
        for array in pictures:
            sums = oracle.correlate(array, SHARPEN.weights, border=border)
            made = api.apply(array, SHARPEN, border=border)
            np.testing.assert_array_equal(made, oracle.to_levels(sums, 255))
        assert len(layouts_made) == 1


@pytest.mark.parametrize(("size", "radius"), [((257, 256), 1), ((9, 9), 40)])
def test_apply_keeps_no_layout_of_a_large_picture_or_kernel(
    size: tuple[int, int], radius: int, layouts_made: list[int]
) -> None:
    for _ in range(2):
        api.apply(np.zeros(size, np.uint8), box(radius))
    assert len(layouts_made) == 2


def test_a_call_of_apply_leaves_no_picture_in_use() -> None:
    array = np.zeros((11, 13), np.uint8)
    there = [weakref.ref(array), weakref.ref(api.apply(array, SHARPEN))]
    del array
    gc.collect()
    assert [each() for each in there] == [None, None]
