"""Filter pictures by convolution: exact, fast, nothing lost.

>>> import imgconv
>>> blurred = imgconv.apply(picture, "gaussian", sigma=2)
>>> edges = imgconv.apply(picture, [[-1, 0, 1]], range="abs")
>>> imgconv.filters()["gaussian"].parameters[0].summary
'standard deviation in pixels, across; 0 changes nothing'

``apply`` filters a Pillow image or a NumPy array, ``filters`` returns the filters by name, and
``Kernel`` holds weights of your own. Every error is an ``ImgconvError``, whose kinds are in
``errors``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imgconv import errors
from imgconv.errors import ImgconvError
from imgconv.system.version import __version__

if TYPE_CHECKING:
    from imgconv.api import apply, filters
    from imgconv.kernels.kernel import Kernel

__all__ = ["ImgconvError", "Kernel", "__version__", "apply", "errors", "filters"]

_HOMES = {
    "apply": "imgconv.api",
    "filters": "imgconv.api",
    "Kernel": "imgconv.kernels.kernel",
}


def _import(name: str) -> Any:
    # Imported when first used: the command line prints its help without NumPy and Pillow.
    if name not in _HOMES:
        raise AttributeError(f"module 'imgconv' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


if not TYPE_CHECKING:  # which would take any name for known
    __getattr__ = _import


def __dir__() -> list[str]:
    return __all__
