"""The command line: arguments to typed options, and all that is printed; no pixel arithmetic.

Modules that no help text needs are imported when they are first used: they import Pillow.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.cli import library_warnings as library_warnings
    from imgconv.cli import near_misses as near_misses
    from imgconv.cli import repeat_warnings as repeat_warnings
    from imgconv.cli import request as request
    from imgconv.cli import usage_errors as usage_errors

__getattr__ = lazy_modules(__name__)
