"""AVIF of 10 or 12 bits, of which Pillow reads the upper 8.

The box av1C says how many bits a value has (AV1 in ISOBMFF, 2.3.3).
"""

from __future__ import annotations

import re
from typing import BinaryIO

from imgconv.formats.deep import Deep

_CONFIGURATION = re.compile(rb"av1C\x81.(.)", re.DOTALL)

_HIGH, _TWELVE = 0x40, 0x20

# Within so many bytes a file says what it holds.
_HEADER = 1 << 16


def look(file: BinaryIO) -> Deep | None:
    """More than 8 bits, if they are."""
    configuration = _CONFIGURATION.search(file.read(_HEADER))
    flags = configuration[1][0] if configuration else 0
    if not flags & _HIGH:
        return None
    return Deep(f"{12 if flags & _TWELVE else 10} bits in AVIF", narrows=True)
