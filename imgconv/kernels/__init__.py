"""Kernels, filters, borders, extents, the library, dialects, generators.

``kernels.kernel`` and ``kernels.generators`` are imported when they are first used: they need
NumPy, whose import takes 90 ms, and filters are listed and known ones run without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgconv.kernels import generators as generators
    from imgconv.kernels import kernel as kernel

_LAZY = ("generators", "kernel")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
