"""Sums in fixed point stay within the error that they state, whatever weights and pixels."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.engines import fixed_point
from imgconv.engines.base import PlanOptions
from imgconv.engines.fixed_point import FRACTION, Weighted, of_factor, of_grid, weighted
from imgconv.execution.executor import Filtered, filter_pixels
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import covering

pytestmark = pytest.mark.arithmetic

BYTES = PlanOptions(is_bytes=True)
SOFT = Kernel([[0.1, 0.2, 0.1], [0.2, 0.3, 0.0], [-0.1, 0.1, 0.1]])


def summed(sums: Weighted, levels: np.ndarray, before: int = FRACTION) -> np.ndarray:
    """Return the sums of the loops for a row of ``levels`` for each weight, in levels."""
    weights = sums.weights[:, None].astype(int)
    products = (levels.astype(int) << before) * np.abs(weights) >> 16
    total = (np.sign(weights) * products).sum(axis=0) + sums.middle()
    assert np.abs(total).max() + (1 << sums.fraction) // 2 <= 32767
    levels_made: np.ndarray = total / (1 << sums.fraction)
    return levels_made


def worst_levels(weights: np.ndarray) -> np.ndarray:
    """Random levels, and those that make sums large: black and white by the sign of the weights."""
    random = np.random.default_rng(weights.size).integers(0, 256, (weights.size, 500))
    white = 255 * (weights > 0)
    extremes = [white, 255 - white, np.zeros_like(white), np.full_like(white, 255)]
    return np.column_stack([random, *extremes])


@pytest.mark.parametrize("count", [1, 2, 3, 9, 25, 80])
@pytest.mark.parametrize("total", [1.0, 0.25, 3.0])
def test_sums_are_within_the_stated_error(count: int, total: float) -> None:
    for seed in range(20):
        weights = np.random.default_rng([count, seed]).standard_normal(count)
        weights *= total / np.abs(weights).sum()
        sums = weighted(weights)
        assert sums is not None
        levels = worst_levels(weights)
        assert np.abs(summed(sums, levels) - weights @ levels).max() <= sums.error


def test_the_fewer_bits_are_behind_the_point_the_larger_a_result_may_be() -> None:
    found = {size: weighted(np.array([size / 2, -size / 2])) for size in (0.9, 1.9, 3.9, 7.9, 16)}
    assert [sums and sums.fraction for sums in found.values()] == [7, 6, 5, 4, None]


def test_a_weight_of_one_half_and_more_leaves_room_for_itself() -> None:
    middle = weighted(np.array([0.2, 0.6, 0.2]))
    assert middle is not None and middle.fraction == 6
    assert weighted(np.array([20.0])) is None


@pytest.mark.parametrize("sigma", [0.5, 0.8, 1, 2, 5])
def test_weights_that_sum_to_one_still_do_when_they_are_rounded(sigma: float) -> None:
    column, row = of_factor(gaussian(sigma))
    for sums, before in ((column, FRACTION), (row, column.fraction)):
        assert sums.weights.sum() == 1 << (16 - before + sums.fraction)


def test_kernels_that_16_bits_do_not_hold_have_no_sums() -> None:
    assert of_grid(Kernel([[0.0]])) == ()
    assert of_grid(Kernel([[40.0]])) == of_factor(Kernel([[40.0, 40]])) == ()
    assert of_factor(Kernel(np.ones((400, 1)))) == ()  # so many roundings that there is no room


def is_fixed(filter: Filter, options: PlanOptions = BYTES) -> bool:
    (step,) = make_plan([filter], options).steps
    return step.unit == fixed_point.UNIT


def test_bytes_are_summed_in_fixed_point_where_the_tolerance_allows_it() -> None:
    soft = Filter("soft", (SOFT,))
    error = 255 * make_plan([soft], BYTES).error
    assert 0 < error < 0.5 and is_fixed(soft)
    assert not is_fixed(soft, PlanOptions())
    assert is_fixed(soft, BYTES._replace(tolerance=error))
    assert not is_fixed(soft, BYTES._replace(tolerance=error * 0.999))
    assert not is_fixed(Filter("both", (SOFT, SOFT), combine="max"))


def test_the_grid_of_a_large_separable_kernel_is_not_multiplied_out() -> None:
    kernel = gaussian(60)
    make_plan([Filter("wide", (kernel,))], BYTES)
    assert "weights" not in vars(kernel)


def test_whole_weights_keep_their_exact_sums() -> None:
    assert not any(is_fixed(library.find(name)[0]) for name in ("blur", "sharpen", "binomial"))


# Both signs in a column, in a row, in both and in neither.
KERNELS = [
    ("direct", SOFT),
    ("separable", gaussian(1.3)),
    ("separable", Kernel.outer([0.3, 0.5, 0.2], [-0.5, 0.1, 0.9, 0.1])),
    ("separable", Kernel.outer([-0.25, -0.4, 0.9], [0.2, 0.3, 0.25])),
    ("separable", Kernel.outer([-0.2, 0.7, -0.2], [-0.3, 0.0, -0.3, 0.8, -0.1, -0.1])),
]


@pytest.mark.parametrize(
    ("run", "border", "name", "layout"),
    covering(
        KERNELS,
        ["edge", "constant:7"],
        ["clamp", "abs", "offset"],
        [(0, "rgb"), (3, "rgb"), (0.5, "l"), (0, "rgba")],
    ),
)
def test_pixels_are_within_the_stated_error(
    run: tuple[str, Kernel], border: str, name: str, layout: tuple[float, str]
) -> None:
    """Compare with floats, in every rule and layout, with carried channels and without."""
    (engine, kernel), (offset, channels) = run, layout
    filters = [Filter("f", (kernel.replaced(offset=offset),))]
    array = np.random.default_rng(3).integers(0, 256, (23, 31, 4)).astype(np.uint8)
    picture, around = Pixels(array, tuple(channels)), Border.parse(border)

    def filtered(chosen: frozenset[str] | None, tolerance: float) -> Filtered:
        rules = Settings(around, "same", name, chosen, engine, tolerance, 1, straight_alpha=True)
        return filter_pixels(picture, filters, rules)

    for chosen in (None, frozenset(channels[:2])):
        found, exact = filtered(chosen, 0.5), filtered(chosen, 0)
        assert found.plan.steps[0].unit > 1 == exact.plan.steps[0].unit
        one, other = (
            result.pixels.array[..., : len(channels)].astype(int) for result in (found, exact)
        )
        assert np.abs(one - other).max() <= 1
        assert np.mean(one != other) < 0.1


@pytest.mark.parametrize("sigma", [0.8, 2, 5])
def test_flat_areas_keep_their_level(sigma: float) -> None:
    for level in (0, 1, 77, 127, 128, 254, 255):
        picture = Pixels(np.full((6, 50, 3), level, np.uint8), ("r", "g", "b"))
        found = filter_pixels(picture, [Filter("f", (gaussian(sigma),))], Settings(threads=1))
        assert found.plan.steps[0].unit > 1
        assert (found.pixels.array == level).all() and found.clipped == 0


def test_white_stays_white_however_far_off_sums_may_be() -> None:
    """Products that are not rounded make sums too large, by the whole of the stated error."""
    column = np.array([510] * 73 + [65536 - 510 * 73]) / 65536
    kernel = Kernel.outer(column, np.full(5, 2.0055384615384617 / 5))
    picture = Pixels(np.full((150, 40, 1), 255, np.uint8), ("l",))
    for tolerance in (0.5, 0.66, 0.67, 1, 2):
        settings = Settings(tolerance=tolerance, threads=1, engine="separable")
        found = filter_pixels(picture, [Filter("f", (kernel,))], settings)
        assert (found.pixels.array == 255).all()


def test_stretched_results_are_summed_in_floats() -> None:
    assert not is_fixed(Filter("soft", (SOFT,), range="stretch"))


def test_a_line_of_steps_goes_on_in_floats() -> None:
    array = np.random.default_rng(3).integers(0, 256, (40, 31)).astype(np.uint8)
    settings = Settings(tolerance=5, threads=1, engine="separable")
    chain = [Filter("f", (gaussian(1),)), Filter("g", (gaussian(2),))]
    found = filter_pixels(Pixels(array[..., None], ("l",)), chain, settings)
    assert [step.unit for step in found.plan.steps] == [fixed_point.UNIT, 1]
    exact = array.astype(float)
    for filter in chain:
        exact = oracle.correlate_quickly(exact, filter.kernels[0].weights)
    off = np.abs(found.pixels.array[..., 0] - exact).max()
    assert off <= 0.5 + 255 * found.plan.error
