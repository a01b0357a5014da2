"""Collect warnings, log records and errors of Pillow, libtiff and other libraries.

They go to ``system/diagnostics.py``, which adds them to the result of the file that the same thread
is reading. Otherwise they would be printed in the midst of our own messages.
"""

import ctypes
import logging
import warnings
from contextlib import suppress

from PIL import Image, _imaging

from imgconv.system.diagnostics import add_diagnostic

_MESSAGE_SIZE = 200  # bytes

# void handler(const char *module, const char *format, va_list arguments)
_Handler = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


def collect_library_warnings() -> None:
    """Collect the messages of libraries, for the whole process.

    Pictures are read in several threads, where ``warnings.catch_warnings`` does not work.
    """
    warnings.filterwarnings("always", module="PIL")
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    warnings.showwarning = lambda message, *others: add_diagnostic(str(message))
    for library in ("PIL", "tifffile", "imagecodecs"):
        logging.getLogger(library).addHandler(_log_handler)
    # Pillow turns libtiff's warnings off, but not its errors, which go to standard error.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(_libtiff_handler)


class _LogHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        add_diagnostic(record.getMessage())


def _handle_libtiff_error(module: int, format: bytes, arguments: int) -> None:
    message = ctypes.create_string_buffer(_MESSAGE_SIZE)
    ctypes.CDLL(None).vsnprintf(message, len(message), format, ctypes.c_void_p(arguments))
    add_diagnostic(message.value.decode("utf-8", "replace"))


_log_handler = _LogHandler(logging.WARNING)
_libtiff_handler = _Handler(_handle_libtiff_error)  # never freed: libtiff may call it at any time
