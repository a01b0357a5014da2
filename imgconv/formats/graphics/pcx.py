"""PCX (ZSoft, PCX Technical Reference Manual): its place on a screen, and what is behind its end.

Pillow looks for a palette of 256 colours at the end of a file, where other data may stand, and
takes rows for no longer than they must be. Such files are decoded as their headers say.
"""

from __future__ import annotations

import struct
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_frame, open_image
from imgconv.formats.metadata import Picture
from imgconv.images.frames import decoded

# The version, bits of a value, corners, planes and bytes of a row in a plane; then the offsets of
# the corners, of the resolution, and of the size of a screen.
_HEADER = struct.Struct("<xBxB4H53xBH60x")
_PLACE, _DENSITY, _SCREEN = 4, 12, 70

# The bits of a value and the planes that Pillow reads, and those with a palette behind the pixels.
_KINDS = ((1, 1), (1, 2), (1, 4), (8, 1), (8, 3))
_INDEXED, _PALETTE_VERSION = (8, 1), 5
_PALETTE_MARK, _PALETTE_SIZE = b"\x0c", 769

# A byte from this value on says how often the next one is repeated, by its lower six bits.
_RUN, _RUN_LENGTH = 0xC0, 0x3F
_BLOCK_SIZE = 1 << 20


class _Header(NamedTuple):
    version: int
    bits: int
    left: int
    top: int
    right: int
    bottom: int
    planes: int
    stated_stride: int

    @property
    def size(self) -> tuple[int, int]:
        return self.right - self.left + 1, self.bottom - self.top + 1

    @property
    def stride(self) -> int:
        """The bytes of a row in a plane: as the header says, unless a row would not fit."""
        least = -(-self.size[0] * self.bits // 8)
        return self.stated_stride if self.stated_stride >= least else least + least % 2

    @property
    def has_palette(self) -> bool:
        return (self.bits, self.planes) == _INDEXED and self.version == _PALETTE_VERSION


def _read_header(data: bytes) -> _Header:
    return _Header(*_HEADER.unpack(data[: _HEADER.size].ljust(_HEADER.size, b"\0")))


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of a picture that Pillow would decode wrongly.

    Raises ``ReadError`` for pixels that it does not read.
    """
    header = _read_header(data := file.read(_HEADER.size))
    if (header.bits, header.planes) not in _KINDS:
        raise ReadError(
            f"PCX of {header.bits} bits in {header.planes} planes is not supported",
            "make it a PNG first",
        )
    trailer = _split(data + file.read())[1] if header.has_palette else b""
    file.seek(0)
    if not trailer and (tile := open_image(file, FORMAT).tile[0]) == _with_stride(tile, header):
        return None
    width, height = header.size
    return DeepHeader(
        "PCX",
        decode=partial(_decode, header),
        width=width,
        height=height,
        channels=tuple("rgb"),
        dtype="uint8",
    )


def _decode(header: _Header, file: BinaryIO) -> list[Image.Image]:
    file.seek(0)
    image = open_image(BytesIO(_split(file.read())[0]), FORMAT)
    image.tile = [_with_stride(image.tile[0], header)]
    return [decoded(image)]


def _with_stride(tile: Any, header: _Header) -> Any:
    """Return Pillow's plan of decoding with the length of rows that the header says."""
    return tile._replace(args=(tile.args[0], header.planes * header.stride))


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Return a file that ends with its pixels or its palette, and what else stands there."""
    end = _pixels_end(data)
    if _read_header(data).has_palette:
        at = end if data[end:].startswith(_PALETTE_MARK) else max(end, len(data) - _PALETTE_SIZE)
        palette = data[at : at + _PALETTE_SIZE]
        if len(palette) == _PALETTE_SIZE and palette.startswith(_PALETTE_MARK):
            return data[:end] + palette, data[end:at] + data[at + _PALETTE_SIZE :]
    return data[:end], data[end:]


def _pixels_end(data: bytes) -> int:
    """Return where packed pixels end, the length of the file where they do not."""
    header, at = _read_header(data), _HEADER.size
    missing = header.planes * header.stride * header.size[1]
    while missing > 0:
        block = np.frombuffer(data[at : at + _BLOCK_SIZE], np.uint8)
        unpacked = np.cumsum(_run_lengths(block))
        if not unpacked.size:
            return len(data)
        if unpacked[-1] >= missing:
            return at + int(np.searchsorted(unpacked, missing)) + 1
        at, missing = at + unpacked.size, missing - int(unpacked[-1])
    return at


def _run_lengths(block: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how many values each byte makes, 0 for counts; a count at the end is left out.

    Of neighbours that are all large enough for counts, every second one is a value.
    """
    places = np.arange(block.size)
    is_large = block >= _RUN
    last_small = np.maximum.accumulate(np.where(is_large, -1, places))
    is_count = is_large & ((places - last_small) % 2 == 1)
    lengths = np.where(is_count, 0, 1)
    lengths[1:][is_count[:-1]] = block[:-1][is_count[:-1]] & _RUN_LENGTH
    return lengths[: block.size - int(is_count[-1:].any())]


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    data = file.read()
    place = struct.unpack_from("<2H", data, _PLACE)
    return {}, {
        "place": place,
        "screen": data[_SCREEN : _SCREEN + 4],
        "trailer": _split(data)[1],
    }


def _encode(picture: Picture, quality: int | None) -> bytes:
    frame, native = picture.frames[0], picture.native
    assert isinstance(frame, Image.Image)
    data = bytearray(encode_frame(frame, FORMAT))
    left, top = native.get("place", (0, 0))
    right, bottom = left + frame.width - 1, top + frame.height - 1
    if max(right, bottom) < 1 << 16:
        struct.pack_into("<4H", data, _PLACE, left, top, right, bottom)
    density = (min(round(number), 0xFFFF) for number in picture.metadata.get("dpi", (0, 0)))
    struct.pack_into("<2H", data, _DENSITY, *density)
    if "screen" in native:
        data[_SCREEN : _SCREEN + 4] = native["screen"]
    return bytes(data)


FORMAT = Format(
    "PCX",
    plugin="Pcx",
    modes=("L", "RGB"),
    kinds=("dpi",),
    longest_side=65_535,
    probe=_probe,
    read_metadata=_read_metadata,
    encode=_encode,
)
