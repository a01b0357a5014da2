"""Truncation moves a result by no more than the stated error."""

from __future__ import annotations

import pytest

from imgconv.engines.base import PlanOptions
from imgconv.engines.separable import truncated
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import box, gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import make_plan

LEVEL = 1 / 255


def moved(kernel: Kernel, short: Kernel) -> float:
    """Return the largest difference of results: white only where the kernels differ one way."""
    padded = short.padded(kernel.reach)
    difference = (kernel.weights - padded.weights) / kernel.scale
    return float(max(difference[difference > 0].sum(), -difference[difference < 0].sum()))


@pytest.mark.parametrize("allowed", [0.23, 0.3, 0.5])
@pytest.mark.parametrize("sigma", [0.8, 1, 2, 3, 5])
def test_a_gaussian_loses_outer_taps_within_the_allowed_error(sigma: float, allowed: float) -> None:
    kernel = gaussian(sigma).replaced(scale=-1)
    short, error = truncated(kernel, allowed * LEVEL)
    assert short.taps < kernel.taps
    assert moved(kernel, short) <= error + 1e-12 <= allowed * LEVEL
    assert short.sum == pytest.approx(kernel.sum)
    assert short.origin == (short.height // 2, short.width // 2)


def test_as_many_taps_go_as_the_error_allows() -> None:
    kernel = gaussian(2)
    short, error = truncated(kernel, 0.5 * LEVEL)
    assert (short.height, short.width) == (15, 13)
    _, next_error = truncated(kernel, 0.6 * LEVEL)
    assert truncated(kernel, next_error)[0].size == "13x13"
    assert truncated(kernel, error)[0].size == short.size
    assert truncated(kernel, error * 0.999)[0].height + short.width > 28


@pytest.mark.parametrize(
    "kernel",
    [
        box(5),
        Kernel([[0.001, 1, -0.001]]),
        Kernel([[1, 2], [3, 4]]),
        gaussian(2).replaced(origin=(0, 0)),
    ],
)
def test_other_kernels_are_not_truncated(kernel: Kernel) -> None:
    assert truncated(kernel, 0.5 * LEVEL) == (kernel, 0.0)


def test_the_origin_stays_inside_the_truncated_kernel() -> None:
    kernel = gaussian(3).replaced(origin=(1, 12))
    short, _ = truncated(kernel, 10 * LEVEL)
    assert short.reach.above == 0 and short.height == kernel.height - 2
    assert short.reach.left == short.reach.right < 12


def test_kernels_are_truncated_for_8_bit_pixels_only_and_within_the_tolerance() -> None:
    def size(options: PlanOptions) -> str:
        return make_plan([Filter("f", (gaussian(2),))], options).steps[0].passes[0].kernel.size

    assert size(PlanOptions()) == size(PlanOptions(is_bytes=True, tolerance=0)) == "17x17"
    assert size(PlanOptions(is_bytes=True)) == "13x15"
