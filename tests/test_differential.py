"""Random chains of filters agree with their definition, within the error that the plan states.

A case that fails is run alone by its seed, which the message says::

    IMGCONV_CASE=1234 pytest tests/test_differential.py
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from imgconv.engines.base import Pass, gain
from imgconv.errors import UsageError
from imgconv.execution.executor import Filtered, filter_pixels
from imgconv.images.colour import channel_values
from imgconv.images.pixels import MAXIMUM
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import COMBINATIONS, RANGES
from imgconv.planning import costs, planner
from imgconv.planning.plan import Step
from imgconv.planning.settings import Settings
from tests.support import chain_oracle
from tests.support.chain_cases import COMPASSES, PLAIN, WITH_VALUES, Case, draw
from tests.support.chain_oracle import EPSILON, SMALLEST, Loss, Rules, Values, averages
from tests.support.covering import with_slow
from tests.support.light import light_of, lit, unlit
from tests.support.oracle import to_levels
from tests.support.pictures import KERNEL_FILTERS, noise

pytestmark = pytest.mark.arithmetic

# Cases in all, cases of a test, and the tests that are not slow.
ALL, CHUNK, QUICK = 50_000, 500, 1


def filtered(case: Case) -> Filtered:
    """Return the result, with the engines and the fusion of the case."""
    with pytest.MonkeyPatch.context() as patch:
        planner._planned.cache_clear()
        if case.costs:
            patch.setattr(costs, "seconds", lambda each: 1e-9 * case.costs[each.engine])
        if case.fuses == "always":
            patch.setattr(planner, "_seconds", lambda filter, options: 1.0)
        elif case.fuses == "never":
            patch.setattr(planner, "fused", lambda filters, *how: list(filters))
        copied = case.picture._replace(array=case.picture.array.copy())
        return filter_pixels(copied, case.filters, case.settings, may_overwrite=case.seed % 2 == 0)


def rules_of(case: Case) -> Rules:
    picture, settings = case.picture, case.settings
    colour = np.array(channel_values(settings.border.colour, picture))
    rules = Rules(
        picture.channels,
        picture.maximum,
        picture.is_float,
        settings.border.name,
        colour,
        settings.extent,
        settings.channels,
        settings.straight_alpha,
        case.gammas if settings.linear else {},
    )
    lights = lit(colour, rules).values.astype(np.float32)
    return rules._replace(colour=lights.astype(np.float64))


def losses_of(case: Case, steps: Sequence[Step]) -> list[list[Loss]]:
    """Return what the engines of a plan may lose, for each kernel of each filter of the chain."""
    losses: list[list[Loss]] = []
    for step in steps:
        fused = step.filter.name.count(",")
        losses += [[Loss(is_fused=at > 0)] for at in range(fused)]
        if is_exact(case, steps):
            losses.append([Loss()] * len(step.passes))
        else:
            losses.append([loss_of(each, step, fused > 0) for each in step.passes])
    return losses


def loss_of(each: Pass, step: Step, is_fused: bool) -> Loss:
    terms, spread = each.multiplications + 8, 0.0
    if each.engine == "low-rank":
        factors = sum(float(np.abs(np.outer(*factor)).sum()) for factor in each.kernel.factors)
        spread = terms * factors / max(each.kernel.magnitude, 1e-300)
    elif each.engine == "pyramid":
        spread = 100.0
    elif each.engine == "fourier":  # spectra are divided by the size of the tile
        return Loss(each.error + 2.0**20 * SMALLEST, terms, spread, is_fused)
    quantum = 2.0**-30 * step.options.bounds.magnitude * gain(each.kernel)
    error = max(each.error, quantum * (each.engine == "running"))
    return Loss(error, terms, spread, is_fused)


def is_exact(case: Case, steps: Sequence[Step]) -> bool:
    """Return whether all numbers up to the only division are whole ones that float32 holds."""
    (step, *others), settings, picture = steps, case.settings, case.picture
    around = channel_values(settings.border.colour, picture)
    weighs = picture.alpha is not None and not settings.straight_alpha
    return not (
        others
        or picture.is_float
        or settings.linear
        or (weighs and averages(step.filter))
        or any(value % 1 for value in around)
        or step.filter.name.count(",")
        or any(each.error or each.engine in ("low-rank", "fourier") for each in step.passes)
        or any(each.kernel.offset % 1 for each in step.passes)
        or any((kernel.weights % 1).any() for kernel in step.filter.kernels)
        or (settings.border.name == "none" and any(k.scale != k.sum for k in step.filter.kernels))
        or any(k.magnitude * picture.maximum >= 2**24 for k in step.filter.kernels)
    )


def allowed(case: Case) -> float:
    """Return the tolerance as a share of white; of light, that of the darkest levels is least."""
    levels = case.settings.tolerance / 255
    gammas = case.gammas.values() if case.settings.linear else ()
    light = [float(light_of(np.array(levels), gamma)) * (1 + 1e-9) for gamma in gammas]
    return min([levels, *light])


def difference(case: Case, found: Filtered, wanted: Values) -> str | None:
    """Return what is wrong with a result, or None."""
    count = len(case.picture.channels)
    result = found.pixels.array[..., :count].astype(np.float64)
    if result.shape != wanted.values.shape:
        return f"the shape is {result.shape}, not {wanted.values.shape}"
    values, errors, maximum = wanted.values, wanted.errors, case.picture.maximum
    if case.picture.is_float:
        with np.errstate(invalid="ignore"):
            near = np.abs(result - values) <= errors + 1e-15
        is_right = near | (result == values) | (np.isnan(result) & np.isnan(values))
    else:
        values, bounds = np.nan_to_num(values, nan=0.0), np.where(np.isinf(errors), 0, errors)
        bounds += (bounds > 0) * EPSILON * (np.abs(values) + 0.5)  # a half is added in float32
        low, high = (to_levels(values + sign * bounds, maximum) for sign in (-1, 1))
        is_right = (low <= result) & (result <= high)
    is_right |= np.isinf(errors)
    if is_right.all():
        return None
    at = tuple(np.argwhere(~is_right)[0])
    return (
        f"{(~is_right).sum()} of {result.size} values are wrong; at {at} it is {result[at]!r}, "
        f"should be {values[at]!r} within {errors[at]:.3g}"
    )


def definition(case: Case, losses: Sequence[Sequence[Loss]]) -> Values:
    """Return the result of a case by its definition, in levels."""
    filters, rules = [*case.filters], rules_of(case)
    if case.settings.range:
        filters[-1] = filters[-1]._replace(range=case.settings.range)
    values = case.picture.array[..., : len(case.picture.channels)].astype(np.float64)
    return unlit(chain_oracle.expected(lit(values, rules), filters, rules, losses), rules)


def check(case: Case, seen: Counter[str]) -> str | None:
    """Run a case and count what is ``seen``; return what is wrong with it, or None."""
    try:
        found = filtered(case)
    except UsageError as error:  # nothing is left of the picture, or no such engine
        assert "leaves nothing of" in error.problem or f"'{case.settings.engine}'" in error.problem
        return None
    losses = losses_of(case, found.plan.steps)
    wanted = definition(case, losses)
    passes = [each for step in found.plan.steps for each in step.passes]
    seen.update(each.engine for each in passes)
    seen["checked"] += 1
    seen["fused"] += len(found.plan.steps) < len(case.filters)
    seen["fixed point"] += any(each.unit > 1 for each in passes)
    seen["percent unbounded"] += round(100 * float(np.isinf(wanted.errors).mean()))
    problem = difference(case, found, wanted)
    if not problem and case.settings.engine is None:
        problem = beyond_tolerance(case, found, losses)
    return problem and f"{problem}; {[ran.engines for ran in found.plan.ran]}"


def beyond_tolerance(case: Case, found: Filtered, losses: Sequence[Sequence[Loss]]) -> str | None:
    """Return how a result, or its plan, is further from the definition than is allowed, or None.

    A colour is as much further as alpha is less than white, for which there is no test here.
    """
    error, tolerance = found.plan.error, case.settings.tolerance / 255
    if not error <= allowed(case):
        return f"the plan allows {255 * error} levels"
    if not error or (case.picture.alpha is not None and not case.settings.straight_alpha):
        return None
    exact = definition(case, [[loss._replace(error=0.0) for loss in some] for some in losses])
    errors = exact.errors + tolerance * case.picture.maximum
    return difference(case, found, exact._replace(errors=errors))


def problems(cases: Iterable[Case], seen: Counter[str]) -> str:
    found = ((case, check(case, seen)) for case in cases)
    return "\n".join(f"{case}: {problem}" for case, problem in found if problem)


ONE = os.environ.get("IMGCONV_CASE")
CHUNKS = [range(first, first + CHUNK) for first in range(0, ALL, CHUNK)]
SEEDS = [range(int(ONE), int(ONE) + 1)] if ONE else with_slow(CHUNKS[:QUICK], CHUNKS[QUICK:])


@pytest.mark.parametrize("seeds", SEEDS, ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_a_chain_agrees_with_its_definition(seeds: range) -> None:
    seen: Counter[str] = Counter()
    assert not problems(map(draw, seeds), seen)
    if not ONE:
        assert seen["checked"] > 0.75 * CHUNK
        assert seen["percent unbounded"] < 6 * seen["checked"]
        often = {"direct", "separable", "low-rank", "running", "fourier", "fused"}
        assert {name for name in often if not seen[name]} == set()


# With the extent full, a result of 8 x 8 pixels has 4,000.
@pytest.mark.parametrize("extent", with_slow(["same"], slow=["full"]))
def test_wide_gaussians_agree_with_their_definition(extent: str) -> None:
    seen: Counter[str] = Counter()
    cases = (draw(seed, "pyramid") for seed in range(80))
    assert not problems((case for case in cases if case.settings.extent == extent), seen)
    assert seen["pyramid"] > 10


def test_sums_in_fixed_point_agree_with_their_definition() -> None:
    seen: Counter[str] = Counter()
    cases = (draw(seed, "separable") for seed in range(80))
    how = Settings(Border("mirror"), engine="separable", tolerance=5)
    assert not problems(
        (each._replace(picture=noise(9, 11, "rgb"), settings=how) for each in cases), seen
    )
    assert seen["fixed point"] > 3


def test_the_cases_have_all_filters_of_the_library_and_all_rules() -> None:
    assert {*PLAIN, *COMPASSES, *WITH_VALUES} == {*KERNEL_FILTERS}
    cases = [draw(seed) for seed in range(200)]
    filters = [filter for case in cases for filter in case.filters]
    assert {filter.combine for filter in filters} == set(COMBINATIONS)
    assert {filter.range for filter in filters} == set(RANGES)
    assert {case.settings.border.name for case in cases} == set(BORDERS)
    assert {case.settings.extent for case in cases} == set(EXTENTS)
    assert {case.picture.array.dtype.name for case in cases} == set(MAXIMUM)
    assert {case.settings.tolerance for case in cases} >= {0, 0.5}
    assert {"".join(case.picture.channels) for case in cases} >= {"l", "la", "rgb", "rgba"}
    linear = [case for case in cases if case.settings.linear]
    assert {case.picture.array.dtype.name for case in linear} == set(MAXIMUM)
    assert {gamma for case in linear for gamma in case.gammas.values()} >= {None, 2.2}
