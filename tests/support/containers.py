"""Blocks of GIF, BMP and JPEG 2000 that Pillow neither writes nor reads, made and extracted."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.formats.deep import load_codec
from tests.support.pictures import noise
from tests.support.specimens import Extract, chunk, info, sample, saved

_GIF_NAMES = {"icc_profile": b"ICCRGBG1012", "xmp": b"XMP DataXMP"}


def gif_with(*extensions: bytes) -> bytes:
    """Return a GIF with further extensions before the picture."""
    plain = saved(sample("P"), "GIF")
    table = 13 + (3 << (plain[10] % 8 + 1))
    return plain[:table] + b"".join(extensions) + plain[table:]


def gif_extension(name: bytes, data: bytes) -> bytes:
    """Return an application extension; XMP is no sequence of sub-blocks."""
    head = b"!\xff\x0b" + name
    if name == b"XMP DataXMP":
        return head + data + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    parts = (data[start : start + 200] for start in range(0, len(data), 200))
    return head + b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


def gif_application(name: bytes) -> Extract:
    """Extract the data of an application extension."""

    def extract(data: bytes) -> object:
        if name not in data:
            return None
        at, found = data.index(name) + len(name), b""
        if name == b"XMP DataXMP":
            return data[at : data.index(b"\1\xff\xfe\xfd", at)]
        while data[at]:
            found += data[at + 1 : at + 1 + data[at]]
            at += data[at] + 1
        return found

    return extract


def gif_interlacing(data: bytes) -> object:
    """Extract the flag of the first picture of a GIF without extensions behind its table."""
    at = data.index(b",\0\0\0\0")
    return [data[at + 9] & 0x40]


def bmp_with_header(size: int, fields: bytes, behind: bytes = b"") -> bytes:
    """Return a BMP with a larger header, whose fields follow the masks, and data behind it."""
    plain = saved(sample(), "BMP")
    at = 14 + size
    header = struct.pack("<I", size) + plain[18:54] + bytes(16) + fields
    start = struct.pack("<2s3I", b"BM", at + len(plain) - 54 + len(behind), 0, at)
    return start + header.ljust(size, b"\0") + plain[54:] + behind


def bmp_with_profile(profile: bytes) -> bytes:
    """Return a BMP of version 5 with an embedded profile."""
    at = 124 + len(saved(sample(), "BMP")) - 54
    fields = b"DEBM" + bytes(48) + struct.pack("<4I", 4, at, len(profile), 0)
    return bmp_with_header(124, fields, profile)


def bmp_profile(data: bytes) -> object:
    """Extract the embedded profile of a BMP."""
    if data[14:18] != struct.pack("<I", 124) or data[70:74] != b"DEBM":
        return None
    at, size = struct.unpack_from("<2I", data, 126)
    return data[14 + at : 14 + at + size]


def bmp_of_fields(
    packed: NDArray[np.uint32], bits: int, masks: tuple[int, ...], top_down: bool
) -> bytes:
    """Return a BMP of 16 or 32 bits a pixel, with masks behind a header of version 3."""
    height, width = packed.shape
    rows = [row.astype(f"<u{bits // 8}").tobytes() for row in packed]
    pixels = b"".join(row + bytes(-len(row) % 4) for row in (rows if top_down else reversed(rows)))
    sides = width, -height if top_down else height
    header = struct.pack("<I2i2H6I", 40, *sides, 1, bits, 3, len(pixels), 2835, 2835, 0, 0)
    start = struct.pack("<2s3I", b"BM", 66 + len(pixels), 0, 66)
    return start + header + struct.pack("<3I", *masks) + pixels


def png_of(depth: int, colour_type: int, *added: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of 24 x 18 pixels of any depth and colour type, with further chunks."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    rows = np.random.default_rng(5).integers(0, 256, (18, 24 * channels * depth // 8))
    pixels = b"".join(b"\0" + row.astype(np.uint8).tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", 24, 18, depth, colour_type, 0, 0, 0)
    return _png((b"IHDR", header), *added, (b"IDAT", zlib.compress(pixels)))


def png_interlaced(array: NDArray[Any], interlaced: bool = True) -> bytes:
    """Return a PNG of 8 or 16 bits, written pixel by pixel in seven passes."""
    (height, width, channels), depth = array.shape, 8 * array.itemsize
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlaced)
    # The pass of each pixel of a cell of 8 x 8: PNG, third edition, 8.1.
    cell = np.full((8, 8), 7)
    cell[::2], cell[::2, ::2] = 6, 5
    cell[::4, ::2], cell[::4, ::4] = 4, 3
    cell[::8, ::4], cell[::8, ::8] = 2, 1
    cell[2::4, ::2] = 5
    rows = b""
    for number in range(1, 8) if interlaced else (0,):
        for y, line in enumerate(array):
            places = [x for x in range(width) if not number or cell[y % 8, x % 8] == number]
            pixels = line[places].astype(">u2" if depth == 16 else "u1").tobytes()
            rows += b"\0" + pixels if pixels else b""
    return _png((b"IHDR", header), (b"IDAT", zlib.compress(rows)))


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in (*chunks, (b"IEND", b"")))


def png_interlacing(data: bytes) -> object:
    """Extract the flag, and how many bytes of rows there are, which differs between the methods."""
    pixels = zlib.decompress(data[data.index(b"IDAT") + 4 : data.rindex(b"IEND") - 8])
    return data[28], len(pixels)


_JP2_UUIDS = {
    "exif": b"JpgTiffExif->JP2",
    "xmp": bytes.fromhex("be7acfcb97a942e89c71999491e3afac"),
    "iptc": bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"),
}


def jp2_box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def jp2_uuid(kind: str, content: bytes) -> bytes:
    """Return a box of EXIF, XMP or IPTC."""
    return jp2_box(b"uuid", _JP2_UUIDS[kind] + content)


def jp2_with(*boxes: bytes, colour: bytes = b"", header: bytes = b"") -> bytes:
    """Return a JP2 with another colour box, and with boxes in its header and before its pixels."""
    plain = saved(sample(), "JPEG2000")
    at, end = plain.index(b"jp2h") - 4, plain.index(b"jp2c") - 4
    inside = plain[at + 8 : end - 15] + (
        jp2_box(b"colr", colour) if colour else plain[end - 15 : end]
    )
    return plain[:at] + jp2_box(b"jp2h", inside + header) + b"".join(boxes) + plain[end:]


def jp2_of_bits(channels: str, bits: int, raw: bool = False) -> tuple[bytes, NDArray[Any]]:
    """Return a JP2, or a codestream, of 9 to 16 bits, and its values."""
    array = noise(18, 24, channels, "uint16").array >> 16 - bits
    how = {"codecformat": "j2k" if raw else "jp2", "bitspersample": bits, "level": 0}
    encode = load_codec("imagecodecs").jpeg2k_encode
    return bytes(encode(array.squeeze(), reversible=True, **how)), array


def jp2_depths(data: bytes) -> object:
    """Extract the bits of each channel."""
    at = data.index(b"\xff\x4f\xff\x51") + 40
    count = int.from_bytes(data[at : at + 2])
    return [data[at + 2 + 3 * channel] + 1 for channel in range(count)]


def jp2_with_comments(*comments: tuple[int, bytes], raw: bool = False) -> bytes:
    """Return a JP2, or its codestream alone, with comments that are text (1) or binary (0)."""
    plain = saved(sample(), "JPEG2000", no_jp2=raw)
    at = plain.index(b"\xff\x52")
    segments = (
        b"\xff\x64" + struct.pack(">2H", len(comment) + 4, kind) + comment
        for kind, comment in comments
    )
    added = b"".join(segments)
    if raw:
        return plain[:at] + added + plain[at:]
    start = plain.index(b"jp2c") - 4
    return plain[:start] + jp2_box(b"jp2c", plain[start + 8 : at] + added + plain[at:])


def jp2_boxes(kind: bytes, beginning: bytes = b"") -> Extract:
    """Extract all boxes of a kind, also in the header box, whose content begins so."""

    def extract(data: bytes) -> object:
        found, at = [], 0
        while at + 8 <= len(data):
            length, name = struct.unpack_from(">I4s", data, at)
            content = data[at + 8 : at + length]
            if name == b"jp2h":
                inside = extract(content)
                assert isinstance(inside, list)
                found += inside
            elif name == kind and content.startswith(beginning):
                found.append(content[len(beginning) :])
            at += length or len(data)
        return found

    return extract


def jp2_comments(data: bytes) -> object:
    """Extract the kinds and texts of the comments in a main header, but for the encoder's."""
    found, at = [], data.index(b"\xff\x4f\xff\x51") + 2
    while data[at : at + 2] != b"\xff\x90":
        length, kind = struct.unpack_from(">2H", data, at + 2)
        comment = data[at + 6 : at + 2 + length]
        if data[at : at + 2] == b"\xff\x64" and not comment.startswith(b"Created by Open"):
            found.append((kind, comment))
        at += 2 + length
    return sorted(found)


def avif_with_gain_map() -> bytes:
    """Return an AVIF with an item that says that a gain map belongs to it."""
    item = jp2_box(b"infe", b"\2\0\0\0\0\2\0\0tmap\0")
    return saved(sample(), "AVIF") + jp2_box(b"free", item)


def webp_with(kind: bytes, data: bytes, file: bytes = b"") -> bytes:
    """Return a WebP with a further chunk at its end."""
    plain = file or saved(sample("RGBA"), "WebP", xmp=b"<x/>")
    added = kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(plain) - 8 + len(added)) + plain[8:] + added


def block(kind: str) -> Extract:
    """Extract an ``icc_profile``, ``exif`` or ``xmp`` from a file in any format."""

    def extract(data: bytes) -> object:
        if data.startswith(b"GIF"):
            return gif_application(_GIF_NAMES.get(kind, b"none"))(data)
        if data.startswith(b"BM"):
            return bmp_profile(data) if kind == "icc_profile" else None
        if data[4:8] == b"jP  ":
            boxes = jp2_boxes(b"uuid", _JP2_UUIDS[kind]) if kind in _JP2_UUIDS else None
            found = (boxes or jp2_boxes(b"colr", b"\2\0\0"))(data)
            return found[0] if isinstance(found, list) and found else None
        return info(kind)(data)

    return extract
