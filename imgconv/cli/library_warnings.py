"""What other libraries say of faults in a file: we say it ourselves, in the line of that file.

They warn, log, or, as libtiff does, write to standard error by themselves. All of it goes to
``system/diagnostics.py``, which knows whose file it is said of: that which the same thread is
reading.
"""

from __future__ import annotations

import ctypes
import logging
import warnings
from contextlib import suppress
from functools import cache
from typing import Any

from imgconv.system.diagnostics import add_diagnostic

_LONGEST_WORDS = 200

# void handler(const char *module, const char *format, va_list arguments)
_Handler = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


def collect_library_warnings() -> None:
    """Take down what Pillow and the libraries in it say, for the whole process.

    Pictures are read in several threads, for which ``warnings.catch_warnings`` is not made.
    """
    from PIL import Image

    warnings.filterwarnings("always", module="PIL")
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    warnings.showwarning = _hear_warning
    _hear_log()
    _hear_libtiff()


def _hear_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    add_diagnostic(str(message))


class _Log(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        add_diagnostic(record.getMessage())


@cache
def _hear_log() -> None:
    for library in ("PIL", "tifffile", "imagecodecs"):
        logging.getLogger(library).addHandler(_Log(logging.WARNING))


@cache
def _hear_libtiff() -> None:
    """Pillow asks libtiff for silence about warnings, but not about errors."""
    from PIL import _imaging

    with suppress(OSError, AttributeError):
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(_error_handler)


def _hear_error(module: int, format: bytes, arguments: int) -> None:
    words = ctypes.create_string_buffer(_LONGEST_WORDS)
    ctypes.CDLL(None).vsnprintf(words, len(words), format, ctypes.c_void_p(arguments))
    add_diagnostic(words.value.decode("utf-8", "replace"))


# Kept for as long as libtiff may call it.
_error_handler = _Handler(_hear_error)
