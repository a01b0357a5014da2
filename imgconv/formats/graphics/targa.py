"""TGA (Truevision TGA 2.0, 1991): its identification, its extension area, alpha as it is meant.

A file has no magic number: the fields of its header are recognised (see ``registry.py``).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from os import SEEK_END
from typing import BinaryIO

from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_frame, open_image
from imgconv.formats.metadata import Picture
from imgconv.images.depth import premultiply, unpremultiply
from imgconv.images.frames import to_image, to_pixels
from imgconv.images.pixels import Frame

_HEADER_SIZE, _TYPE, _MAP_DEPTH, _SIDES, _DEPTH, _DESCRIPTOR = 18, 2, 7, 12, 16, 17
_ALPHA_BITS = 0x0F

# The last bytes of a file of version 2: offsets of two areas, and a signature.
_FOOTER = struct.Struct("<2I18s")
_SIGNATURE = b"TRUEVISION-XFILE.\0"

# The extension area: texts, dates and numbers; then three offsets, and the kind of alpha.
_AREA_SIZE, _ALPHA_KIND = 495, 494
_OFFSETS = struct.Struct("<3I")
_OFFSETS_AT = _ALPHA_KIND - _OFFSETS.size
_NO_ALPHA, _ALPHA, _PREMULTIPLIED = 0, 3, 4

# Types of pictures, without the bit of run lengths, each with the depths that Pillow reads.
_PALETTE, _COLOURS, _GREY, _PACKED = 1, 2, 3, 8
_DEPTHS = {_PALETTE: (8,), _COLOURS: (16, 24, 32), _GREY: (1, 8, 16)}
_MAP_DEPTHS = (16, 24, 32)
_RUN = 0x80  # the bit of a packet whose pixels are equal; the others have their number, less 1

_ROWS_UP = -1  # as Pillow has it


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of colours whose alpha is premultiplied, or perhaps none."""
    header = file.read(_HEADER_SIZE).ljust(_HEADER_SIZE, b"\0")
    kind, depth = header[_TYPE] & ~_PACKED, header[_DEPTH]
    map_depth = header[_MAP_DEPTH] if kind == _PALETTE else _MAP_DEPTHS[0]
    if depth not in _DEPTHS[kind] or map_depth not in _MAP_DEPTHS:
        raise ReadError(
            f"TGA of {depth} bits of kind {header[_TYPE]} is not supported", "make it a PNG first"
        )
    alpha_kind = _extension_area(file)[_ALPHA_KIND:]
    is_claimed = header[_DESCRIPTOR] & _ALPHA_BITS
    if (kind, depth) != (_COLOURS, 32) or (is_claimed and alpha_kind != bytes((_PREMULTIPLIED,))):
        return None
    width, height = _sides(header)
    return DeepHeader(
        "alpha of TGA",
        decode=partial(_decode, is_premultiplied=alpha_kind == bytes((_PREMULTIPLIED,))),
        width=width,
        height=height,
        channels=tuple("rgba"),
        dtype="uint8",
    )


def _decode(file: BinaryIO, is_premultiplied: bool) -> list[Frame]:
    """Return the frame without an alpha that the header does not claim and that is 0 everywhere."""
    image: Image.Image = open_image(file, FORMAT)
    image.load()
    if image.mode != "RGBA":
        return [image]
    if is_premultiplied:
        pixels = to_pixels(image)
        unpremultiply(pixels)
        return [to_image(pixels, "RGBA")]
    return [image if image.getchannel("A").getbbox() else image.convert("RGB")]


def _footer(file: BinaryIO) -> tuple[int, int]:
    """Return the offsets of the extension and the developer area, 0 without one."""
    length = file.seek(0, SEEK_END)
    file.seek(max(0, length - _FOOTER.size))
    data = file.read()
    if len(data) < _FOOTER.size or not data.endswith(_SIGNATURE):
        return 0, 0
    extension, developer, _ = _FOOTER.unpack(data)
    return extension, developer


def _extension_area(file: BinaryIO) -> bytes:
    """Return the extension area, empty without a whole one."""
    offset, _ = _footer(file)
    file.seek(offset)
    area = file.read(_AREA_SIZE) if offset else b""
    return area if len(area) == _AREA_SIZE else b""


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    area, left_out = _extension_area(file), []
    if area:
        colours, stamp, _ = _OFFSETS.unpack_from(area, _OFFSETS_AT)
        left_out += ["table of colours"] if colours else []
        left_out += ["thumbnail"] if stamp else []
    left_out += ["developer area"] if _footer(file)[1] else []
    return {}, {
        "identification": image.info.get("id_section", b""),
        "area": area,
        "is_packed": "compression" in image.info,
        "rows": image.info["orientation"],
        "left_out": left_out,
        "trailer": _trailer(file),
    }


def _trailer(file: BinaryIO) -> bytes:
    """Return what lies behind the pixels of a file without footer."""
    file.seek(0)
    data = file.read()
    if data.endswith(_SIGNATURE):
        return b""
    (colours,), (width, height) = struct.unpack_from("<H", data, 5), _sides(data)
    palette = colours * -(-data[_MAP_DEPTH] // 8) if data[1] else 0
    start = _HEADER_SIZE + data[0] + palette
    if data[_TYPE] & _PACKED:
        return data[_packets_end(data, start, width * height) :]
    return data[start + height * -(-width * data[_DEPTH] // 8) :]


def _packets_end(data: bytes, at: int, pixels: int) -> int:
    """Return where packed pixels end: a run of equal ones stores one, any other packet all."""
    size = -(-data[_DEPTH] // 8)
    while pixels > 0 and at < len(data):
        count = (data[at] & ~_RUN) + 1
        at += 1 + size * (1 if data[at] & _RUN else count)
        pixels -= count
    return at


def _sides(header: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<2H", header, _SIDES)
    return width, height


def _encode(picture: Picture, quality: int | None) -> bytes:
    native, frame = picture.native, picture.frames[0]
    assert isinstance(frame, Image.Image)
    area: bytes = native.get("area", b"")
    is_premultiplied = area[_ALPHA_KIND:] == bytes((_PREMULTIPLIED,)) and "A" in frame.mode
    if is_premultiplied:
        frame = to_image(premultiply(to_pixels(frame)), frame.mode)
    data = encode_frame(
        frame,
        FORMAT,
        rle=native.get("is_packed", False),
        orientation=native.get("rows", _ROWS_UP),
        id_section=native.get("identification", b""),
    )
    if not area:
        return data[: -_FOOTER.size] if native.get("trailer") else data
    pixels = data[: -_FOOTER.size]
    alpha_kind = _PREMULTIPLIED if is_premultiplied else _ALPHA if "A" in frame.mode else _NO_ALPHA
    extension = area[:_OFFSETS_AT] + bytes(_OFFSETS.size) + bytes((alpha_kind,))
    return pixels + extension + _FOOTER.pack(len(pixels), 0, _SIGNATURE)


def _native_names(native: Metadata) -> Iterator[str]:
    if native["identification"]:
        yield "identification"
    if native["area"]:
        yield "extension area"


FORMAT = Format(
    "TGA",
    plugin="Tga",
    modes=("L", "LA", "RGB", "RGBA"),
    longest_side=65_535,
    probe=_probe,
    read_metadata=_read_metadata,
    strip_native=lambda native: native | {"identification": b"", "area": b""},
    native_names=_native_names,
    encode=_encode,
)
