"""How large a picture may be, by its header, before any pixel is decoded.

A picture of more than ``MOST_PIXELS`` is refused unless a person allows it. So is a smaller one
that looks like a decompression bomb. Deflate, which PNG packs its pixels with, makes one of 1032
bytes where all are the same, and of far fewer where anything is to be seen; so a large picture that
is packed almost as well shows nothing. Blank pages are such pictures too, but a scanner's have up
to 70 megapixels (A3 at 600 dots per inch), and drawings that were faxed have eight of theirs in a
byte before they are packed. Who means a larger one says so with ``--max-pixels``.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, BinaryIO

from imgconv.errors import ReadError, UsageError
from imgconv.images.modes import MODES
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory

if TYPE_CHECKING:
    from PIL.Image import Image


MOST_PIXELS = 500_000_000

# A picture of more pixels is a bomb if it has more bytes of them than this for each of its file.
_LARGE = 100_000_000

_MOST_PACKED = 500

# Bits for each pixel in a file where its mode tells; a raw mode such as "P;1" may say otherwise.
_BITS = {"1": 1, "I;16": 16, "I": 32, "F": 32}

# Bytes that each frame takes whatever its size.
_FRAME = 4000

_NUMBER = r"([0-9]{1,18}(?:\.[0-9]{1,9})?)([kKmMgG]?)"

_UNITS = {"": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000}


def parse_pixels(text: str) -> int:
    """The number of pixels that ``text`` writes, as 800000000, 800M or 1.5G.

    Raises ``UsageError``.
    """
    found = re.fullmatch(_NUMBER, text.strip())
    pixels = int(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    if pixels < 1:
        raise UsageError(
            f"'{text}' is no number of pixels", "give a whole number from 1, as 800M or 2G"
        )
    return pixels


def check_header(image: Image, length: int, most_pixels: int | None) -> None:
    """Raise ``ReadError`` for one that is too large, all frames counted, or looks like a bomb.

    ``length`` is that of its file in bytes; ``most_pixels`` is what a person allows, None where
    nothing was said.
    """
    frames = int(getattr(image, "n_frames", 1))
    pixels = image.width * image.height * frames
    check_pixels(pixels, most_pixels)
    packed = pixels * _bits(image) / 8 / max(length, 1)
    if most_pixels is None and pixels > _LARGE and packed > _MOST_PACKED:
        raise ReadError(
            f"{pixels:,} pixels in {length:,} bytes are what a decompression bomb has",
            f"if it is none, allow it with --max-pixels {-(-pixels // 1_000_000)}M",
        )
    # The picture, and it again as a result or as a file.
    _check_memory(2 * pixels * _pixel_bytes(image.mode) + frames * _FRAME + length)


def _pixel_bytes(mode: str) -> int:
    return MODES[mode].pixel_bytes if mode in MODES else 4


def check_pixels(pixels: int, most_pixels: int | None) -> None:
    """Raise ``ReadError`` for more pixels than a picture may have, all frames counted."""
    most = most_pixels or MOST_PIXELS
    if pixels > most:
        raise ReadError(
            f"{pixels:,} pixels are more than the {most:,} allowed",
            "if it is no decompression bomb, allow more with --max-pixels",
        )


def check_length(length: int) -> None:
    """Raise ``ReadError`` where so many bytes cannot be held, with as many to come."""
    _check_memory(2 * length)


def _check_memory(needed: int) -> None:
    if needed < NOT_WORTH_ASKING:
        return
    free = free_memory()
    if needed > free:
        raise ReadError(
            f"it takes about {needed / 1e6:,.0f} MB of memory, and {free / 1e6:,.0f} MB are free",
            "cut it into parts, or use a machine that has more",
        )


def _bits(image: Image) -> int:
    """The bits of a pixel in the file, as far as Pillow tells; rather too few than too many."""
    tile = image.tile[0] if getattr(image, "tile", None) else None  # type: ignore[attr-defined]
    arguments = tile.args if tile else None
    raw = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    found = re.fullmatch(r"\w+;([1248])", raw) if isinstance(raw, str) else None
    if found:
        return int(found[1]) * len(image.getbands())
    return _BITS.get(image.mode, 8 * len(image.getbands()))


def length_of(file: BinaryIO) -> int:
    """The length in bytes of an open file."""
    position = file.tell()
    length = file.seek(0, os.SEEK_END)
    file.seek(position)
    return length
