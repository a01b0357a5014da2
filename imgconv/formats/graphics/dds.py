"""DDS, read only: textures of up to 8 bits; names of its further pictures, which Pillow leaves out.

The format: https://learn.microsoft.com/windows/win32/direct3ddds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image, ImageFile

from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import open_image
from imgconv.formats.metadata import FURTHER_PICTURES

# Offsets in the header, and flags.
_HEADER_SIZE = 148
_DEPTH, _MIPMAPS, _KIND, _CODE, _MASKS = 24, 28, 80, 84, 92
_SHAPE, _PIXEL_FORMAT, _COUNT = 112, 128, 140
_HAS_MASKS, _CUBE, _VOLUME = 0x40, 0x200, 0x200000
_EXTENDED = b"DX10"
_SMALL_BLOCKS = (1, 4)  # BC1 and BC4
_FLOATS = (94, 95, 96)  # BC6H: typeless, unsigned, signed


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of pixels that Pillow narrows; raises ``ReadError`` for other kinds."""
    header = file.read(_HEADER_SIZE).ljust(_HEADER_SIZE, b"\0")
    file.seek(0)
    try:
        open_image(file, FORMAT)
    except NotImplementedError as error:
        raise ReadError(f"this DDS is not supported ({error})", "make it a PNG first") from error
    if _is_extended(header) and _number(header, _PIXEL_FORMAT) in _FLOATS:
        return DeepHeader("floats in DDS", can_narrow=True)
    if not _number(header, _KIND) & _HAS_MASKS:
        return None
    depth = max(mask.bit_count() for mask in struct.unpack_from("<4I", header, _MASKS))
    return DeepHeader(f"{depth} bits in DDS", can_narrow=True) if depth > 8 else None


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "little")


def _is_extended(header: bytes) -> bool:
    return header[_CODE : _CODE + 4] == _EXTENDED


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    native: Metadata = {"header": file.read(_HEADER_SIZE)}
    if not any(_native_names(native)):  # pictures which would stand behind the pixels
        file.seek(0)
        size = _pixels_size(open_image(file, FORMAT))
        file.seek(size, 1)
        native["trailer"] = file.read()
    return {}, native


def _pixels_size(opened: ImageFile.ImageFile) -> int:
    """Return the bytes of the pixels, which stand behind what was read to open the image."""
    codec, _, _, arguments = opened.tile[0]
    how: Any = arguments
    width, height = opened.size
    if codec == "bcn":  # blocks of 4x4 pixels in 8 or 16 bytes
        return -(-width // 4) * -(-height // 4) * (8 if how[0] in _SMALL_BLOCKS else 16)
    bits: int = how[0] if codec == "dds_rgb" else 8 * len(how)
    return width * height * bits // 8


def _native_names(native: Metadata) -> Iterator[str]:
    header, shape = native["header"], _number(native["header"], _SHAPE)
    if _number(header, _MIPMAPS) > 1:
        yield "mipmaps"
    if shape & _CUBE:
        yield "further faces of a cube"
    if shape & _VOLUME and _number(header, _DEPTH) > 1:
        yield "further slices of a volume"
    if _is_extended(header) and _number(header, _COUNT) > 1:
        yield FURTHER_PICTURES


FORMAT = Format(
    "DDS",
    plugin="Dds",
    probe=_probe,
    read_metadata=_read_metadata,
    native_names=_native_names,
)
