"""Parts of loops: functions that loops call, and what a loop is made of with all of its parts."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

ALL: set[Callable[..., Any]] = set()

SEPARATE: set[Callable[..., Any]] = set()


def jit_inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function that loops call; it becomes part of their machine code."""
    ALL.add(function)
    return function


def jit_noinline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a part that stays a function of its own, for LLVM to compile by itself.

    It is for functions of several slices of one array: put into a loop, they cannot be told apart
    any more, and are not vectorised. Large ones also take less time to compile like this, as do
    those that a loop names often; other small ones take more.
    """
    SEPARATE.add(function)
    return jit_inline(function)


def is_part(value: object) -> bool:
    """Whether loops call it, and it becomes part of their machine code."""
    return isinstance(value, FunctionType) and value in ALL


def parts_of(function: Callable[..., Any]) -> list[Any]:
    """The parts that a function names."""
    named = [function.__globals__.get(name) for name in function.__code__.co_names]
    return [value for value in named if is_part(value)]


def fingerprint(function: Callable[..., Any]) -> object:
    """The function's code, that of its parts, and the constants of its module that it names."""
    code = function.__code__
    return (
        function in SEPARATE,
        code.co_code,
        [c for c in code.co_consts if not isinstance(c, str)],  # what it says of itself
        code.co_names,
        [_fact(function.__globals__.get(name)) for name in code.co_names],
    )


def _fact(value: Any) -> object:
    if is_part(value):
        return fingerprint(value)
    return value if isinstance(value, (int, float, np.generic)) else None


def length(function: Callable[..., Any]) -> int:
    """How much there is of a function and its parts: about how long it takes to compile."""
    return len(function.__code__.co_code) + sum(map(length, parts_of(function)))
