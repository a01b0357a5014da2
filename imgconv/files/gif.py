"""GIF: its comments and loop, frames to palettes, and frames put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from PIL import Image

from imgconv.files.animation import CLEARED, STAYS, UNDONE, Piece, alike, pieces
from imgconv.files.palette import is_transparent, with_palette
from imgconv.files.picture import Frame
from imgconv.files.still import still
from imgconv.named_tuple import NamedTuple

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
