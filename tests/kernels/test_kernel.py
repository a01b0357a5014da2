"""The kernel: its checks, and the facts about its weights."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from traceback import format_exception
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from imgconv.errors import KernelError
from imgconv.kernels.generators import gaussian
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel, Reach
from imgconv.kernels.symmetry import Symmetry
from tests.support.oracle import Array
from tests.support.pictures import BLUR, SHARPEN, SOBEL_X
from tests.support.strategies import vectors


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Kernel([[1, 2], [3]]), "not a rectangle"),
        (lambda: Kernel([["a"]]), "not a rectangle of numbers"),  # type: ignore[list-item]
        (lambda: Kernel([["1", "2"]]), "not a rectangle of numbers"),  # type: ignore[list-item]
        (lambda: Kernel(np.ones((2, 2), complex)), "not a rectangle of numbers"),
        (lambda: Kernel(np.ones((2, 2), "m8[s]")), "not a rectangle of numbers"),
        (lambda: Kernel([[10**400]]), "not a rectangle of numbers"),
        (lambda: Kernel([[1]]).scaled("x"), "the factor is no number"),  # type: ignore[arg-type]
        (lambda: Kernel([1, 2, 3]), "1 dimension"),  # type: ignore[list-item]
        (lambda: Kernel([[[1]]]), "3 dimension"),  # type: ignore[list-item]
        (lambda: Kernel([[]]), "empty"),
        (lambda: Kernel([[np.nan]]), "not a number"),
        (lambda: Kernel([[np.inf]]), "infinite"),
        (lambda: Kernel(np.ones((MOST_WEIGHTS + 1, 1))), "too large"),
        (lambda: Kernel([[1]], scale=0), "divided by 0"),
        (lambda: Kernel([[1]], scale=np.nan), "divided by nan"),
        (lambda: Kernel([[1]], scale=1e-310), "divided by 1e-310"),
        (lambda: Kernel([[1]], scale=1e-31), "up to 1 over the scale 1e-31 are too large"),
        (lambda: Kernel.outer([1e20], [1e20]), "weights up to 1e.40 over the scale 1"),
        (lambda: Kernel([[1]], offset=np.inf), "offset of inf cannot be added"),
        (lambda: Kernel([[1]], offset=np.nan), "offset of nan"),
        (lambda: Kernel([[1]], offset=1e308), "offset of 1e.308.*give a number up to 1e.30"),
        (lambda: Kernel([[1, 2]], origin=(0, 2)), "origin 0,2 lies outside a kernel of 2x1"),
        (lambda: Kernel([[1, 2]], origin=(-1, 0)), "origin -1,0"),
        (lambda: Kernel.outer([1, np.nan], [1]), "not a number"),
    ],
)
def test_weights_that_make_no_kernel_are_refused(make: Callable[[], Kernel], message: str) -> None:
    with pytest.raises(KernelError, match=message):
        make()


@pytest.mark.parametrize("factor", [["a"], [[1], [2]], [[1, 2], [3]]])
def test_a_factor_of_other_than_one_row_is_refused(factor: Any) -> None:
    with pytest.raises(KernelError):
        Kernel.outer(factor, [1])
    with pytest.raises(KernelError):
        Kernel.outer([1], factor)


@pytest.mark.parametrize(
    ("shape", "origin"), [((1, 1), (0, 0)), ((3, 3), (1, 1)), ((2, 4), (1, 2)), ((5, 2), (2, 1))]
)
def test_the_origin_is_the_middle_unless_it_is_given(
    shape: tuple[int, int], origin: tuple[int, int]
) -> None:
    assert Kernel(np.ones(shape)).origin == origin


def test_the_reach_counts_pixels_around_the_origin() -> None:
    assert Kernel(np.ones((4, 6)), origin=(1, 4)).reach == Reach(1, 2, 4, 1)


def test_the_size_has_the_width_first() -> None:
    assert Kernel([[1, 2, 3]]).size == "3x1"


def test_a_kernel_does_not_change_with_the_array_that_it_was_made_of() -> None:
    weights = np.ones((3, 3))
    kernel = Kernel(weights)
    weights[:] = 7
    assert kernel.sum == 9
    with pytest.raises(ValueError, match="read-only"):
        kernel.weights[0, 0] = 7


@pytest.mark.parametrize("name", ["scale", "origin", "weights", "size", "strength"])
def test_a_kernel_is_immutable(name: str) -> None:
    kernel = Kernel([[1, 2, 1]], 4)
    with pytest.raises(AttributeError, match=f"immutable, also its {name}; 'replaced' makes"):
        setattr(kernel, name, 3)
    assert kernel == Kernel([[1, 2, 1]], 4)


@pytest.mark.parametrize(
    "kernel", [Kernel([[1, 2], [3, 4]], 2, 5, (0, 1)), Kernel.outer([1], [2, 3])]
)
@pytest.mark.parametrize(
    "copied", [copy, deepcopy, lambda kernel: pickle.loads(pickle.dumps(kernel))]
)
def test_a_copy_of_a_kernel_is_equal_and_read_only(kernel: Kernel, copied: Any) -> None:
    weights = kernel.weights
    made = copied(kernel)
    assert (made, hash(made), made.cache_key) == (kernel, hash(kernel), kernel.cache_key)
    with pytest.raises(ValueError, match="read-only"):
        made.weights[0, 0] = 7
    assert (kernel.weights == weights).all()


@pytest.mark.parametrize(
    ("kernel", "facts"),
    [
        (BLUR, {"average", "whole"}),
        (SHARPEN, {"average", "whole"}),
        (SOBEL_X, {"zero sum", "whole"}),
        (Kernel([[1, 1], [1, 1]], 4), {"average", "box", "whole"}),
        (Kernel([[1, 1], [1, 1]], 4, offset=1), {"box", "whole"}),
        (Kernel([[0.5, 0.25, 0.25]]), {"average"}),
        (Kernel([[0.1, 0.2, -0.3]]), {"zero sum"}),
        (Kernel([[0, 0]]), {"zero sum", "whole"}),
        (Kernel([[-2, -2]], -4), {"average", "box", "whole"}),
        (Kernel([[1, 1, 0]], 2), {"average", "whole"}),
        (Kernel.outer([0, 0], [1, 1]), {"zero sum", "whole"}),
        (Kernel.outer([1, 2, 1], [-1, 0, 1]), {"zero sum", "whole"}),
        (Kernel.outer([0.5, 0.5], [1, 1], 2), {"average", "box"}),
    ],
)
def test_the_facts_about_a_kernel(kernel: Kernel, facts: set[str]) -> None:
    known = {
        "average": kernel.is_average,
        "zero sum": kernel.is_zero_sum,
        "box": kernel.is_box,
        "whole": kernel.is_integer,
    }
    assert {fact for fact, holds in known.items() if holds} == facts


def test_the_sum_is_exact_whatever_the_order_of_the_weights() -> None:
    assert Kernel([[1e16, 1, -1e16]]).sum == 1


@given(column=vectors, row=vectors)
def test_a_kernel_of_factors_equals_its_grid(column: Array, row: Array) -> None:
    lazy, grid = Kernel.outer(column, row, 3, 4), Kernel(np.outer(column, row), 3, 4)
    assert lazy == grid
    assert (lazy.sum, lazy.taps, lazy.size) == (grid.sum, grid.taps, grid.size)
    assert lazy.flip() == grid.flip()
    assert lazy.scaled(2) == grid.scaled(2)
    assert lazy.is_zero_sum == grid.is_zero_sum


def test_the_facts_about_two_long_factors_need_no_grid() -> None:
    kernel = Kernel.outer(np.ones(50_000), np.ones(50_000), 50_000**2)
    assert (kernel.taps, kernel.rank, kernel.is_average, kernel.is_box) == (
        50_000**2,
        1,
        True,
        True,
    )
    assert kernel.flip().normalised().folded().size == "50000x50000"


@pytest.mark.parametrize(
    "other",
    [
        Kernel([[1, 3]]),
        Kernel([[1, 2]], 2),
        Kernel([[1, 2]], 1, 1),
        Kernel([[1, 2]], origin=(0, 0)),
    ],
)
def test_kernels_are_equal_only_in_all_that_they_are_made_of(other: Kernel) -> None:
    assert Kernel([[1, 2]]) == Kernel([[1, 2]])
    assert Kernel([[1, 2]]) != other
    assert Kernel([[1]]) != [[1]]


@pytest.mark.parametrize(
    ("kernel", "other"),
    [
        (Kernel([[3, 4], [6, 8]], 2), Kernel.outer([1, 2], [3, 4], 2)),
        (Kernel([[0, 1]], origin=(0, 0)), Kernel([[-0.0, 1]], 1, -0.0, (0, 0))),
        (gaussian(2), Kernel(gaussian(2).weights)),
    ],
)
def test_equal_kernels_have_one_hash(kernel: Kernel, other: Kernel) -> None:
    assert kernel == other
    assert {kernel: "found"}[other] == "found"
    assert {kernel, Kernel(kernel.weights, 3), Kernel([[9]]), other} == {
        *(kernel, Kernel(kernel.weights, 3), Kernel([[9]])),
    }


def test_the_hash_of_a_wide_gaussian_needs_no_grid() -> None:
    wide = gaussian(300)
    assert hash(wide) != hash(gaussian(300.05))
    assert "weights" not in vars(wide)


@pytest.mark.parametrize("weights", [[["a"]], [[1], [1, 2]], 3, [1, 2], [[None]], {}, [[1j]]])
def test_the_traceback_of_a_refused_kernel_has_few_lines(weights: Any) -> None:
    with pytest.raises(KernelError) as caught:
        Kernel(weights)
    shown = "".join(format_exception(caught.value))
    assert "another exception" not in shown and "direct cause" not in shown
    assert len(caught.traceback) <= 3


def test_cache_keys_are_equal_only_for_kernels_made_of_the_same_numbers() -> None:
    grid, outer = Kernel([[3, 4], [6, 8]], 2), Kernel.outer([1, 2], [3, 4], 2)
    assert grid == outer
    kernels = [grid, outer, Kernel.outer([2, 4], [1.5, 2], 2), Kernel.outer([1, 2], [3, 5], 2)]
    kernels += [grid.turned(Symmetry(True, False, False)), Kernel(grid.weights, 3)]
    kernels += [Kernel(grid.weights, 2, 1), Kernel(grid.weights, 2, 0, (0, 0))]
    assert len({kernel.cache_key for kernel in kernels}) == len(kernels)
    assert Kernel([[3, 4], [6, 8]], 2).cache_key == grid.cache_key
    assert Kernel.outer([1, 2], [3, 4], 2).cache_key == outer.cache_key


def test_the_cache_key_of_a_wide_gaussian_needs_no_grid() -> None:
    wide, other = gaussian(300), gaussian(300.05)
    assert wide.cache_key == gaussian(300).cache_key != other.cache_key
    assert not {"weights"} & (vars(wide).keys() | vars(other).keys())


ODD: list[Any] = ["x", None, [1], 1j, 10**400, object()]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("name", ["scale", "offset"])
def test_a_scale_or_an_offset_that_is_no_number_is_a_kernel_error(name: str, value: Any) -> None:
    with pytest.raises(KernelError, match=f"the {name} is no number"):
        Kernel([[1]], **{name: value})


@pytest.mark.parametrize("origin", [0, (0, 0.5), (0,), (0, 0, 0), "00", (None, 0), (0, "0"), 1.5])
def test_an_origin_that_is_no_two_whole_numbers_is_a_kernel_error(origin: Any) -> None:
    makes: list[Callable[[], Kernel]] = [
        lambda: Kernel([[1, 2]], origin=origin),
        lambda: Kernel.outer([1, 2], [1, 2], origin=origin),
        lambda: Kernel([[1, 2]]).replaced(origin=origin),
    ]
    for make in makes:
        with pytest.raises(KernelError, match="the origin is no row and column"):
            make()


@pytest.mark.parametrize("origin", [np.array([0, 1]), [0, 1], (np.int8(0), True), iter((0, 1))])
def test_an_origin_of_any_whole_numbers_is_taken(origin: Any) -> None:
    assert Kernel([[1, 2]], origin=origin).cache_key == Kernel([[1, 2]], origin=(0, 1)).cache_key


@pytest.mark.parametrize("mask", [False, [[False, True]]])
def test_weights_with_a_mask_are_refused(mask: Any) -> None:
    masked: Any = np.ma.masked_array([[1.0, 2.0]], mask=mask)
    for weights in (masked, [masked[0], masked[0]]):
        with pytest.raises(KernelError, match="masked array"):
            Kernel(weights)
    assert Kernel(np.asarray(masked)).size == "2x1"


def test_weights_that_no_float_holds_are_refused() -> None:
    with pytest.raises(KernelError, match="not a rectangle of numbers"):
        Kernel([[10**400]])
