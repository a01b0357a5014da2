"""Whole weights over 8-bit pictures: sums in 16 bits give the pixels of float sums."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest

from imgconv.engines.base import PlanOptions
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.kernels.filter import RANGES, Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from tests.support.covering import covering
from tests.support.pictures import noise

pytestmark = pytest.mark.arithmetic

BYTES = PlanOptions(is_bytes=True, tolerance=0)
WHOLE = ["blur:1", "blur:2", "sharpen", "laplacian", "sobel", "kirsch", "emboss", "binomial"]


def is_whole(*filters: Filter, options: PlanOptions = BYTES) -> list[bool]:
    return [step.is_whole for step in make_plan(filters, options).steps]


def filter_of(*kernels: Kernel, combine: str = "none") -> Filter:
    return Filter("f", kernels, combine=combine)


@pytest.mark.parametrize("text", WHOLE)
def test_small_whole_kernels_have_whole_sums_for_bytes_only(text: str) -> None:
    assert is_whole(*library.find(text)) == [True]
    assert is_whole(*library.find(text), options=PlanOptions()) == [False]


@pytest.mark.parametrize(
    "filter",
    [
        filter_of(Kernel([[1, 128]])),
        filter_of(Kernel(np.full((12, 12), 1))),
        filter_of(Kernel([[0.5, 1]])),
        filter_of(Kernel([[1, 2]]), Kernel([[1, 2]], scale=2), combine="max"),
        filter_of(Kernel([[1, 2]], offset=3), Kernel([[1, 2]]), combine="max"),
        filter_of(Kernel([[1, 2]], scale=-1), Kernel([[1, 2]], scale=-1), combine="max"),
        filter_of(Kernel([[1, 2]]), Kernel([[0.5]]), combine="magnitude"),
    ],
)
def test_sums_are_floats_where_16_bits_do_not_suffice(filter: Filter) -> None:
    assert is_whole(filter) == [False]


def test_only_the_first_filter_of_a_chain_meets_bytes() -> None:
    sharpen = library.find("sharpen")[0]
    assert is_whole(sharpen, sharpen) == [True, False]


@pytest.mark.parametrize(
    ("text", "border", "range"),
    covering([*WHOLE, "sobel,blur:1", "(1 2 1) / 6"], ["edge", "wrap", "constant:7"], RANGES),
)
def test_whole_sums_give_the_pixels_of_float_sums(
    text: str, border: str, range: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layouts = cycle([("l", 1), ("rgb", 3), ("rgb", 4), ("rgba", 4), ("cmyk", 4)])
    filters = library.find(text.split(" /")[0])
    if "/" in text:
        filters = [filters[0].map_kernels(lambda kernel: kernel.replaced(scale=6, offset=-2))]
    for size in [(1, 1), (9, 30), (40, 700)]:
        channels, stored = next(layouts)
        array = np.random.default_rng(size[0]).integers(0, 256, (*size, stored)).astype(np.uint8)
        picture = Pixels(array, tuple(channels))
        settings = Settings(Border.parse(border), range=range, threads=2)
        whole = filter_pixels(picture, filters, settings)
        with monkeypatch.context() as patch:
            patch.setattr("imgconv.planning.planner.LARGEST_INT16", 0)
            floats = filter_pixels(picture, filters, settings._replace(tolerance=0))
        one, other = (
            result.pixels.array[..., : len(channels)].astype(int) for result in (whole, floats)
        )
        # Stretching begins with floats; what would be a half may be next to one there.
        assert np.abs(one - other).max() <= (range == "stretch")
        assert np.mean(one != other) < 0.1
        assert whole.clipped == floats.clipped


def test_a_fractional_border_colour_has_float_sums() -> None:
    picture = noise(9, 9)
    settings = Settings(Border.parse("constant:7.5"))
    plan = filter_pixels(picture, library.find("blur:1"), settings).plan
    assert not plan.steps[0].is_whole
