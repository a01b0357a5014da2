"""JPEG files with segments, tables and pictures that few programs write, and their readers."""

from __future__ import annotations

import importlib
import struct
from io import BytesIO
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from tests.support.pictures import noise
from tests.support.specimens import LARGE_EXIF, Extract, attribute, sample, saved


def segments(name: str) -> Extract:
    """Extract segments of a JPEG."""
    return attribute(lambda image: [data for kind, data in image.applist if kind == name])


def segment(marker: int, data: bytes) -> bytes:
    """Return a JPEG segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def jpeg_with(*added: bytes) -> bytes:
    """Return a JPEG with further segments before all others."""
    plain = saved(sample(), "JPEG")
    return plain[:2] + b"".join(added) + plain[2:]


def jpeg_of_density(unit: int, across: int, down: int) -> bytes:
    """Return a JPEG of a density in dots an inch (1), a centimetre (2), or as a ratio (0)."""
    plain = saved(sample(), "JPEG")
    return plain[:13] + struct.pack(">BHH", unit, across, down) + plain[18:]


def large_exif_jpeg() -> bytes:
    """Return a JPEG whose EXIF fills three segments."""
    parts = [LARGE_EXIF[start : start + 65_000] for start in range(0, len(LARGE_EXIF), 65_000)]
    return jpeg_with(*(segment(0xE1, b"Exif\0\0" + part) for part in parts))


def jpeg_with_tables(mode: str, *numbers: int, ycck: bool = False) -> bytes:
    """Return a JPEG whose components use the quantization tables of these numbers, 0 to 3.

    Table 0 is fine, the others are coarse, and all four are there. ``ycck`` codes inks as YCCK:
    the brightness and the colours of cyan, magenta and yellow, and black.
    """
    tables = [[2] * 64, [24] * 64, [40] * 64, [56] * 64]
    image = sample(mode)
    if ycck:
        *colours, black = image.split()
        coded = Image.merge("RGB", colours).convert("YCbCr").split()
        image = Image.merge("CMYK", [*(band.point(lambda v: 255 - v) for band in coded), black])
    data = bytearray(saved(image, "JPEG", qtables=[tables[n] for n in numbers], subsampling=0))
    frame = data.index(b"\xff\xc0")
    for component, number in enumerate(numbers):
        data[frame + 12 + 3 * component] = number
    first = data.index(b"\xff\xdb")
    added = b"".join(segment(0xDB, bytes((n, *table))) for n, table in enumerate(tables))
    while data[first : first + 2] == b"\xff\xdb":
        del data[first : first + 2 + int.from_bytes(data[first + 2 : first + 4])]
    data[first:first] = added
    if ycck:
        data[data.index(b"Adobe") + 11] = 2
    return bytes(data)


def jpeg_component_tables(data: bytes) -> tuple[list[list[int]], int | None]:
    """Extract the quantization table of each component, and the transform of Adobe's segment."""
    with Image.open(BytesIO(data)) as opened:
        image: Any = opened
        tables = [image.quantization[layer[3]] for layer in image.layer]
        return tables, image.info.get("adobe_transform")


FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 2
PREVIEW, UNDEFINED, OTHER_VIEW = 0x010002, 0, 0x020002

GAIN_MAP_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description'
    b' xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"'
    b' GCamera:MotionPhoto="1">'
    b"<Container:Directory><rdf:Seq>"
    b'<rdf:li><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
    b'<rdf:li><Container:Item Item:Semantic="GainMap" Item:Length="%d"/></rdf:li>'
    b'<rdf:li><Container:Item Item:Semantic="MotionPhoto" Item:Length="%d"/></rdf:li>'
    b"</rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def xmp_segment(xmp: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp)


def gain_map() -> bytes:
    """Return a JPEG that says that it is a gain map, as in Ultra HDR."""
    plain = saved(sample("L"), "JPEG")
    return plain[:2] + xmp_segment(b'<a hdrgm:Version="1.0" hdrgm:GainMapMax="2.3"/>') + plain[2:]


def jpeg_with_pictures(
    *pictures: tuple[int, bytes], trailer: bytes = b"", added: bytes = b"", order: str = ">"
) -> bytes:
    """Return a JPEG with an index of further pictures (MPF) of these types, and with a trailer."""
    first = jpeg_with(added)
    number = len(pictures) + 1
    size = len(first) + len(_picture_index(order, [(0, 0, 0)] * number))
    entries, offset = [(0x030000, size, 0)], size - len(first[:2]) - 8
    for kind, data in pictures:
        entries.append((kind, len(data), offset))
        offset += len(data)
    index = _picture_index(order, entries)
    return first[:2] + index + first[2:] + b"".join(data for _, data in pictures) + trailer


def _picture_index(order: str, entries: list[tuple[int, int, int]]) -> bytes:
    """Return the segment: a directory of version, number, entries; then one of attributes."""
    rows = b"".join(struct.pack(order + "3I2H", *entry, 0, 0) for entry in entries)
    mark = b"MM\0*" if order == ">" else b"II*\0"
    fields = struct.pack(order + "HHI", 0xB000, 7, 4) + b"0100"
    fields += struct.pack(order + "HHII", 0xB001, 4, 1, len(entries))
    fields += struct.pack(order + "HHII", 0xB002, 7, len(rows), 50)
    head = (
        mark + struct.pack(order + "IH", 8, 3) + fields + struct.pack(order + "I", 50 + len(rows))
    )
    attributes = struct.pack(order + "HHHII", 1, 0xB101, 4, 1, 7) + bytes(4)
    return segment(0xE2, b"MPF\0" + head + rows + attributes)


def ultra_hdr(film: bytes = b"", added: bytes = b"") -> bytes:
    """Return a JPEG with a gain map and all claims of it, and perhaps a film behind."""
    map_ = gain_map()
    iso = segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")
    xmp = xmp_segment(GAIN_MAP_XMP % (len(map_), len(film)))
    return jpeg_with_pictures((UNDEFINED, map_), trailer=film, added=xmp + iso + added)


def further_pictures(data: bytes) -> list[bytes]:
    """Return the pictures that the index of a JPEG lists, but for the first, by their offsets."""
    with Image.open(BytesIO(data)) as opened:
        image: Any = opened
        listed = image._getmp()
        if listed is None:
            return []
        first, *others = listed[0xB002]
        at = data.index(b"MPF\0") + 4
        assert (first["DataOffset"], listed[0xB001]) == (0, len(others) + 1)
        assert data[first["Size"] - 2 : first["Size"]] == b"\xff\xd9"
        return [data[at + e["DataOffset"] : at + e["DataOffset"] + e["Size"]] for e in others]


def behind(data: bytes) -> bytes:
    """Return what lies behind the end of a JPEG without further ends in its segments."""
    return data[data.index(b"\xff\xd9", data.index(b"\xff\xda")) + 2 :]


def exif_with_thumbnail(
    thumbnail: bytes, order: str = ">", more: bytes = b"", size: tuple[int, int] = (4000, 3000)
) -> bytes:
    """Return EXIF with a size and a JPEG thumbnail, behind which ``more`` bytes lie."""
    mark = b"MM\0*" if order == ">" else b"II*\0"

    def directory(following: int, *fields: tuple[int, int, int]) -> bytes:
        rows = []
        for tag, kind, value in fields:
            number = struct.pack(order + ("HH" if kind == 3 else "I"), *(value, 0)[: 5 - kind])
            rows.append(struct.pack(order + "HHI", tag, kind, 1) + number)
        count = struct.pack(order + "H", len(rows))
        return count + b"".join(rows) + struct.pack(order + "I", following)

    sizes = tuple(zip((0xA002, 0xA003), (4, 3), size, strict=True))
    first = directory(68, (0x0112, 3, 1), (0x8769, 4, 38))
    own = directory(0, *sizes)
    place = 68 + 2 + 4 * 12 + 4
    second = directory(
        0, (0x0103, 3, 6), (0x0112, 3, 8), (0x0201, 4, place), (0x0202, 4, len(thumbnail))
    )
    data = mark + struct.pack(order + "I", 8) + first + own + second + thumbnail + more
    assert data.index(own) == 38
    assert data.index(second) == 68
    return data


def thumbnail_of(data: bytes) -> tuple[Any, bytes]:
    """Return a file's EXIF, as Pillow reads it, and its JPEG thumbnail, empty without one."""
    with Image.open(BytesIO(data)) as image:
        exif = image.getexif()
        block = image.info["exif"].removeprefix(b"Exif\0\0")
    small = exif.get_ifd(ExifTags.IFD.IFD1)
    start = small.get(0x0201, 0)
    return exif, block[start : start + small.get(0x0202, 0)]


def thumbnail_fits(data: bytes) -> object:
    """Return whether a file's thumbnail in EXIF shows its picture, at its size."""
    with Image.open(BytesIO(data)) as whole, Image.open(BytesIO(thumbnail_of(data)[1])) as small:
        shown, expected = (np.asarray(image.convert("L"), float) for image in (small, whole))
    return shown.shape == expected.shape and bool(np.abs(shown - expected).mean() < 8)


def photoshop(number: int, data: bytes) -> bytes:
    """Return the data of a segment with a resource of Photoshop."""
    head = b"8BIM" + number.to_bytes(2) + bytes(2) + len(data).to_bytes(4)
    return b"Photoshop 3.0\0" + head + data + bytes(len(data) % 2)


def jpeg_by_codec(channels: str, dtype: str = "uint8", **options: Any) -> bytes:
    """Return a JPEG that Pillow cannot write."""
    codecs: Any = importlib.import_module("imagecodecs")
    array = noise(18, 24, channels, dtype).array
    return bytes(codecs.jpeg8_encode(array >> 4 if dtype == "uint16" else array, **options))
