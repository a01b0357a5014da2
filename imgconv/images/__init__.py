"""Pixels, modes, colour, depth, orientation.

Modules that not every run needs are imported when they are first used, as in ``images.depth``:
NumPy takes 90 ms.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.images import blend as blend
    from imgconv.images import depth as depth
    from imgconv.images import mask as mask
    from imgconv.images import transfer as transfer

__getattr__ = lazy_modules(__name__)
