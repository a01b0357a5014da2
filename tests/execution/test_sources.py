"""The source of rows, also while part of the picture is overwritten."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.execution.executor import filter_pixels
from imgconv.execution.sources import PixelSource, rows_near, runs
from imgconv.jit.schedule import Schedule
from imgconv.kernels.border import BORDERS, OUTSIDE, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support.covering import pairs
from tests.support.pictures import BLUR, SHARPEN, noise

pytestmark = pytest.mark.arithmetic

TALL = Kernel(np.arange(1, 8)[:, None], scale=28, origin=(1, 0))
CHAINS = [[BLUR], [TALL], [SHARPEN, BLUR], [TALL, TALL, BLUR]]


@pytest.mark.parametrize("edges", [[0, 40], [0, 20, 40], [0, 13, 27, 40]])
@pytest.mark.parametrize("reach", [0, 1, 3])
def test_rows_near_the_edges_of_bands_are_read_from_copies(edges: list[int], reach: int) -> None:
    picture = noise(40, 5)
    before = picture.array.copy()
    source = PixelSource(picture)
    source.protect(rows_near(edges, reach, 40))
    picture.array[:] = 7
    found = source.fetch(Schedule(1), np.array([-1, 40]), np.arange(-1, 40), 41)
    assert found.positions[0] == OUTSIDE
    rows = [found.pixels[at] if at >= 0 else found.spare[-2 - at] for at in found.positions[1:]]
    kept = np.array([any(edge - reach <= y < edge + reach for edge in edges) for y in range(40)])
    np.testing.assert_array_equal(np.array(rows)[kept], before[kept, :, 0])
    assert (np.array(rows)[~kept] == 7).all()


@pytest.mark.parametrize(
    ("rows", "expected"), [([], []), ([3], [range(3, 4)]), ([1, 2, 5], [range(1, 3), range(5, 6)])]
)
def test_rows_are_grouped_into_runs_of_neighbours(rows: list[int], expected: list[range]) -> None:
    assert runs(rows) == expected


def test_a_picture_is_not_overwritten_where_half_of_it_would_be_copied() -> None:
    picture = noise(40, 5)
    tall = Kernel(np.ones((31, 1)), 31)
    result = filter_pixels(picture, [Filter("tall", (tall,))], Settings(), may_overwrite=True)
    assert result.pixels is not picture


@pytest.mark.parametrize("chain", CHAINS, ids=len)
@pytest.mark.parametrize("border", BORDERS)
def test_overwriting_changes_no_byte(
    chain: list[Kernel], border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = [Filter("kernel", (kernel,)) for kernel in chain]
    for threads, strip_bytes, height in pairs((1, 2, 3), (1, 1000), (1, 2, 60, 200)):
        monkeypatch.setattr("imgconv.execution.pipeline.STRIP_BYTES", strip_bytes)
        monkeypatch.setattr("imgconv.planning.plan.SMALL", 0)
        settings = Settings(Border(border), threads=threads)
        beside = filter_pixels(noise(height, 9), filters, settings).pixels
        over = filter_pixels(noise(height, 9), filters, settings, may_overwrite=True).pixels
        np.testing.assert_array_equal(over.array, beside.array)


def test_overwriting_takes_the_place_of_the_picture() -> None:
    picture = noise(60, 9)
    result = filter_pixels(picture, [Filter("blur", (BLUR,))], Settings(), may_overwrite=True)
    assert result.pixels is picture


@pytest.mark.parametrize("extent", ["valid", "full"])
def test_a_result_of_another_size_does_not_overwrite_the_picture(extent: str) -> None:
    picture, settings = noise(60, 9), Settings(extent=extent)
    before = picture.array.copy()
    result = filter_pixels(picture, [Filter("blur", (BLUR,))], settings, may_overwrite=True)
    assert result.pixels is not picture
    np.testing.assert_array_equal(picture.array, before)
