"""Silence for what other libraries say of faults in a file: we say it ourselves, in one line."""

from __future__ import annotations

import ctypes
import logging
import warnings
from contextlib import suppress


def silence_pillow() -> None:
    """Silence Pillow and the libraries in it, once for the whole process.

    Pictures are read in several threads, for which ``warnings.catch_warnings`` is not made.
    """
    from PIL import _imaging

    warnings.filterwarnings("ignore", module="PIL")
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    # Pillow asks libtiff for silence about warnings, but not about errors.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)
