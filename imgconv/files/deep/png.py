"""PNG of 16 bits: https://www.w3.org/TR/png-3/.

Grey without a transparent key is left to Pillow, which reads and writes it with all its bits.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from imgconv.errors import ReadError
from imgconv.files.deep import codecs
from imgconv.files.deep.found import Deep

if TYPE_CHECKING:
    from imgconv.picture import Pixels

_CHANNELS = {0: "l", 2: "rgb", 4: "la", 6: "rgba"}
_WORDS = {"la": "16 bits of grey with alpha", "rgb": "16 bits of RGB"}

# Of zlib. Its usual 6 makes files smaller by 0.3 percent, and takes up to four times as long.
_EFFORT = 4


def look(file: BinaryIO) -> Deep | None:
    """What the header says, up to the pixels."""
    header = file.read(33)
    if len(header) < 33:
        return None
    width, height, depth, kind = struct.unpack(">IIBB", header[16:26])
    if depth != 16 or kind not in _CHANNELS:
        return None
    names = set(_chunk_names(file))
    if b"acTL" in names:
        raise ReadError(
            "animations of 16 bits are not read", "make it one of 8 bits, or a multi-page TIFF"
        )
    has_key = kind in (0, 2) and b"tRNS" in names
    channels = _CHANNELS[kind] + "a" * has_key
    if channels == "l":
        return None
    words = _WORDS.get(channels, "16 bits of RGB with alpha")
    # Pillow keeps 16 bits of a key that is transparent, which then is no colour of its pixels.
    return Deep(
        words,
        narrows=not has_key,
        decode=_decode,
        needs=codecs.PNG,
        width=width,
        height=height,
        channels=tuple(channels),
    )


def _chunk_names(file: BinaryIO) -> Iterator[bytes]:
    """Those of the chunks between the header and the pixels."""
    while len(beginning := file.read(8)) == 8 and beginning[4:] != b"IDAT":
        yield beginning[4:]
        file.seek(int.from_bytes(beginning[:4], "big") + 4, 1)


def _decode(file: BinaryIO) -> list[Pixels]:
    from imgconv.picture import Pixels

    file.seek(0)
    found = look(file)
    file.seek(0)
    array = codecs.load("imagecodecs").png_decode(file.read())
    channels = found.channels if found else ()
    return [Pixels(array.reshape(*array.shape[:2], len(channels)), channels)]


def still(pixels: Pixels) -> bytes:
    """The bytes of a file that holds these pixels of 16 bits and nothing else."""
    from imgconv.files.deep.levels import full_range

    array = full_range(pixels).array
    squeezed = array[..., 0] if array.shape[2] == 1 else array
    data: bytes = codecs.load("imagecodecs").png_encode(squeezed, level=_EFFORT)
    return data
