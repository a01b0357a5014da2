"""The plan: which engine runs a kernel, what it costs, and when that is too much."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from imgconv.engines import ENGINES
from imgconv.engines.base import DEFAULT_OPTIONS, Pass, PlanOptions, candidates
from imgconv.errors import LimitError, UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.kernels import library
from imgconv.kernels.border import EXTENTS
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import box, disk, gaussian, highpass
from imgconv.kernels.kernel import Kernel, Reach
from imgconv.planning import costs
from imgconv.planning.costs import FETCH_AND_STORE
from imgconv.planning.plan import Plan
from imgconv.planning.planner import make_plan, options_of_steps
from imgconv.planning.settings import TOLERANCE, Settings, check_tolerance
from tests.support.pictures import BLUR, FILTERS, SHARPEN, SOBEL, pixels

DENSE = Kernel(np.random.default_rng(1).random((5, 5)))
LARGE = Kernel(np.random.default_rng(1).random((31, 31)))

# Kernels of every kind that suits some engine.
KERNELS = {
    "nothing": Kernel([[0]]),
    "one": Kernel([[1]]),
    "blur": BLUR,
    "sharpen": SHARPEN,
    "dense": DENSE,
    "large": LARGE,
    "box": box(20),
    "gaussian": gaussian(20),
    "strong gaussian": gaussian(20).scaled(30),
    "wide and low": Kernel.outer(gaussian(1).weights[4], gaussian(20).weights[80]),
    "disk": disk(15),
    "highpass": highpass(6),
    "even box": Kernel(np.ones((2, 30)), scale=60),
}

CHAINS = [
    "gaussian:20",
    "gaussian:20,gaussian:15",
    "gaussian:20,sharpen",
    "disk:15,gaussian:30,disk:9",
    "gaussian:20,sobel",
    "unsharp:20",
    "unsharp:20:1:3",
    "gaussian:9,kirsch",
]


def plan_of(*kernels: Kernel, **options: Any) -> Plan:
    return make_plan([Filter("kernel", (kernel,)) for kernel in kernels], PlanOptions(**options))


def pass_of(kernel: Kernel, **options: Any) -> Pass:
    return plan_of(kernel, **options).steps[0].passes[0]


def engines_for(kernel: Kernel, **options: Any) -> set[str]:
    return {candidate.engine for candidate in candidates(kernel, PlanOptions(**options))}


@pytest.mark.parametrize("name", ENGINES)
def test_engines_are_found_under_their_own_names(name: str) -> None:
    (filter,) = library.find(ENGINES[name].samples[1])
    found = ENGINES[name].candidate(filter.kernels[0], PlanOptions(name))
    assert found and found.engine == name


@pytest.mark.parametrize(
    ("kernel", "engine", "multiplications"),
    [
        (Kernel([[0]]), "direct", 0),
        (Kernel([[1]]), "direct", 1),
        (Kernel([[1, 1], [1, 1]]), "separable", 4),
        (Kernel(np.ones((1, 9))), "direct", 9),
        (BLUR, "separable", 6),
        (SHARPEN, "direct", 5),
        (DENSE, "direct", 25),
        (gaussian(2), "separable", 34),
        (box(20), "running", 1),
        (Kernel.outer(np.ones(401), np.ones(401)), "running", 1),
        (Kernel.outer([0, 1, 0], [0, 1, 0]), "direct", 1),
    ],
)
def test_the_engine_that_costs_least_runs_a_kernel(
    kernel: Kernel, engine: str, multiplications: int
) -> None:
    plan = plan_of(kernel)
    assert plan.steps[0].passes[0].engine == engine
    assert plan.multiplications == multiplications


def test_a_wide_gaussian_runs_on_a_small_picture() -> None:
    kernel_pass = pass_of(gaussian(20))
    assert kernel_pass.engine == "pyramid"
    assert kernel_pass.spacing is not None and min(kernel_pass.spacing) > 1


@pytest.mark.parametrize("name", KERNELS)
def test_no_other_candidate_costs_less_than_the_one_that_runs(name: str) -> None:
    found = list(candidates(KERNELS[name]))
    assert costs.seconds(pass_of(KERNELS[name])) == min(map(costs.seconds, found))
    assert {candidate.engine for candidate in found} <= {*ENGINES}


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("blur", "direct"),
        ("blur", "separable"),
        ("blur", "low-rank"),
        ("box", "separable"),
        ("gaussian", "separable"),
        ("gaussian", "direct"),
        ("disk", "low-rank"),
        ("large", "direct"),
    ],
)
def test_an_engine_can_be_forced(name: str, engine: str) -> None:
    assert pass_of(KERNELS[name], engine=engine).engine == engine


@pytest.mark.parametrize("engine", ["separable", "running", "pyramid"])
def test_an_engine_that_cannot_run_a_kernel_says_which_can(engine: str) -> None:
    with pytest.raises(UsageError, match=f"'{engine}' cannot run a kernel of 3x3.*from direct"):
        plan_of(SHARPEN, engine=engine)


@pytest.mark.parametrize("kernel", [box(20), box(200), Kernel(np.ones((1, 1000)))])
def test_running_sums_over_floats_must_be_forced(kernel: Kernel) -> None:
    assert "running" not in engines_for(kernel, is_float=True)
    assert pass_of(kernel, is_float=True, engine="running").engine == "running"


@pytest.mark.parametrize("name", KERNELS)
def test_without_tolerance_all_candidates_are_exact(name: str) -> None:
    found = list(candidates(KERNELS[name], PlanOptions(tolerance=0)))
    assert found and not any(candidate.error for candidate in found)


def test_more_tolerance_leaves_more_engines_and_less_work() -> None:
    exact, near = engines_for(gaussian(20), tolerance=0), engines_for(gaussian(20))
    assert exact < near
    ranks = [
        pass_of(disk(15), engine="low-rank", tolerance=levels).multiplications
        for levels in (0, 0.01, 0.5, 8)
    ]
    assert ranks == sorted(ranks, reverse=True) and ranks[-1] < ranks[0]


@pytest.mark.parametrize("name", KERNELS)
def test_the_error_of_every_candidate_is_within_the_tolerance(name: str) -> None:
    for levels in (0.0, 0.01, 0.1, TOLERANCE, 5.0):
        for candidate in candidates(KERNELS[name], PlanOptions(tolerance=levels)):
            assert 255 * candidate.error <= levels, candidate.engine


@pytest.mark.parametrize("chain", [*CHAINS, *FILTERS])
def test_the_error_of_a_chain_is_within_the_tolerance(chain: str) -> None:
    for levels in (0.0, 0.1, TOLERANCE, 20.0, 1000.0):
        plan = make_plan(library.find(chain), PlanOptions(tolerance=levels))
        assert 255 * plan.error <= levels * (1 + 1e-9), levels


@pytest.mark.parametrize(
    ("filters", "engine"),
    [
        ([Filter("strong", (gaussian(8).scaled(50),), "none", "offset")], "pyramid"),
        ([Filter("both", (gaussian(8), gaussian(20)), "max")], "pyramid"),
        ([Filter("blur", (gaussian(12),)), Filter("sharp", (SHARPEN.scaled(2),))], None),
        ([Filter("blur", (disk(12),)), Filter("sharp", (SHARPEN.scaled(2),))], "low-rank"),
    ],
)
def test_results_are_within_the_error_of_the_plan(
    filters: list[Filter], engine: str | None
) -> None:
    rows, columns = np.mgrid[:150, :150]
    picture = pixels(((rows // 23 + columns // 17) % 2).astype(np.float32), "float32")
    plan = make_plan(filters, PlanOptions(engine, 40, is_float=True))
    assert plan.error > 0
    exact, near = (
        filter_pixels(picture, filters, settings).pixels.array
        for settings in (Settings(tolerance=0), Settings(tolerance=40, engine=engine))
    )
    assert np.abs(near - exact).max() <= plan.error + 1e-4


@pytest.mark.parametrize("is_float", [False, True])
def test_named_filters_with_whole_weights_are_exact_without_being_asked(is_float: bool) -> None:
    whole = [
        filter
        for name in FILTERS
        for filter in library.find(name)
        if all(kernel.is_integer for kernel in filter.kernels)
    ]
    assert len(whole) > 20
    for is_bytes in {False, not is_float}:
        options = PlanOptions(is_float=is_float, is_bytes=is_bytes)
        for filter in whole:
            assert make_plan([filter], options).error == 0, filter.name


def test_filters_without_a_known_bound_are_exact() -> None:
    stretched = Filter("stretched", (gaussian(20),), range="stretch")
    above = Filter("above", (gaussian(20), gaussian(30)), "add-above", threshold=3)
    for filter in (stretched, above):
        assert make_plan([Filter("blur", (gaussian(20),)), filter]).error == 0
    after = make_plan([stretched, Filter("blur", (gaussian(20),))])
    assert [each.engine for step in after.steps for each in step.passes][-1] == "pyramid"


def test_the_tolerance_is_shared_by_steps_and_their_kernels() -> None:
    one, two = options_of_steps(
        [Filter("both", (BLUR, BLUR), "max"), Filter("twice", (SHARPEN,))], DEFAULT_OPTIONS
    )
    assert two.tolerance == TOLERANCE / 2
    assert one.tolerance == TOLERANCE / 2 / 2 / 9  # of weights that sum to 9 without their signs


@pytest.mark.parametrize("levels", [math.nan, math.inf, -0.5, "much", None])
def test_an_invalid_tolerance_is_refused(levels: Any) -> None:
    with pytest.raises(UsageError, match="is no tolerance; give levels"):
        make_plan([SOBEL], PlanOptions(tolerance=levels))


@pytest.mark.parametrize("levels", [0, 0.5, np.float32(3), 1e9])
def test_any_number_from_0_is_a_tolerance(levels: float) -> None:
    check_tolerance(levels)


def test_the_scale_of_real_weights_is_divided_into_them_before_they_run() -> None:
    assert pass_of(Kernel([[0.5, 1.5]], scale=2)).kernel == Kernel([[0.25, 0.75]])


def test_a_chain_costs_what_its_steps_and_their_kernels_cost_together() -> None:
    plan = make_plan([SOBEL, Filter("blur", (BLUR,))])
    assert plan.multiplications == 6 + 6 + 6


def test_a_step_reaches_as_far_as_the_farthest_of_its_kernels() -> None:
    tall, wide = Kernel(np.ones((5, 1)), origin=(4, 0)), Kernel(np.ones((1, 7)), origin=(0, 1))
    (step,) = make_plan([Filter("both", (tall, wide), "max")]).steps
    assert step.reach == Reach(4, 0, 1, 5)


@pytest.mark.parametrize(
    ("extent", "size"), [("same", (20, 30)), ("valid", (14, 26)), ("full", (26, 34))]
)
def test_a_plan_knows_the_size_of_the_result(extent: str, size: tuple[int, int]) -> None:
    plan = plan_of(Kernel(np.ones((5, 1))), Kernel(np.ones((3, 5))))
    assert plan.size(20, 30, extent) == size
    assert extent in EXTENTS


def test_a_kernel_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="leaves nothing"):
        plan_of(box(10), box(10)).size(30, 50, "valid")


def test_the_time_of_a_value_is_that_of_the_engine_and_of_fetching_and_storing() -> None:
    kernel_pass, cost = pass_of(BLUR), ENGINES["separable"].cost
    assert costs.seconds(kernel_pass) == pytest.approx(1e-9 * (cost.fixed + 6 * cost.each))
    assert costs.shipped().fetch_and_store == FETCH_AND_STORE
    assert plan_of(BLUR).seconds(10**9, 1) == pytest.approx(
        FETCH_AND_STORE + cost.fixed + 6 * cost.each
    )


def test_seconds_shrink_with_threads_and_grow_with_values_and_work() -> None:
    plan = plan_of(BLUR)
    assert plan.seconds(6000, 3) == pytest.approx(plan.seconds(6000, 1) / 3)
    assert plan.seconds(6000, 1) == pytest.approx(2 * plan.seconds(3000, 1))
    assert plan.seconds(6000, 1) < plan_of(BLUR, BLUR).seconds(6000, 1)
    assert plan.seconds(6000, 1) < plan_of(DENSE).seconds(6000, 1)


def test_stretched_steps_are_computed_twice_and_later_steps_once() -> None:
    blur = Filter("blur", (BLUR,))
    stretched = Filter("stretched", (DENSE,), range="stretch")
    first, second, third = (plan_of(kernel).seconds(1000, 1) for kernel in (BLUR, DENSE, SHARPEN))
    rows = 1000 * 1e-9 * FETCH_AND_STORE
    assert make_plan([blur, stretched]).seconds(1000, 1) == pytest.approx(
        2 * (first + second - rows)
    )
    chain = [blur, stretched, Filter("sharp", (SHARPEN,))]
    assert make_plan(chain).seconds(1000, 1) == pytest.approx(
        2 * (first + second - rows) + third - rows
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (100, "about 100 seconds: 1 multiplications for each of"),
        (300, "about 5 minutes"),
        (10_000, "about 3 hours"),
        (1_000_000, "about 12 days"),
    ],
)
def test_too_much_work_is_refused_with_its_duration(seconds: int, words: str) -> None:
    plan = plan_of(Kernel([[1]]))
    values = round(seconds / plan.seconds(1, 1))
    with pytest.raises(LimitError, match=f"{words}.*--patience"):
        plan.check_cost(values, 1, patience=99)


def test_patience_and_threads_allow_what_would_be_refused() -> None:
    plan = plan_of(Kernel([[1]]))
    values = round(1000 / plan.seconds(1, 1))
    plan.check_cost(values, 1, patience=1001)
    plan.check_cost(values, 2, patience=501)
    with pytest.raises(LimitError):
        plan.check_cost(values, 2, patience=499)


def reaches_beyond(kernel_pass: Pass) -> bool:
    """Whether a picture, white or black where weights are positive, has a result outside bytes."""
    weights = kernel_pass.kernel.weights / kernel_pass.kernel.scale
    most = 255 * (weights[weights > 0].sum() + kernel_pass.error) + kernel_pass.kernel.offset
    least = 255 * (weights[weights < 0].sum() - kernel_pass.error) + kernel_pass.kernel.offset
    return bool(least <= -0.5 or most >= 255.5)


def test_means_stay_within_the_bytes() -> None:
    grids = [np.ones((3, 3)), -np.ones((3, 3)), [[9]], [[0]], [[-1, 10]], [[-0.01, 9.01]]]
    scales, offsets, errors = (9, -9, 8.9, 10, 1), (0, 1, 0.25), (0, 0.001, 0.0019, 0.002)
    for grid, scale, offset, error in product(grids, scales, offsets, errors):
        found = Pass("direct", Kernel(grid, scale, offset), 9, scale, error)  # type: ignore[arg-type]
        expected = not found.kernel.offset and not reaches_beyond(found)
        assert found.stays_within == expected, (grid, scale, offset, error)


@pytest.mark.parametrize("name", ["blur", "gaussian:2", "binomial", "sharpen", "sobel", "emboss"])
def test_of_the_named_filters_those_that_smooth_stay_within_the_bytes(name: str) -> None:
    (step,) = make_plan(library.find(name), PlanOptions(is_bytes=True, is_whole=True)).steps
    expected = name in ("blur", "gaussian:2", "binomial")
    assert [each.stays_within for each in step.passes] == [expected] * len(step.passes)
    assert all(each.stays_within != reaches_beyond(each) for each in step.passes)


def test_rounding_to_float32_is_stated_where_sums_are_not_whole() -> None:
    (step,) = make_plan(library.find("blur"), PlanOptions(tolerance=0)).steps
    assert step.passes[0].rounding(65535) == pytest.approx(8 * 2.0**-24)
    assert step.passes[0].rounding(255) == 0
    whole = make_plan([SOBEL])
    assert (whole.rounding(65535), whole.rounding(math.inf) > 0) == (0, True)
