"""Blocks of GIF, BMP and JPEG 2000 that Pillow neither writes nor reads, made and extracted."""

from __future__ import annotations

from tests.support.specimens import Extract, info, sample, saved

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


def block(kind: str) -> Extract:
    """Extract an ``icc_profile``, ``exif`` or ``xmp`` from a file in any format."""

    def extract(data: bytes) -> object:
        if data.startswith(b"GIF"):
            return gif_application(_GIF_NAMES.get(kind, b"none"))(data)
        return info(kind)(data)

    return extract
