"""JPEG of more than 8 bits, which nothing here reads.

A JPEG says how many bits a value has where its frame starts (ITU-T T.81, B.2.2).
"""

from __future__ import annotations

from typing import BinaryIO

from imgconv.errors import ReadError

# Markers that start a frame; those between them mean something else.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA


def look(file: BinaryIO) -> None:
    """Raise ``ReadError`` for more than 8 bits."""
    file.seek(2)
    while len(start := file.read(4)) == 4 and start[0] == 0xFF and start[1] != _SCAN:
        if start[1] in _FRAMES:
            bits = file.read(1)
            if bits <= b"\x08":
                return
            raise ReadError(
                f"JPEGs of {bits[0]} bits are not read", "convert it to a PNG of 16 bits first"
            )
        if start[1] == 0xFF:  # one more than is needed, which may stand before any marker
            file.seek(-3, 1)
            continue
        file.seek(int.from_bytes(start[2:], "big") - 2, 1)
