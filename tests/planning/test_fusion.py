"""Fused steps give the results of steps one after the other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from imgconv.engines.base import AlphaRule, PlanOptions
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import _planned, fused, is_symmetric
from imgconv.planning.settings import Settings
from tests.support.covering import covering
from tests.support.pictures import BLUR, SHARPEN, SOBEL, SOBEL_X, filtered, noise

SMALL_BLUR = Filter("small", (BLUR,))
BOX = Filter("box", (Kernel(np.ones((3, 3)), 9),))
SHIFT = Filter("shift", (Kernel([[1, 2, 3]], 6, 2.5),))
EDGES = Filter("edges", (SOBEL_X,), range="abs")
_CHAINS = [
    [SMALL_BLUR, BOX],
    [SHIFT, SMALL_BLUR],
    [SMALL_BLUR, SHIFT, BOX],
    [SMALL_BLUR, SOBEL],
    [EDGES, BOX],
    [BOX, Filter("sharpen", (SHARPEN,)), EDGES],
]
WEIGHED = AlphaRule(weighs=True, is_filtered=None)
OPAQUE = AlphaRule()
CHAINS = {"-".join(filter.name for filter in chain): chain for chain in _CHAINS}


@pytest.mark.parametrize(
    ("name", "border", "extent", "channels"), covering(CHAINS, BORDERS, EXTENTS, ["l", "la"])
)
def test_a_chain_gives_the_same_whether_fused_or_not(
    name: str, border: str, extent: str, channels: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = CHAINS[name]
    picture, settings = noise(13, 11, channels, "float32"), Settings(Border(border), extent)
    picture.array[..., -1] = picture.array[..., -1] / 2 + 0.5  # nowhere transparent
    together = filtered(picture, *chain, settings=settings)
    monkeypatch.setattr("imgconv.planning.planner.fused", lambda filters, *rest: list(filters))
    apart = filtered(picture, *chain, settings=settings)
    np.testing.assert_allclose(together, apart, atol=1e-5)


def names(
    chain: list[Filter], border: str, extent: str = "same", alpha: AlphaRule = OPAQUE
) -> list[str]:
    options = PlanOptions(alpha=alpha)
    return [filter.name for filter in fused(chain, border, extent, options)]


def test_small_blurs_run_as_one_where_no_border_comes_in_between() -> None:
    assert names([SMALL_BLUR, BOX], "wrap") == ["small,box"]
    assert names([SMALL_BLUR, BOX], "mirror") == ["small,box"]
    assert names([SMALL_BLUR, BOX], "edge", "valid") == ["small,box"]


@pytest.mark.parametrize(("border", "extent"), [("edge", "same"), ("wrap", "full")])
def test_small_blurs_stay_apart_where_a_border_comes_in_between(border: str, extent: str) -> None:
    assert names([SMALL_BLUR, BOX], border, extent) == ["small", "box"]


def test_a_lopsided_kernel_does_not_commute_with_reflection() -> None:
    assert names([SHIFT, BOX], "reflect") == ["shift", "box"]
    assert names([SHIFT, BOX], "wrap") == ["shift,box"]


def test_a_range_rule_in_between_keeps_steps_apart() -> None:
    assert names([EDGES, BOX], "wrap") == ["edges", "box"]


def test_averages_and_other_filters_stay_apart_where_alpha_weights_averages() -> None:
    sharpen = Filter("sharpen", (SHARPEN,))
    assert names([BOX, EDGES], "wrap", alpha=WEIGHED) == ["box", "edges"]
    assert names([BOX, sharpen, SMALL_BLUR], "wrap", alpha=WEIGHED)[0].startswith("box")


@pytest.mark.parametrize("border", ["wrap", "mirror"])
@pytest.mark.parametrize("channels", ["r,g,b", "r", "a", "r,a", "r,g,b,a"])
@pytest.mark.parametrize("straight", [False, True])
def test_fusion_does_not_depend_on_the_channels(
    border: str, channels: str, straight: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, picture = library.find("binomial,binomial"), noise(9, 8, "rgba")
    chosen = frozenset(channels.split(","))
    settings = Settings(Border(border), channels=chosen, straight_alpha=straight)
    together = filtered(picture, *chain, settings=settings)
    monkeypatch.setattr("imgconv.planning.planner.fused", lambda filters, *rest: list(filters))
    _planned.cache_clear()
    apart = filtered(picture, *chain, settings=settings)
    _planned.cache_clear()
    np.testing.assert_allclose(together, apart, rtol=0, atol=1)


def test_averages_stay_apart_where_the_picture_keeps_its_alpha() -> None:
    carried = AlphaRule(weighs=True, is_filtered=False)
    assert names([SMALL_BLUR, BOX], "wrap", alpha=carried) == ["small", "box"]
    assert names([SMALL_BLUR, BOX], "wrap", alpha=WEIGHED) == ["small,box"]
    assert names([SMALL_BLUR, BOX], "wrap", alpha=AlphaRule(False, False)) == ["small,box"]


def test_filters_stay_apart_that_average_only_together() -> None:
    sum_, half = Filter("sum", (Kernel([[1, 1]]),)), Filter("half", (Kernel([[1, 1]], 4),))
    assert names([sum_, half], "wrap", alpha=WEIGHED) == ["sum", "half"]
    assert names([sum_, half], "wrap") == ["sum,half"]


def test_kernels_whose_product_is_too_large_stay_apart() -> None:
    large = Filter("large", (Kernel([[1e20, 1e20]]),))
    assert names([large, large], "wrap") == ["large", "large"]


def test_a_forced_engine_runs_each_step_as_it_is() -> None:
    assert len(fused([SMALL_BLUR, BOX], "wrap", "same", PlanOptions("direct"))) == 2


def test_kernels_that_would_cost_more_fused_stay_apart() -> None:
    wide = Filter("wide", (Kernel(np.random.default_rng(0).random((15, 15))),))
    assert names([wide, wide], "wrap") == ["wide", "wide"]


def test_8_bit_pixels_make_only_whole_sums_cheaper() -> None:
    random = np.random.default_rng(1)
    chain = [Filter("real", (Kernel(random.random((n, n))),)) for n in (3, 4)]
    apart = [len(fused(chain, "wrap", "same", PlanOptions(is_bytes=b))) for b in (False, True)]
    assert apart == [2, 2]


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (BLUR, True),
        (SHARPEN, True),
        (SOBEL_X, False),
        (Kernel([[1, 1]]), False),
        (Kernel([[1, 2, 1]], origin=(0, 0)), False),
        (Kernel([[1, 2, 3], [2, 4, 2], [3, 2, 1]]), False),
    ],
)
def test_symmetric_kernels_are_found(kernel: Kernel, expected: bool) -> None:
    assert is_symmetric(kernel) is expected


def test_fused_kernels_keep_their_factors() -> None:
    sizes = product((3, 5), repeat=2)
    for first, then in sizes:
        a, b = Kernel(np.ones((first, first))), Kernel(np.ones((then, 1)))
        assert a.compose(b).factor is not None
