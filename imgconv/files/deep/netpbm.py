"""PPM and PGM of more than 8 bits: https://netpbm.sourceforge.net/doc/. They need no codec.

Pillow reads 16-bit colour as 8 bits, and grey whose maximum is not 65535 as if it were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from imgconv import netpbm
from imgconv.errors import ReadError
from imgconv.files.deep.found import Deep

if TYPE_CHECKING:
    from imgconv.picture import Pixels

_PILLOWS = ("l", 65535)


def look(file: BinaryIO) -> Deep | None:
    """What the header says; one that is broken is left to Pillow to complain of."""
    try:
        header = netpbm.read_header(file)
    except (ReadError, EOFError):
        return None
    channels = netpbm.CHANNELS[header.depth][0]
    if header.maximum < 256 or ("".join(channels), header.maximum) == _PILLOWS:
        return None
    return Deep(
        "16 bits in PPM",
        decode=_decode,
        width=header.width,
        height=header.height,
        channels=channels,
        maxval=header.maximum,
    )


def _decode(file: BinaryIO) -> list[Pixels]:
    file.seek(0)
    header = netpbm.read_header(file)
    data = bytearray(header.size)
    if file.readinto(data) < header.size:  # type: ignore[attr-defined]
        raise EOFError("it ends inside the picture")
    return [header.pixels(data)]
