"""GIF: its comments and loop, frames to palettes, and frames put together.

Pictures with a palette of 256 colours, for GIF.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from imgconv.formats.animation import CLEARED, STAYS, UNDONE, Piece, alike, pieces
from imgconv.formats.frame_codec import still
from imgconv.images.pixels import Frame

COLOURS = 256

# So many pixels are looked at to choose colours.
_LOOKED_AT = 40_000

# Pixels whose alpha is less are transparent: GIF knows nothing in between.
_OPAQUE = 128


def is_transparent(image: Image.Image) -> bool:
    """Whether any pixel is shown as transparent."""
    return "A" in image.getbands() and _hidden(image).getbbox() is not None


def _hidden(image: Image.Image) -> Image.Image:
    """A mask of the pixels that are shown as transparent."""
    return image.getchannel("A").point([255] * _OPAQUE + [0] * (256 - _OPAQUE))


def with_palette(image: Image.Image) -> Image.Image:
    """A picture in Pillow's mode P, whose ``info`` has the transparent colour if there is one.

    Where there are few enough colours they stay exactly as they are. Otherwise errors are spread
    over the pixels beside (Floyd and Steinberg), so that what changes smoothly does not become
    bands. Of Pillow's ways to choose the colours, maximum coverage is then the nearest to blurred
    photographs as they are seen from afar: twice as near as median cut, also with k-means. It is
    slow, and no worse for seeing some of the pixels only.
    """
    if image.mode == "L":
        return image.copy()
    transparent = is_transparent(image)
    colours = image.convert("RGB")
    room = COLOURS - transparent
    if transparent:
        clear = _hidden(image)
        # What cannot be seen takes no place among the colours.
        colours.paste(_seen(image), mask=clear)
    found = colours.getcolors(room)
    result = _exactly(colours) if found else _nearly(colours, room)
    if transparent:
        result.paste(COLOURS - 1, mask=clear)
        result.info["transparency"] = COLOURS - 1
    return result


def _seen(image: Image.Image) -> tuple[int, ...]:
    """The colour of the first pixel that can be seen, black where none can."""
    seen = np.asarray(image.getchannel("A")) >= _OPAQUE
    if not seen.any():
        return (0, 0, 0)
    y, x = divmod(int(seen.argmax()), image.width)
    return tuple(image.getpixel((x, y))[:3])  # type: ignore[index]


def _exactly(image: Image.Image) -> Image.Image:
    """A picture of at most 256 colours with these for its palette."""
    numbers = np.asarray(image).astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    palette, indices = np.unique(numbers, return_inverse=True)
    result = Image.fromarray(indices.reshape(numbers.shape).astype(np.uint8))
    result.putpalette(b"".join(int(colour).to_bytes(3) for colour in palette))
    return result


def _nearly(image: Image.Image, room: int) -> Image.Image:
    share = min(1, math.sqrt(_LOOKED_AT / (image.width * image.height)))
    size = (math.ceil(image.width * share), math.ceil(image.height * share))
    some = image.resize(size, Image.Resampling.NEAREST)
    palette = some.quantize(room, Image.Quantize.MAXCOVERAGE)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


DISPOSALS = {STAYS: 1, CLEARED: 2, UNDONE: 3}

_VERSION = b"GIF89a"

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, b"\x3b"

_CONTROL, _COMMENT, _APPLICATION = 0xF9, 0xFE, 0xFF

_HAS_TABLE = 0x80

_INTERLACED = 0x40

_SCREEN, _SCREEN_FLAGS = 13, 10


def find(file: BinaryIO, image: Image.Image) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file has to keep, which is all that GIF knows."""
    keep: dict[str, Any] = {"plays": 1}
    if "loop" in image.info:
        keep["plays"] = image.info["loop"] + 1 if image.info["loop"] else 0
    if image.info.get("comment"):
        keep["comments"] = [image.info["comment"]]
    return keep, {}


def stripped(own: dict[str, Any]) -> dict[str, Any]:
    """What is left of it without what is said of the picture."""
    return own


def lost(own: dict[str, Any]) -> Iterator[str]:
    """What no other format can hold."""
    yield from ()


def encode(
    frames: Sequence[Frame], keep: dict[str, Any], own: dict[str, Any], quality: int | None
) -> bytes:
    """The bytes of all frames with all that is kept.

    GIF shows what lies below where a frame is transparent. So frames that are transparent anywhere
    are all written whole, upon a screen that has been cleared.
    """
    images = alike(frames, "GIF")
    if any(map(is_transparent, images)):
        keep = keep | {"disposals": [CLEARED] * len(images)}
    written = [(_coded(with_palette(piece.image)), piece) for piece in pieces(images, keep)]
    plays = keep.get("plays", 1)
    parts = [_VERSION + written[0][0].screen[len(_VERSION) :]]
    if len(frames) > 1 and plays != 1:
        repeats = min(max(plays - 1, 0), 0xFFFF).to_bytes(2, "little")
        parts.append(_extension(_APPLICATION, b"NETSCAPE2.0", b"\1" + repeats))
    parts += [_extension(_COMMENT, *_cut(comment)) for comment in keep.get("comments", ())]
    for number, (coded, piece) in enumerate(written):
        if len(images) > 1 or coded.transparent is not None:
            parts.append(_control(coded, piece))
        parts.append(_frame(coded, piece, has_table=number > 0))
    return b"".join([*parts, _END])


def _cut(data: bytes) -> Iterator[bytes]:
    return (data[start : start + 255] for start in range(0, len(data), 255))


def _extension(label: int, *blocks: bytes) -> bytes:
    sized = (bytes((len(data),)) + data for data in blocks)
    return b"".join([bytes((_EXTENSION, label)), *sized, b"\0"])


class _Coded(NamedTuple):
    """A picture of one frame, taken apart: ``screen`` is all before what ``table`` ends with."""

    screen: bytes
    table: bytes
    transparent: int | None
    flags: int
    pixels: bytes


def _coded(image: Image.Image) -> _Coded:
    key = image.info.get("transparency")
    data = still(image, "GIF", **({} if key is None else {"transparency": key}))
    after = _SCREEN + _table_size(data[_SCREEN_FLAGS])
    place, transparent = after, None
    while data[place] == _EXTENSION:
        if data[place + 1] == _CONTROL and data[place + 3] & 1:
            transparent = data[place + 6]
        place += 2
        while data[place]:
            place += data[place] + 1
        place += 1
    flags = data[place + 9]
    pixels = place + 10 + _table_size(flags)
    table = data[_SCREEN:after] or data[place + 10 : pixels]
    return _Coded(data[:after], table, transparent, flags & _INTERLACED, data[pixels:-1])


def _table_size(flags: int) -> int:
    """The bytes of a colour table, as the flags before it say."""
    return 3 << (flags % 8 + 1) if flags & _HAS_TABLE else 0


def _control(coded: _Coded, piece: Piece) -> bytes:
    """What becomes of a frame, how long it is shown, and which colour is transparent."""
    key = coded.transparent
    flags = DISPOSALS[piece.disposal] << 2 | (key is not None)
    hundredths = min(round(piece.duration / 10), 0xFFFF).to_bytes(2, "little")
    return _extension(_CONTROL, bytes((flags,)) + hundredths + bytes((key or 0,)))


def _frame(coded: _Coded, piece: Piece, has_table: bool) -> bytes:
    """A frame, with a table of its own or that of the screen."""
    numbers = (piece.left, piece.top, *piece.image.size)
    place = b"".join(number.to_bytes(2, "little") for number in numbers)
    if not has_table:
        return bytes((_IMAGE,)) + place + bytes((coded.flags,)) + coded.pixels
    colours = len(coded.table) // 3
    flags = coded.flags | _HAS_TABLE | colours.bit_length() - 2
    return bytes((_IMAGE,)) + place + bytes((flags,)) + coded.table + coded.pixels
