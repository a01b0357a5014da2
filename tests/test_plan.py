"""The plan: which engine runs a kernel, what it costs, and when that is too much."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.engines import ENGINES
from imgconv.errors import CostError, WordsError
from imgconv.filter import Filter
from imgconv.kernel import Kernel, Reach
from imgconv.plan import MULTIPLICATIONS_PER_SECOND, Plan, make_plan
from tests.pictures import BLUR, SHARPEN, SOBEL


def plan_of(*kernels: Kernel, engine: str | None = None) -> Plan:
    return make_plan([Filter("kernel", (kernel,)) for kernel in kernels], engine)


@pytest.mark.parametrize(
    ("kernel", "engine", "multiplications"),
    [
        (Kernel([[0]]), "direct", 0),
        (Kernel([[1]]), "direct", 1),
        (Kernel([[1, 1], [1, 1]]), "direct", 4),
        (Kernel(np.ones((1, 9))), "direct", 9),
        (BLUR, "separable", 6),
        (SHARPEN, "direct", 5),
        (Kernel.outer(np.ones(401), np.ones(401)), "separable", 802),
        (Kernel.outer([0, 1, 0], [0, 1, 0]), "direct", 1),
    ],
)
def test_the_cheapest_engine_runs_a_kernel(
    kernel: Kernel, engine: str, multiplications: int
) -> None:
    plan = plan_of(kernel)
    assert plan.steps[0].passes[0].engine == engine
    assert plan.multiplications == multiplications


def test_only_engines_that_exist_are_planned() -> None:
    assert {plan_of(kernel).steps[0].passes[0].engine for kernel in (BLUR, SHARPEN)} <= {*ENGINES}


@pytest.mark.parametrize("engine", ["direct", "separable"])
def test_an_engine_can_be_forced(engine: str) -> None:
    assert plan_of(BLUR, engine=engine).steps[0].passes[0].engine == engine


@pytest.mark.parametrize("engine", ["separable", "quantum"])
def test_an_engine_that_cannot_run_a_kernel_says_which_can(engine: str) -> None:
    with pytest.raises(WordsError, match=f"'{engine}' cannot run a kernel of 3x3.*from direct"):
        plan_of(SHARPEN, engine=engine)


def test_the_scale_of_real_weights_is_divided_into_them_before_they_run() -> None:
    todo = plan_of(Kernel([[0.5, 1.5]], scale=2)).steps[0].passes[0]
    assert todo.kernel == Kernel([[0.25, 0.75]])


def test_a_chain_costs_what_its_steps_and_their_kernels_cost_together() -> None:
    plan = make_plan([SOBEL, Filter("blur", (BLUR,))])
    assert plan.multiplications == 6 + 6 + 6


def test_a_step_reaches_as_far_as_the_farthest_of_its_kernels() -> None:
    tall, wide = Kernel(np.ones((5, 1)), origin=(4, 0)), Kernel(np.ones((1, 7)), origin=(0, 1))
    (step,) = make_plan([Filter("both", (tall, wide), "max")]).steps
    assert step.reach == Reach(4, 0, 1, 5)


def test_seconds_shrink_with_threads_and_grow_with_values() -> None:
    plan = plan_of(BLUR)
    values = int(MULTIPLICATIONS_PER_SECOND)
    assert plan.seconds(values, 1) == 6
    assert plan.seconds(values, 3) == 2
    assert plan.seconds(2 * values, 1) == 12


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1, "about 100 seconds"),
        (3, "about 5 minutes"),
        (100, "about 3 hours"),
        (10_000, "about 12 days"),
    ],
)
def test_too_much_work_is_refused_in_words_that_people_use(share: int, words: str) -> None:
    values = share * 100 * int(MULTIPLICATIONS_PER_SECOND)
    with pytest.raises(CostError, match=words):
        plan_of(Kernel([[1]])).check_cost(values, 1, patience=99)


def test_patience_allows_what_would_be_refused() -> None:
    values = 1000 * int(MULTIPLICATIONS_PER_SECOND)
    plan_of(Kernel([[1]])).check_cost(values, 1, patience=1000)
