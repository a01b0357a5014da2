"""The tests' own helpers."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from tests.support.covering import covering, pairs

FACTORS = ("abcd", (1, 2, 3), ("x", "y"), (True, False))


def quick(strength: int) -> list[tuple[object, ...]]:
    """The combinations that are not slow."""
    return [case.values for case in covering(*FACTORS, strength=strength) if not case.marks]


def test_all_combinations_are_there_once() -> None:
    assert [case.values for case in covering(*FACTORS)] == list(product(*FACTORS))


def test_every_pair_of_values_occurs_in_few_combinations() -> None:
    for one, other in combinations(range(len(FACTORS)), 2):
        found = {(case[one], case[other]) for case in quick(2)}
        assert found == set(product(FACTORS[one], FACTORS[other]))
    assert len(quick(2)) <= 14


def test_pairs_are_the_combinations_that_are_not_slow() -> None:
    assert pairs(*FACTORS) == quick(2)


def test_with_strength_one_every_value_occurs_as_often_as_the_longest_factor_asks() -> None:
    assert len(quick(1)) == 4
    for position, factor in enumerate(FACTORS):
        assert {case[position] for case in quick(1)} == set(factor)


def test_the_combinations_that_are_left_out_are_marked_slow() -> None:
    slow = [case for case in covering(*FACTORS) if case.marks]
    assert {mark.name for case in slow for mark in case.marks} == {pytest.mark.slow.name}
