"""Named tuples: the same as those of ``typing``."""

from __future__ import annotations

import pickle
import typing
from typing import Any

import pytest

from imgconv.kernels.kernel import Reach
from imgconv.system import named_tuple


def two_fields(maker: Any) -> Any:
    """The same class by another maker of named tuples."""

    class Two(maker):  # type: ignore[misc]
        """Two fields."""

        first: int
        second: tuple[int, ...] = (1, 2)

        @property
        def sum(self) -> int:
            """Of all its numbers."""
            return int(self.first + sum(self.second))

    return Two


Own, Usual = (two_fields(made_by.NamedTuple) for made_by in (named_tuple, typing))


def test_it_is_made_here_and_not_by_typing() -> None:
    assert vars(named_tuple)["NamedTuple"] is not typing.NamedTuple


@pytest.mark.parametrize("fact", ["__doc__", "__module__", "_fields", "_field_defaults", "__mro__"])
def test_a_class_says_the_same_of_itself(fact: str) -> None:
    own, usual = getattr(Own, fact), getattr(Usual, fact)
    assert own[1:] == usual[1:] if fact == "__mro__" else own == usual


@pytest.mark.parametrize("values", [(3,), (3, (4,))])
def test_an_instance_does_the_same(values: tuple[Any, ...]) -> None:
    own, usual = Own(*values), Usual(*values)
    assert own == usual
    assert hash(own) == hash(usual)
    assert own.sum == usual.sum
    assert own._replace(second=()) == usual._replace(second=())
    assert repr(own) == repr(usual)
    assert not hasattr(own, "__dict__")


def test_a_field_without_a_default_must_be_given() -> None:
    with pytest.raises(TypeError, match="first"):
        Own()


def test_an_instance_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Reach(1, 2, 3, 4))) == Reach(1, 2, 3, 4)
