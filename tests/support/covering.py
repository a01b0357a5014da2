"""Covering arrays: few combinations of parameters in which every pair of values still occurs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product
from typing import Any

import pytest

Case = tuple[int, ...]  # for each factor, the index of its value


def covering(*factors: Iterable[Any], strength: int = 2) -> list[Any]:
    """Return all combinations of the factors' values; those beyond a covering array are slow.

    In the others every value of a factor meets every value of each other factor, if ``strength``
    is 2, which is pairwise testing. With 1 each value merely occurs.
    """
    values = [tuple(factor) for factor in factors]
    cases = list(product(*(range(len(some)) for some in values)))
    chosen = _covering_array(cases, strength)
    found = []
    for case in cases:
        marks = () if case in chosen else (pytest.mark.slow,)
        found.append(pytest.param(*_values_of(case, values), marks=marks))
    return found


def pairs(*factors: Iterable[Any]) -> list[Any]:
    """Return combinations in which each value of a factor meets every value of the others."""
    values = [tuple(factor) for factor in factors]
    cases = list(product(*(range(len(some)) for some in values)))
    return [_values_of(case, values) for case in sorted(_covering_array(cases, 2))]


def _values_of(case: Case, factors: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(values[index] for values, index in zip(factors, case, strict=True))


def with_slow(quick: Iterable[Any], slow: Iterable[Any]) -> list[Any]:
    """Return the values of one factor, or tuples of several, some of them marked as slow."""
    rows = (value if isinstance(value, tuple) else (value,) for value in slow)
    return [*quick, *(pytest.param(*row, marks=pytest.mark.slow) for row in rows)]


def _covering_array(cases: list[Case], strength: int) -> set[Case]:
    """Return cases chosen greedily: each is the first of those that cover the most."""
    covers = {case: set(combinations(enumerate(case), strength)) for case in cases}
    missing, chosen = set().union(*covers.values()), set()
    while missing:
        best = max(cases, key=lambda case: len(covers[case] & missing))
        missing -= covers[best]
        chosen.add(best)
    return chosen
