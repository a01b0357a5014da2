"""Loops: Python functions that are compiled once for each kind of arguments, and cached.

A loop is a plain function of arrays and numbers: it allocates nothing and raises nothing, takes
its scratch memory as an argument and writes its result into another. It gets a Python float as
float32, the type of all sums, and an int as int64; see jit/arguments.py for groups of arguments.

Numba is imported only to compile. Later processes load the cached machine code, and call it
without the interpreter lock. With ``NUMBA_DISABLE_JIT=1`` loops run as the Python they are.
"""

import ctypes
import gc
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from typing import Any

import numpy as np

from imgconv import jit
from imgconv.errors import UsageError
from imgconv.jit import code_cache, hooks, loader
from imgconv.jit.arguments import Kinds, block_of, kinds_of, map_arguments
from imgconv.jit.functions import code_length, fingerprint
from imgconv.jit.toolchain import FLAGS, baseline, toolchain
from imgconv.system.hashing import blake2b
from imgconv.system.version import __version__

# Part of the cache key, since a loop's fingerprint does not include the code of intrinsics.
_CONVENTIONS = ("two places and a block", "llvm.umul.fix of 16 bits", loader.MAGIC)

# Whether portable code runs where that for this processor is missing; ``imgconv warm`` compiles it.
portable_will_do = True

_compiling = threading.Lock()


class JitLoop:
    """A loop that is compiled when it is first called with arguments of new types."""

    def __init__(self, loop: Callable[..., None]) -> None:
        self.loop = loop
        self.addresses: dict[Kinds, int] = {}
        self._loaded: dict[Kinds, str] = {}

    def __call__(self, *arguments: Any) -> None:
        if loader.is_interpreted():
            self.interpret(*arguments)
            return
        kinds, block = kinds_of(arguments), block_of(arguments)
        if kinds not in self.addresses:
            prepare([(self, kinds)])
        loader.call(self.addresses[kinds], (ctypes.c_int64 * len(block))(*block))

    def interpret(self, *arguments: Any) -> None:
        """Run the loop as Python; integers wrap around as in machine code."""
        with np.errstate(over="ignore"):
            self.loop(*map_arguments(_single_precision, arguments))

    def cache_key(self, kinds: Kinds) -> str:
        """Return the key of the code that was loaded, or else of code for this processor."""
        return self._loaded.get(kinds) or self._key(kinds)

    def _key(self, kinds: Kinds, processor: tuple[str, ...] | None = None) -> str:
        """Return the loop's name and a digest of everything its machine code depends on."""
        facts = _toolchain_digest(processor), fingerprint(self.loop), kinds
        return f"{self.loop.__name__}-{_digest(facts)}"

    def _keys(self, kinds: Kinds) -> Iterator[str]:
        """Yield the key of code for this processor, then that of portable code if it will do."""
        yield self._key(kinds)
        if portable_will_do and (processor := baseline()):
            yield self._key(kinds, processor)

    def load(self, kinds: Kinds) -> bool:
        """Load cached code; return whether there is code for these types."""
        with suppress(*loader.FAILURES):  # the toolchain may be incomplete
            for key in self._keys(kinds):
                if address := loader.load_cached(key):
                    self.addresses[kinds], self._loaded[kinds] = address, key
                    break
        return kinds in self.addresses

    def compile(self, kinds: Kinds, wait: bool = True) -> None:
        """Compile the loop, unless another process has; leave it to Numba where that fails.

        If another process is compiling it, wait for that, or with ``wait`` off return without it.
        """
        if kinds in self.addresses:
            return
        try:
            key = self._key(kinds)
            if data := _machine_code(key, self.loop, kinds, wait):
                self.addresses[kinds] = loader.load(data, key)
        except loader.FAILURES:
            self.addresses[kinds] = _numba_address(self.loop, kinds)


jit_loop = JitLoop  # as a decorator

Wanted = tuple[JitLoop, Kinds]


def prepare(wanted: Iterable[Wanted]) -> None:
    """Load loops for their kinds of arguments, and compile them where they are not cached."""
    new = {(loop, kinds): None for loop, kinds in wanted if kinds not in loop.addresses}
    if not new:
        return
    with _compiling:
        missing = [(loop, kinds) for loop, kinds in new if not loop.load(kinds)]
        with hooks.workers(missing) if len(missing) > 1 else nullcontext():
            for loop, kinds in sorted(missing, key=effort):
                loop.compile(kinds, wait=False)
            for loop, kinds in missing:
                loop.compile(kinds)


def effort(wanted: Wanted) -> int:
    """Return a measure of the time that a loop takes to compile."""
    return code_length(wanted[0].loop)


def _machine_code(key: str, loop: Callable[..., None], kinds: Kinds, wait: bool) -> bytes | None:
    """Return code that is cached by now, or compile it; None where ``compile`` shall not wait."""
    with code_cache.lock(key, wait) as is_mine:
        if not is_mine:
            return None
        data = code_cache.load(key)
        if data is None:
            hooks.compiling()
            with _without_garbage_collection():
                data = jit.compiler.machine_code(loop, kinds, loader.SYMBOL.format(key))
            try:
                code_cache.store(key, data)
            except OSError as error:
                hooks.not_cached(f"{code_cache.folder()}: {error.strerror}")
        return data


def _numba_address(loop: Callable[..., None], kinds: Kinds) -> int:
    """Leave a loop to Numba. Raises ``UsageError`` where the system does not let code run."""
    try:
        return int(jit.compiler.numba_address(loop, kinds))
    except OSError as error:
        problem = "loops cannot be compiled: the system lets no memory be executed"
        remedy = "run 'imgconv warm' without that restriction, or set NUMBA_DISABLE_JIT=1 (slow)"
        raise UsageError(problem, remedy) from error


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause it while compiling, of which it would take a tenth; Numba frees hardly anything."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _single_precision(argument: Any) -> Any:
    return np.float32(argument) if isinstance(argument, float) else argument


@cache
def _toolchain_digest(processor: tuple[str, ...] | None) -> str:
    flags, found = sorted(FLAGS.items(), key=str), toolchain(processor)
    return _digest((__version__, _CONVENTIONS, sys.version_info[:2], *found, flags))


def _digest(facts: object) -> str:
    return blake2b(repr(facts).encode(), digest_size=12).hexdigest()
