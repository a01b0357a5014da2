"""Kernels put together: compared with SciPy, and with the results over whole pictures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage, signal

from imgconv.errors import LimitError, UsageError
from imgconv.kernels import library
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.study.algebra import added, compare_orders, composed, deviations, factoring


def random_kernel(seed: int, height: int, width: int) -> Kernel:
    rng = np.random.default_rng(seed)
    return Kernel(rng.integers(-9, 10, (height, width)).astype(float))


def as_filters(*kernels: Kernel) -> list[Filter]:
    return [Filter("kernel", (kernel,)) for kernel in kernels]


def test_a_chain_is_one_kernel() -> None:
    assert composed(library.find("difference-x,difference-x")).weights.tolist() == [[1, -2, 1]]
    one, two = random_kernel(1, 3, 4), random_kernel(2, 5, 2)
    expected = signal.convolve2d(one.weights, two.weights)
    assert np.array_equal(composed(as_filters(one, two)).weights, expected)


def test_variances_of_gaussians_add_up() -> None:
    across, down = deviations(composed(library.find("gaussian:1.5,gaussian:2"))) or (0, 0)
    assert across == down == pytest.approx(2.5, abs=1e-3)
    assert deviations(Kernel([[1, -1]])) is None
    across, down = deviations(Kernel([[1, 1, 1, 1]])) or (0, 0)
    assert across == pytest.approx(1.25**0.5)
    assert down == 0


def test_a_chain_with_a_combination_is_no_kernel() -> None:
    with pytest.raises(UsageError, match="combines 2 kernels"):
        composed(library.find("blur,sobel"))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_result_of_a_sum_is_the_sum_of_the_results(sign: int) -> None:
    one = Kernel(random_kernel(3, 3, 4).weights, 7, 2, (0, 3))
    two = Kernel(random_kernel(4, 2, 5).weights, 3, 5, (1, 0))
    picture = np.random.default_rng(5).uniform(0, 255, (20, 30))

    def result(kernel: Kernel) -> NDArray[np.float64]:
        shape = (kernel.height // 2 - kernel.origin[0], kernel.width // 2 - kernel.origin[1])
        shift = tuple(-each for each in shape)
        summed: NDArray[np.float64] = ndimage.correlate(
            picture, kernel.weights, mode="wrap", origin=shift
        )
        return summed / kernel.scale + kernel.offset

    expected = result(one) + sign * result(two)
    np.testing.assert_allclose(result(added(one, two, sign)), expected, atol=1e-9)


def test_whole_weights_stay_whole_over_a_common_scale() -> None:
    (binomial,), (identity,) = (library.find(n)[0].kernels for n in ("binomial", "identity"))
    both = added(binomial, identity, -1)
    assert both.is_integer
    assert both.weights.tolist() == [[1, 2, 1], [2, -12, 2], [1, 2, 1]]
    assert both.scale == 16


@pytest.mark.parametrize(
    ("name", "values", "rank", "error", "share"),
    [
        ("sobel-x", [3.4641016, 0, 0], 1, 0, 0),
        ("laplacian", [4.4494897, 0.4494898, 0], 2, 0.4494898, 0.1005),
    ],
)
def test_singular_values_and_what_the_best_part_leaves(
    name: str, values: list[float], rank: int, error: float, share: float
) -> None:
    (kernel,) = library.find(name)[0].kernels
    parts = factoring(kernel)
    np.testing.assert_allclose(parts.values, values, atol=1e-7)
    assert parts.rank == rank
    assert parts.error(1) == pytest.approx(error, abs=1e-7)
    assert parts.share(1) == pytest.approx(share, abs=5e-5)
    left = kernel.weights - kernel.of_rank(1).weights
    assert np.linalg.norm(left) == pytest.approx(error, abs=1e-7)


def test_a_kernel_of_two_factors_is_not_made_a_grid() -> None:
    parts = factoring(library.find("gaussian:1000")[0].kernels[0])
    assert parts.rank == 1 and parts.error(1) == 0


def test_whole_kernels_commute_and_associate_exactly_but_correlations_do_not() -> None:
    kernels = [random_kernel(seed, size, size) for seed, size in ((1, 3), (2, 5), (3, 4))]
    found = compare_orders(as_filters(*kernels))
    assert found.orders == found.groupings == 0
    one, two = kernels[:2]
    turned = signal.correlate2d(one.weights, two.weights) - signal.correlate2d(
        two.weights, one.weights
    )
    assert found.correlated == np.abs(turned).max() > 0


@pytest.mark.parametrize("count", [1, 5])
def test_the_order_of_other_chains_is_not_compared(count: int) -> None:
    with pytest.raises(UsageError, match=f"the order of a chain of {count}"):
        compare_orders(library.find(",".join(["blur"] * count)))


def test_kernels_that_are_too_large_are_refused() -> None:
    large = random_kernel(1, 300, 300)
    with pytest.raises(LimitError, match="too large to be put together"):
        composed(as_filters(large, large))
    wide = Kernel.outer(np.ones(3000), np.ones(3000))
    with pytest.raises(LimitError, match="a sum of 3000x3000"):
        added(wide, wide)
