"""Functions that loops call, and the fingerprint of a loop with all of them."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

Function = Callable[..., Any]

CALLEES: set[Function] = set()
NOT_INLINED: set[Function] = set()


def jit_inline(function: Function) -> Function:
    """Mark a function that loops call; it is inlined into them before LLVM sees it."""
    CALLEES.add(function)
    return function


def jit_noinline(function: Function) -> Function:
    """Mark a function that loops call and that LLVM compiles by itself.

    It is for functions of several slices of one array: inlined, LLVM cannot prove that the slices
    do not overlap, and does not vectorize. Large functions, and any that a loop calls in several
    places, compile faster like this; other small ones compile slower.
    """
    NOT_INLINED.add(function)
    return jit_inline(function)


# Intrinsics: jit/numba_intrinsics.py has the instructions that Numba compiles in their place.


def invoke(address: int, block: int) -> None:
    """Call the machine code at ``address`` with the argument block at the address ``block``."""
    raise NotImplementedError("interpreted loops call each other by name")


def upper_half(a: np.int16, b: np.int16) -> np.int16:
    """Return the upper 16 bits of the product of two numbers, both taken as unsigned.

    It is one instruction (vpmulhuw) for all values of a vector. LLVM finds that by itself only
    where it sees in one place that both have 16 bits, so not for a weight outside of the loop.
    """
    return np.uint16((int(a) & 0xFFFF) * (int(b) & 0xFFFF) >> 16).astype(np.int16)


def is_callee(value: object) -> bool:
    return isinstance(value, FunctionType) and value in CALLEES


def fingerprint(function: Function) -> object:
    """Return a function's bytecode, that of its callees, and the constants that it names."""
    code, named = function.__code__, _named_by(function)
    return (
        function in NOT_INLINED,
        code.co_code,
        [constant for constant in code.co_consts if not isinstance(constant, str)],  # docstrings
        code.co_names,
        [fingerprint(value) if is_callee(value) else _constant(value) for value in named],
    )


def _named_by(function: Function) -> list[Any]:
    return [function.__globals__.get(name) for name in function.__code__.co_names]


def _constant(value: Any) -> object:
    return value if isinstance(value, (int, float, np.generic)) else None


def code_length(function: Function) -> int:
    """Return the bytes of bytecode of a function and its callees: the time to compile, roughly."""
    callees = filter(is_callee, _named_by(function))
    return len(function.__code__.co_code) + sum(map(code_length, callees))
