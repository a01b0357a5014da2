"""Sequences that are made when somebody first looks at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar, overload

Thing = TypeVar("Thing")


class Later(Sequence[Thing]):
    """The sequence that ``make`` gives, once."""

    def __init__(self, make: Callable[[], Sequence[Thing]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Sequence[Thing]:
        return self._make()

    @overload
    def __getitem__(self, at: int) -> Thing: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Thing]: ...
    def __getitem__(self, at: int | slice) -> Thing | Sequence[Thing]:
        """One of them, or several."""
        return self._made[at]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._made)
