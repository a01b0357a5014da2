"""Flat code: machine code and its constants in one piece, which runs wherever it lies in memory.

``jit/linker.py`` makes it. Loading it takes no library but Python's own.

Machine code that is kept, into memory, and called.
"""

from __future__ import annotations

import ctypes
import marshal
import mmap
import os
from collections.abc import Sequence
from functools import cache

from imgconv.jit import code_cache

# What it begins with; the number is that of its form.
HEAD = b"flat code 1\n"


def pack(image: bytes, entry: int, own: Sequence[int], foreign: Sequence[tuple[int, str]]) -> bytes:
    """Flat code as bytes: what goes into memory, and where in that its function begins.

    ``own`` says where words stand to which the address of the image has to be added, ``foreign``
    where the address of which function of C.
    """
    return HEAD + marshal.dumps((image, entry, tuple(own), tuple(foreign)))


def load_flat(data: bytes) -> int:
    """Put flat code into memory; gives the address of its function.

    Raises ``OSError`` where the system lets no memory be made executable.
    """
    image, entry, own, foreign = marshal.loads(data[len(HEAD) :])
    memory = mmap.mmap(-1, len(image), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.write(image)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    process = _process()
    for place in own:
        ctypes.c_uint64.from_buffer(memory, place).value += start
    for place, name in foreign:
        function = ctypes.cast(process[name], ctypes.c_void_p)
        ctypes.c_void_p.from_buffer(memory, place).value = function.value
    _make_executable(process, start, len(image))
    # It stays for good: threads may still run it when Python takes its objects apart at the end.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(memory))
    return start + int(entry)


@cache
def _process() -> ctypes.CDLL:
    """What the process has loaded, the functions of C among it."""
    return ctypes.CDLL(None, use_errno=True)


def _make_executable(process: ctypes.CDLL, start: int, size: int) -> None:
    allowed = mmap.PROT_READ | mmap.PROT_EXEC
    if process.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(size), allowed):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


# How code wants to be called: ``void (void *, void *, int64 *block)``. The two places before the
# block are those that Numba's own functions have for a result and an error, of which there are
# none.
Function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)

_nothing = ctypes.create_string_buffer(16)

NOWHERE = (ctypes.addressof(_nothing), ctypes.addressof(_nothing) + 8)

# What the one visible function in object code is called.
SYMBOL = "imgconv_{}"

# All that may go wrong where code or a compiler is not what it should be, or where the system does
# not let code run.
FAILURES = (ImportError, AttributeError, TypeError, OSError, RuntimeError, LookupError)


@cache
def is_interpreted() -> bool:
    """Whether loops are to run as plain Python, by the environment as it is when first asked."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def load(data: bytes, name: str) -> int:
    """The address of the function in flat code, or in object code that could not be linked.

    Raises one of ``FAILURES``.
    """
    if data.startswith(HEAD):
        return load_flat(data)
    from imgconv.jit import object_code

    return object_code.address(data, SYMBOL.format(name))


def kept(name: str) -> int | None:
    """The address of the code that is kept under ``name``, if it can be loaded."""
    try:
        data = code_cache.load(name)
        return load(data, name) if data else None
    except FAILURES:
        return None
