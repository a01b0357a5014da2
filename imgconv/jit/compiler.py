"""Compile loops with Numba, and keep what it made."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from itertools import count
from types import FunctionType
from typing import Any

import numpy as np

from imgconv.jit import code_cache, functions, loader
from imgconv.jit.arguments import Kind, Kinds
from imgconv.jit.hooks import hooks
from imgconv.jit.intrinsics import _SPECIAL, _array_at, _primitives

# Contraction allows fused multiply-add and leaves the order of sums as it is written, so results
# do not depend on how a picture is cut. Full fastmath does not promise that.
FLAGS = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False}

# What no Python or C calls needs no way in for them. Parts are also put into their callers while
# they are Numba's own code: together this takes half the time to compile.
WITHOUT_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def _make(name: str, loop: Callable[..., None], kinds: Kinds, wait: bool) -> bytes | None:
    """Compile a loop and keep its code, unless another process just has.

    None, without ``wait``, where one is at it.
    """
    with code_cache.lock(name, wait) as is_mine:
        if not is_mine:
            return None
        data = code_cache.load(name)
        if data is None:
            hooks.compiling()
            with _without_collecting():
                data = _code(name, loop, kinds)
            try:
                code_cache.store(name, data)
            except OSError as error:
                hooks.not_kept(f"{code_cache.folder()}: {error.strerror}")
        return data


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no garbage: nearly all that Numba makes stays, and looking takes a tenth as long."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _numba_function(loop: Callable[..., None], kinds: Kinds, places: int) -> Any:
    """The loop as a function of ``places`` pointers that it leaves alone, and its block's place."""
    numba: Any = import_module("numba")
    types = _types_of_arguments(places)
    return numba.cfunc(numba.types.void(*types), **FLAGS)(_with_block(loop, kinds, places))


def _types_of_arguments(places: int) -> tuple[Any, ...]:
    numba: Any = import_module("numba")
    return *[numba.types.voidptr] * places, numba.types.int64


def _optimised(loop: Callable[..., None], kinds: Kinds) -> tuple[str, str]:
    """LLVM's assembly of the loop as a function of its block, optimised, and its name in there.

    Numba would make machine code of it in its own memory next: that takes a seventh of the time,
    and ours is made elsewhere.
    """
    numba: Any = import_module("numba")
    from numba.core.ccallback import CFunc
    from numba.core.compiler_lock import global_compiler_lock

    signature = _types_of_arguments(places=0), numba.types.void
    function: Any = CFunc(_with_block(loop, kinds, places=0), signature, {}, FLAGS)
    compiled = function._compile_uncached()
    compiled.library._finalize_final_module = lambda: None
    with global_compiler_lock:
        compiled.library.finalize()
    return compiled.library.get_llvm_str(), compiled.fndesc.llvm_func_name


def _code(name: str, loop: Callable[..., None], kinds: Kinds) -> bytes:
    """Flat code, or object code where that cannot be linked, with one visible function.

    Numba's module also holds a wrapper that reports errors to Python. It needs Numba's runtime; the
    function inside it does not.
    """
    from imgconv.jit import linker, object_code

    assembly, function = _optimised(loop, kinds)
    symbol = loader.SYMBOL.format(name)
    emitted = object_code.emit(assembly, function, symbol)
    try:
        return linker.link(emitted, symbol)
    except NotImplementedError:
        return emitted


def _with_block(loop: Callable[..., None], kinds: Kinds, places: int) -> Callable[..., None]:
    """``loop`` as a function of where the block of its arguments is, which C can call.

    Numba needs to see each argument taken out, so its lines are written here.
    """
    scope = _primitives() | {"loop": _for_numba(loop), "words": _array_at("int64", 1)}
    slots = count()
    arguments = [_expression(kind, slots, scope) for kind in kinds]
    unused = "".join(f"place_{number}, " for number in range(places))
    source = f"""def entry({unused}block):
    block = words(block, ({next(slots)},))
    loop({", ".join(arguments)})
"""
    exec(source, scope)
    entry: Callable[..., None] = scope["entry"]
    return entry


def _expression(kind: Kind, slots: Iterator[int], scope: dict[str, Any]) -> str:
    """The argument in Python, taken out of the block's next slots; ``scope`` gets what it names."""
    if not kind or isinstance(kind[0], tuple):
        members = "".join(f"{_expression(member, slots, scope)}, " for member in kind)
        return f"({members})"
    name, dimensions = kind
    word = f"block[{next(slots)}]"
    if not dimensions:
        return f"real({word})" if name == "f" else word
    scope[f"{name}{dimensions}"] = _array_at(np.dtype(name).name, dimensions)
    shape = "".join(f"block[{next(slots)}], " for _ in range(dimensions))
    return f"{name}{dimensions}({word}, ({shape}))"


@cache
def _for_numba(function: Callable[..., Any]) -> Any:
    """``function`` as Numba takes it, and with it every part that it calls."""
    numba: Any = import_module("numba")

    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        if functions.is_part(scope.get(name)):
            scope[name] = _for_numba(scope[name])
        elif name in _SPECIAL and scope.get(name) is _SPECIAL[name]:
            scope[name] = _primitives()[name]
    alone = FunctionType(function.__code__, scope, function.__name__)
    inline = "never" if function in functions.SEPARATE else "always"
    return numba.njit(alone, inline=inline, **WITHOUT_WRAPPERS, **FLAGS)
