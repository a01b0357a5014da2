"""The algebra of kernels: turned, scaled, normalised, composed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgconv.errors import KernelError
from imgconv.kernels.filter import NORMALIZATIONS
from imgconv.kernels.kernel import Kernel
from imgconv.kernels.symmetry import Symmetry
from tests.support.oracle import Array
from tests.support.pictures import BLUR, SHARPEN, SOBEL_X
from tests.support.strategies import examples, kernels


@pytest.mark.parametrize("wrong", [3, None, [[1]], [], {}])
def test_an_argument_of_another_type_is_a_kernel_error(wrong: Any) -> None:
    with pytest.raises(KernelError, match=r"is no kernel; give an imgconv\.Kernel"):
        BLUR.compose(wrong)
    with pytest.raises(KernelError, match="no normalisation is called"):
        BLUR.normalised(wrong)


@given(kernel=kernels)
def test_flipping_twice_is_the_identity(kernel: Kernel) -> None:
    assert kernel.flip().flip() == kernel


def test_flipping_turns_the_grid_about_its_origin() -> None:
    flipped = Kernel([[1, 2, 3], [4, 5, 6]], 7, 8, origin=(0, 2)).flip()
    assert flipped == Kernel([[6, 5, 4], [3, 2, 1]], 7, 8, origin=(1, 0))


@pytest.mark.parametrize(
    ("symmetry", "grid", "origin"),
    [
        (Symmetry(upside_down=True), [[4, 5, 6], [1, 2, 3]], (1, 2)),
        (Symmetry(mirrored=True), [[3, 2, 1], [6, 5, 4]], (0, 0)),
        (Symmetry(transposed=True), [[1, 4], [2, 5], [3, 6]], (2, 0)),
        (Symmetry(mirrored=True, transposed=True), [[3, 6], [2, 5], [1, 4]], (0, 0)),
        (Symmetry(upside_down=True, transposed=True), [[4, 1], [5, 2], [6, 3]], (2, 1)),
    ],
)
def test_turning_over_comes_before_transposing(
    symmetry: Symmetry, grid: list[list[int]], origin: tuple[int, int]
) -> None:
    turned = Kernel([[1, 2, 3], [4, 5, 6]], 7, 8, origin=(0, 2)).turned(symmetry)
    assert turned == Kernel(grid, 7, 8, origin)


@given(
    column=st.lists(st.integers(-9, 9), min_size=1, max_size=5),
    row=st.lists(st.integers(-9, 9), min_size=1, max_size=5),
)
def test_a_kernel_of_factors_is_turned_as_its_grid_is(column: list[int], row: list[int]) -> None:
    origin = (0, len(row) - 1)
    for switches in product((False, True), repeat=3):
        turned = Kernel.outer(column, row, 7, 8, origin).turned(Symmetry(*switches))
        assert "weights" not in vars(turned)
        grid = Kernel(np.outer(column, row), 7, 8, origin)
        assert turned == grid.turned(Symmetry(*switches))


@given(kernel=kernels, factor=st.sampled_from([0.5, 2, -3]))
def test_scaling_multiplies_the_result_and_so_the_offset(kernel: Kernel, factor: float) -> None:
    scaled = kernel.scaled(factor)
    np.testing.assert_array_equal(
        scaled.weights / scaled.scale, kernel.weights / kernel.scale * factor
    )
    assert scaled.offset == kernel.offset * factor


@pytest.mark.parametrize(
    ("rule", "total"),
    [("sum", lambda w: w.sum()), ("abs", lambda w: np.abs(w).sum()), ("size", lambda w: w.size)],
)
def test_normalising_divides_by_a_total_in_place_of_the_scale(
    rule: str, total: Callable[[Array], float]
) -> None:
    kernel = Kernel([[1, -2], [4, 5]], 3, 6, (0, 1))
    assert kernel.normalised(rule) == Kernel(kernel.weights, total(kernel.weights), 6, (0, 1))


def test_softmax_weighs_by_exponentials_that_sum_to_one() -> None:
    kernel = Kernel([[1000, 1001]], 3, 6).normalised("softmax")
    expected = np.array([[1, np.e]]) / (1 + np.e)
    np.testing.assert_allclose(kernel.weights, expected, rtol=1e-12)
    assert (kernel.scale, kernel.offset, kernel.is_average) == (1, 6, False)


def test_the_rule_none_changes_nothing() -> None:
    assert SHARPEN.normalised("none") == SHARPEN


@pytest.mark.parametrize(
    ("kernel", "rule", "message"),
    [
        (SOBEL_X, "sum", "sum to zero"),
        (Kernel([[0.1, 0.2, -0.3]]), "sum", "sum to zero"),
        (Kernel([[0]]), "abs", "sum to zero"),
        (BLUR, "most", "choose from " + ", ".join(NORMALIZATIONS)),
    ],
)
def test_a_kernel_that_cannot_be_normalised_is_refused(
    kernel: Kernel, rule: str, message: str
) -> None:
    with pytest.raises(KernelError, match=message):
        kernel.normalised(rule)


def test_replaced_changes_what_is_given_alone() -> None:
    kernel = Kernel([[1, 2]], 3, 4, (0, 0))
    assert kernel.replaced(scale=5) == Kernel([[1, 2]], 5, 4, (0, 0))
    assert kernel.replaced(offset=5) == Kernel([[1, 2]], 3, 5, (0, 0))


@given(first=kernels, then=kernels)
def test_composition_is_commutative_in_the_weights(first: Kernel, then: Kernel) -> None:
    one, other = first.compose(then), then.compose(first)
    np.testing.assert_array_equal(one.weights, other.weights)
    assert (one.scale, one.origin) == (other.scale, other.origin)


@given(first=kernels, second=kernels, third=kernels)
@examples(50)
def test_composition_is_associative(first: Kernel, second: Kernel, third: Kernel) -> None:
    assert first.compose(second).compose(third) == first.compose(second.compose(third))


@given(kernel=kernels)
def test_composing_with_the_identity_changes_nothing(kernel: Kernel) -> None:
    assert kernel.compose(Kernel([[1]])) == kernel == Kernel([[1]]).compose(kernel)


def test_two_boxes_make_a_triangle() -> None:
    box = Kernel([[1, 1]], 2, origin=(0, 0))
    assert box.compose(box) == Kernel([[1, 2, 1]], 4, origin=(0, 0))
