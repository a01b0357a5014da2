"""The cache of plans: equal filters are planned once, and only equal ones share a plan."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from imgconv.engines.base import PlanOptions
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning import planner
from imgconv.planning.plan import Plan
from imgconv.planning.planner import make_plan
from tests.support.pictures import filtered, noise


def test_equal_filters_are_planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[Sequence[Filter]] = []

    def counted(
        filters: Sequence[Filter], options: PlanOptions, inside: Sequence[float | None]
    ) -> Plan:
        planned.append(filters)
        return make_plan(filters, options, inside)

    monkeypatch.setattr(planner, "make_plan", counted)
    planner._planned.cache_clear()
    weights = [[1.0, 2.0, 0.321], [4.0, 5.0, 6.0]]
    first, again, other = (
        filtered(noise(9, 9, "rgb"), Kernel(weights, scale)) for scale in (21, 21, 22)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert len(planned) == 2


def test_earlier_plans_make_no_difference() -> None:
    picture = noise(64, 64, "l", "float32")
    column, row = gaussian(1.3).factors[0]
    outer = Kernel.outer(column, row)
    grid = Kernel(outer.weights)
    planner._planned.cache_clear()
    first = filtered(picture, grid)
    planner._planned.cache_clear()
    filtered(picture, outer)
    assert (filtered(picture, grid) == first).all()
