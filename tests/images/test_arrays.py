"""Arrays of all types of numbers: what is computed, and the type that comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import imgconv
from imgconv.errors import UsageError
from imgconv.kernels.kernel import Kernel
from tests.support import oracle
from tests.support.pictures import BLUR, SHARPEN, SOBEL_X

INTEGERS = ("int8", "int16", "int32", "int64", "uint32", "uint64")
MOST = 2**24


def numbers(dtype: str, most: int = MOST) -> Any:
    """Return an array of numbers within the limits of its type, and within ``most``."""
    limits = np.iinfo(dtype)
    low, high = max(limits.min, -most), min(limits.max, most)
    return np.random.default_rng(3).integers(low, high, (14, 19), dtype, endpoint=True)


@pytest.mark.parametrize("kernel", [BLUR, SHARPEN, SOBEL_X], ids=["blur", "sharpen", "sobel-x"])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_are_rounded_and_clamped_to_their_type(dtype: str, kernel: Kernel) -> None:
    # Sums of up to 2^20 times 16 are exact in float32.
    array = numbers(dtype, 2**20)
    sums = oracle.correlate_quickly(array.astype(float), kernel.weights) / kernel.scale
    limits = np.iinfo(dtype)
    result = imgconv.apply(array, kernel)
    assert result.dtype == dtype
    expected = np.floor(sums + 0.5).clip(limits.min, float(limits.max))
    np.testing.assert_allclose(result.astype(float), expected, rtol=0, atol=0.51)
    exact = np.abs(sums + 0.5 - np.rint(sums + 0.5)) > 0.01  # no half, which float32 may miss
    np.testing.assert_array_equal(result[exact].astype(float), expected[exact])


@pytest.mark.parametrize("text", ["gaussian:6", "disk:5", "blur:9", "unsharp"])
@pytest.mark.parametrize("dtype", ["int16", "int32", "uint32"])
def test_large_filters_stay_within_half_a_level_of_255(dtype: str, text: str) -> None:
    array = np.random.default_rng(5).integers(0, 256, (90, 120)).astype(dtype)
    near, exact = (imgconv.apply(array, text, tolerance=t) for t in (0.5, 0))
    assert np.abs(near.astype(int) - exact.astype(int)).max() <= 1


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_up_to_24_bits_are_exact(dtype: str) -> None:
    array = numbers(dtype)
    array[0, 0] = min(np.iinfo(dtype).max, MOST)
    np.testing.assert_array_equal(imgconv.apply(array, "identity"), array)


@pytest.mark.parametrize("dtype", [d for d in INTEGERS if np.iinfo(d).max > MOST])
def test_integers_of_more_bits_are_refused(dtype: str) -> None:
    for value in (MOST + 1, np.iinfo(dtype).max, max(np.iinfo(dtype).min, -MOST - 1)):
        array = np.zeros((3, 3), dtype)
        array[1, 1] = value
        if not value:
            continue
        with pytest.raises(UsageError, match=f"{value}.*more than 24 bits; divide them"):
            imgconv.apply(array, "blur")


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("factor", [1e9, -1e9])
def test_results_beyond_a_type_become_its_limit(dtype: str, factor: float) -> None:
    array = np.full((3, 3), 100, dtype)
    result = imgconv.apply(array, Kernel([[factor * 1e9]]))
    limits = np.iinfo(dtype)
    assert result[0, 0] == pytest.approx(limits.max if factor > 0 else limits.min)


@pytest.mark.parametrize(("dtype", "error"), [("float64", 1e-7), ("float32", 0), ("float16", 1e-3)])
def test_floats_come_back_as_they_went_in(dtype: str, error: float) -> None:
    array = np.random.default_rng(4).normal(0, 3, (14, 19)).astype(dtype)
    result = imgconv.apply(array, SHARPEN, tolerance=0)
    assert result.dtype == dtype
    expected = imgconv.apply(array.astype(np.float32), SHARPEN, tolerance=0)
    np.testing.assert_allclose(result, expected, rtol=error, atol=error)


def test_a_float16_that_overflows_is_infinite() -> None:
    assert imgconv.apply(np.full((2, 2), 60000, np.float16), [[2]])[0, 0] == np.inf


def test_floats_that_float32_cannot_hold_are_refused() -> None:
    with pytest.raises(UsageError, match=r"beyond 3\.4e38.*divide the array first"):
        imgconv.apply(np.full((3, 3), -1e39), "blur")
    assert np.isinf(imgconv.apply(np.full((3, 3), np.inf), "identity")).all()


def test_bool_becomes_shares_of_one() -> None:
    mask = np.zeros((5, 5), bool)
    mask[2, 2] = True
    result = imgconv.apply(mask, "blur")
    assert result.dtype == np.float32
    np.testing.assert_allclose(result[1:4, 1:4], 1 / 9, rtol=1e-6)
    assert result[0, 0] == 0


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64", "bool"])
@pytest.mark.parametrize(
    ("shape", "gray"),
    [
        ((6, 9), (6, 9)),
        ((6, 9, 1), (6, 9, 1)),
        ((6, 9, 2), (6, 9, 2)),
        ((6, 9, 3), (6, 9)),
        ((6, 9, 4), (6, 9, 2)),
    ],
)
def test_three_channels_become_grey(
    shape: tuple[int, ...], gray: tuple[int, ...], dtype: str
) -> None:
    array = np.random.default_rng(6).integers(0, 2, shape).astype(dtype)
    result = imgconv.apply(array, "identity", gray=True)
    assert result.shape == gray
    if len(shape) == 3 and shape[2] >= 3:
        luma = array[..., :3].astype(float) @ [0.299, 0.587, 0.114]
        grey = result if result.ndim == 2 else result[..., 0]
        half = 0.51 if array.dtype.kind in "iu" else 1e-5
        np.testing.assert_allclose(grey, luma, atol=half)
        if result.ndim == 3:
            np.testing.assert_array_equal(result[..., 1:], array[..., 3:])


@pytest.mark.parametrize(("dtype", "middle"), [("int16", 128), ("int8", 64), ("int64", 128)])
def test_white_of_other_integers_is_255_or_the_end_of_the_type(dtype: str, middle: int) -> None:
    array = np.zeros((4, 4), dtype)
    assert (imgconv.apply(array, "sobel-x", range="offset") == middle).all()
    array[0, 0] = 1
    stretched = imgconv.apply(array, "identity", range="stretch")
    assert stretched.max() == min(255, np.iinfo(dtype).max)
