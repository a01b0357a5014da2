"""Kernels of large factors are planned without multiplying the factors out."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.engines.base import PlanOptions
from imgconv.errors import UsageError
from imgconv.execution.estimate import Estimate
from imgconv.execution.executor import filter_pixels
from imgconv.kernels import library
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel
from imgconv.planning.planner import make_plan, offered
from imgconv.planning.settings import Settings
from tests.support.pictures import noise


def large(text: str) -> list[Filter]:
    filters = library.find(text)
    assert filters[0].kernels[0].height * filters[0].kernels[0].width > MOST_WEIGHTS
    return filters


@pytest.mark.parametrize("tolerance", [0.0, 0.05, 0.5])
def test_large_factors_are_not_multiplied_out(
    tolerance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Kernel, "weights", property(lambda _: pytest.fail("a grid is made")))
    filters = large("gaussian:300")
    for is_bytes in (False, True):
        options = PlanOptions(tolerance=tolerance, is_bytes=is_bytes)
        (step,) = make_plan(filters, options).steps
        found = {each.engine for each in offered(step.filter, step.filter.kernels[0], step.options)}
        assert found == {"separable", "pyramid"} if tolerance == 0.5 else {"separable"}
        assert step.passes[0].engine in found


def test_kernels_that_are_large_only_together_are_not_padded() -> None:
    wide = np.random.default_rng(1).random((2, 3001))
    (step,) = make_plan([Filter("both", (Kernel(wide), Kernel(wide.T)), "max")]).steps
    assert {each.engine for each in step.passes} <= {"direct", "low-rank", "separable"}
    assert step.strip_height == 1


def test_large_factors_run_in_a_chain_and_in_linear_light() -> None:
    picture = noise(12, 11, "rgb")
    for text, linear in (("gaussian:300", True), ("gaussian:250,sobel", False)):
        filters, settings = large(text), Settings(linear=linear)
        assert Estimate.of(filters, picture, settings).described()["total"]["seconds"] > 0
        found = filter_pixels(picture, filters, settings).pixels.array.astype(int)
        exact = filter_pixels(picture, filters, settings._replace(tolerance=0)).pixels.array
        assert np.abs(found - exact).max() <= 1


def test_an_engine_that_would_multiply_large_factors_out_is_refused() -> None:
    for engine in ("direct", "low-rank", "fourier"):
        with pytest.raises(UsageError, match="choose from separable, pyramid"):
            make_plan(large("gaussian:300"), PlanOptions(engine))
