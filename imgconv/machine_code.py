"""Machine code: a loop is compiled once for the types that it meets, then called without the lock.

This is the one file that imports Numba, and it does so only when a loop must be compiled: what it
made is kept as flat code, and later processes load that. A loop is a plain function of arrays and
numbers: it allocates nothing and raises nothing, takes its scratch memory as an argument and writes
its result into another. Arrays are C-contiguous; a Python float is handed over as float32, the type
that all sums have, an int as int64.

With ``NUMBA_DISABLE_JIT=1`` loops run as the plain Python that they are written in.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import Any

import numpy as np

from imgconv import __version__, flat_code, loading, object_cache, parts
from imgconv.arguments import Kinds, block_of, kinds_of
from imgconv.compiling import hooks
from imgconv.digest import blake2b
from imgconv.loading import is_interpreted
from imgconv.named_tuple import NamedTuple
from imgconv.parts import fingerprint, length
from imgconv.toolchain import toolchain

# Contraction allows fused multiply-add and leaves the order of sums as it is written, so results
# do not depend on how a picture is cut. Full fastmath does not promise that.
FLAGS = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False}

# Part of what kept code is named by: how it wants to be called, and what ``_primitives`` makes of
# functions that Numba has no words for, whose own code is no part of a loop's fingerprint.
_CALLING = ("two places and a block", "llvm.umul.fix of 16 bits", flat_code.HEAD)

# What no Python or C calls needs no way in for them. Parts are also put into their callers while
# they are Numba's own code: together this takes half the time to compile.
WITHOUT_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class Entry(NamedTuple):
    """A loop in machine code: the C function ``void (void *, void *, int64 *block)``.

    The block holds the arguments: of an array its address and its shape, of a number its value, as
    float32 bits if it is a float.
    """

    address: int
    function: Callable[[int, int, Any], None]
    keeps_alive: Any = None


_compiling = threading.Lock()


class MachineLoop:
    """A loop that is compiled when it first meets arguments of new types.

    Calling it calls the machine code. The interpreter lock is released meanwhile.
    """

    def __init__(self, loop: Callable[..., None]) -> None:
        self.loop = loop
        self.__doc__ = loop.__doc__
        self.entries: dict[Kinds, Entry] = {}

    def __call__(self, *arguments: Any) -> None:
        """Run the loop over ``arguments``."""
        if is_interpreted():
            self.interpret(*arguments)
            return
        block = block_of(arguments)
        self.entry(arguments).function(*loading.NOWHERE, (ctypes.c_int64 * len(block))(*block))

    def interpret(self, *arguments: Any) -> None:
        """Run the loop as the Python that it is written in; whole numbers wrap as in machines."""
        with np.errstate(over="ignore"):
            self.loop(*(np.float32(a) if isinstance(a, float) else a for a in arguments))

    def entry(self, arguments: Sequence[Any]) -> Entry:
        """The machine code for arguments of these types."""
        kinds = kinds_of(arguments)
        if kinds not in self.entries:
            prepare([(self, kinds)])
        return self.entries[kinds]

    def name(self, kinds: Kinds) -> str:
        """What its code for these types is kept under."""
        return _name(self.loop, kinds)

    def load(self, kinds: Kinds) -> bool:
        """Whether there is an entry for these types, or kept code to make one of."""
        if kinds not in self.entries and (entry := _kept_entry(self.loop, kinds)):
            self.entries[kinds] = entry
        return kinds in self.entries

    def compile(self, kinds: Kinds, wait: bool = True) -> None:
        """Compile the loop, unless another process has; leave it, without ``wait``, if one does."""
        if kinds not in self.entries and (entry := _made_entry(self.loop, kinds, wait)):
            self.entries[kinds] = entry


Wanted = tuple[MachineLoop, Kinds]


def prepare(wanted: Iterable[Wanted]) -> None:
    """Have entries ready for all these loops and types: what is not kept is compiled."""
    new = {(loop, kinds): None for loop, kinds in wanted if kinds not in loop.entries}
    if not new:
        return
    with _compiling:
        missing = [(loop, kinds) for loop, kinds in new if not loop.load(kinds)]
        with hooks.helped(missing) if len(missing) > 1 else nullcontext():
            for loop, kinds in sorted(missing, key=effort):
                loop.compile(kinds, wait=False)
            for loop, kinds in missing:
                loop.compile(kinds)


def effort(wanted: Wanted) -> int:
    """What compiling takes, as far as the length of code tells."""
    loop, _ = wanted
    return length(loop.loop)


def machine_loop(loop: Callable[..., None]) -> MachineLoop:
    """Mark ``loop`` as one that runs as machine code."""
    return MachineLoop(loop)


def invoke(address: int, block: int) -> None:
    """For loops: call the machine code at ``address`` with the block of arguments at ``block``."""
    raise NotImplementedError("loops that run as Python call each other by name")


def upper_half(a: np.int16, b: np.int16) -> np.int16:
    """For loops: a * b / 2^16, rounded down, of numbers of 16 bits, taken as without a sign.

    One instruction for all values of a vector. LLVM finds it by itself only where it sees at the
    same place that both have 16 bits, so not for a weight that all values are multiplied with.
    """
    return np.uint16((int(a) & 0xFFFF) * (int(b) & 0xFFFF) >> 16).astype(np.int16)


# Functions that Numba has no words for, by name.
_SPECIAL = {"invoke": invoke, "upper_half": upper_half}


def _kept_entry(loop: Callable[..., None], kinds: Kinds) -> Entry | None:
    """The loop as a C function, if code of it is kept that can be loaded."""
    try:
        address = loading.kept(_name(loop, kinds))
    except loading.FAILURES:  # the compilers are not what they should be
        return None
    return Entry(address, loading.Function(address)) if address else None


def _made_entry(loop: Callable[..., None], kinds: Kinds, wait: bool) -> Entry | None:
    """The loop as a C function, compiled, or Numba's own; None where another process is at it."""
    try:
        name = _name(loop, kinds)
        data = _make(name, loop, kinds, wait)
        return _loaded(data, name) if data else None
    except loading.FAILURES:
        compiled = _numba_function(loop, kinds, places=2)
        return Entry(compiled.address, loading.Function(compiled.address), compiled)


def _loaded(data: bytes, name: str) -> Entry:
    address = loading.load(data, name)
    return Entry(address, loading.Function(address))


def _name(loop: Callable[..., None], kinds: Kinds) -> str:
    """The loop's name and a digest of all that its machine code depends on."""
    return f"{loop.__name__}-{_digest((_toolchain(), fingerprint(loop), kinds))}"


@cache
def _toolchain() -> str:
    """A digest of all that makes machine code out of a loop."""
    flags = sorted(FLAGS.items(), key=str)
    return _digest((__version__, _CALLING, sys.version_info[:2], *toolchain(), flags))


def _digest(facts: object) -> str:
    return blake2b(repr(facts).encode(), digest_size=12).hexdigest()


def _make(name: str, loop: Callable[..., None], kinds: Kinds, wait: bool) -> bytes | None:
    """Compile a loop and keep its code, unless another process just has.

    None, without ``wait``, where one is at it.
    """
    with object_cache.lock(name, wait) as is_mine:
        if not is_mine:
            return None
        data = object_cache.load(name)
        if data is None:
            hooks.compiling()
            with _without_collecting():
                data = _code(name, loop, kinds)
            try:
                object_cache.store(name, data)
            except OSError as error:
                hooks.not_kept(f"{object_cache.folder()}: {error.strerror}")
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
    from imgconv import linking, object_code

    assembly, function = _optimised(loop, kinds)
    symbol = loading.SYMBOL.format(name)
    emitted = object_code.emit(assembly, function, symbol)
    try:
        return linking.link(emitted, symbol)
    except NotImplementedError:
        return emitted


def _with_block(loop: Callable[..., None], kinds: Kinds, places: int) -> Callable[..., None]:
    """``loop`` as a function of where the block of its arguments is, which C can call.

    Numba needs to see each argument taken out, so its lines are written here.
    """
    scope = _primitives() | {"loop": _for_numba(loop), "words": _array_at("int64", 1)}
    arguments, slot = [], 0
    for name, dimensions in kinds:
        shape = "".join(f"block[{slot + axis}], " for axis in range(1, dimensions + 1))
        if dimensions:
            scope[f"{name}{dimensions}"] = _array_at(np.dtype(name).name, dimensions)
            arguments.append(f"{name}{dimensions}(block[{slot}], ({shape}))")
        else:
            arguments.append(f"real(block[{slot}])" if name == "f" else f"block[{slot}]")
        slot += 1 + dimensions
    unused = "".join(f"place_{number}, " for number in range(places))
    source = f"""def entry({unused}block):
    block = words(block, ({slot},))
    loop({", ".join(arguments)})
"""
    exec(source, scope)
    entry: Callable[..., None] = scope["entry"]
    return entry


@cache
def _for_numba(function: Callable[..., Any]) -> Any:
    """``function`` as Numba takes it, and with it every part that it calls."""
    numba: Any = import_module("numba")

    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        if parts.is_part(scope.get(name)):
            scope[name] = _for_numba(scope[name])
        elif name in _SPECIAL and scope.get(name) is _SPECIAL[name]:
            scope[name] = _primitives()[name]
    alone = FunctionType(function.__code__, scope, function.__name__)
    inline = "never" if function in parts.SEPARATE else "always"
    return numba.njit(alone, inline=inline, **WITHOUT_WRAPPERS, **FLAGS)


@cache
def _array_at(dtype: str, dimensions: int) -> Any:
    """For Numba: the array that begins at an address and has a shape.

    Its own ``carray`` is compiled anew for each type, as long as a small loop takes.
    """
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic
    from numba.np import arrayobj

    made: Any = types.Array(getattr(types, dtype), dimensions, "C")

    @intrinsic
    def array_at(typing: Any, address: Any, shape: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array: Any = arrayobj.make_array(made)(context, builder)  # type: ignore[no-untyped-call]
            shape: Any = cgutils.unpack_tuple(builder, values[1])  # type: ignore[no-untyped-call]
            size = arrayobj.get_itemsize(context, made)  # type: ignore[no-untyped-call]
            strides = [cgutils.intp_t(size)]
            for values_along in reversed(shape[1:]):
                strides.insert(0, builder.mul(strides[0], values_along))
            start = builder.inttoptr(values[0], array.data.type)
            arrayobj.populate_array(  # type: ignore[no-untyped-call]
                array, data=start, shape=shape, strides=strides, itemsize=size, meminfo=None
            )
            return array._getvalue()

        lengths: Any = types.UniTuple(types.int64, dimensions)  # type: ignore[no-untyped-call]
        return made(types.int64, lengths), build

    return array_at


@cache
def _primitives() -> dict[str, Any]:
    """What Numba has no words for: numbers as floats, as functions to call, and the upper half of
    a product."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    number, byte = ir.IntType(64), ir.IntType(8).as_pointer()

    @intrinsic
    def real(typing: Any, bits: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.bitcast(builder.trunc(values[0], ir.IntType(32)), ir.FloatType())

        return types.float32(types.int64), build

    @intrinsic
    def invoke(typing: Any, address: Any, block: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            function = ir.FunctionType(ir.VoidType(), [byte, byte, byte]).as_pointer()
            place: Any = cgutils.alloca_once(builder, number)  # type: ignore[no-untyped-call]
            place = builder.bitcast(place, byte)
            block = builder.inttoptr(values[1], byte)
            builder.call(builder.inttoptr(values[0], function), [place, place, block])
            return context.get_dummy_value()

        return types.none(types.int64, types.int64), build

    @intrinsic
    def upper_half(typing: Any, a: Any, b: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kind, scale = ir.IntType(16), ir.IntType(32)
            function = ir.FunctionType(kind, [kind, kind, scale])
            product = builder.module.declare_intrinsic("llvm.umul.fix", [kind], function)
            return builder.call(product, [*values, ir.Constant(scale, 16)])

        return types.int16(types.int16, types.int16), build

    return {"real": real, "invoke": invoke, "upper_half": upper_half}
