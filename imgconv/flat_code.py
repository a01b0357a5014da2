"""Flat code: machine code and its constants in one piece, which runs wherever it lies in memory.

``linking.py`` makes it. Loading it takes no library but Python's own.
"""

from __future__ import annotations

import ctypes
import marshal
import mmap
import os
from collections.abc import Sequence
from functools import cache

# What it begins with; the number is that of its form.
HEAD = b"flat code 1\n"


def pack(image: bytes, entry: int, own: Sequence[int], foreign: Sequence[tuple[int, str]]) -> bytes:
    """Flat code as bytes: what goes into memory, and where in that its function begins.

    ``own`` says where words stand to which the address of the image has to be added, ``foreign``
    where the address of which function of C.
    """
    return HEAD + marshal.dumps((image, entry, tuple(own), tuple(foreign)))


def load(data: bytes) -> int:
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
