"""Pictures with the border ``none``: weights outside of the picture count for nothing."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest

from imgconv.engines import ENGINES
from imgconv.errors import UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import plan_of
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.oracle import Array
from tests.support.pictures import noise, pixels

pytestmark = pytest.mark.arithmetic

FILTERS = (
    *("blur", "binomial", "blur:3.5", "gaussian:2", "gaussian:3:0", "disk:4", "motion:9:33"),
    *("1 2 3; 4 5 6", "2 1 1", "-1 -2; -3 -4", "sharpen", "sobel-x", "gimp-emboss", "log"),
)


def settings(extent: str = "same", **more: object) -> Settings:
    return Settings(Border("none"), extent, threads=1, **more)  # type: ignore[arg-type]


def result(picture: Array, dtype: str, text: str, how: Settings) -> Array:
    """The result for a plane of shares of white, unrounded in levels of the type."""
    levels = picture * MAXIMUM[dtype]
    found = filter_pixels(pixels(levels[..., None], dtype, "0"), library.find(text), how)
    return found.pixels.array[..., 0].astype(np.float64)


def expected(picture: Array, text: str, extent: str) -> Array:
    (kernel,) = library.find(text)[0].kernels
    facts = (kernel.weights, kernel.scale, kernel.offset, kernel.origin, "none", extent)
    return oracle.correlate_quickly(picture, *facts)


@pytest.mark.parametrize("text", FILTERS)
@pytest.mark.parametrize("extent", ["same", "full", "valid"])
def test_results_are_sums_inside_over_their_weights(text: str, extent: str) -> None:
    for size, tolerance in product([(31, 29), (3, 40), (1, 1)], (0, 0.5)):
        picture = np.random.default_rng(1).random(size)
        how = settings(extent, range="clamp", tolerance=tolerance)
        try:
            found = result(picture, "float32", text, how)
        except UsageError:
            assert extent == "valid"
            continue
        np.testing.assert_allclose(
            found, expected(picture, text, extent), rtol=0, atol=2e-5 + tolerance / 255
        )


@pytest.mark.parametrize("size", [1e-40, -1e-12, 1e29])
@pytest.mark.parametrize("grid", [[[3, 3], [2, 3]], [[1, 2], [2, 4]]])
def test_weights_may_be_of_any_size(grid: list[list[int]], size: float) -> None:
    picture, weights = np.random.default_rng(4).random((9, 7)), size * np.array(grid, float)
    plane = pixels(picture[..., None], "float32", "0")
    kernels = [Filter("mean", (Kernel(weights),))]
    found = filter_pixels(plane, kernels, settings(tolerance=0)).pixels.array[..., 0]
    exact = size * oracle.correlate_quickly(picture, weights / size, border="none")
    np.testing.assert_allclose(found, exact, rtol=1e-5)


@pytest.mark.parametrize("text", ["blur", "blur:4", "binomial", "1 2 3; 4 5 6", "gaussian:2"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("extent", ["same", "full"])
def test_halves_are_rounded_up_where_a_part_of_the_weights_lies_outside(
    text: str, dtype: str, extent: str
) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (23, 26)) / 255
    levels = np.rint(picture * MAXIMUM[dtype])
    found = result(picture, dtype, text, settings(extent, range="clamp", tolerance=0))
    exact = expected(levels, text, extent)
    if text == "gaussian:2":  # real weights are rounded to float32
        assert np.abs(found - exact.clip(0, MAXIMUM[dtype])).max() <= 0.51
    else:
        np.testing.assert_array_equal(found, oracle.to_levels(exact, MAXIMUM[dtype]))


@cache
def wide_picture() -> Array:
    return np.random.default_rng(3).random((220, 210))


@cache
def expected_of_wide_picture(text: str) -> Array:
    return expected(wide_picture(), text, "same")


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_keeps_the_tolerance_where_a_part_of_the_weights_lies_outside(
    engine: str,
) -> None:
    text = {"running": "blur:9", "low-rank": "disk:7"}.get(engine, "gaussian:20")
    picture = wide_picture()
    how = settings(engine=engine, tolerance=0.5)
    planes = pixels(picture[..., None], "float32", "0")
    plan = plan_of(planes, library.find(text), how)
    found = result(picture, "float32", text, how)
    off = np.abs(found - expected_of_wide_picture(text)).max()
    assert off <= plan.error + 3e-5 <= 0.5 / 255 + 3e-5


@pytest.mark.parametrize("engine", ["pyramid", "fourier"])
def test_engines_that_are_not_exact_leave_results_of_few_weights_alone(engine: str) -> None:
    picture = noise(60, 70, "l", "float32")
    with pytest.raises(UsageError, match=f"'{engine}' cannot run"):
        filter_pixels(picture, library.find("gaussian:9"), settings("full", engine=engine))


@pytest.mark.parametrize("text", ["gaussian:2", "blur:4", "motion:9:33", "sobel-x", "sharpen"])
@pytest.mark.parametrize("extent", ["same", "full"])
def test_a_flat_picture_has_no_edge(text: str, extent: str) -> None:
    for level in (1, 100, 255):
        picture = pixels(np.full((21, 22, 1), level), "uint8", "l")
        found = filter_pixels(picture, library.find(text), settings(extent)).pixels.array
        # At the corners of the extent full a line has no weight but 0 inside.
        shown = {0} if text == "sobel-x" else {level}
        assert {*np.unique(found)} - shown <= (
            {0} if "motion" in text and extent == "full" else set()
        )


@pytest.mark.parametrize("dtype", MAXIMUM)
@pytest.mark.parametrize("extent", ["same", "full"])
def test_colours_are_weighted_by_alpha_and_alpha_does_not_fade(dtype: str, extent: str) -> None:
    picture = noise(25, 31, "rgba", dtype)
    values = picture.array.astype(np.float64)
    found = filter_pixels(picture, library.find("gaussian:2"), settings(extent, tolerance=0))
    alpha = expected(values[..., 3], "gaussian:2", extent)
    near = 1e-4 * picture.maximum + 0.501 * (dtype != "float32")
    np.testing.assert_allclose(found.pixels.array[..., 3], alpha, rtol=0, atol=near)
    for channel in range(3):
        products = expected(values[..., channel] * values[..., 3], "gaussian:2", extent)
        np.testing.assert_allclose(
            found.pixels.array[..., channel], products / alpha, rtol=0, atol=2 * near
        )


def test_a_chain_divides_after_each_step() -> None:
    picture = noise(40, 30, "rgb", "float32")
    together = filter_pixels(picture, library.find("blur:3,gaussian:2,sobel-x"), settings())
    apart = picture
    for text in ("blur:3", "gaussian:2", "sobel-x"):
        apart = filter_pixels(apart, library.find(text), settings()).pixels
    np.testing.assert_allclose(together.pixels.array, apart.array, rtol=0, atol=1e-5)


def test_linear_light_has_no_light_outside() -> None:
    picture = noise(20, 30, "rgb", "uint8")
    picture.array[:] = 77
    found = filter_pixels(picture, library.find("gaussian:3"), settings(linear=True))
    assert (found.pixels.array == 77).all()
