"""Machine code that is kept, into memory, and called."""

from __future__ import annotations

import ctypes
import os
from functools import cache

from imgconv import flat_code, object_cache

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
    if data.startswith(flat_code.HEAD):
        return flat_code.load(data)
    from imgconv import object_code

    return object_code.address(data, SYMBOL.format(name))


def kept(name: str) -> int | None:
    """The address of the code that is kept under ``name``, if it can be loaded."""
    try:
        data = object_cache.load(name)
        return load(data, name) if data else None
    except FAILURES:
        return None
