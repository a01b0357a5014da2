"""The pyramid: a wide Gaussian on a smaller picture, as near to the exact one as it says."""

from __future__ import annotations

from functools import cache
from itertools import cycle, product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from imgconv import filtering, pipeline
from imgconv.border import BORDERS, Border
from imgconv.engines import pyramid
from imgconv.engines.pyramid import ERRORS, coarse_kernel, enlarging, shrinking, spline
from imgconv.extent import EXTENTS
from imgconv.filter import Filter
from imgconv.filtering import filter_pixels
from imgconv.kernel import Kernel
from imgconv.picture import MAXIMUM, Pixels
from imgconv.plan import Wishes, make_plan
from imgconv.settings import Settings
from tests import oracle
from tests.oracle import Array
from tests.pictures import noise, pixels

pytestmark = pytest.mark.arithmetic

Size = tuple[int, int]
Pair = tuple[float, float]

SPACINGS = [4, 5, 6, 7, 8, 11, 16, 23, 32]


@pytest.mark.parametrize("d", [1, 2, 3, *SPACINGS])
def test_the_spline_is_a_bell_that_sums_to_one(d: int) -> None:
    bell = spline(d)
    assert len(bell) == 4 * d - 3
    np.testing.assert_allclose(bell.sum(), 1, rtol=1e-13)
    np.testing.assert_allclose(bell, bell[::-1])
    assert (bell > 0).all() and (np.diff(bell[: 2 * d - 1]) > 0).all()


@pytest.mark.parametrize("d", SPACINGS)
@pytest.mark.parametrize("ratio", [*ERRORS, 1.6, 9.0, 40.0])
def test_the_small_kernel_sums_to_one_and_makes_up_the_variance(ratio: float, d: int) -> None:
    h = coarse_kernel(ratio * d, d)
    assert len(h) % 2 == 1
    np.testing.assert_allclose(h.sum(), 1, rtol=1e-13)
    np.testing.assert_allclose(h, h[::-1], atol=1e-15)
    places = d * (np.arange(len(h)) - len(h) // 2)
    variance_of_splines = 2 * 4 * (d**2 - 1) / 12
    variance = h @ places**2 + variance_of_splines
    np.testing.assert_allclose(variance, (ratio * d) ** 2, rtol=2e-3)


def test_the_small_kernel_of_a_gaussian_of_any_sigma_is_not_cut_short() -> None:
    for ratio in (30.0, 100.0, 400.0, 3000.0):
        assert len(coarse_kernel(32 * ratio, 32)) // 2 > 4.4 * ratio


@cache
def effective(sigma: float, d: int) -> list[tuple[NDArray[np.int64], Array]]:
    """For each place in a spacing, the weights that pixels have, and where: shrink, blur, enlarge.

    weight of v for u  =  sum over m, n of d * b[u - m d] * h[n - m] * b[v - n d]
    """
    b, h = spline(d), coarse_kernel(sigma, d)
    radius, arm = len(h) // 2, 2 * (d - 1)
    last = (radius + 2) * d + arm
    at, found = np.arange(-last, last + 1), []
    for u in range(d):
        weights = np.zeros(2 * last + 1)
        for m in range(-1, 3):
            share = d * b[u - m * d + arm] if abs(u - m * d) <= arm else 0
            for n in range(m - radius, m + radius + 1):
                first = n * d - arm + last
                weights[first : first + len(b)] += share * h[n - m + radius] * b
        found.append((at - u, weights))
    return found


def gaussian(sigma: float, at: NDArray[np.int64]) -> Array:
    everywhere = np.arange(-int(20 * sigma), int(20 * sigma) + 1)
    total = np.exp(-(everywhere**2) / 2 / sigma**2).sum()
    weights: Array = np.exp(-(at**2) / 2 / sigma**2) / total
    return weights


def error_of(sigma: float, d: int) -> float:
    """The largest error on pictures of 0 to 1: half the sum of the differences, which cancel."""
    return max(float(np.abs(w - gaussian(sigma, at)).sum()) / 2 for at, w in effective(sigma, d))


@pytest.mark.parametrize("ratio", ERRORS)
def test_the_table_of_errors_is_true(ratio: float) -> None:
    worst = max(error_of(ratio * d, d) for d in SPACINGS)
    assert ERRORS[ratio] / 2 <= worst <= ERRORS[ratio]


@pytest.mark.parametrize(("ratio", "d"), [(1.6, 4), (1.99, 5), (2.7, 4), (3.5, 9), (6.0, 4)])
def test_the_row_below_is_true_for_what_lies_between(ratio: float, d: int) -> None:
    assert error_of(ratio * d, d) <= pyramid.error_at(ratio * d, d)


@pytest.mark.parametrize("sigma", [6.0, 7.5, 12.0, 50.0, 200.0])
def test_a_gaussian_that_is_cut_off_is_as_near_as_said(sigma: float) -> None:
    least = int(np.ceil(15**0.5 * sigma))  # with which it is known as one
    for d in range(4, min(int(sigma / 1.5), 32) + 1):
        for radius in (least, int(4 * sigma + 0.5), int(6 * sigma)):
            at, weights = effective(sigma, d)[0]
            cut = np.where(np.abs(at) <= radius, gaussian(sigma, at), 0)
            error = np.abs(weights - cut / cut.sum()).sum() / 2
            assert error <= pyramid.error_at(sigma, d)


@pytest.mark.parametrize(
    ("sigma", "error", "d"),
    [
        (5.9, 1e-3, None),
        (6.0, 1e-3, 4),
        (6.0, 9e-4, None),
        (7.5, 1e-3, 5),
        (8.0, 4e-4, 4),
        (16.0, 1.15e-4, 4),
        (1000.0, 1e-3, 32),
        (1000.0, 1.05e-4, None),
        (1000.0, 0.0, None),
    ],
)
def test_the_spacing_is_the_largest_that_is_near_enough(
    sigma: float, error: float, d: int | None
) -> None:
    assert pyramid.spacing(sigma, error) == d


@pytest.mark.parametrize("sigma", [6, 8, 10, 13.3, 40, 100, 1000])
@pytest.mark.parametrize("error", [1e-3, 6e-4, 2.5e-4, 1.2e-4])
def test_the_error_at_a_spacing_is_what_was_allowed_or_less(sigma: float, error: float) -> None:
    d = pyramid.spacing(sigma, error)
    assert d is None or pyramid.error_at(sigma, d) <= error


@pytest.mark.parametrize("d", SPACINGS)
def test_what_is_shrunk_adds_up_to_the_whole_of_every_row(d: int) -> None:
    rows = np.arange(-3 * d, 7 * d)
    weights = shrinking(d, rows)
    np.testing.assert_allclose(weights.sum(axis=1), 1 / d, rtol=1e-6)
    bell = np.pad(spline(d), 2 * d)
    for v, row in zip(rows, weights, strict=True):
        for m in range(v // d - 1, v // d + 3):
            expected = bell[v - m * d + 2 * (d - 1) + 2 * d]
            np.testing.assert_allclose(row[m % 4], expected, rtol=1e-6)


@pytest.mark.parametrize("d", SPACINGS)
def test_what_is_made_large_again_adds_up_to_one_everywhere(d: int) -> None:
    places = np.arange(-3 * d, 7 * d)
    weights = enlarging(d, places)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    bell = np.pad(d * spline(d), 2 * d)
    for u, row in zip(places, weights, strict=True):
        expected = [bell[u - m * d + 4 * d - 2] for m in range(u // d - 1, u // d + 3)]
        np.testing.assert_allclose(row, expected, rtol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8])
def test_rows_are_shrunk_into_four_that_grow(count: int) -> None:
    random = np.random.default_rng(count)
    rows, weights = (random.random((count, n)).astype(np.float32) for n in (37, 4))
    small = random.random((4, 37)).astype(np.float32)
    expected = small + weights.T @ rows
    pyramid.shrink_down(rows, weights, small)
    np.testing.assert_allclose(small, expected, rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("d", [4, 5, 9])
def test_a_row_is_shrunk_and_then_empty(d: int, channels: int) -> None:
    random, bell = np.random.default_rng(d), spline(d).astype(np.float32)
    values = random.random((5 * d + 4 * d - 3, channels)).astype(np.float32)
    small, coarse = values.reshape(1, -1).copy(), np.empty((1, 6 * channels), np.float32)
    pyramid.shrink_across(small, bell, d, channels, coarse)
    expected = [bell @ values[n * d : n * d + len(bell)] for n in range(6)]
    np.testing.assert_allclose(coarse[0], np.ravel(expected), rtol=1e-5)
    assert not small.any()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_rows_are_made_large_again(channels: int) -> None:
    random = np.random.default_rng(channels)
    blurred = random.random((9, 8 * channels)).astype(np.float32)
    down, across = (random.random((n, 4)).astype(np.float32) for n in (12, 15))
    firsts, starts = np.sort(random.integers(0, 6, 12)), np.sort(random.integers(0, 5, 15))
    sums = np.empty((12, 15 * channels), np.float32)
    wide, held = np.empty((4, 15 * channels + 3), np.float32), np.full(4, -1)
    pyramid.enlarge(firsts, down, blurred, starts, across, channels, sums, wide, held)
    for (y, first), (x, start) in product(enumerate(firsts), enumerate(starts)):
        near = blurred.reshape(9, 8, channels)[first : first + 4, start : start + 4]
        expected = np.einsum("j,i,jik->k", down[y], across[x], near)
        found = sums[y, x * channels : (x + 1) * channels]
        np.testing.assert_allclose(found, expected, rtol=1e-5)


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
    """SciPy's Gaussian that goes out to eight sigma, on a picture that the border continues."""
    cuts, continued = [], picture
    for axis, (sigma, length, origin) in enumerate(
        zip(sigmas, (kernel.height, kernel.width), kernel.origin, strict=True)
    ):
        size, margin = picture.shape[axis], int(8 * sigma + 0.5) + 2 * length
        at = [oracle.walk(border, place, size) for place in range(-margin, size + margin)]
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
    """Within the stated error; rounding takes half a level, float32 a bit."""
    maximum, kernel = picture.maximum, kernel_of(sigmas, origin)
    constant = 0.3 * maximum
    around = Border(border, repr(constant) if border == "constant" else "")
    (step,) = make_plan([Filter("gaussian", (kernel,))], Wishes("pyramid")).steps
    near = step.passes[0].error * maximum + (2e-6 if picture.is_float else 0.501)
    result = run(picture, kernel, around, extent, threads=1)
    for channel in range(len(picture.channels)):
        values = picture.array[..., channel].astype(np.float64)
        wanted = exact(values, sigmas, kernel, border, extent, constant)
        np.testing.assert_allclose(result[..., channel], wanted, rtol=0, atol=near)


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", BORDERS)
def test_pictures_are_as_near_to_the_exact_gaussian_as_said(border: str, extent: str) -> None:
    layouts = cycle(product(["l", "la", "rgb", "012", "0123"], MAXIMUM))
    for sigmas in [(6.0, 6.0), (7.4, 9.1), (6.0, 14.5), (13.0, 6.2)]:
        size = (120, 125) if extent == "valid" else (60, 67)
        channels, dtype = next(layouts)
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


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", BORDERS)
def test_the_origin_may_lie_anywhere(border: str, extent: str) -> None:
    height, width = 2 * int(4 * 6 + 0.5) + 1, 2 * int(4 * 8 + 0.5) + 1
    for origin in [(0, 0), (height - 1, 3), (7, width - 1), (30, 30)]:
        check(noise(70, 80, "l", "float32"), (6.0, 8.0), border, extent, origin)


SMALL = [(1, 1), (1, 2), (2, 1), (1, 9), (9, 1), (3, 3), (1, 70), (70, 1), (8, 13)]


@pytest.mark.parametrize("extent", ["same", "full"])
@pytest.mark.parametrize("border", BORDERS)
def test_pictures_may_be_smaller_than_the_kernel(border: str, extent: str) -> None:
    for size, dtype in product(SMALL, ("uint8", "float32")):
        check(noise(*size, "rgb", dtype), (6.0, 9.5), border, extent)


@pytest.mark.parametrize("border", BORDERS)
def test_far_off_origins_on_small_pictures(border: str) -> None:
    height, width = 2 * int(4 * 6 + 0.5) + 1, 2 * int(4 * 9.5 + 0.5) + 1
    for size, origin in product(SMALL[::2], [(0, width - 1), (height - 1, 0)]):
        check(noise(*size, "l", "float32"), (6.0, 9.5), border, "same", origin)


def test_a_dot_becomes_the_weights_that_the_formulas_give() -> None:
    sigmas, (y, x) = (6.0, 9.0), (60, 71)
    picture = pixels(np.zeros((120, 140)), "float32")
    picture.array[y, x] = 1
    (step,) = make_plan([Filter("gaussian", (kernel_of(sigmas),))], Wishes("pyramid")).steps
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
def test_the_worst_stripes_are_off_as_far_as_said_and_no_farther(phase: int) -> None:
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


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", BORDERS)
def test_threads_and_strips_give_the_same_bytes(
    border: str, extent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "SMALL", 0)
    picture, kernel = noise(131, 90, "rgba", "float32"), kernel_of((7.0, 10.0), (3, 50))
    around = Border(border)
    expected = run(picture, kernel, around, extent, threads=1)
    for strip_bytes, threads in product((1, 20_000), (1, 2, 3, 7)):
        monkeypatch.setattr(pipeline, "STRIP_BYTES", strip_bytes)
        result = run(picture, kernel, around, extent, threads=threads)
        np.testing.assert_array_equal(result, expected, f"{strip_bytes} {threads}")


def bounds_of_what_is_not_finite(result: Array) -> Array:
    places = np.argwhere(~np.isfinite(result[..., 0]))
    return np.array([places.min(axis=0), places.max(axis=0)])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_stays_near_its_place_whatever_the_threads(
    value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "SMALL", 0)
    sigma, dot = 8.0, (190, 200)
    picture = noise(400, 390, "l", "float32")
    picture.array[dot] = value
    alone = run(picture, kernel_of((sigma, sigma)), Border("edge"), "same", threads=1)
    reach = bounds_of_what_is_not_finite(alone) - dot
    assert (np.abs(reach) >= 4 * sigma).all() and (np.abs(reach) <= 8 * sigma).all()
    for threads in range(2, 12):
        result = run(picture, kernel_of((sigma, sigma)), Border("edge"), "same", threads=threads)
        np.testing.assert_array_equal(result, alone, f"{threads} threads")


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_colours_are_weighed_by_alpha(dtype: str, border: str) -> None:
    picture = noise(90, 85, "rgba", dtype)
    picture.array[30:60, 20:50, 3] = 0
    sigmas, values, maximum = (6.0, 7.0), picture.array.astype(np.float64), picture.maximum
    kernel = kernel_of(sigmas)
    alpha = exact(values[..., 3], sigmas, kernel, border, "same", 0)
    result = run(picture, kernel, Border(border), "same")
    near = 1e-3 * maximum + 0.501 * (dtype != "float32")
    np.testing.assert_allclose(result[..., 3], alpha, rtol=0, atol=near)
    for channel in range(3):
        weighed = values[..., channel] * values[..., 3]
        wanted = exact(weighed, sigmas, kernel, border, "same", 0) / alpha
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
