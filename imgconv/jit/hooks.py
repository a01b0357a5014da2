"""What a process may want to add_diagnostic of compiling, and who helps it.

The command line puts its own words here, before anything is imported that compiles.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def _warn_not_kept(reason: str) -> None:
    warnings.warn(f"machine code cannot be kept: {reason}", RuntimeWarning, stacklevel=2)


def alone(missing: Sequence[Any]) -> AbstractContextManager[None]:
    """No help: this process compiles what is missing."""
    return nullcontext()


class Hooks:
    """``compiling`` is called before a loop is compiled, ``not_kept`` with the reason why what was
    made of it cannot be kept for the next process. ``helped`` is entered with the loops that have
    to be compiled, where several have; others may compile some of them until it is left.
    """

    def __init__(self) -> None:
        self.compiling: Callable[[], None] = lambda: None
        self.not_kept: Callable[[str], None] = _warn_not_kept
        self.helped: Callable[[Sequence[Any]], AbstractContextManager[None]] = alone


hooks = Hooks()
