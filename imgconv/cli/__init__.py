"""The command line: words to typed options; what is said to people; no pixel arithmetic.

Modules that no help text needs are imported when they are first used: they import Pillow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgconv.cli import library_warnings as library_warnings
    from imgconv.cli import request as request

_LAZY = ("library_warnings", "request")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
