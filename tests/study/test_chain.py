"""What the explanation says is what ``apply`` writes, for every filter, border, extent and mode."""

from __future__ import annotations

from itertools import combinations, islice, product
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.engines.base import gain
from imgconv.errors import UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import RANGES
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.pixel import explain_pixel
from tests.support.pictures import KERNEL_FILTERS

pytestmark = pytest.mark.arithmetic

Array = NDArray[np.float64]

CHAINS = (
    *("sharpen,blur", "gaussian:1,identity,gaussian:1", "sobel,blur", "blur,emboss,difference-x"),
    *("unsharp,gaussian:1", "(1 2;3 4),(0 1 0;1 -5 1),binomial"),
)
MASKED = (
    *("freq-low:0.2", "freq-high:0.1:gaussian", "freq-notch:0.25:-0.125:0.1"),
    *("blur,freq-low:0.2:butterworth,blur", "sharpen,freq-band,emboss"),
)
FILTERS = (*KERNEL_FILTERS, "-1 0 1", "1 2 3 4; 0 0 0 9", *CHAINS)

# Channels, type, and the value of full brightness where that is not the type's.
KINDS = (
    *(("l", "uint8", None), ("la", "uint8", None), ("rgb", "uint8", None), ("rgba", "uint8", None)),
    *(("cmyk", "uint8", None), ("l", "uint16", None), ("rgba", "uint16", None)),
    *(("l", "uint16", 1023), ("l", "float32", None), ("rgba", "float32", None)),
)
BORDER_TEXTS = (*BORDERS, "constant:200")
WAYS = ("plain", "straight", "linear", "one channel", *RANGES)


class Case(NamedTuple):
    """A combination of a filter and of everything that changes what it computes."""

    filter: str
    kind: tuple[str, str, int | None]
    border: str
    extent: str
    way: str

    def pixels(self) -> Pixels:
        """Return random pixels, half of them opaque if there is alpha, some transparent."""
        channels, dtype, maxval = self.kind
        maximum = maxval or MAXIMUM[dtype]
        generator = np.random.default_rng(len(self.filter))
        values = generator.random((23, 26, len(channels)))
        if "a" in channels:
            alpha = values[..., -1]
            alpha[alpha > 0.5], alpha[alpha < 0.1] = 1, 0
        values *= maximum
        array = values if dtype == "float32" else np.rint(values)
        return Pixels(np.ascontiguousarray(array, dtype), tuple(channels), maxval=maxval)

    def settings(self) -> Settings:
        border = self.border.replace("200", "0.7") if "float32" in self.kind else self.border
        settings = Settings(Border.parse(border), self.extent, tolerance=0, threads=1)
        is_light = self.way == "linear" and self.kind[0] != "cmyk"  # inks are no light
        settings = settings._replace(straight_alpha=self.way == "straight", linear=is_light)
        if self.way == "one channel":
            settings = settings._replace(channels=frozenset(self.kind[0][-1]))
        return settings._replace(range=self.way if self.way in RANGES else None)


def pairwise_cases() -> list[Case]:
    """Return a case for each filter and kind; the other values take turns."""
    return [
        Case(
            filter,
            kind,
            BORDER_TEXTS[(f + k) % len(BORDER_TEXTS)],
            [*EXTENTS][(f + 2 * k + k // 3) % len(EXTENTS)],
            WAYS[(f + k + k // 2) % len(WAYS)],
        )
        for (f, filter), (k, kind) in product(enumerate(FILTERS), enumerate(KINDS))
    ]


def test_each_value_meets_each_other_in_some_case() -> None:
    cases, values = pairwise_cases(), (FILTERS, KINDS, BORDER_TEXTS, [*EXTENTS], WAYS)
    for (a, some), (b, others) in combinations(enumerate(values), 2):
        assert {(case[a], case[b]) for case in cases} == {*product(some, others)}, (a, b)


def check(case: Case) -> None:
    """Compare a whole result, and a few pixels of it explained, with what apply writes."""
    pixels, settings, filters = case.pixels(), case.settings(), library.find(case.filter)
    try:
        made = filter_pixels(pixels, filters, settings).pixels
    except UsageError as error:
        with pytest.raises(type(error)):
            Chain(pixels, filters, settings)
        return
    chain = Chain(pixels, filters, settings)
    step = chain.steps[-1]
    assert (step.height, step.width) == (made.height, made.width)
    exact = step.values(np.arange(step.height), np.arange(step.width))
    bound = rounding_of_engines(chain, exact)
    low, high = (chain.stored(chain.levels(exact + sign * bound)) for sign in (-1, 1))
    written = made.array.astype(np.float64)
    assert np.all((low <= written) & (written <= high))
    for y, x in ((0, 0), (step.height // 2, step.width // 2), (step.height - 1, step.width - 2)):
        explained = explain_pixel(chain, at=(x, y))
        values = np.array([channel.value for channel in explained.channels])
        assert np.all((low[y, x] <= values) & (values <= high[y, x]))


def rounding_of_engines(chain: Chain, exact: Array) -> Array:
    """Return a bound of what engines lose, since they sum in float32; 0 for whole sums."""
    kernels = [kernel for step in chain.steps for kernel in step.filter.kernels]
    is_whole = chain.pixels.array.dtype == np.uint8 and not chain.light
    is_simple = chain.pixels.alpha is None and chain.steps[-1].filter.range != "stretch"
    is_simple &= not any(step.filter.mask for step in chain.steps)
    if len(kernels) == 1 and is_whole and is_simple and kernels[0].is_integer:
        return np.zeros(exact.shape)
    gains = [sum(map(gain, step.filter.kernels)) for step in chain.steps]
    largest = max(chain.pixels.maximum, np.abs(chain.facts.colour).max())
    bound = np.full(exact.shape, largest * np.prod(np.maximum(gains, 1)) * 2.0**-19)
    low, high = chain.steps[-1].finish.ends or (0.0, chain.pixels.maximum)
    stretching = chain.pixels.maximum / max(high - low, 1e-9)
    if any(step.finish.weighted.any() for step in chain.steps):
        values = np.abs(exact / stretching + low)
        share = np.abs(exact[..., -1:]) / chain.pixels.maximum
        bound *= (1 + values / chain.pixels.maximum) / np.maximum(share, 1e-9)
    return bound if stretching == 1 else (bound + bound.max()) * stretching


@pytest.mark.parametrize("filter", FILTERS)
def test_apply_writes_the_explained_values(filter: str) -> None:
    for case in pairwise_cases():
        if case.filter == filter:
            check(case)


@pytest.mark.parametrize(("start", "filter"), list(enumerate(MASKED)))
def test_apply_writes_the_explained_values_behind_a_mask(start: int, filter: str) -> None:
    for number, kind in enumerate(KINDS):
        way = WAYS[(start + number) % len(WAYS)]
        check(Case(filter, kind, ("wrap", "reflect")[number % 2], "same", way))


@pytest.mark.slow
@pytest.mark.parametrize("filter", MASKED)
def test_apply_writes_the_explained_values_behind_a_mask_in_many_cases(filter: str) -> None:
    for kind, border, way in product(KINDS, ("wrap", "reflect"), WAYS):
        check(Case(filter, kind, border, "same", way))


# A case takes 0.07 s: all that there are for all filters would take an hour.
STRIDE = 37


@pytest.mark.slow
@pytest.mark.parametrize(("start", "filter"), list(enumerate(FILTERS)))
def test_apply_writes_the_explained_values_in_many_cases(start: int, filter: str) -> None:
    cases = product(KINDS, BORDER_TEXTS, EXTENTS, WAYS)
    for kind, border, extent, way in islice(cases, start % STRIDE, None, STRIDE):
        check(Case(filter, kind, border, extent, way))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("filter", ["disk:14", "gaussian:3", "1 2 3; 4 5 6"])
def test_results_do_not_depend_on_how_many_are_computed(filter: str, border: str) -> None:
    case = Case("", ("rgb", "uint8", None), border, "same", "plain")
    step = Chain(case.pixels(), library.find(filter), case.settings()).steps[0]
    whole = step.values(np.arange(23), np.arange(26))
    rows, columns = np.array([0, 3, 4, 22]), np.array([1, 25])
    np.testing.assert_allclose(step.values(rows, columns), whole[np.ix_(rows, columns)], atol=1e-9)
