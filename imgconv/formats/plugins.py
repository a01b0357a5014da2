"""The modules of Pillow that read and write each format, imported when one is met.

A format is recognised by how its content begins, and only those of this table are: what Pillow
would hand on to another program, as it does PostScript, is no picture here.
"""

from __future__ import annotations

from importlib import import_module
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageFile, UnidentifiedImageError


class _Plugin(NamedTuple):
    """A module of Pillow, and what stands where in a file that it reads."""

    module: str
    place: int
    marks: tuple[bytes, ...]


_PLUGINS = {
    "JPEG": _Plugin("Jpeg", 0, (b"\xff\xd8\xff",)),
    "PNG": _Plugin("Png", 0, (b"\x89PNG\r\n\x1a\n",)),
    "TIFF": _Plugin("Tiff", 0, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"MM*\0", b"II\0*")),
    "WEBP": _Plugin("WebP", 8, (b"WEBPVP8",)),
    "GIF": _Plugin("Gif", 0, (b"GIF87a", b"GIF89a")),
    "BMP": _Plugin("Bmp", 0, (b"BM",)),
    "PPM": _Plugin("Ppm", 0, (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf")),
    "JPEG2000": _Plugin("Jpeg2K", 0, (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n")),
    "AVIF": _Plugin("Avif", 4, (b"ftypavif", b"ftypavis", b"ftypmif1", b"ftypmsf1")),
}

_LONGEST_BEGINNING = 16

# What decoders are given at once, in bytes. Pillow's own 64 KB are a fifth of a JPEG of a
# million pixels, and what is left of a piece is copied in front of the next.
_PIECE = 1 << 20


def recognised(file: BinaryIO) -> str | None:
    """The format of what stands in an open file, by its content."""
    beginning = file.read(_LONGEST_BEGINNING)
    file.seek(0)
    for format, plugin in _PLUGINS.items():
        if beginning.startswith(plugin.marks, plugin.place):
            return format
    return None


def open_image(file: BinaryIO) -> ImageFile.ImageFile:
    """The picture in an open file, its header read and no pixel decoded.

    Raises ``UnidentifiedImageError`` for what is in no format of the table, and whatever Pillow
    raises for a header that is no good, which tells more than what ``Image.open`` makes of it.
    """
    format = recognised(file)
    if format is None:
        raise UnidentifiedImageError
    import_plugin(format)
    if format not in Image.OPEN:
        raise ValueError(f"this Pillow was built without {format}")
    make, accepts = Image.OPEN[format]
    if accepts and isinstance(refusal := accepts(file.read(_LONGEST_BEGINNING)), str):
        raise ValueError(refusal)
    file.seek(0)
    image = make(file, "")
    image.decodermaxblock = _PIECE
    return image


def import_plugin(format: str) -> None:
    """Have Pillow know ``format``."""
    import_module(f"PIL.{_PLUGINS[format].module}ImagePlugin")
