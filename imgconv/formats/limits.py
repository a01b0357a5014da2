"""Limits on the size of pictures, checked by their headers before any pixel is decoded.

A picture of more than ``MOST_PIXELS`` is refused, and so is a smaller one that looks like a
decompression bomb. Deflate packs up to 1032 equal bytes into one, and far fewer where anything can
be seen: a large picture packed almost as well shows nothing. Scans of blank pages are packed so
too, but have up to 70 megapixels (A3 at 600 dpi). ``--max-pixels`` allows more.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, BinaryIO

from imgconv.errors import ReadError, UsageError
from imgconv.images.modes import LARGEST_BLOCK, MODES
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 500_000_000
ALLOW_MORE = "if it is no decompression bomb, allow more with --max-pixels"

# A picture of more than _LARGE pixels is a bomb if it is packed more than _BOMB_RATIO times.
_LARGE, _BOMB_RATIO = 100_000_000, 500

# Bits a pixel by mode, where they are not 8 a channel; a raw mode such as "P;1" takes precedence.
_BITS = {"1": 1, "I;16": 16, "I": 32, "F": 32}

FRAME_SIZE = 4000  # bytes in memory that a frame takes beside its pixels

_NUMBER = r"([0-9]{1,18}(?:\.[0-9]{1,9})?)([kKmMgG]?)"
_UNITS = {"": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000}


def parse_pixels(text: str) -> int:
    """Parse a number of pixels, as 800000000, 800M or 1.5G; raises ``UsageError``."""
    found = re.fullmatch(_NUMBER, text.strip())
    pixels = int(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    if pixels < 1:
        raise UsageError(
            f"'{text}' is no number of pixels", "give a whole number from 1, as 800M or 2G"
        )
    return pixels


def check_header(image: Image, length: int, max_pixels: int | None) -> None:
    """Raise ``ReadError`` for a picture that is too large, all frames counted, or a likely bomb.

    ``length`` is the file's, in bytes, and ``max_pixels`` is ``--max-pixels``, if given.
    """
    frames = int(getattr(image, "n_frames", 1))
    pixels = image.width * image.height * frames
    check_size(pixels, pixels * _bits(image) / 8, length, max_pixels)
    # The picture, and as much again for its result or for the file; twice that where it is copied.
    copies = 2 if pixel_bytes(image) <= LARGEST_BLOCK else 4
    check_memory(copies * frames * pixel_bytes(image) + frames * FRAME_SIZE + length)


def pixel_bytes(image: Image) -> int:
    """Return the bytes of a frame in Pillow's memory, while it is filtered."""
    each = MODES[image.mode].pixel_bytes if image.mode in MODES else 4
    return image.width * image.height * each


def check_size(pixels: int, stored_bytes: float, length: int, max_pixels: int | None) -> None:
    """Raise ``ReadError`` for a picture that is too large, or that a file packs like a bomb."""
    check_pixels(pixels, max_pixels)
    ratio = stored_bytes / max(length, 1)
    if max_pixels is None and pixels > _LARGE and ratio > _BOMB_RATIO:
        raise ReadError(
            f"{pixels:,} pixels in {length:,} bytes are what a decompression bomb has",
            f"if it is none, allow it with --max-pixels {-(-pixels // 1_000_000)}M",
        )


def check_pixels(pixels: int, max_pixels: int | None) -> None:
    """Raise ``ReadError`` for more pixels than a picture may have, all frames counted."""
    most = max_pixels or MOST_PIXELS
    if pixels > most:
        raise ReadError(f"{pixels:,} pixels are more than the {most:,} allowed", ALLOW_MORE)


def check_memory(needed: int) -> None:
    """Raise ``ReadError`` where less memory is free than ``needed`` bytes."""
    if needed >= NOT_WORTH_ASKING and needed > (free := free_memory()):
        raise ReadError(
            f"it takes about {needed / 1e6:,.0f} MB of memory, and {free / 1e6:,.0f} MB are free",
            "cut it into parts, or use a machine that has more",
        )


def _bits(image: Image) -> int:
    """Return the bits of a pixel in the file; where Pillow does not say, rather too few."""
    arguments = next((tile.args for tile in getattr(image, "tile", ())), None)
    raw = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    found = re.fullmatch(r"\w+;([1248])", raw) if isinstance(raw, str) else None
    if found:
        return int(found[1]) * len(image.getbands())
    return _BITS.get(image.mode, 8 * len(image.getbands()))


def length_of(file: BinaryIO) -> int:
    """Return the bytes of an open file, which stays at its position."""
    position = file.tell()
    length = file.seek(0, os.SEEK_END)
    file.seek(position)
    return length
