"""Named tuples: the same as those of ``typing``."""

from __future__ import annotations

import pickle
import typing
from typing import Any

import pytest

from imgconv import named_tuple


class Own(named_tuple.NamedTuple):
    """Two fields."""

    first: int
    second: tuple[int, ...] = (1, 2)

    @property
    def sum(self) -> int:
        """Of all its numbers."""
        return self.first + sum(self.second)


class Usual(typing.NamedTuple):
    """Two fields."""

    first: int
    second: tuple[int, ...] = (1, 2)

    @property
    def sum(self) -> int:
        """Of all its numbers."""
        return self.first + sum(self.second)


def test_it_is_made_here_and_not_by_typing() -> None:
    assert vars(named_tuple)["NamedTuple"] is not typing.NamedTuple


@pytest.mark.parametrize("fact", ["__doc__", "__module__", "_fields", "_field_defaults", "__mro__"])
def test_a_class_says_the_same_of_itself(fact: str) -> None:
    own, usual = getattr(Own, fact), getattr(Usual, fact)
    assert own[1:] == usual[1:] if fact == "__mro__" else own == usual


@pytest.mark.parametrize("values", [(3,), (3, (4,))])
def test_an_instance_does_the_same(values: tuple[Any, ...]) -> None:
    own: Any = Own(*values)
    usual: Any = Usual(*values)
    assert own == usual
    assert hash(own) == hash(usual)
    assert own.sum == usual.sum
    assert own._replace(second=()) == usual._replace(second=())
    assert repr(own) == repr(usual).replace("Usual", "Own")
    assert pickle.loads(pickle.dumps(own)) == own
    assert not hasattr(own, "__dict__")


def test_a_field_without_a_default_must_be_given() -> None:
    with pytest.raises(TypeError, match="first"):
        Own()  # type: ignore[call-arg]
