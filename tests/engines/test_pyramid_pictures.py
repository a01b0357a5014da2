"""Whole pictures through the pyramid are within its stated error, on every border."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from imgconv.engines.base import PlanOptions
from imgconv.engines.pyramid import ERRORS
from imgconv.errors import UsageError
from imgconv.execution import pipeline
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import covering
from tests.support.oracle import Array
from tests.support.pictures import noise, pixels
from tests.support.pyramid_weights import effective, gaussian

pytestmark = pytest.mark.arithmetic

# With ``none`` the planner takes the pyramid only where many weights lie inside.
AROUND = [name for name in BORDERS if name != "none"]

Size = tuple[int, int]
Pair = tuple[float, float]

# The sigmas of a Gaussian, and the channels and type of a picture.
CASES: list[tuple[Pair, str, str]] = [
    ((6.0, 6.0), "l", "uint8"),
    ((7.4, 9.1), "la", "uint16"),
    ((6.0, 14.5), "rgb", "float32"),
    ((13.0, 6.2), "0123", "uint8"),
]


def kernel_of(sigmas: Pair, origin: Size | None = None, scale: float = 1.0) -> Kernel:
    bells = []
    for sigma in sigmas:
        at = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1)
        bell = np.exp(-(at**2) / 2 / sigma**2)
        bells.append(bell / bell.sum())
    return Kernel.outer(bells[0], bells[1], scale=scale, origin=origin)


def run(picture: Pixels, kernel: Kernel, around: Border, extent: str, **more: Any) -> Array:
    how = Settings(around, extent, engine="pyramid", **more)
    result = filter_pixels(picture, [Filter("gaussian", (kernel,))], how).pixels.array
    return result.astype(np.float64)


def exact(
    picture: Array, sigmas: Pair, kernel: Kernel, border: str, extent: str, constant: float
) -> Array:
    """Return SciPy's Gaussian, cut off at eight sigma, of a picture with its border."""
    cuts, continued = [], picture
    for axis, (sigma, length, origin) in enumerate(
        zip(sigmas, (kernel.height, kernel.width), kernel.origin, strict=True)
    ):
        size, margin = picture.shape[axis], int(8 * sigma + 0.5) + length
        at = oracle.continued_axis(border, size, margin)
        outside = np.array([place is None for place in at])
        continued = np.take(continued, [place or 0 for place in at], axis=axis)
        continued[(slice(None),) * axis + (outside,)] = constant
        places = oracle.positions(extent, size, length, origin)
        middle = length // 2 - origin + margin
        cuts.append(slice(places[0] + middle, places[-1] + middle + 1))
    blurred: Array = gaussian_filter(continued, sigmas, truncate=8)
    return blurred[cuts[0], cuts[1]]


def check(
    picture: Pixels, sigmas: Pair, border: str, extent: str, origin: Size | None = None
) -> None:
    """Check results against the stated error, plus half a level, or float32's precision."""
    maximum, kernel = picture.maximum, kernel_of(sigmas, origin)
    constant = 0.3 * maximum
    around = Border(border, repr(constant) if border == "constant" else "")
    (step,) = make_plan([Filter("gaussian", (kernel,))], PlanOptions("pyramid")).steps
    near = step.passes[0].error * maximum + (2e-6 if picture.is_float else 0.501)
    result = run(picture, kernel, around, extent, threads=1)
    for channel in range(len(picture.channels)):
        values = picture.array[..., channel].astype(np.float64)
        wanted = exact(values, sigmas, kernel, border, extent, constant)
        np.testing.assert_allclose(result[..., channel], wanted, rtol=0, atol=near)


@pytest.mark.parametrize(("border", "extent", "case"), covering(AROUND, EXTENTS, CASES))
def test_pictures_are_within_the_stated_error_of_the_exact_gaussian(
    border: str, extent: str, case: tuple[Pair, str, str]
) -> None:
    sigmas, channels, dtype = case
    size = (120, 125) if extent == "valid" else (60, 67)
    picture = noise(*size, channels, dtype)
    opaque = pixels(picture.array, dtype, "0123"[: len(channels)])
    opaque.array[: size[0] // 2, size[1] // 3 :] = opaque.maximum
    check(opaque, sigmas, border, extent)


@pytest.mark.parametrize("channels", ["0", "01", "012", "0123"])
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_every_type_and_number_of_channels(dtype: str, channels: str) -> None:
    for border in ("mirror", "constant"):
        check(
            pixels(noise(41, 53, channels, dtype).array, dtype, channels), (6, 8.5), border, "same"
        )


@pytest.mark.parametrize(("border", "extent"), covering(AROUND, EXTENTS, strength=1))
def test_the_origin_may_lie_anywhere(border: str, extent: str) -> None:
    height, width = 2 * int(4 * 6 + 0.5) + 1, 2 * int(4 * 8 + 0.5) + 1
    for origin in [(0, 0), (height - 1, 3), (7, width - 1), (30, 30)]:
        check(noise(70, 80, "l", "float32"), (6.0, 8.0), border, extent, origin)


SMALL = [(1, 1), (1, 2), (2, 1), (1, 9), (9, 1), (3, 3), (1, 70), (70, 1), (8, 13)]


@pytest.mark.parametrize(
    ("border", "extent", "dtype", "first"),
    covering(AROUND, ["same", "full"], ["uint8", "float32"], (0, 1), strength=1),
)
def test_pictures_may_be_smaller_than_the_kernel(
    border: str, extent: str, dtype: str, first: int
) -> None:
    for size in SMALL[first::2]:
        check(noise(*size, "rgb", dtype), (6.0, 9.5), border, extent)


@pytest.mark.parametrize("border", AROUND)
def test_far_off_origins_on_small_pictures(border: str) -> None:
    height, width = 2 * int(4 * 6 + 0.5) + 1, 2 * int(4 * 9.5 + 0.5) + 1
    for size, origin in product(SMALL[::2], [(0, width - 1), (height - 1, 0)]):
        check(noise(*size, "l", "float32"), (6.0, 9.5), border, "same", origin)


def test_a_dot_becomes_the_weights_that_the_formulas_give() -> None:
    sigmas, (y, x) = (6.0, 9.0), (60, 71)
    picture = pixels(np.zeros((120, 140)), "float32")
    picture.array[y, x] = 1
    (step,) = make_plan([Filter("gaussian", (kernel_of(sigmas),))], PlanOptions("pyramid")).steps
    assert step.passes[0].spacing
    columns = []
    for sigma, d, size, dot in zip(sigmas, step.passes[0].spacing, (120, 140), (y, x), strict=True):
        weights = np.zeros(size)
        for u in range(size):
            at, known = effective(sigma, d)[u % d]
            weights[u] = known[at == dot - u].sum()
        columns.append(weights)
    result = run(picture, kernel_of(sigmas), Border("constant"), "same")
    np.testing.assert_allclose(result[..., 0], np.outer(*columns), rtol=0, atol=1e-8)


@pytest.mark.parametrize("phase", range(4))
def test_the_worst_stripes_reach_the_stated_error_and_do_not_exceed_it(phase: int) -> None:
    sigma, row = 6.0, 100 + phase
    at, weights = effective(sigma, 4)[phase]
    picture = pixels(np.zeros((200, 3)), "float32")
    picture.array[row + at] = (weights > gaussian(sigma, at))[:, None, None]
    result = run(picture, kernel_of((sigma, sigma)), Border("edge"), "same")[row, 1, 0]
    stripes = picture.array[:, 1, 0].astype(np.float64)
    error = result - gaussian_filter(stripes, sigma, truncate=8)[row]
    assert ERRORS[1.5] / 2 < error < ERRORS[1.5] + 1e-6


@pytest.mark.parametrize("scale", [2.0, -0.5, 3.0])
def test_gaussians_may_have_any_sum(scale: float) -> None:
    picture, plain, scaled = (
        noise(50, 40, "l", "float32"),
        kernel_of((6, 6)),
        kernel_of((6, 6), None, scale),
    )
    how = Border("reflect")
    once = run(picture, plain, how, "same")
    np.testing.assert_allclose(
        run(picture, scaled, how, "same", tolerance=5), once / scale, atol=1e-6
    )


@pytest.mark.parametrize("dtype", MAXIMUM)
def test_a_flat_picture_stays_as_it_is(dtype: str) -> None:
    for level in (0.1, 0.5, 1.0):
        picture = noise(40, 30, "la", dtype)
        picture.array[:] = value = np.array(level * picture.maximum).astype(dtype)
        result = run(picture, kernel_of((6, 11)), Border("edge"), "full")
        np.testing.assert_allclose(result, float(value), rtol=1e-6)


@pytest.mark.parametrize(("border", "extent"), covering(AROUND, EXTENTS, strength=1))
def test_threads_and_strips_give_the_same_bytes(
    border: str, extent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.planning.plan.SMALL", 0)
    picture, kernel = noise(131, 90, "rgba", "float32"), kernel_of((7.0, 10.0), (3, 50))
    around = Border(border)
    expected = run(picture, kernel, around, extent, threads=1)
    for strip_bytes, threads in product((1, 20_000), (1, 2, 3, 7)):
        monkeypatch.setattr(pipeline, "STRIP_BYTES", strip_bytes)
        result = run(picture, kernel, around, extent, threads=threads)
        np.testing.assert_array_equal(result, expected, f"{strip_bytes} {threads}")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e6])
def test_a_picture_is_refused_whose_errors_would_exceed_the_tolerance(value: float) -> None:
    picture = noise(400, 390, "l", "float32")
    picture.array[190, 200] = value
    with pytest.raises(UsageError, match="over these floats within the tolerance"):
        run(picture, kernel_of((8.0, 8.0)), Border("edge"), "same")


@pytest.mark.parametrize(("dtype", "border"), covering(MAXIMUM, AROUND, strength=1))
def test_colours_are_weighted_by_alpha(dtype: str, border: str) -> None:
    picture = noise(90, 85, "rgba", dtype)
    picture.array[30:60, 20:50, 3] = 0
    sigmas, values, maximum = (6.0, 7.0), picture.array.astype(np.float64), picture.maximum
    kernel = kernel_of(sigmas)
    alpha = exact(values[..., 3], sigmas, kernel, border, "same", 0)
    result = run(picture, kernel, Border(border), "same")
    near = 1e-3 * maximum + 0.501 * (dtype != "float32")
    np.testing.assert_allclose(result[..., 3], alpha, rtol=0, atol=near)
    for channel in range(3):
        weighted = values[..., channel] * values[..., 3]
        wanted = exact(weighted, sigmas, kernel, border, "same", 0) / alpha
        shown = (result[..., channel] - wanted) * alpha / maximum  # as on a background
        np.testing.assert_allclose(shown, 0, rtol=0, atol=2 * near)


@pytest.mark.parametrize("extent", EXTENTS)
def test_channels_that_are_not_chosen_are_carried(extent: str) -> None:
    picture, kernel = noise(80, 75, "rgba"), kernel_of((6.0, 7.0), (0, 20))
    chosen = frozenset("ga")
    around = Border("reflect")
    result = run(picture, kernel, around, extent, channels=chosen)
    how = Settings(around, extent, engine="separable", channels=chosen)
    wanted = filter_pixels(picture, [Filter("gaussian", (kernel,))], how).pixels.array
    np.testing.assert_array_equal(result[..., [0, 2]], wanted[..., [0, 2]])
    assert np.abs(result - wanted).max() <= 1
