"""Errors of engines are within the tolerance for every picture, also of floats of any size."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import imgconv
from imgconv.engines import ENGINES
from imgconv.engines.base import AlphaRule, Bounds, PlanOptions
from imgconv.errors import UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.execution.snapshot import Snapshot
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.bounds import bounds_before, bounds_of_source, extremes
from imgconv.planning.planner import make_plan, plan_of
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import covering
from tests.support.pictures import noise, pixels

INFINITE = Bounds(-np.inf, np.inf)
LEVEL = 1 / 255
TEXTS = ["gaussian:9", "disk:9", "sobel-x", "blur:5", "binomial,binomial", "binomial,sobel-x"]


def floats(value: float, size: tuple[int, int] = (120, 130)) -> NDArray[np.float32]:
    picture = np.full(size, 0.5, np.float32)
    picture[size[0] // 2, size[1] // 2] = value
    return picture


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "text", ["gaussian:9", "disk:9", "sobel-x", "blur:5", "binomial,binomial", "binomial,sobel-x"]
)
@pytest.mark.parametrize("border", ["mirror", "edge"])
def test_a_value_that_is_not_finite_stays_under_its_weights(
    value: float, text: str, border: str
) -> None:
    picture = floats(value)
    result = imgconv.apply(picture, text, border=border)
    not_finite = ~np.isfinite(picture)
    for filter in library.find(text):
        touched = np.abs(np.sign(filter.kernels[0].weights))
        not_finite = oracle.correlate_quickly(not_finite.astype(float), touched, border=border) > 0
    np.testing.assert_array_equal(~np.isfinite(result), not_finite)
    assert np.isfinite(result).sum() > 10_000


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", ["gaussian:8", "disk:6", "sobel-x", "blur:5"])
def test_an_engine_keeps_a_nan_near_or_is_not_offered(engine: Any, text: str) -> None:
    picture = floats(np.nan)
    try:
        result = imgconv.apply(picture, text, engine=engine)
    except UsageError as error:
        assert "over these floats" in str(error)
        return
    taps = library.find(text)[0].kernels[0].taps
    assert np.isnan(result).sum() == taps


@pytest.mark.parametrize(
    ("value", "text"),
    covering(
        [4.0, -0.4, 1e3, 1e6, -9999.0, -3.4e38],
        ["gaussian:9", "gaussian:20", "disk:9"],
        strength=1,
    ),
)
def test_one_large_value_disturbs_nothing_out_of_reach(value: float, text: str) -> None:
    picture = floats(value, (180, 190))
    result = imgconv.apply(picture, text)
    kernel = library.find(text)[0].kernels[0]
    exact = oracle.correlate_quickly(picture.astype(float), kernel.weights, kernel.scale)
    far = np.abs(exact - 0.5) < 1e-12
    assert far.sum() > 100
    np.testing.assert_allclose(result[far], 0.5, rtol=0, atol=0.5 * LEVEL)
    near = 1e-6 * abs(value) + 0.5 * LEVEL
    np.testing.assert_allclose(result, exact, rtol=0, atol=near)


def test_a_step_of_1000_is_within_half_a_level() -> None:
    picture = np.full((200, 210), 1000, np.float32)
    picture[:, 100:] = 0.5
    near, exact = (imgconv.apply(picture, "gaussian:20", tolerance=t) for t in (0.5, 0))
    np.testing.assert_array_equal(near, exact)


@pytest.mark.parametrize(
    ("value", "depends"), [(1.0, True), (1e6, False), (np.nan, False), (-0.1, True)]
)
def test_inexact_engines_run_only_where_the_values_allow_it(value: float, depends: bool) -> None:
    picture = pixels(floats(value, (300, 300)), "float32")
    plan = plan_of(picture, library.find("gaussian:20"), Settings())
    assert plan.depends_on_values is depends
    engines = {each.engine for each in plan.steps[0].passes}
    assert engines == ({"pyramid"} if depends else {"separable"})


def test_plans_that_depend_on_values_are_not_recorded() -> None:
    taken: list[Snapshot] = []
    for text in ("gaussian:20", "gaussian:1"):
        filter_pixels(
            noise(64, 64, "l", "float32"), library.find(text), Settings(), record=taken.append
        )
    assert [snapshot.ran[0].filter for snapshot in taken] == ["gaussian"]
    assert taken[0].ran[0].engines == ("separable",)


@pytest.mark.parametrize("channels", ["rgb", "rgba"])
def test_bounds_of_a_picture_are_powers_of_two_and_hold_its_border(channels: str) -> None:
    picture = noise(3, 3, channels, "float32")
    picture.array[1, 1, 0], picture.array[1, 2, 1] = -0.3, 3
    bounds = bounds_of_source(picture, Settings(), *extremes(picture, 2))
    assert bounds == ((-0.5, 4) if channels == "rgb" else (-1, 16))
    around = Settings(Border("constant", "9"))
    assert bounds_of_source(picture, around._replace(straight_alpha=True)).high == 16
    picture.array[2, 2, 2] = np.nan
    assert bounds_of_source(picture, Settings(), *extremes(picture, 2)) == INFINITE


@pytest.mark.parametrize("engine", ["running", "fourier", "low-rank"])
def test_no_inexact_engine_runs_behind_sums_that_may_be_infinite(engine: Any) -> None:
    picture = np.full((40, 50), 0.5, np.float32)
    picture[3:5, 7] = -3e38
    chain = [imgconv.Kernel([[1], [1]]), imgconv.Kernel(np.ones((5, 5)), 25)]
    with pytest.raises(UsageError, match="over these floats"):
        imgconv.apply(picture, chain, engine=engine)
    assert np.isfinite(imgconv.apply(picture, chain)).sum() == picture.size - 5 * 5


@pytest.mark.parametrize(
    "value", [0, 0.25, 1, 1.5, -0.5, -0.0, 1e-40, -1e-40, 1e30, np.inf, -np.inf]
)
@pytest.mark.parametrize("maximum", [None, 9])
def test_extremes_are_those_of_the_values_and_of_black_and_white(
    value: float, maximum: int | None
) -> None:
    picture = pixels(np.full((5, 7), 0.5), "float32")._replace(maxval=maximum)
    picture.array[3, 2] = value * picture.maximum
    assert extremes(picture, 2) == pytest.approx((min(0, value), max(1, value)), rel=1e-6)
    picture.array[1, 1] = np.nan
    assert np.isnan(extremes(picture, 2)).all()


def test_light_of_bright_floats_is_brighter() -> None:
    picture = noise(3, 3, "rgb", "float32")
    assert bounds_of_source(picture, Settings(linear=True), 0.0, 10.0).high == 256


def filter_of(
    *grids: Any, combine: str = "none", range: str = "clamp", offset: float = 0
) -> Filter:
    kernels = tuple(Kernel(grid, offset=offset) for grid in grids)
    return Filter("filter", kernels, combine, range)


@pytest.mark.parametrize(
    ("filter", "bounds"),
    [
        (filter_of([[1, 1]]), (0, 2)),
        (filter_of([[-1, 0, 3]]), (-1, 3)),
        (filter_of([[-1, 0, 3]], offset=51), (-0.8, 3.2)),
        (filter_of([[-1, 0, 3]], range="abs"), (0, 3)),
        (filter_of([[-4, 0, 3]], range="offset"), (-3.5, 3.5)),
        (filter_of([[-4, 0, 3]], range="stretch"), (0, 1)),
        (filter_of([[-3, 3]], [[4, -4]], combine="magnitude"), (0, 5)),
        (filter_of([[-3, 3]], [[4, -2]], combine="max"), (-2, 4)),
        (filter_of([[1, 2]], [[1, -1]], combine="add-above"), (-1, 4)),
    ],
)
def test_bounds_of_a_result_follow_from_the_weights(
    filter: Filter, bounds: tuple[float, float]
) -> None:
    _, after = bounds_before([filter, filter], PlanOptions())
    assert after == pytest.approx(bounds)


def test_bounds_hold_for_any_values() -> None:
    random = np.random.default_rng(5)
    for combine, range in product(("none", "magnitude", "max", "add-above"), ("clamp", "abs")):
        grids = random.standard_normal((1 if combine == "none" else 2, 3, 2))
        filter = filter_of(*grids, combine=combine, range=range)
        picture = Pixels(random.choice([-2.0, 3], (40, 40, 1)).astype(np.float32), ("0",))
        result = filter_pixels(picture, [filter], Settings()).pixels.array
        _, after = bounds_before([filter] * 2, PlanOptions(bounds=Bounds(-2, 3)))
        assert after.low - 1e-5 <= result.min() and result.max() <= after.high + 1e-5


def test_nothing_bounds_a_colour_that_was_divided_by_sharpened_alpha() -> None:
    alpha = AlphaRule(weighs=True, is_filtered=None)
    chain = library.find("sharpen,emboss")
    assert bounds_before(chain, PlanOptions(alpha=alpha))[1] == INFINITE
    assert bounds_before(chain, PlanOptions())[1] == Bounds(-4, 5)


def test_errors_within_a_chain_grow_with_what_earlier_filters_make() -> None:
    strong = Filter("strong", (Kernel([[-20, 21]]),))
    plain, after = (
        make_plan([*before, *library.find("gaussian:20")], PlanOptions(tolerance=12)).steps[-1]
        for before in ([], [strong])
    )
    assert plain.passes[0].engine == after.passes[0].engine == "pyramid"
    (d, _), (e, _) = plain.passes[0].spacing or (0, 0), after.passes[0].spacing or (0, 0)
    assert 0 < e < d and after.passes[0].error <= 6 / 255


def test_colour_under_alpha_is_exact_where_a_later_filter_sees_it() -> None:
    chain, alpha = library.find("gaussian:20,sobel"), AlphaRule(True, None)
    assert make_plan(chain, PlanOptions(alpha=alpha)).error == 0
    assert make_plan(chain, PlanOptions()).error > 0
