"""Callbacks of the compiler, by which the command line reports to people and adds workers.

They are set before anything is imported that compiles.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def _do_nothing() -> None:
    pass


def _warn_not_cached(reason: str) -> None:
    warnings.warn(f"machine code cannot be cached: {reason}", RuntimeWarning, stacklevel=2)


# Called before a loop is compiled, and with the reason why its machine code cannot be stored.
compiling: Callable[[], None] = _do_nothing
not_cached: Callable[[str], None] = _warn_not_cached

# Called with several missing loops: returns a context in which workers may compile some of them.
workers: Callable[[Sequence[Any]], AbstractContextManager[object]] = nullcontext
