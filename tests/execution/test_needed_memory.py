"""The estimated memory of a plan, compared with the memory that is allocated."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.execution.estimate import needed
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.planning.planner import plan_of
from imgconv.planning.settings import Settings
from tests.support.covering import covering, with_slow
from tests.support.pictures import noise

MEGABYTE = 1e6


def estimate(filter: str, picture: Pixels, settings: Settings, threads: int = 1) -> int:
    plan = plan_of(picture, library.find(filter), settings)
    return needed(plan, picture, settings, threads)


@contextmanager
def allocation_peak() -> Iterator[Callable[[], int]]:
    """Yield a function that returns the peak of bytes allocated since the block began."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield lambda: tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def allocated_for(filter: str, picture: Pixels, settings: Settings) -> int:
    """Return the bytes allocated in one thread, beside the picture and its result."""
    filters = library.find(filter)
    # Compiles, imports, and fills the caches of kernels.
    filter_pixels(picture, filters, settings)
    with allocation_peak() as peak:
        result = filter_pixels(picture, filters, settings).pixels.array
        return peak() - int(result.nbytes)


@cache
def photograph() -> Pixels:
    return noise(900, 1600, "rgb")


@pytest.mark.parametrize(
    ("filter", "options"),
    with_slow(
        [
            ("identity", {}),
            ("blur:60", {"extent": "full"}),
            ("gaussian:4", {"engine": "direct"}),
            ("gaussian:2", {}),
            ("gaussian:20", {"border": Border("wrap"), "range": "offset"}),
            ("gaussian:20", {"engine": "separable", "extent": "valid"}),
            ("sobel", {}),
            ("disk:15", {}),
            ("gaussian:2,sobel", {}),
            ("gaussian:20,blur:20", {}),
        ],
        slow=[
            ("blur:1", {}),
            ("blur:20", {}),
            ("disk:3", {"engine": "direct", "tolerance": 9.0}),
            ("gaussian:20", {}),
            ("gaussian:20", {"border": Border("mirror")}),
            ("gaussian:20", {"engine": "separable"}),
            ("gaussian:20", {"range": "stretch"}),
            ("kirsch", {"range": "abs"}),
            ("disk:15", {"tolerance": 0.0}),
            ("log:4", {}),
            ("unsharp:15", {}),
            ("blur:40,blur:30", {}),
            ("blur:20,gaussian:20", {}),
            ("gaussian:5,blur:30,disk:10", {}),
        ],
    ),
)
def test_the_estimate_is_near_the_memory_taken(filter: str, options: dict[str, object]) -> None:
    settings = Settings(**{"threads": 1, **options})  # type: ignore[arg-type]
    picture = photograph()
    estimated, allocated = (
        estimate(filter, picture, settings),
        allocated_for(filter, picture, settings),
    )
    is_near = max(estimated, allocated) < 1.5 * min(estimated, allocated)
    is_near = is_near or abs(estimated - allocated) < MEGABYTE
    assert is_near, f"estimated {estimated:,}, allocated {allocated:,}"


PICTURES = [
    (3000, 200, "l", "uint8"),
    (300, 4000, "rgb", "uint16"),
    (500, 800, "rgba", "uint8"),
    (500, 800, "l", "float32"),
    (40, 40, "rgb", "uint8"),
]


@pytest.mark.parametrize(
    ("filter", "size_and_type"),
    covering(["gaussian:3", "gaussian:20", "blur:20", "disk:9"], PICTURES, strength=1),
)
def test_the_estimate_is_near_the_memory_taken_for_any_pixels(
    filter: str, size_and_type: tuple[int, int, str, str]
) -> None:
    picture, settings = noise(*size_and_type), Settings(threads=1)
    estimated, allocated = (
        estimate(filter, picture, settings),
        allocated_for(filter, picture, settings),
    )
    is_near = max(estimated, allocated) < 1.5 * min(estimated, allocated)
    is_near = is_near or abs(estimated - allocated) < MEGABYTE
    assert is_near, f"estimated {estimated:,}, allocated {allocated:,}"


def test_every_thread_takes_as_much_memory() -> None:
    picture, settings = noise(900, 1600, "rgb"), Settings(engine="separable")
    one, two = (estimate("gaussian:9", picture, settings, threads) for threads in (1, 2))
    assert two == pytest.approx(2 * one, rel=0.01)


def test_there_are_no_more_bands_than_strips() -> None:
    picture, settings = noise(4, 1600, "rgb"), Settings()
    assert estimate("blur", picture, settings, 64) == estimate("blur", picture, settings)


def test_estimating_a_large_picture_takes_little_memory() -> None:
    picture = noise(1, 1, "rgb")
    large = picture._replace(array=np.broadcast_to(picture.array, (20_000, 20_000, 3)))
    with allocation_peak() as peak:
        for filter in ("gaussian:20", "blur:20", "gaussian:20,disk:5"):
            estimate(filter, large, Settings())
        assert peak() < 20 * MEGABYTE


def test_a_kernel_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="leaves nothing"):
        estimate("blur:20", noise(9, 9), Settings(extent="valid"))
