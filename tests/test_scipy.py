"""SciPy as a second oracle: the same conventions, written by other people."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage, signal

from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support.oracle import Array
from tests.support.pictures import filtered, pixels
from tests.support.strategies import examples

pytestmark = pytest.mark.arithmetic

# The names of our borders in scipy.ndimage, which lacks none, and of the three in scipy.signal.
NDIMAGE = {name: name for name in BORDERS if name != "none"} | {"edge": "nearest"}
SIGNAL = {"constant": "fill", "reflect": "symm", "wrap": "wrap"}

pictures = arrays(
    np.float32, st.tuples(st.integers(7, 12), st.integers(7, 12)), elements=st.integers(0, 255)
)
kernels = arrays(
    np.float64, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(-9, 9)
)


def ours(picture: Array, kernel: Kernel, border: str, extent: str = "same") -> Array:
    """Return the result of the direct engine, which sums whole numbers exactly."""
    around = Border(border, "9" if border == "constant" else "")
    settings = Settings(around, extent, engine="direct")
    return filtered(pixels(picture, "float32", "0"), kernel, settings=settings)[..., 0]


@given(picture=pictures, weights=kernels)
@examples(40)
def test_the_border_none_is_a_quotient_of_two_correlations_of_ndimage(
    picture: Array, weights: Array
) -> None:
    weights = np.abs(weights) + 1
    sums, inside = (
        ndimage.correlate(values, weights, mode="constant", cval=0)
        for values in (picture.astype(np.float64), np.ones(picture.shape))
    )
    result = ours(picture, Kernel(weights, weights.sum()), "none")
    np.testing.assert_allclose(result, sums / inside, rtol=1e-6)


@pytest.mark.parametrize("border", NDIMAGE)
@given(picture=pictures, weights=kernels, data=st.data())
@examples(40)
def test_filtering_is_what_ndimage_calls_correlation(
    border: str, picture: Array, weights: Array, data: st.DataObject
) -> None:
    height, width = weights.shape
    origin = data.draw(st.tuples(st.integers(0, height - 1), st.integers(0, width - 1)))
    # SciPy counts the origin from the middle.
    shift = (origin[0] - height // 2, origin[1] - width // 2)
    theirs = ndimage.correlate(
        picture.astype(np.float64), weights, mode=NDIMAGE[border], cval=9, origin=shift
    )
    np.testing.assert_array_equal(ours(picture, Kernel(weights, origin=origin), border), theirs)


@pytest.mark.parametrize("border", NDIMAGE)
@given(picture=pictures, weights=kernels)
@examples(40)
def test_a_flipped_kernel_is_what_ndimage_calls_convolution(
    border: str, picture: Array, weights: Array
) -> None:
    theirs = ndimage.convolve(picture.astype(np.float64), weights, mode=NDIMAGE[border], cval=9)
    np.testing.assert_array_equal(ours(picture, Kernel(weights).flip(), border), theirs)


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", SIGNAL)
@given(picture=pictures, weights=kernels)
@examples(40)
def test_extents_are_the_modes_of_scipy_signal(
    border: str, extent: str, picture: Array, weights: Array
) -> None:
    exact, facts = picture.astype(np.float64), (extent, SIGNAL[border], 9)
    # Of the two weights in the middle, SciPy's origin is the first.
    height, width = weights.shape
    kernel = Kernel(weights, origin=((height - 1) // 2, (width - 1) // 2))
    np.testing.assert_array_equal(
        ours(picture, kernel, border, extent), signal.correlate2d(exact, weights, *facts)
    )
    np.testing.assert_array_equal(
        ours(picture, kernel.flip(), border, extent), signal.convolve2d(exact, weights, *facts)
    )


@pytest.mark.parametrize(("dtype", "maxval"), [*product(MAXIMUM, [None]), ("uint16", 1023)])
@pytest.mark.parametrize(("amount", "threshold"), [(0.3, 2), (1, 5), (3, 5)])
def test_unsharp_adds_differences_from_the_blur_that_reach_a_share_of_white(
    dtype: str, maxval: int | None, amount: float, threshold: float
) -> None:
    maximum = maxval or MAXIMUM[dtype]
    levels = np.random.default_rng(4).integers(100, 140, (40, 50)) / 255 * maximum
    picture = levels.astype(dtype).astype(np.float64)
    difference = picture - ndimage.gaussian_filter(picture, 1, mode="nearest", truncate=12)
    expected = picture + np.where(
        np.abs(difference) >= threshold * maximum / 255, amount * difference, 0
    )
    is_clear = np.abs(np.abs(difference) * 255 / maximum - threshold) > 1e-3
    pixels = Pixels(picture.astype(dtype)[..., None], ("l",), maxval=maxval)
    result = filtered(
        pixels, *library.find(f"unsharp:1:{amount}:{threshold}"), settings=Settings(tolerance=0)
    )[..., 0]
    assert 0.1 < (expected != picture).mean() < 0.9
    bound = 1e-5 if dtype == "float32" else 0.6
    assert np.abs(result - expected)[is_clear].max() < bound
