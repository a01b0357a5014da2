"""Callbacks of the compiler, by which the command line reports to people and adds workers.

They are set before anything is imported that compiles.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def _warn_not_cached(reason: str) -> None:
    warnings.warn(f"machine code cannot be kept: {reason}", RuntimeWarning, stacklevel=2)


def no_workers(missing: Sequence[Any]) -> AbstractContextManager[None]:
    """Return a context in which this process compiles alone."""
    return nullcontext()


class Hooks:
    """The callbacks.

    ``compiling()`` is called before a loop is compiled, ``not_cached(reason)`` if its machine code
    cannot be stored. ``workers(missing)`` returns a context in which other processes may compile
    some of the missing loops too; it is entered if there are several.
    """

    def __init__(self) -> None:
        self.compiling: Callable[[], None] = lambda: None
        self.not_cached: Callable[[str], None] = _warn_not_cached
        self.workers: Callable[[Sequence[Any]], AbstractContextManager[None]] = no_workers


hooks = Hooks()
