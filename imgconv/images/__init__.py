"""Pixels, modes, colour, depth, orientation.

``images.depth`` and ``images.transfer`` are imported when they are used, as NumPy takes 90 ms.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.images import depth as depth
    from imgconv.images import transfer as transfer

__getattr__ = lazy_modules(__name__)
