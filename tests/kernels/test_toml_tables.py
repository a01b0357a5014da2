"""The check of a TOML table: its keys and kinds of values."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from imgconv.errors import KernelError
from imgconv.kernels import toml
from imgconv.kernels.toml import Kind, check_table

KINDS = {name: kind for name, kind in vars(toml).items() if isinstance(kind, Kind)}

# For each kind, values that are of it. All others are not, but for those that are of several.
OF_KIND: dict[str, list[Any]] = {
    "TEXT": ["", "a"],
    "SWITCH": [True, False],
    "NUMBER": [0, -3, 2.5, 2**63 - 1],
    "DEFAULT": [],
    "NUMBERS": [[], [1, 2.5]],
    "CHOICES": [["a", "b"]],
    "ROWS": [[], [[1, 2], [3.5]], [[]]],
    "POSITION": [[0, 1]],
    "TABLE": [{}, {"a": 1}, {"a": {}}],
    "TABLES": [{}, {"a": 1}, {"a": {}}, [], [{}]],
    "NAMED_TABLES": [{}, {"a": {}}],
}
SEVERAL = {
    "NUMBERS": [[0, 1]],
    "CHOICES": [*OF_KIND["NUMBERS"], [0, 1]],
    "DEFAULT": [*OF_KIND["NUMBER"], *OF_KIND["TEXT"]],
}
OF_NONE: list[Any] = [2**63, [None], [True], [[True]], [[[1]]], [{}, 1]]
VALUES = [value for values in OF_KIND.values() for value in values] + OF_NONE


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_matches_its_values_alone(name: str) -> None:
    expected = OF_KIND[name] + SEVERAL.get(name, [])
    for value in VALUES:
        is_listed = any(type(value) is type(other) and value == other for other in expected)
        assert KINDS[name].matches(value) == is_listed, value


@pytest.mark.parametrize("name", KINDS)
def test_the_example_of_a_kind_is_of_that_kind(name: str) -> None:
    example = KINDS[name].example.replace("KEY", "key").split(" above ")[0].split(" for ")[0]
    assert KINDS[name].matches(tomllib.loads(example)["key"])


def test_the_error_names_an_unknown_or_missing_key_or_a_wrong_value() -> None:
    kinds = {"size": toml.NUMBER, "name": toml.TEXT}
    check_table({"size": 1}, kinds, required=("size",))
    for wrong, message in (
        ({"sice": 1}, "'sice' is not a known key; did you mean 'size'?"),
        ({"x": 1}, "'x' is not a known key; known are name, size"),
        ({"size": "1"}, "'size' is not a number; write size = 1.5"),
        ({"name": "a"}, "'size' is missing; write size = 1.5"),
    ):
        with pytest.raises(KernelError) as caught:
            check_table(wrong, kinds, required=("size",))
        assert str(caught.value) == message
