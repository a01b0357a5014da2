"""Whether a file holds a deep picture, by its own header."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

from imgconv.errors import ReadError

if TYPE_CHECKING:
    from imgconv.files.deep.found import Deep

# The module that looks, by the bytes that tell a format and their place.
_LOOKS = {
    (0, b"\xff\xd8\xff"): "jpeg",
    (0, b"\x89PNG"): "png",
    (0, b"II"): "tiff",
    (0, b"MM"): "tiff",
    (0, b"P5"): "netpbm",
    (0, b"P6"): "netpbm",
    (0, b"\xff\x4f\xff\x51"): "jpeg2000",
    (4, b"jP  "): "jpeg2000",
    (4, b"ftyp"): "avif",
}


def look(file: BinaryIO) -> Deep | None:
    """What an open file says of its picture if that is deep, else None: then Pillow is right.

    Raises ``ReadError`` for a deep picture of a kind that nothing filters. The file stands at its
    beginning before and after.
    """
    beginning = file.read(12)
    file.seek(0)
    for (place, mark), module in _LOOKS.items():
        if beginning.startswith(mark, place):
            found: Deep | None = import_module(f"imgconv.files.deep.{module}").look(file)
            file.seek(0)
            return found
    return None


def readable(found: Deep | None, may_narrow: bool) -> Deep | None:
    """The same if it can be decoded; None for what Pillow is to read.

    Raises ``ReadError`` for what cannot be decoded. Where a person allows 8 bits, that is only what
    Pillow would make wrong pixels of.
    """
    if found is None:
        return None
    from imgconv.files.deep import codecs

    if found.decode and codecs.are_installed(found.needs):
        found.introduce()
        return found
    if may_narrow and found.narrows:
        return None
    if found.decode:
        problem, remedy = "need a codec that is not installed", f"pip install '{codecs.EXTRA}'"
    else:
        problem, remedy = "cannot be filtered", "convert it to 16 bits in PNG or TIFF first"
    narrow = ", or give --allow-8-bit" if found.narrows else ""
    raise ReadError(f"{found.words} {problem}", remedy + narrow)
