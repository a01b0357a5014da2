"""Machine code: a loop is compiled once for the types that it meets, then called without the lock.

This is the one file that imports Numba, and it does so only when a loop must be compiled. A loop is
a plain function of arrays and numbers: it allocates nothing and raises nothing, takes its scratch
memory as an argument and writes its result into another. Arrays are C-contiguous; a Python float is
handed over as float32, the type that all sums have, an int as int64.

With ``NUMBA_DISABLE_JIT=1`` loops run as the plain Python that they are written in.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any, cast

import numpy as np

# Contraction allows fused multiply-add and leaves the order of sums as it is written, so results
# do not depend on how a picture is cut. Full fastmath does not promise that.
FLAGS = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False}

Kind = tuple[str, int]
Entry = Callable[..., None]

_compiling = threading.Lock()
_parts: set[Callable[..., Any]] = set()


def is_interpreted() -> bool:
    """Whether loops are to run as plain Python."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


class MachineLoop:
    """A loop that is compiled when it first meets arguments of new types.

    Calling it calls the machine code. The interpreter lock is released meanwhile.
    """

    def __init__(self, loop: Callable[..., None]) -> None:
        self.loop = loop
        self.__doc__ = loop.__doc__
        self._entries: dict[tuple[Kind, ...], Entry] = {}

    def __call__(self, *arguments: Any) -> None:
        """Run the loop over ``arguments``."""
        if is_interpreted():
            self.loop(*(np.float32(a) if isinstance(a, float) else a for a in arguments))
            return
        kinds = tuple(_kind(argument) for argument in arguments)
        entry = self._entries.get(kinds) or self._compiled(kinds)
        flat: list[float] = []
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                flat.append(argument.__array_interface__["data"][0])
                flat.extend(argument.shape)
            else:
                flat.append(argument)
        entry(*flat)

    def _compiled(self, kinds: tuple[Kind, ...]) -> Entry:
        with _compiling:
            if kinds not in self._entries:
                self._entries[kinds] = _compile(self.loop, kinds)
            return self._entries[kinds]


def machine_loop(loop: Callable[..., None]) -> MachineLoop:
    """Mark ``loop`` as one that runs as machine code."""
    return MachineLoop(loop)


def machine_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function that loops call; it becomes part of their machine code."""
    _parts.add(function)
    return function


def _kind(argument: Any) -> Kind:
    """The element type of an argument and its number of dimensions; 0 for a plain number."""
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous, "loops take contiguous arrays"
        return argument.dtype.name, argument.ndim
    return ("float32" if isinstance(argument, float) else "int64"), 0


def _compile(loop: Callable[..., None], kinds: tuple[Kind, ...]) -> Entry:
    numba: Any = import_module("numba")

    types = []
    for name, dimensions in kinds:
        element = getattr(numba.types, name)
        types += [numba.types.CPointer(element)] if dimensions else [element]
        types += [numba.types.intp] * dimensions
    compiled = numba.cfunc(numba.types.void(*types), **FLAGS)(_with_pointers(loop, kinds))
    entry: Any = _signature(kinds)(compiled.address)
    entry.keeps_alive = compiled
    return cast(Entry, entry)


def _with_pointers(loop: Callable[..., None], kinds: tuple[Kind, ...]) -> Callable[..., None]:
    """``loop`` as a function of plain pointers and sizes, which C can call.

    Numba needs a function with a fixed list of parameters, so its three lines are written here.
    """
    numba: Any = import_module("numba")

    parameters, arguments = [], []
    for position, (_, dimensions) in enumerate(kinds):
        name = f"argument_{position}"
        sizes = [f"{name}_{axis}" for axis in range(dimensions)]
        parameters += [name, *sizes]
        arguments.append(f"carray({name}, ({', '.join(sizes)},))" if dimensions else name)
    source = f"def entry({', '.join(parameters)}):\n    loop({', '.join(arguments)})\n"
    scope = {"loop": _for_numba(loop), "carray": numba.carray}
    exec(source, scope)
    entry: Callable[..., None] = scope["entry"]
    return entry


def _for_numba(function: Callable[..., Any]) -> Any:
    """``function`` as Numba takes it, and with it every part that it calls."""
    numba: Any = import_module("numba")

    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        if isinstance(scope.get(name), FunctionType) and scope[name] in _parts:
            scope[name] = _for_numba(scope[name])
    return numba.njit(FunctionType(function.__code__, scope, function.__name__), **FLAGS)


def _signature(kinds: tuple[Kind, ...]) -> Any:
    numbers = {"float32": ctypes.c_float, "int64": ctypes.c_int64}
    flat: list[Any] = []
    for name, dimensions in kinds:
        flat += [ctypes.c_void_p, *[ctypes.c_int64] * dimensions] if dimensions else [numbers[name]]
    return ctypes.CFUNCTYPE(None, *flat)
