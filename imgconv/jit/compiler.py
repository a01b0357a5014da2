"""Compile loops with Numba and LLVM. Importing this module imports both, which takes 0.5 s."""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import count
from types import FunctionType
from typing import Any

import numpy as np
from numba.core.ccallback import CFunc
from numba.core.compiler_lock import global_compiler_lock

from imgconv.jit import functions, linker, object_code
from imgconv.jit.arguments import Kind, Kinds
from imgconv.jit.numba_intrinsics import COMPILED, array_at, real
from imgconv.jit.toolchain import FLAGS

numba: Any = import_module("numba")

# With inlining before LLVM sees functions that only loops call, compiling takes half the time.
_WITHOUT_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

_compiled: list[Any] = []  # keeps Numba's memory alive


def machine_code(loop: Callable[..., None], kinds: Kinds, symbol: str) -> bytes:
    """Return flat code of a loop, or object code where that cannot be linked.

    ``symbol`` names its one visible function: the one inside of Numba's wrapper, which reports
    errors to Python and needs Numba's runtime.
    """
    assembly, function = _optimized_assembly(loop, kinds)
    object_file = object_code.emit(assembly, function, symbol)
    try:
        return linker.link(object_file, symbol)
    except NotImplementedError:
        return object_file


def numba_address(loop: Callable[..., None], kinds: Kinds) -> int:
    """Return the address of a loop in Numba's own memory: (unused, unused, block)."""
    types = numba.types
    signature = types.void(types.voidptr, types.voidptr, types.int64)
    _compiled.append(numba.cfunc(signature, **FLAGS)(_entry_function(loop, kinds, unused=2)))
    return int(_compiled[-1].address)


def _optimized_assembly(loop: Callable[..., None], kinds: Kinds) -> tuple[str, str]:
    """Return LLVM assembly of a loop as a function of its block, and that function's name.

    It leaves out Numba's own machine code, which would take a seventh of the time.
    """
    signature = (numba.types.int64,), numba.types.void
    function: Any = CFunc(_entry_function(loop, kinds, unused=0), signature, {}, FLAGS)
    compiled = function._compile_uncached()
    compiled.library._finalize_final_module = lambda: None
    with global_compiler_lock:
        compiled.library.finalize()
    return compiled.library.get_llvm_str(), compiled.fndesc.llvm_func_name


def _entry_function(loop: Callable[..., None], kinds: Kinds, unused: int) -> Callable[..., None]:
    """Return ``loop`` as a function of ``unused`` arguments and the address of its block.

    Its source is generated, since Numba needs an expression of each argument's type.
    """
    scope = {"real": real, "loop": _for_numba(loop), "words": array_at("int64", 1)}
    slots = count()
    arguments = [_expression(kind, slots, scope) for kind in kinds]
    parameters = "".join(f"unused_{number}, " for number in range(unused))
    source = f"""def entry({parameters}block):
    block = words(block, ({next(slots)},))
    loop({", ".join(arguments)})
"""
    exec(source, scope)
    entry: Callable[..., None] = scope["entry"]
    return entry


def _expression(kind: Kind, slots: Iterator[int], scope: dict[str, Any]) -> str:
    """Return the source of an argument in the next ``slots``; add the functions that it names."""
    if not kind or isinstance(kind[0], tuple):
        members = "".join(f"{_expression(member, slots, scope)}, " for member in kind)
        return f"({members})"
    name, dimensions = kind
    word = f"block[{next(slots)}]"
    if not dimensions:
        return f"real({word})" if name == "f" else word
    scope[f"{name}{dimensions}"] = array_at(np.dtype(name).name, dimensions)
    shape = "".join(f"block[{next(slots)}], " for _ in range(dimensions))
    return f"{name}{dimensions}({word}, ({shape}))"


@cache
def _for_numba(function: Callable[..., Any]) -> Any:
    """Return a loop or a callee as Numba's function, which calls Numba's functions."""
    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        value = scope.get(name)
        if functions.is_callee(value):
            scope[name] = _for_numba(value)
        elif isinstance(value, FunctionType):
            scope[name] = COMPILED.get(value, value)
    copy = FunctionType(function.__code__, scope, function.__name__)
    inline = "never" if function in functions.NOT_INLINED else "always"
    return numba.njit(copy, inline=inline, **_WITHOUT_WRAPPERS, **FLAGS)
