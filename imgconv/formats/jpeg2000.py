"""JPEG 2000 of more than 8 bits, of which Pillow reads the upper 8 where it is coloured.

The marker SIZ says how many bits a value has (ITU-T T.800, A.5.1).
"""

from __future__ import annotations

import re
from typing import BinaryIO

from imgconv.formats.deep import Deep

# Start of codestream and size; behind 36 bytes of sizes, the channels and the depth of the first.
_SIZE = re.compile(rb"\xff\x4f\xff\x51.{36}(..)(.)", re.DOTALL)

# Within so many bytes a file says what it holds.
_HEADER = 1 << 16


def look(file: BinaryIO) -> Deep | None:
    """More than 8 bits of colour; of grey, Pillow reads 16."""
    header = _SIZE.search(file.read(_HEADER))
    if not header:
        return None
    channels, bits = int.from_bytes(header[1], "big"), (header[2][0] & 0x7F) + 1
    if bits <= 8 or channels == 1:
        return None
    return Deep(f"{bits} bits of colour in JPEG 2000", narrows=True)
