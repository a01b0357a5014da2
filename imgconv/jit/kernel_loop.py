"""Machine code: a loop is compiled once for the types that it meets, then called without the lock.

This is the one file that imports Numba, and it does so only when a loop must be compiled: what it
made is kept as flat code, and later processes load that. A loop is a plain function of arrays and
numbers: it allocates nothing and raises nothing, takes its scratch memory as an argument and writes
its result into another. Arrays are C-contiguous; a Python float is handed over as float32, the type
that all sums have, an int as int64. Arguments that belong together may come as a tuple, which the
loop unpacks.

With ``NUMBA_DISABLE_JIT=1`` loops run as the plain Python that they are written in.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from imgconv.jit import loader
from imgconv.jit.arguments import Kinds, block_of, for_each, kinds_of
from imgconv.jit.compiler import FLAGS, _make, _numba_function
from imgconv.jit.functions import fingerprint, length
from imgconv.jit.hooks import hooks
from imgconv.jit.loader import is_interpreted
from imgconv.jit.toolchain import toolchain
from imgconv.system.hashing import blake2b
from imgconv.system.version import __version__

# Part of what kept code is named by: how it wants to be called, and what ``_primitives`` makes of
# functions that Numba has no words for, whose own code is no part of a loop's fingerprint.
_CALLING = ("two places and a block", "llvm.umul.fix of 16 bits", loader.HEAD)


class Entry(NamedTuple):
    """A loop in machine code: the C function ``void (void *, void *, int64 *block)``.

    The block holds the arguments: of an array its address and its shape, of a number its value, as
    float32 bits if it is a float.
    """

    address: int
    function: Callable[[int, int, Any], None]
    keeps_alive: Any = None


_compiling = threading.Lock()


class JitLoop:
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
        self.entry(arguments).function(*loader.NOWHERE, (ctypes.c_int64 * len(block))(*block))

    def interpret(self, *arguments: Any) -> None:
        """Run the loop as the Python that it is written in; whole numbers wrap as in machines."""
        with np.errstate(over="ignore"):
            self.loop(*for_each(_single, arguments))

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


Wanted = tuple[JitLoop, Kinds]


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


def jit_loop(loop: Callable[..., None]) -> JitLoop:
    """Mark ``loop`` as one that runs as machine code."""
    return JitLoop(loop)


def _kept_entry(loop: Callable[..., None], kinds: Kinds) -> Entry | None:
    """The loop as a C function, if code of it is kept that can be loaded."""
    try:
        address = loader.kept(_name(loop, kinds))
    except loader.FAILURES:  # the compilers are not what they should be
        return None
    return Entry(address, loader.Function(address)) if address else None


def _made_entry(loop: Callable[..., None], kinds: Kinds, wait: bool) -> Entry | None:
    """The loop as a C function, compiled, or Numba's own; None where another process is at it."""
    try:
        name = _name(loop, kinds)
        data = _make(name, loop, kinds, wait)
        return _loaded(data, name) if data else None
    except loader.FAILURES:
        compiled = _numba_function(loop, kinds, places=2)
        return Entry(compiled.address, loader.Function(compiled.address), compiled)


def _loaded(data: bytes, name: str) -> Entry:
    address = loader.load(data, name)
    return Entry(address, loader.Function(address))


def _name(loop: Callable[..., None], kinds: Kinds) -> str:
    """The loop's name and a digest of all that its machine code depends on."""
    return f"{loop.__name__}-{_digest((_toolchain(), fingerprint(loop), kinds))}"


def _single(argument: Any) -> Any:
    return np.float32(argument) if isinstance(argument, float) else argument


@cache
def _toolchain() -> str:
    """A digest of all that makes machine code out of a loop."""
    flags = sorted(FLAGS.items(), key=str)
    return _digest((__version__, _CALLING, sys.version_info[:2], *toolchain(), flags))


def _digest(facts: object) -> str:
    return blake2b(repr(facts).encode(), digest_size=12).hexdigest()
