"""JPEG 2000, by Pillow; of colour with more than 8 bits a value, Pillow reads the upper 8."""

from __future__ import annotations

import re
from typing import BinaryIO

from imgconv.formats import Format
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_with_pillow

# The markers SOC and SIZ, 36 bytes of sizes, the number of channels, the bits of the first:
# ITU-T T.800, A.5.1.
_SIZE = re.compile(rb"\xff\x4f\xff\x51.{36}(..)(.)", re.DOTALL)

# Bytes at the beginning of a file in which the markers are searched.
_HEADER_SIZE = 1 << 16


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of deep colour; Pillow reads grey of up to 16 bits."""
    header = _SIZE.search(file.read(_HEADER_SIZE))
    if not header:
        return None
    channels, bits = int.from_bytes(header[1], "big"), (header[2][0] & 0x7F) + 1
    if bits <= 8 or channels == 1:
        return None
    return DeepHeader(f"{bits} bits of colour in JPEG 2000", can_narrow=True)


FORMAT = Format(
    "JPEG2000",
    plugin="Jpeg2K",
    modes=("L", "LA", "RGB", "RGBA", "I;16"),
    is_lossy=True,
    probe=_probe,
    encode=encode_with_pillow,
)
