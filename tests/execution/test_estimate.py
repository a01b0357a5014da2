"""The estimated cost of filtering a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from imgconv.engines.base import PlanOptions
from imgconv.execution.estimate import Estimate
from imgconv.execution.executor import filter_pixels
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.planning import planner
from imgconv.planning.plan import Plan
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from imgconv.system.threads import available_cores
from tests.support.pictures import noise


def engines(plan: Plan) -> list[tuple[str, list[str]]]:
    return [(step.filter.name, [each.engine for each in step.passes]) for step in plan.steps]


@pytest.mark.parametrize(
    ("filters", "channels", "dtype", "options"),
    [
        ("gaussian:20", "rgb", "uint8", {}),
        ("gaussian:20", "rgb", "uint8", {"tolerance": 0.0}),
        ("gaussian:20", "rgb", "uint8", {"range": "stretch"}),
        ("gaussian:20", "rgb", "uint8", {"engine": "direct"}),
        ("blur:20,unsharp:9", "rgba", "uint8", {}),
        ("blur:20", "l", "float32", {}),
        ("blur:1,sobel", "l", "uint16", {"border": Border("wrap")}),
        ("blur:1,sobel", "l", "uint16", {"extent": "valid"}),
    ],
)
def test_the_estimated_plan_is_the_one_that_runs(
    filters: str,
    channels: str,
    dtype: str,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[Plan] = []

    def planned(
        filters: Sequence[Filter], options: PlanOptions, inside: Sequence[float | None]
    ) -> Plan:
        done.append(make_plan(filters, options, inside))
        return done[-1]

    planner._planned.cache_clear()
    monkeypatch.setattr(planner, "make_plan", planned)
    picture, settings = noise(60, 70, channels, dtype), Settings(**options)
    found = library.find(filters)
    filter_pixels(picture, found, settings)
    estimate = Estimate.of(found, picture, settings)
    assert engines(estimate.plan) == engines(done[0])
    assert estimate.plan.error == done[0].error
    result = filter_pixels(picture, found, settings).pixels
    assert estimate.values == result.height * result.width * len(result.channels)


def test_little_work_gets_one_thread() -> None:
    small, large = (
        Estimate.of(library.find("gaussian:9"), noise(size, size), Settings(engine="direct"))
        for size in (9, 900)
    )
    assert (small.threads, large.threads) == (1, available_cores())
