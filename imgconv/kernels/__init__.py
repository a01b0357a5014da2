"""Kernels, filters, borders, extents, the library, dialects, generators.

``kernels.kernel`` and ``kernels.generators`` are imported when they are first used: they need
NumPy, whose import takes 90 ms, and filters are listed and known ones run without.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.kernels import generators as generators
    from imgconv.kernels import kernel as kernel

__getattr__ = lazy_modules(__name__)
