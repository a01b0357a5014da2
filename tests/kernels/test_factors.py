"""Factors: columns and rows that make a kernel's weights, and the sigma of a Gaussian."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from imgconv.kernels.generators import gaussian
from imgconv.kernels.kernel import Kernel
from tests.support.oracle import Array
from tests.support.pictures import BLUR, SHARPEN, SOBEL_X
from tests.support.strategies import vectors


@pytest.mark.parametrize(
    ("kernel", "rank", "taps"),
    [
        (Kernel([[0, 0], [0, 0]]), 0, 0),
        (Kernel([[0, 0], [0, 5]]), 1, 1),
        (SOBEL_X, 1, 6),
        (SHARPEN, 2, 5),
        (Kernel(np.eye(4)), 4, 4),
        (Kernel.outer([1, 0, 2], [3, 4]), 1, 4),
    ],
)
def test_the_rank_counts_factors_and_taps_weights_other_than_zero(
    kernel: Kernel, rank: int, taps: int
) -> None:
    assert (kernel.rank, kernel.taps) == (rank, taps)


@given(weights=arrays(np.float64, (4, 5), elements=st.floats(-9, 9, width=32)))
def test_the_factors_sum_to_the_kernel(weights: Array) -> None:
    total = np.zeros_like(weights)
    for column, row in Kernel(weights).factors:
        total += np.outer(column, row)
    np.testing.assert_allclose(total, weights, rtol=0, atol=1e-11)


@given(column=vectors, row=vectors)
def test_the_factors_of_integers_are_integers(column: Array, row: Array) -> None:
    kernel = Kernel(np.outer(column, row))
    for factor in kernel.factors:
        np.testing.assert_array_equal(np.outer(*factor), kernel.weights)
        assert all((part == np.rint(part)).all() for part in factor)


def test_a_kernel_with_one_changed_weight_is_not_separable() -> None:
    weights = np.outer([1, 2, 3], [4, 5, 6])
    assert Kernel(weights).factor is not None
    weights[2, 2] += 1
    assert Kernel(weights).factor is None


def test_the_first_factors_are_a_kernel_of_lower_rank() -> None:
    kernel = Kernel(np.random.default_rng(4).random((5, 7)), 3, 8, (0, 6))
    for rank in range(1, 6):
        part = kernel.of_rank(rank)
        assert part.rank == rank
        assert (part.scale, part.offset, part.origin) == (3, 8, (0, 6))
        total = sum((np.outer(*factor) for factor in part.factors), np.zeros((5, 7)))
        np.testing.assert_array_equal(part.weights, total)
    np.testing.assert_allclose(kernel.of_rank(5).weights, kernel.weights, rtol=0, atol=1e-14)


def test_no_kernel_of_the_same_rank_is_nearer() -> None:
    kernel = Kernel(np.random.default_rng(5).random((6, 6)))
    values = np.linalg.svd(kernel.weights, compute_uv=False)
    for rank in range(1, 6):
        left = kernel.weights - kernel.of_rank(rank).weights
        np.testing.assert_allclose(np.sum(left**2), np.sum(values[rank:] ** 2))


def bell(sigma: float, radius: int) -> Array:
    """A Gaussian, not normalised."""
    weights: Array = np.exp(-(np.arange(-radius, radius + 1.0) ** 2) / 2 / sigma**2)
    return weights


@pytest.mark.parametrize("sigma", [0.9, 1, 1.5, 2.25, 3, 7, 10.3, 40, 200, 1000])
def test_the_sigma_of_a_gaussian_is_found(sigma: float) -> None:
    assert gaussian(sigma).sigmas == pytest.approx((sigma, sigma), rel=1e-6)


@pytest.mark.parametrize(
    ("kernel", "sigmas"),
    [
        (Kernel.outer(bell(2, 8), bell(5, 20)), (2, 5)),
        (Kernel(np.outer(bell(2, 8), bell(5, 20))), (2, 5)),
        (Kernel.outer(bell(2, 8), bell(2, 8), scale=7, offset=9, origin=(0, 3)), (2, 2)),
        (Kernel.outer(-3 * bell(2, 8), bell(2, 8)), (2, 2)),
        (Kernel.outer(-3 * bell(2, 8), -bell(2, 8)), (2, 2)),
        (Kernel.outer(bell(2, 14), bell(2, 30)), (2, 2)),
    ],
)
def test_sigmas_are_found_however_a_gaussian_is_scaled(
    kernel: Kernel, sigmas: tuple[float, float]
) -> None:
    assert kernel.sigmas == pytest.approx(sigmas, rel=1e-9)


@pytest.mark.parametrize(
    "kernel",
    [
        Kernel(np.ones((9, 9))),
        Kernel([[1]]),
        Kernel([[0]]),
        Kernel(np.zeros((17, 17))),
        Kernel(np.eye(17)),
        BLUR,
        SHARPEN,
        Kernel.outer(bell(2, 8), np.ones(17)),
        Kernel.outer(bell(2, 8), [1]),
        Kernel.outer(bell(2, 8), np.hanning(19)[1:-1]),
        Kernel.outer(bell(2, 8), bell(2, 7)),
        Kernel.outer(bell(2, 8), bell(2, 8)[:-1]),
        Kernel.outer(bell(2, 8), np.roll(bell(2, 8), 1)),
        Kernel.outer(bell(2, 8), bell(2, 8) + 1e-5),
        Kernel.outer(bell(2, 8), bell(2, 8) * (1 + 1e-5 * np.arange(17))),
        Kernel.outer(bell(2, 8), bell(2, 8) * np.resize([1, -1], 17)),
        Kernel.outer(bell(2, 8), np.round(bell(2, 8), 3)),
        Kernel.outer(bell(2, 8), bell(2, 80)),
    ],
    ids=[
        *["box", "dot", "nothing", "zeros", "line", "blur", "sharpen", "half a box", "a column"],
        *["window", "cut off early", "even", "off the middle", "lifted", "slanted", "alternating"],
        *["few digits", "nothing far away"],
    ],
)
def test_other_kernels_have_no_sigma(kernel: Kernel) -> None:
    assert kernel.sigmas is None
