"""Runs a plan over pixels: windows of rows, stages, snapshots.

``execution.tune`` and ``execution.warm`` are imported when they are first used: they need NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgconv.execution import tune as tune
    from imgconv.execution import warm as warm

_LAZY = ("tune", "warm")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
