"""The kernel: what it refuses, the facts that it knows about itself, and its algebra."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from imgconv.errors import KernelError
from imgconv.generators import gaussian
from imgconv.kernel import MOST_WEIGHTS, NORMALIZATIONS, Kernel, Reach
from imgconv.picture import Pixels
from imgconv.settings import Settings
from imgconv.symmetry import Symmetry
from tests import oracle
from tests.oracle import Array
from tests.pictures import BLUR, SHARPEN, SOBEL_X, filtered, pixels

whole_weights = arrays(
    np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(-9, 9)
)
vectors = arrays(np.float64, st.integers(1, 6), elements=st.integers(-99, 99))
kernels = st.builds(Kernel, whole_weights, st.sampled_from([1, 2, -4, 0.5]), st.integers(-9, 9))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Kernel([[1, 2], [3]]), "not a rectangle"),
        (lambda: Kernel([["a"]]), "not a rectangle of numbers"),
        (lambda: Kernel([1, 2, 3]), "1 dimension"),
        (lambda: Kernel([[[1]]]), "3 dimension"),
        (lambda: Kernel([[]]), "empty"),
        (lambda: Kernel([[np.nan]]), "not a number"),
        (lambda: Kernel([[np.inf]]), "infinite"),
        (lambda: Kernel(np.ones((MOST_WEIGHTS + 1, 1))), "too large"),
        (lambda: Kernel([[1]], scale=0), "divided by 0"),
        (lambda: Kernel([[1]], scale=np.nan), "divided by nan"),
        (lambda: Kernel([[1]], offset=np.inf), "offset inf"),
        (lambda: Kernel([[1, 2]], origin=(0, 2)), "origin 0,2 lies outside a kernel of 2x1"),
        (lambda: Kernel([[1, 2]], origin=(-1, 0)), "origin -1,0"),
        (lambda: Kernel.outer([1, np.nan], [1]), "not a number"),
    ],
)
def test_what_is_no_kernel_is_refused_with_a_reason(make: Callable[[], Kernel], words: str) -> None:
    with pytest.raises(KernelError, match=words):
        make()


@pytest.mark.parametrize("factor", [["a"], [[1], [2]], [[1, 2], [3]]])
def test_a_factor_that_is_no_row_of_numbers_is_refused(factor: Any) -> None:
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


def test_a_size_is_written_as_people_write_it_width_first() -> None:
    assert Kernel([[1, 2, 3]]).size == "3x1"


def test_a_kernel_does_not_change_with_the_array_that_it_was_made_of() -> None:
    weights = np.ones((3, 3))
    kernel = Kernel(weights)
    weights[:] = 7
    assert kernel.sum == 9
    with pytest.raises(ValueError, match="read-only"):
        kernel.weights[0, 0] = 7


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
def test_a_kernel_knows_what_it_is(kernel: Kernel, facts: set[str]) -> None:
    known = {
        "average": kernel.is_average,
        "zero sum": kernel.is_zero_sum,
        "box": kernel.is_box,
        "whole": kernel.is_integer,
    }
    assert {fact for fact, holds in known.items() if holds} == facts


def test_the_sum_is_exact_whatever_the_order_of_the_weights() -> None:
    assert Kernel([[1e16, 1, -1e16]]).sum == 1


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
def test_the_rank_counts_separable_parts_and_taps_the_weights_that_matter(
    kernel: Kernel, rank: int, taps: int
) -> None:
    assert (kernel.rank, kernel.taps) == (rank, taps)


@given(weights=arrays(np.float64, (4, 5), elements=st.floats(-9, 9, width=32)))
def test_the_separable_parts_add_up_to_the_kernel(weights: Array) -> None:
    total = np.zeros_like(weights)
    for column, row in Kernel(weights).factors():
        total += np.outer(column, row)
    np.testing.assert_allclose(total, weights, rtol=0, atol=1e-11)


@given(column=vectors, row=vectors)
def test_a_separable_kernel_of_whole_numbers_has_factors_of_whole_numbers(
    column: Array, row: Array
) -> None:
    kernel = Kernel(np.outer(column, row))
    for factor in kernel.factors():
        np.testing.assert_array_equal(np.outer(*factor), kernel.weights)
        assert all((part == np.rint(part)).all() for part in factor)


def test_one_level_more_in_a_corner_is_not_separable_any_more() -> None:
    weights = np.outer([1, 2, 3], [4, 5, 6])
    assert Kernel(weights).factor is not None
    weights[2, 2] += 1
    assert Kernel(weights).factor is None


@given(column=vectors, row=vectors)
def test_an_outer_product_is_the_kernel_that_is_multiplied_out(column: Array, row: Array) -> None:
    lazy, grid = Kernel.outer(column, row, 3, 4), Kernel(np.outer(column, row), 3, 4)
    assert lazy == grid
    assert (lazy.sum, lazy.taps, lazy.size) == (grid.sum, grid.taps, grid.size)
    assert lazy.flip() == grid.flip()
    assert lazy.scaled(2) == grid.scaled(2)
    assert lazy.is_zero_sum == grid.is_zero_sum


def test_a_kernel_of_two_long_factors_is_not_multiplied_out_to_know_itself() -> None:
    kernel = Kernel.outer(np.ones(50_000), np.ones(50_000), 50_000**2)
    assert (kernel.taps, kernel.rank, kernel.is_average, kernel.is_box) == (
        50_000**2,
        1,
        True,
        True,
    )
    assert kernel.flip().normalised().folded().size == "50000x50000"


@given(kernel=kernels)
def test_flipped_twice_is_as_before(kernel: Kernel) -> None:
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
    ("rule", "total"), [("sum", lambda w: w.sum()), ("abs", lambda w: np.abs(w).sum())]
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


def test_no_normalisation_changes_nothing() -> None:
    assert SHARPEN.normalised("none") == SHARPEN


@pytest.mark.parametrize(
    ("kernel", "rule", "words"),
    [
        (SOBEL_X, "sum", "sum to zero"),
        (Kernel([[0.1, 0.2, -0.3]]), "sum", "sum to zero"),
        (Kernel([[0]]), "abs", "sum to zero"),
        (BLUR, "most", "choose from " + ", ".join(NORMALIZATIONS)),
    ],
)
def test_what_cannot_be_normalised_says_why(kernel: Kernel, rule: str, words: str) -> None:
    with pytest.raises(KernelError, match=words):
        kernel.normalised(rule)


@pytest.mark.parametrize("scale", [6, 10, 38, -12, 2.5, 1 / 3, 2.0**16])
def test_whole_weights_keep_a_scale_that_their_sums_are_divided_by(scale: float) -> None:
    kernel = BLUR.replaced(scale=scale)
    assert kernel.folded() is kernel


@pytest.mark.parametrize("scale", [3, -9, 255, 2, 16, 1024])
def test_a_scale_that_leaves_no_halves_or_is_a_power_of_two_is_divided_into_whole_weights(
    scale: int,
) -> None:
    folded = Kernel([[1, 2, 5]], scale, 7, (0, 2)).folded()
    assert folded == Kernel(np.array([[1, 2, 5]]) * (1 / scale), 1, 7, (0, 2))


def test_whole_weights_whose_sums_may_not_be_exact_are_divided_too() -> None:
    large = Kernel([[2**15, 2**15]], 6)
    assert large.folded() == Kernel(large.weights * (1 / 6))
    just_exact = Kernel([[2**15, 2**15 - 1]], 6)
    assert just_exact.folded() is just_exact


SCALES = [*range(1, 41), -2, -3, -6, -38]
LEVELS = np.arange(256.0).reshape(16, 16)


def small_whole_kernels() -> list[Kernel]:
    """Of the kinds that engines treat differently: any, separable, and boxes."""
    random = np.random.default_rng(3)
    sizes = [(1, 2), (4, 1), (2, 2), (3, 3), (3, 4)]
    general = [random.integers(-9, 10, size) for size in sizes]
    parts = [(random.integers(-5, 6, high), random.integers(1, 6, wide)) for high, wide in sizes]
    boxes = [np.full(size, weight) for size in [*sizes, (2, 41)] for weight in (1, 3, -1)]
    return [Kernel(grid) for grid in [*general, *(np.outer(*pair) for pair in parts), *boxes]]


KERNELS = small_whole_kernels()


def engines_for(kernel: Kernel) -> list[str | None]:
    """Those whose sums of whole numbers are exact; None is what the planner chooses."""
    return [None, "direct", *["separable"] * bool(kernel.factor), *["running"] * kernel.is_box]


@cache
def pictures_and_sums(number: int) -> list[tuple[Array, Array]]:
    random = np.random.default_rng(number).integers(0, 256, (9, 16)).astype(np.float64)
    weights = KERNELS[number].weights
    return [(p, oracle.correlate_quickly(p, weights)) for p in (LEVELS, random)]


def rounded_exactly(sums: Array, scale: int) -> Array:
    """Sums of whole numbers over a whole scale, in fractions, halves rounded up."""
    levels = {
        total: math.floor(Fraction(int(total), scale) + Fraction(1, 2)) for total in np.unique(sums)
    }
    return np.array([levels[total] for total in sums.flat]).reshape(sums.shape).clip(0, 255)


@pytest.mark.parametrize("scale", SCALES)
def test_whole_kernels_round_halves_up_as_fractions_do(scale: int) -> None:
    for number, kernel in enumerate(KERNELS):
        for (picture, sums), engine in product(pictures_and_sums(number), engines_for(kernel)):
            how = Settings(engine=engine, threads=1)
            result = filtered(pixels(picture), kernel.replaced(scale=scale), settings=how)
            wanted = rounded_exactly(sums, scale)
            np.testing.assert_array_equal(result[..., 0], wanted, f"{kernel.weights} {engine}")


@pytest.mark.parametrize("scale", SCALES)
def test_flat_pictures_of_every_level_are_rounded_as_fractions_are(scale: int) -> None:
    levels = np.arange(256.0)
    flat = np.ascontiguousarray(np.broadcast_to(levels, (3, 4, 256)), np.uint8)
    picture = Pixels(flat, tuple(map(str, range(256))))
    for kernel, engine in product(KERNELS, (None, "direct")):
        how = Settings(engine=engine, threads=1)
        result = filtered(picture, kernel.replaced(scale=scale), settings=how)
        wanted = rounded_exactly(kernel.sum * levels, scale)
        np.testing.assert_array_equal(result[1, 2], wanted, f"{kernel.weights} {engine}")


def test_the_first_separable_parts_are_a_kernel_of_their_own() -> None:
    kernel = Kernel(np.random.default_rng(4).random((5, 7)), 3, 8, (0, 6))
    for rank in range(1, 6):
        part = kernel.of_rank(rank)
        assert part.rank == rank
        assert (part.scale, part.offset, part.origin) == (3, 8, (0, 6))
        total = sum((np.outer(*factor) for factor in part.factors()), np.zeros((5, 7)))
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
def test_the_sigma_of_a_gaussian_is_known(sigma: float) -> None:
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
def test_gaussians_are_known_however_they_are_scaled(
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
def test_what_is_nearly_a_gaussian_is_none(kernel: Kernel) -> None:
    assert kernel.sigmas is None


def test_replacing_leaves_the_rest_as_it_is() -> None:
    kernel = Kernel([[1, 2]], 3, 4, (0, 0))
    assert kernel.replaced(scale=5) == Kernel([[1, 2]], 5, 4, (0, 0))
    assert kernel.replaced(offset=5) == Kernel([[1, 2]], 3, 5, (0, 0))


@given(first=kernels, then=kernels)
def test_the_order_of_composition_does_not_matter_to_the_weights(
    first: Kernel, then: Kernel
) -> None:
    one, other = first.compose(then), then.compose(first)
    np.testing.assert_array_equal(one.weights, other.weights)
    assert (one.scale, one.origin) == (other.scale, other.origin)


@given(first=kernels, second=kernels, third=kernels)
@settings(max_examples=50)
def test_composition_may_be_bracketed_as_one_likes(
    first: Kernel, second: Kernel, third: Kernel
) -> None:
    assert first.compose(second).compose(third) == first.compose(second.compose(third))


@given(kernel=kernels)
def test_composing_with_a_single_one_changes_nothing(kernel: Kernel) -> None:
    assert kernel.compose(Kernel([[1]])) == kernel == Kernel([[1]]).compose(kernel)


def test_two_boxes_make_a_triangle() -> None:
    box = Kernel([[1, 1]], 2, origin=(0, 0))
    assert box.compose(box) == Kernel([[1, 2, 1]], 4, origin=(0, 0))


@pytest.mark.parametrize(
    "other",
    [
        Kernel([[1, 3]]),
        Kernel([[1, 2]], 2),
        Kernel([[1, 2]], 1, 1),
        Kernel([[1, 2]], origin=(0, 0)),
    ],
)
def test_kernels_are_equal_only_if_everything_is(other: Kernel) -> None:
    assert Kernel([[1, 2]]) == Kernel([[1, 2]])
    assert Kernel([[1, 2]]) != other
    assert Kernel([[1]]) != [[1]]


def test_a_kernel_shows_its_size_and_what_it_does_to_the_sum() -> None:
    assert repr(Kernel([[1, 2, 1]], 4, 128)) == "Kernel(3x1, scale=4, offset=128)"


def test_kernels_of_the_same_recipe_are_made_of_the_same_numbers() -> None:
    grid, outer = Kernel([[3, 4], [6, 8]], 2), Kernel.outer([1, 2], [3, 4], 2)
    assert grid == outer
    kernels = [grid, outer, Kernel.outer([2, 4], [1.5, 2], 2), Kernel.outer([1, 2], [3, 5], 2)]
    kernels += [grid.turned(Symmetry(True, False, False)), Kernel(grid.weights, 3)]
    kernels += [Kernel(grid.weights, 2, 1), Kernel(grid.weights, 2, 0, (0, 0))]
    assert len({kernel.recipe for kernel in kernels}) == len(kernels)
    assert Kernel([[3, 4], [6, 8]], 2).recipe == grid.recipe
    assert Kernel.outer([1, 2], [3, 4], 2).recipe == outer.recipe


def test_the_recipe_of_a_wide_gaussian_needs_no_grid() -> None:
    wide, other = gaussian(300), gaussian(300.05)
    assert wide.recipe == gaussian(300).recipe != other.recipe
    assert not {"weights"} & (vars(wide).keys() | vars(other).keys())
