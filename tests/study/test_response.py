from __future__ import annotations

import math

import numpy as np
import pytest

from imgconv.kernels import library
from imgconv.kernels.kernel import Kernel
from imgconv.study.response import end_of, is_real, response_along, response_grid


def along(name: str, degrees: float, *frequencies: float) -> list[float]:
    (kernel,) = library.find(name)[0].kernels
    found = response_along(kernel, degrees, np.array(frequencies))
    assert is_real(found)
    return [float(value) for value in found.real]


def test_the_response_of_a_mean_is_zero_at_a_third() -> None:
    for degrees in (0, 90):
        found = along("blur", degrees, 0, 1 / 3, 1 / 4, 1 / 2)
        np.testing.assert_allclose(found, [1, 0, 1 / 3, -1 / 3], atol=1e-12)


def test_the_response_of_the_laplacian_at_the_ends() -> None:
    assert along("laplacian", 0, end_of(0)) == pytest.approx([-4])
    assert along("laplacian", 45, end_of(45)) == pytest.approx([-8])
    assert end_of(45) == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize("is_separable", [True, False])
def test_a_wave_is_multiplied_by_the_response(is_separable: bool) -> None:
    rng = np.random.default_rng(1)
    weights = np.outer([1, 2], [3, -1, 5]) if is_separable else rng.normal(size=(2, 3))
    kernel = Kernel(weights, 3, 0, (0, 2))
    degrees, frequency = 30, 0.2
    fx = frequency * math.cos(math.radians(degrees))
    fy = -frequency * math.sin(math.radians(degrees))
    y, x = np.mgrid[:9, :9]
    wave = np.exp(2j * np.pi * (fx * x + fy * y))
    at = (4, 5)
    result = sum(
        kernel.weights[j, i] * wave[at[0] + j, at[1] + i - 2] / 3
        for j in range(2)
        for i in range(3)
    )
    (found,) = response_along(kernel, degrees, np.array([frequency]))
    assert found == pytest.approx(result / wave[at])


@pytest.mark.parametrize("name", ["blur", "laplacian", "emboss:30"])
def test_the_grid_has_zero_in_the_middle_and_the_profiles_on_its_axes(name: str) -> None:
    (kernel,) = library.find(name)[0].kernels
    grid = response_grid(kernel, 9)
    frequencies = np.linspace(0, 0.5, 5)
    np.testing.assert_allclose(grid[4, 4:], response_along(kernel, 0, frequencies), atol=1e-12)
    np.testing.assert_allclose(grid[4::-1, 4], response_along(kernel, 90, frequencies), atol=1e-12)
    assert grid[4, 4] == pytest.approx(kernel.sum / kernel.scale, abs=1e-12)
