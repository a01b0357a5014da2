"""The libraries behind the extra ``imgconv[deep]``, imported when a deep picture is met.

They are tifffile and imagecodecs, chosen over OpenImageIO 3.2 by trial. Both round-trip 16-bit PNG
and 16-bit and float TIFF exactly, unassociated alpha included. But OpenImageIO overlooks the
predictor of a 12-bit TIFF and gives wrong pixels, reads and writes only files that have a name
(so that a pipe would need a file), and takes 30 ms to import, against 17 ms. tifffile shows and
takes every tag as it is, and raises for what it cannot do. The price is size: 80 MB installed
against 20.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import import_module
from typing import Any

EXTRA = "imgconv[deep]"

# The modules that each format needs; what is packed in a TIFF is unpacked by the first.

PNG = ("imagecodecs",)
TIFF = ("imagecodecs", "tifffile")


def are_installed(names: Iterable[str]) -> bool:
    """Whether these modules are there."""
    try:
        for name in names:
            load(name)
    except ImportError:
        return False
    return True


def load(name: str) -> Any:
    """The module; raises ``ImportError``."""
    logging.getLogger("imagecodecs").addFilter(_is_of_the_file)
    return import_module(name)


def _is_of_the_file(record: logging.LogRecord) -> bool:
    """Whether it is for a person: how libpng would rather be called is not."""
    return "Interlace handling" not in record.getMessage()
