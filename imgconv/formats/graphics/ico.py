"""ICO: the pictures of an icon, of several sizes, each a PNG or a bitmap with a mask.

The format: https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10). As in the icons of
Windows, pictures of 256 pixels a side are written as PNG, smaller ones as bitmaps of 32 bits.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from PIL import Image
from PIL.IcoImagePlugin import IcoFile

from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata, registry
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_frame
from imgconv.formats.limits import FRAME_SIZE, check_memory
from imgconv.formats.metadata import Picture
from imgconv.formats.png import SIGNATURE, read_chunks

_LONGEST_SIDE = 256  # written as 0

# The header of a bitmap: its size, sides, planes, bits, and six numbers that are 0 but for one.
_BITMAP = struct.Struct("<I2i2H6I")
_BITMAP_SIDES = slice(4, 12)

# The header chunk of a PNG: where its sides stand, and its bits.
_PNG_SIDES, _PNG_BITS = slice(16, 24), 24

# Chunks that say how pixels are stored, or that colours are sRGB.
_STORAGE = (b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"IEND", b"sRGB")


class _Size(NamedTuple):
    width: int
    height: int


def _probe(file: BinaryIO) -> DeepHeader:
    """Return the header of the largest picture; raises ``ReadError`` for 16 bits."""
    first, *others = [_size(file, entry.offset) for entry in IcoFile(file).entry]
    check_memory((len(others) + 1) * FRAME_SIZE)
    return DeepHeader(
        "ICO",
        decode=_decode,
        is_opened=False,
        width=first.width,
        height=first.height,
        channels=tuple("rgba"),
        dtype="uint8",
        further_pixels=sum(width * height for width, height in others),
    )


def _size(file: BinaryIO, offset: int) -> _Size:
    """Return the sides of a picture by its own header; those of the icon's may be wrong."""
    file.seek(offset)
    head = file.read(_BITMAP.size)
    if not head.startswith(SIGNATURE):
        width, height = struct.unpack("<2i", head[_BITMAP_SIDES])
        return _Size(abs(width), abs(height) // 2)
    if head[_PNG_BITS] > 8:
        raise ReadError("icons of 16 bits are not supported", "make it one of 8 bits first")
    return _Size(*struct.unpack(">2I", head[_PNG_SIDES]))


def _decode(file: BinaryIO) -> list[Image.Image]:
    file.seek(0)
    icon, frames = IcoFile(file), []
    for number in range(len(icon.entry)):
        frame = icon.frame(number)
        frame.load()
        frames.append(frame)
    return frames


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    """Return the names of chunks of PNG that are left out, and what lies behind all pictures."""
    file.seek(0)
    chunks: list[str] = []
    entries = IcoFile(file).entry
    for entry in entries:
        file.seek(entry.offset)
        if file.read(len(SIGNATURE)) == SIGNATURE:
            kinds = (kind for kind, _ in read_chunks(file) if kind not in _STORAGE)
            chunks += (f"chunk {kind.decode('latin-1')}" for kind in kinds)
    file.seek(max(entry.offset + entry.size for entry in entries))
    return {}, {"left_out": [*dict.fromkeys(chunks)], "trailer": file.read()}


def _encode(picture: Picture, quality: int | None) -> bytes:
    files = [*_pictures(picture)]
    at = 6 + 16 * len(files)
    directory, contents = struct.pack("<3H", 0, 1, len(files)), b""
    for frame, data in zip(picture.frames, files, strict=True):
        sides = (side % _LONGEST_SIDE for side in frame.size)
        directory += struct.pack("<4B2H2I", *sides, 0, 0, 1, 32, len(data), at + len(contents))
        contents += data
    return directory + contents


def _pictures(picture: Picture) -> Iterator[bytes]:
    for frame in picture.frames:
        assert isinstance(frame, Image.Image)
        if max(frame.size) == _LONGEST_SIDE:
            yield encode_frame(frame, registry.by_name("PNG").load())
        else:
            yield _encode_bitmap(frame)


def _encode_bitmap(frame: Image.Image) -> bytes:
    """Return a bitmap of twice the height: colours and alpha, then a mask of transparent pixels."""
    frame.load()
    mask = frame.getchannel("A").point([255] + [0] * 255, "1")
    pixels = frame.tobytes("raw", "BGRA", 0, -1)
    stride = (frame.width + 31) // 32 * 4
    behind = mask.tobytes("raw", "1", stride, -1)
    sides, size = (frame.width, 2 * frame.height), len(pixels) + len(behind)
    return _BITMAP.pack(_BITMAP.size, *sides, 1, 32, 0, size, 0, 0, 0, 0) + pixels + behind


FORMAT = Format(
    "ICO",
    plugin="Ico",
    modes=("RGBA",),
    lossless_as=dict.fromkeys(("L", "LA", "RGB"), "RGBA"),
    longest_side=_LONGEST_SIDE,
    holds_pictures=True,
    probe=_probe,
    read_metadata=_read_metadata,
    native_names=lambda native: native["left_out"],
    encode=_encode,
)
