"""Kernels, filters, borders, extents, the library, dialects, generators.

Modules that need NumPy, whose import takes 90 ms, are imported when they are used.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.kernels import frequency_mask as frequency_mask
    from imgconv.kernels import generators as generators
    from imgconv.kernels import kernel as kernel
    from imgconv.kernels import mask_picture as mask_picture
    from imgconv.kernels import other_names as other_names

__getattr__ = lazy_modules(__name__)
