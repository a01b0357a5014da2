"""The measurement of the engines' costs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from imgconv.cli.run import run
from imgconv.engines import ENGINES, Cost
from imgconv.engines.base import PlanOptions
from imgconv.execution import tune
from imgconv.jit import loader
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning import costs
from imgconv.planning.costs import Costs, current, measured, shipped
from imgconv.planning.planner import make_plan

Captured = pytest.CaptureFixture[str]

MEASURED = Costs({name: Cost(1.5, 0.25) for name in ENGINES}, 0.5)


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Yield the path of the file of costs, in a folder of its own for each test."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    measured.cache_clear()
    yield costs.path()
    measured.cache_clear()


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_can_run_its_samples(engine: str) -> None:
    for kernel in tune.sample_kernels(engine):
        (step,) = make_plan([Filter("sample", (kernel,))], PlanOptions(engine)).steps
        assert step.passes[0].engine == engine


@pytest.mark.parametrize(
    ("small", "large", "cost"),
    [
        ((10, 3), (20, 5), Cost(1, 0.2)),
        ((10, 2), (20, 4), Cost(0, 0.2)),
        ((1, 2), (1, 4), Cost(3, 0)),
        ((1, 4), (1, 2), Cost(3, 0)),
        ((10, 1), (20, 5), Cost(0, 0.2)),
    ],
)
def test_a_cost_is_the_line_through_two_measurements(
    small: tuple[float, float], large: tuple[float, float], cost: Cost
) -> None:
    assert tune.fitted(small, large) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("small", "large"),
    [((10, 4), (20, 2)), ((10, 4), (20, 4)), ((10, -3), (20, -1)), ((1, -1), (1, 3))],
)
def test_measurements_without_a_slope_or_a_level_are_no_cost(
    small: tuple[float, float], large: tuple[float, float]
) -> None:
    assert tune.fitted(small, large) is None


def test_a_spoiled_measurement_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([9.0, 3, -1, 4, 3, 9])
    monkeypatch.setattr(tune, "_nanoseconds", lambda *_: next(times))
    cost = tune._cost("direct", 1)
    first, second = map(partial(tune.multiplications, "direct"), tune.sample_kernels("direct"))
    assert cost.fixed + cost.each * first == pytest.approx(2)
    assert cost.fixed + cost.each * second == pytest.approx(8)


def test_on_a_busy_machine_nothing_is_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(tune, "_nanoseconds", lambda *_: 0.0)
    assert run(["tune"]) == 1
    error = capfd.readouterr().err.strip().splitlines()[-1]
    assert "took no longer for more work, 5 times; run 'imgconv tune' again" in error
    assert not place.exists() and current() is shipped()


def test_costs_are_derived_from_the_times_of_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = Costs({name: Cost(k / 8, k / 64) for k, name in enumerate(ENGINES, 1)}, 0.5)

    def taken(engine: str, *kernels: Kernel) -> float:
        filters = [Filter("sample", (kernel,)) for kernel in kernels]
        cost, plan = hidden.engines[engine], make_plan(filters, PlanOptions(engine))
        return 0.5 + cost.fixed * len(kernels) + cost.each * plan.multiplications

    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(tune, "_nanoseconds", taken)
    found = tune.measure(lambda done, total: calls.append((done, total)))
    assert found.fetch_and_store == pytest.approx(0.5)
    assert calls == [(done, len(ENGINES)) for done in range(1, len(ENGINES) + 1)]
    for name, cost in found.engines.items():
        sought = hidden.engines[name]
        if name == "running":  # whose multiplications are always the same
            sought = Cost(sought.fixed + sought.each, 0)
        assert cost == pytest.approx(sought), name


def test_a_run_is_measured_in_nanoseconds_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([1.0, 1.0 + 3e-6])
    monkeypatch.setattr(tune, "_seconds", lambda *_: next(seconds))
    monkeypatch.setattr(tune, "HEIGHTS", (4, 14))
    monkeypatch.setattr(tune, "WIDTH", 100)
    assert tune._nanoseconds("direct", Kernel([[1]])) == pytest.approx(1)


def test_measuring_runs_the_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "HEIGHTS", (4, 12))
    monkeypatch.setattr(tune, "WIDTH", 16)
    assert np.isfinite(tune._nanoseconds("separable", *tune.sample_kernels("separable")))


def test_measured_costs_are_stored_shown_and_removed(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(tune, "measure", lambda progress: MEASURED)
    assert run(["tune", "--show"]) == 0
    table = capfd.readouterr().out
    assert table.endswith("as shipped\n") and not place.exists()
    assert run(["tune"]) == 0
    output = capfd.readouterr()
    assert output.out.endswith(f"as measured, kept in {place}\n") and output.err == ""
    assert current() == MEASURED
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    assert run(["tune", "--show"]) == 0
    assert capfd.readouterr().out == output.out
    for _ in range(2):  # also where nothing is kept
        assert run(["tune", "--reset"]) == 0
        assert capfd.readouterr().out == table and not place.exists()
    assert current() is shipped()


def test_a_table_shows_the_cost_of_each_engine(capfd: Captured) -> None:
    run(["tune", "--show"])
    output = capfd.readouterr().out
    rows = {words[0]: words for words in map(str.split, output.splitlines())}
    for name, cost in shipped().engines.items():
        assert [float(word) for word in rows[name][1:]] == [*cost]
    assert max(map(len, output.splitlines())) < 80


def test_costs_that_cannot_be_written_are_reported_in_one_line(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(tune, "measure", lambda progress: MEASURED)
    place.parent.write_text("no folder")
    assert run(["tune"]) == 1
    output = capfd.readouterr()
    assert output.out == "" and output.err.count("\n") == 1 and str(place) in output.err


def test_loops_that_run_as_python_are_not_measured(
    monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(loader, "is_interpreted", lambda: True)
    assert run(["tune"]) == 2
    assert "unset NUMBA_DISABLE_JIT" in capfd.readouterr().err


def test_measured_kernels_are_summed_in_floats() -> None:
    samples = [(engine, kernel) for engine in ENGINES for kernel in tune.sample_kernels(engine)]
    for engine, kernel in [*samples, ("direct", tune.LEAST)]:
        plan = make_plan([Filter("sample", (kernel,))], tune.options(engine))
        assert not plan.steps[0].is_whole, kernel
