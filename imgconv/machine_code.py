"""Machine code: a loop is compiled once for the types that it meets, then called without the lock.

This is the one file that imports Numba, and it does so only when a loop must be compiled: what it
made is kept as object code, and later processes load that. A loop is a plain function of arrays and
numbers: it allocates nothing and raises nothing, takes its scratch memory as an argument and writes
its result into another. Arrays are C-contiguous; a Python float is handed over as float32, the type
that all sums have, an int as int64.

With ``NUMBA_DISABLE_JIT=1`` loops run as the plain Python that they are written in.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv import __version__, object_cache

# Contraction allows fused multiply-add and leaves the order of sums as it is written, so results
# do not depend on how a picture is cut. Full fastmath does not promise that.
FLAGS = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False}

Kind = tuple[str, int]


class Entry(NamedTuple):
    """A loop in machine code, and what its arguments begin with.

    Numba's functions begin with places for a result and an error, of which there are none.
    """

    function: Any
    places: tuple[int, ...]
    keeps_alive: Any = None


_Byte = ctypes.c_char
_nothing = ctypes.create_string_buffer(16)
_NOWHERE = (ctypes.addressof(_nothing), ctypes.addressof(_nothing) + 8)
_SYMBOL = "imgconv_{}"
_compiling = threading.Lock()
_parts: set[Callable[..., Any]] = set()


@cache
def is_interpreted() -> bool:
    """Whether loops are to run as plain Python, by the environment as it is when first asked."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def _warn_not_kept(reason: str) -> None:
    warnings.warn(f"machine code cannot be kept: {reason}", RuntimeWarning, stacklevel=2)


@dataclass
class Hooks:
    """What a process may want to hear of; the command line puts its own words here.

    ``compiling`` is called before a loop is compiled, ``not_kept`` with the reason why what was
    made of it cannot be kept for the next process.
    """

    compiling: Callable[[], None] = lambda: None
    not_kept: Callable[[str], None] = _warn_not_kept


hooks = Hooks()


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
        kinds = tuple([_kind(argument) for argument in arguments])
        entry = self._entries.get(kinds) or self._compiled(kinds)
        flat = list(entry.places)
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                flat.append(_address(argument))
                flat += argument.shape
            else:
                flat.append(argument)
        entry.function(*flat)

    def _compiled(self, kinds: tuple[Kind, ...]) -> Entry:
        with _compiling:
            if kinds not in self._entries:
                self._entries[kinds] = _entry(self.loop, kinds)
            return self._entries[kinds]


def machine_loop(loop: Callable[..., None]) -> MachineLoop:
    """Mark ``loop`` as one that runs as machine code."""
    return MachineLoop(loop)


def machine_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function that loops call; it becomes part of their machine code."""
    _parts.add(function)
    return function


def _kind(argument: Any) -> Kind:
    """The letter of an argument's element type and its dimensions; 0 for a plain number."""
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous, "loops take contiguous arrays"
        return argument.dtype.char, argument.ndim
    return ("f" if isinstance(argument, float) else "l"), 0


def _address(array: NDArray[Any]) -> int:
    """Where an array lies. This way takes a quarter of the time of ``array.ctypes.data``."""
    try:
        return ctypes.addressof(_Byte.from_buffer(array.data))
    except (TypeError, ValueError):  # it is read-only, or empty
        return int(array.__array_interface__["data"][0])


def _entry(loop: Callable[..., None], kinds: tuple[Kind, ...]) -> Entry:
    """The loop as a C function: from kept object code, else compiled, else Numba's own."""
    try:
        from imgconv import object_code

        name = _name(loop, kinds)
        data = object_cache.load(name) or _make(name, loop, kinds)
        address = object_code.address(data, _SYMBOL.format(name))
        return Entry(_signature(kinds, places=2)(address), _NOWHERE)
    except (ImportError, AttributeError, RuntimeError, LookupError):
        compiled = _numba_function(loop, kinds)
        return Entry(_signature(kinds, places=0)(compiled.address), (), compiled)


def _name(loop: Callable[..., None], kinds: tuple[Kind, ...]) -> str:
    """The loop's name and a digest of all that its machine code depends on."""
    depends = (_toolchain(), _fingerprint(loop), kinds)
    digest = blake2b(repr(depends).encode(), digest_size=12).hexdigest()
    return f"{loop.__name__}-{digest}"


@cache
def _toolchain() -> tuple[object, ...]:
    """All that makes machine code out of a loop, without importing Numba to ask for its version."""
    from imgconv import object_code

    numba = find_spec("numba")
    assert numba and numba.origin, "numba is among the requirements"
    version = (Path(numba.origin).parent / "_version.py").read_bytes()
    flags = sorted(FLAGS.items(), key=str)
    return __version__, sys.version_info[:2], version, object_code.version(), flags


def _fingerprint(function: Callable[..., Any]) -> object:
    """The function's code, that of its parts, and the constants of its module that it names."""
    code = function.__code__
    named = [function.__globals__.get(name) for name in code.co_names]
    parts = [
        _fingerprint(value)
        if isinstance(value, FunctionType) and value in _parts
        else value
        if isinstance(value, (int, float, np.generic))
        else None
        for value in named
    ]
    return code.co_code, [c for c in code.co_consts if c != function.__doc__], code.co_names, parts


def _make(name: str, loop: Callable[..., None], kinds: tuple[Kind, ...]) -> bytes:
    """Compile object code and keep it, unless another process just has."""
    with object_cache.lock():
        data = object_cache.load(name)
        if data is None:
            hooks.compiling()
            data = _object_code(name, loop, kinds)
            try:
                object_cache.store(name, data)
            except OSError as error:
                hooks.not_kept(f"{object_cache.folder()}: {error.strerror}")
        return data


def _numba_function(loop: Callable[..., None], kinds: tuple[Kind, ...]) -> Any:
    numba: Any = import_module("numba")
    types = []
    for name, dimensions in kinds:
        element = getattr(numba.types, np.dtype(name).name)
        types += [numba.types.CPointer(element)] if dimensions else [element]
        types += [numba.types.intp] * dimensions
    return numba.cfunc(numba.types.void(*types), **FLAGS)(_with_pointers(loop, kinds))


def _object_code(name: str, loop: Callable[..., None], kinds: tuple[Kind, ...]) -> bytes:
    """Object code with one visible function.

    Numba's module also holds a wrapper that reports errors to Python. It needs Numba's runtime; the
    function inside it, of the same name without the prefix, does not.
    """
    from imgconv import object_code

    compiled = _numba_function(loop, kinds)
    inner = compiled.native_name.removeprefix("cfunc.")
    return object_code.emit(compiled.inspect_llvm(), inner, _SYMBOL.format(name))


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


def _signature(kinds: tuple[Kind, ...], places: int) -> Any:
    numbers = {"f": ctypes.c_float, "l": ctypes.c_int64}
    flat: list[Any] = [ctypes.c_void_p] * places
    for name, dimensions in kinds:
        flat += [ctypes.c_void_p, *[ctypes.c_int64] * dimensions] if dimensions else [numbers[name]]
    return ctypes.CFUNCTYPE(None, *flat)
