"""Pixels, modes, colour, depth, orientation.

``images.depth`` and ``images.transfer`` are imported when they are first used: they need NumPy,
whose import takes 90 ms, and most runs need neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgconv.images import depth as depth
    from imgconv.images import transfer as transfer

_LAZY = ("depth", "transfer")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
