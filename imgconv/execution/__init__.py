"""Runs a plan over pixels: windows of rows, stages, snapshots.

Modules as ``execution.tune`` are imported when they are first used: they need NumPy.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.execution import frequencies as frequencies
    from imgconv.execution import tune as tune
    from imgconv.execution import warm as warm

__getattr__ = lazy_modules(__name__)
