"""Callbacks of the compiler, by which the command line reports to people and adds workers.

They are set before anything is imported that compiles.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any


def _do_nothing() -> None:
    pass


def not_cached_text(reason: str) -> str:
    """Return what to say where compiled code cannot be cached."""
    return f"compiled code cannot be cached ({reason}); set IMGCONV_CACHE_DIR to another folder"


@cache  # Numba has Python forget which warnings it showed
def warn_not_cached(reason: str) -> None:
    """Warn once for each reason."""
    warnings.warn(not_cached_text(reason), RuntimeWarning, stacklevel=2)


# Called before a loop is compiled, and with the reason why its machine code cannot be stored.
compiling: Callable[[], None] = _do_nothing
not_cached: Callable[[str], None] = warn_not_cached

# Called with several missing loops: returns a context in which workers may compile some of them.
workers: Callable[[Sequence[Any]], AbstractContextManager[object]] = nullcontext
