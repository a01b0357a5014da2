"""Formats that Pillow writes with all that they hold: JPEG 2000.

Of JPEG 2000 colour with more than 8 bits a value, it reads the
upper 8; it reads grey of up to 16 bits.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from imgconv.formats import Format
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_with_pillow

# The markers SOC and SIZ, 36 bytes of sizes, the number of channels, the bits of the first:
# ITU-T T.800, A.5.1. They are searched in the first 64 KB of a file.
_SIZE = rb"(?s)\xff\x4f\xff\x51.{36}(..)(.)"
_HEADER_SIZE = 1 << 16


def _probe_jpeg2000(file: BinaryIO) -> DeepHeader | None:
    header = re.search(_SIZE, file.read(_HEADER_SIZE))
    if not header:
        return None
    channels, bits = int.from_bytes(header[1], "big"), (header[2][0] & 0x7F) + 1
    if bits <= 8 or channels == 1:
        return None
    return DeepHeader(f"{bits} bits of colour in JPEG 2000", can_narrow=True)


JPEG2000 = Format(
    "JPEG2000",
    plugin="Jpeg2K",
    modes=("L", "LA", "RGB", "RGBA", "I;16"),
    is_lossy=True,
    probe=_probe_jpeg2000,
    encode=encode_with_pillow,
)
