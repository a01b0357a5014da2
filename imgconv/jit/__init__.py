"""Numba loops to machine code, kept between runs; schedules of their calls.

Modules that import NumPy, Numba or llvmlite and that few runs need are imported when they are used.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.jit import compiler as compiler
    from imgconv.jit import object_code as object_code
    from imgconv.jit import parallel as parallel

__getattr__ = lazy_modules(__name__)
