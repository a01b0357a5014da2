"""Low rank: as many separable parts as the tolerance asks for."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.engines import separable
from imgconv.engines.base import Pass, PlanOptions, RowLayout
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import disk
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.oracle import Array
from tests.support.pictures import noise, pixels

pytestmark = pytest.mark.arithmetic


def gabor(radius: int, wavelength: float, degrees: float) -> Kernel:
    """Return a Gabor kernel: a wave at an angle, times a Gaussian."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    angle = np.radians(degrees)
    along = x * np.cos(angle) - y * np.sin(angle)
    wave = np.cos(2 * np.pi * along / wavelength)
    weights = np.exp(-(x**2 + y**2) / 2 / (radius / 3) ** 2) * wave
    return Kernel(weights, np.abs(weights).sum())


KERNELS = {
    "small disk": disk(8),
    "disk": disk(15),
    "even": Kernel(disk(7.5).weights[:-1] ** 1.5, 160, 0.1, (3, 14)),
    "gabor": gabor(12, 7, 30),
    "wide gabor": gabor(20, 15, 77),
    "nearly separable": Kernel(
        np.outer(np.hanning(13), np.hanning(16)) + np.random.default_rng(1).random((13, 16)) / 99,
        60,
    ),
}
# Kernels that lose some parts to a tolerance of a level or two.
NEARLY = ["small disk", "disk", "even", "nearly separable"]
TOLERANCES = [0.0, 0.05, 0.5, 2.0]


def planned(kernel: Kernel, tolerance: float) -> Pass:
    options = PlanOptions("low-rank", tolerance)
    (step,) = make_plan([Filter("kernel", (kernel,))], options).steps
    return step.passes[0]


def run(picture: Pixels, kernel: Kernel, engine: str, tolerance: float) -> Array:
    how = Settings(Border("mirror"), engine=engine, tolerance=tolerance)
    result = filter_pixels(picture, [Filter("kernel", (kernel,))], how).pixels.array[..., 0]
    return result.astype(np.float64)


def worst_picture(left: Array) -> Pixels:
    """Return the picture with the largest error: white where the weights left out are positive."""
    size = np.array(left.shape) * 2 + 1
    picture = np.zeros(size)
    picture[: left.shape[0], : left.shape[1]] = left > 0
    return pixels(picture, "float32")


@pytest.mark.parametrize("tolerance", TOLERANCES)
@pytest.mark.parametrize("name", KERNELS)
def test_the_tolerance_bounds_the_error(name: str, tolerance: float) -> None:
    kernel = KERNELS[name]
    kernel_pass = planned(kernel, tolerance)
    assert kernel_pass.error <= tolerance / 255
    left = kernel.folded().weights - kernel_pass.kernel.weights
    for picture in (noise(45, 50, "l", "float32"), worst_picture(left), worst_picture(-left)):
        values = picture.array[..., 0].astype(np.float64)
        facts = (kernel.weights, kernel.scale, kernel.offset, kernel.origin, "mirror")
        error = np.abs(
            run(picture, kernel, "low-rank", tolerance) - oracle.correlate_quickly(values, *facts)
        )
        assert error.max() <= kernel_pass.error + 2e-6


@pytest.mark.parametrize("name", NEARLY)
def test_some_picture_is_off_by_a_good_part_of_the_stated_error(name: str) -> None:
    kernel = KERNELS[name]
    kernel_pass = planned(kernel, 2.0)
    left = kernel.folded().weights - kernel_pass.kernel.weights
    origin = kernel.origin
    errors = []
    for sign in (1, -1):
        picture = worst_picture(sign * left)
        both = [run(picture, kernel, engine, 2.0)[origin] for engine in ("low-rank", "direct")]
        errors.append(abs(both[0] - both[1]))
    assert max(errors) >= 0.45 * kernel_pass.error - 2e-6


@pytest.mark.parametrize("name", KERNELS)
def test_without_tolerance_low_rank_equals_direct(name: str) -> None:
    kernel = KERNELS[name]
    picture = noise(45, 50, "l", "float32")
    exactly = run(picture, kernel, "direct", 0)
    np.testing.assert_allclose(run(picture, kernel, "low-rank", 0), exactly, rtol=0, atol=2e-6)
    assert planned(kernel, 0).error == 0


@pytest.mark.parametrize("name", KERNELS)
def test_more_tolerance_needs_no_more_parts(name: str) -> None:
    kernel = KERNELS[name]
    ranks = [planned(kernel, tolerance).kernel.rank for tolerance in TOLERANCES]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] == kernel.rank
    assert planned(kernel, 1e6).kernel.rank == 1


@pytest.mark.parametrize("name", NEARLY)
def test_tolerance_saves_parts(name: str) -> None:
    assert planned(KERNELS[name], 2.0).kernel.rank < KERNELS[name].rank


def test_the_fewest_parts_that_are_near_enough_are_taken() -> None:
    kernel, tolerance = disk(15), 0.5
    rank = planned(kernel, tolerance).kernel.rank
    left = np.abs(kernel.weights - kernel.of_rank(rank - 1).weights).sum() / kernel.scale
    assert left > tolerance / 255


def test_a_step_of_two_kernels_shares_the_tolerance() -> None:
    both = Filter("both", (KERNELS["disk"], KERNELS["nearly separable"]), "max")
    plan = make_plan([both, both], PlanOptions("low-rank", 8.0))
    errors = [kernel_pass.error for step in plan.steps for kernel_pass in step.passes]
    assert all(0 < error <= 2.0 / 255 for error in errors)
    assert plan.error <= 8.0 / 255


def test_columns_and_rows_of_a_kernel_become_float_arrays() -> None:
    kernel = KERNELS["disk"].of_rank(3)
    (columns, runs), (rows, _), channels = separable.factor_arrays(kernel, RowLayout(4, 100))
    assert runs.tolist() == [[0, 31]]
    assert (columns.shape, rows.shape, channels) == ((3, 31), (3, 31), 4)
    np.testing.assert_allclose(columns.T @ rows, kernel.weights, rtol=0, atol=1e-6)


def test_a_separable_kernel_is_one_part_and_exact() -> None:
    kernel = Kernel(np.outer([1, 2, 3], [4, 5, 6, 7]), 11)
    kernel_pass = planned(kernel, 0)
    assert (kernel_pass.kernel.rank, kernel_pass.error) == (1, 0)
    picture = noise(9, 11)
    np.testing.assert_array_equal(
        run(picture, kernel, "low-rank", 0), run(picture, kernel, "separable", 0)
    )
