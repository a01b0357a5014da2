"""The answers of commands that explain, as text on a terminal and as JSON.

Modules are imported when they are used: they import NumPy.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.cli.answers import maps as maps
    from imgconv.cli.answers import masked as masked
    from imgconv.cli.answers import pixel as pixel
    from imgconv.cli.answers import tables as tables

__getattr__ = lazy_modules(__name__)
