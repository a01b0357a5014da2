"""imgconv filters pictures by convolution, on the command line and as a library.

>>> import imgconv
>>> blurred = imgconv.apply(picture, "gaussian:2")  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imgconv.system.version import __version__

if TYPE_CHECKING:
    from imgconv.api import apply
    from imgconv.errors import ImgconvError
    from imgconv.kernels.kernel import Kernel

__all__ = ["ImgconvError", "Kernel", "__version__", "apply"]

_HOMES = {
    "apply": "imgconv.api",
    "Kernel": "imgconv.kernels.kernel",
    "ImgconvError": "imgconv.errors",
}


def __getattr__(name: str) -> Any:
    # Imported when first used: the command line prints its help without NumPy and Pillow.
    if name not in _HOMES:
        raise AttributeError(f"module 'imgconv' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
