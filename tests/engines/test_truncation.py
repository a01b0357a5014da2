"""Truncation moves a result by no more than the stated error."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from imgconv.engines.base import PlanOptions
from imgconv.engines.separable import truncated
from imgconv.errors import UsageError
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import box, gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from tests.support.pictures import SHARPEN, filtered, noise, pixels

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


@pytest.mark.parametrize("extent", ["full", "same", "valid"])
@pytest.mark.parametrize("channels", ["l", "rgb", "rgba"])
def test_size_and_place_follow_the_whole_kernel(extent: str, channels: str) -> None:
    sizes = {"full": (57, 59), "same": (41, 43), "valid": (25, 27)}
    height, width = sizes[extent]
    dots = np.zeros((41, 43, len(channels)))
    dots[20, 21] = 255
    result = filtered(
        pixels(dots, channels=channels), gaussian(2), settings=Settings(extent=extent)
    )
    assert result.shape == (height, width, len(channels))
    brightest = divmod(int(result[..., -1].argmax()), width)
    assert brightest == ((height - 1) // 2, width // 2)


@pytest.mark.parametrize("origin", [(8, 8), (3, 12), (0, 8)])
def test_truncated_kernels_shift_no_extent(origin: tuple[int, int]) -> None:
    kernel, picture = gaussian(2).replaced(origin=origin), noise(40, 37, "rgb")
    for extent, border in product(EXTENTS, BORDERS):
        settings = Settings(Border(border), extent)
        found = filtered(picture, kernel, SHARPEN, settings=settings)
        exact = filtered(picture, kernel, SHARPEN, settings=settings._replace(tolerance=0))
        np.testing.assert_allclose(found, exact, rtol=0, atol=1)


def test_valid_is_refused_where_the_whole_kernel_does_not_fit() -> None:
    with pytest.raises(UsageError, match="spans 17 pixels leaves nothing of 16"):
        filtered(noise(16, 16), gaussian(2), settings=Settings(extent="valid"))
