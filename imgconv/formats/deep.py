"""Pictures of more than 8 bits a value, which Pillow would spoil.

Pillow 13 drops the low byte of 16-bit colour without a word, decodes planar 16-bit and 12-bit TIFF
wrongly, and does not know float colour. So the file's own header is asked before Pillow decodes
anything (``look``), and what is deep goes through the codecs of an extra instead: see
formats/deep.py. The frames of such a picture are ``Pixels``, where those of others are Pillow's
images.

Whether a file holds a deep picture, by its own header.

What a file's header says of a picture that is deep.

The libraries behind the extra ``imgconv[deep]``, imported when a deep picture is met.

They are tifffile and imagecodecs, chosen over OpenImageIO 3.2 by trial. Both round-trip 16-bit PNG
and 16-bit and float TIFF exactly, unassociated alpha included. But OpenImageIO overlooks the
predictor of a 12-bit TIFF and gives wrong pixels, reads and writes only files that have a name
(so that a pipe would need a file), and takes 30 ms to import, against 17 ms. tifffile shows and
takes every tag as it is, and raises for what it cannot do. The price is size: 80 MB installed
against 20.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from imgconv.errors import ReadError

if TYPE_CHECKING:
    from imgconv.images.pixels import Pixels


class Deep(NamedTuple):
    """A deep picture, before any pixel is decoded; of several pages, the first.

    ``words`` say what it is; ``narrows`` that Pillow would give its upper bits right. ``decode``
    gives all frames of an open file, and raises whatever a codec raises; it is None where nothing
    reads such a picture. ``needs`` are the modules for it: see formats/deep.py. ``introduce`` has
    Pillow open the file where it would not, for the sake of what else is in it. ``channels``,
    ``dtype`` and ``maxval`` are those of its pixels, as they will be; ``later`` is how many pixels
    the pages after the first have.
    """

    words: str
    narrows: bool = False
    decode: Callable[[BinaryIO], list[Pixels]] | None = None
    needs: tuple[str, ...] = ()
    introduce: Callable[[], None] = lambda: None
    width: int = 0
    height: int = 0
    channels: tuple[str, ...] = ()
    dtype: str = "uint16"
    maxval: int | None = None
    later: int = 0

    @property
    def pixels(self) -> int:
        """How many there are, all pages counted."""
        return self.width * self.height + self.later

    @property
    def bytes(self) -> int:
        """How much memory they take."""
        return self.pixels * len(self.channels) * {"uint8": 1, "uint16": 2}.get(self.dtype, 4)


# The module that looks, by the bytes that tell a format and their place.
_LOOKS = {
    (0, b"\xff\xd8\xff"): "jpeg",
    (0, b"\x89PNG"): "png",
    (0, b"II"): "tiff_deep",
    (0, b"MM"): "tiff_deep",
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
            found: Deep | None = import_module(f"imgconv.formats.{module}").look(file)
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

    if found.decode and are_installed(found.needs):
        found.introduce()
        return found
    if may_narrow and found.narrows:
        return None
    if found.decode:
        problem, remedy = "need a codec that is not installed", f"pip install '{EXTRA}'"
    else:
        problem, remedy = "cannot be filtered", "convert it to 16 bits in PNG or TIFF first"
    narrow = ", or give --allow-8-bit" if found.narrows else ""
    raise ReadError(f"{found.words} {problem}", remedy + narrow)


EXTRA = "imgconv[deep]"

# The modules that each format needs; what is packed in a TIFF is unpacked by the first.

PNG = ("imagecodecs",)

TIFF = ("imagecodecs", "tifffile")


def are_installed(names: Iterable[str]) -> bool:
    """Whether these modules are there."""
    try:
        for name in names:
            load(name)
    except ImportError:
        return False
    return True


def load(name: str) -> Any:
    """The module; raises ``ImportError``."""
    logging.getLogger("imagecodecs").addFilter(_is_of_the_file)
    return import_module(name)


def _is_of_the_file(record: logging.LogRecord) -> bool:
    """Whether it is for a person: how libpng would rather be called is not."""
    return "Interlace handling" not in record.getMessage()
