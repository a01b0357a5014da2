"""Load cached machine code into memory, and call it.

Flat code, which ``jit/linker.py`` makes, is machine code and its constants in one piece that runs
at any address. Loading it takes nothing but Python's standard library.
"""

import ctypes
import marshal
import mmap
import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

from imgconv import jit
from imgconv.jit import code_cache

# The beginning of flat code, with the version of its format.
MAGIC = b"flat code 1\n"

# The calling convention: ``void (void *, void *, int64 *block)``. The two pointers are where
# Numba's functions put a result and an error, which loops do not have.
_Function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_unused = ctypes.create_string_buffer(16)
_UNUSED = (ctypes.addressof(_unused), ctypes.addressof(_unused) + 8)

_MAP_FIXED = 0x10  # of Linux, the one system that flat code is made for

# The name of the visible function in object code, made of its cache key.
SYMBOL = "imgconv_{}"

# Errors where code or a compiler is not as expected, or the system does not let code run.
FAILURES = (ImportError, AttributeError, TypeError, OSError, RuntimeError, LookupError)


@cache
def is_interpreted() -> bool:
    """Return whether loops run as plain Python; the environment is read once."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def call(address: int, block: Any) -> None:
    """Call machine code, without the interpreter lock; ``block`` is an array or its address."""
    _Function(address)(*_UNUSED, block)


def load_cached(key: str) -> int | None:
    """Return the address of the machine code cached under ``key``, or None if it cannot be used."""
    try:
        data = code_cache.load(key)
        return load(data, key) if data else None
    except FAILURES:
        return None


def load(data: bytes, key: str) -> int:
    """Load flat code or object code; return its function's address. Raises one of ``FAILURES``."""
    if data.startswith(MAGIC):
        return load_flat(data)
    return jit.object_code.address(data, SYMBOL.format(key))


def pack(
    image: bytes, entry: int, relocations: Sequence[int], imports: Sequence[tuple[int, str]]
) -> bytes:
    """Return flat code: an image of memory, and the offset in it of the function to call.

    ``relocations`` are offsets of 8-byte words to which the address of the image is added,
    ``imports`` offsets of words that get the address of a function of the C library.
    """
    return MAGIC + marshal.dumps((image, entry, tuple(relocations), tuple(imports)))


@cache
def _process() -> ctypes.CDLL:
    """Return the libraries that the process has loaded, the C library among them."""
    return ctypes.CDLL(None, use_errno=True)


def load_flat(data: bytes) -> int:
    """Put flat code into executable memory; return the address of its function.

    Where written memory may not be made executable (MemoryDenyWriteExecute of systemd, SELinux), a
    file in memory is mapped in its place. Raises ``OSError`` where that may not be executed either.
    """
    image, entry, relocations, imports = marshal.loads(data[len(MAGIC) :])
    memory = mmap.mmap(-1, len(image), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.write(image)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    process = _process()
    for offset in relocations:
        ctypes.c_uint64.from_buffer(memory, offset).value += start
    for offset, name in imports:
        function = ctypes.cast(process[name], ctypes.c_void_p)
        ctypes.c_void_p.from_buffer(memory, offset).value = function.value
    allowed = mmap.PROT_READ | mmap.PROT_EXEC
    if process.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(len(image)), allowed):
        _map_file(start, bytes(memory), allowed)
    # Never freed: threads may still run it while Python clears its objects at exit.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(memory))
    return start + int(entry)


def check_executable() -> None:
    """Raise ``OSError`` where no memory may be made executable, so that no loop can run."""
    if sys.platform == "linux":
        load_flat(pack(bytes(mmap.PAGESIZE), 0, (), ()))


def _map_file(start: int, image: bytes, allowed: int) -> None:
    """Map a file with the image over the memory at ``start``, which the image is relocated to."""
    descriptor = os.memfd_create("imgconv")
    try:
        os.truncate(descriptor, len(image))
        with mmap.mmap(descriptor, len(image)) as shared:
            shared.write(image)
        function = _process().mmap
        function.restype = ctypes.c_void_p
        arguments = ctypes.c_void_p(start), ctypes.c_size_t(len(image)), allowed
        where = mmap.MAP_PRIVATE | _MAP_FIXED, descriptor, ctypes.c_long(0)
        if function(*arguments, *where) != start:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(descriptor)
