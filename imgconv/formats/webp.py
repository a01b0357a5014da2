"""WebP: whether it is lossless, how an animation is shown, and frames put together.

https://developers.google.com/speed/webp/docs/riff_container
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from PIL import Image

from imgconv.formats.animation import CLEARED, STAYS, Piece, alike, pieces
from imgconv.formats.frame_codec import still
from imgconv.images.pixels import Frame

QUALITY = 90

_HEAD = 12

_FRAME = 16  # bytes before the pixels of a frame: its place, size, duration and flags

_FLAGS = {"icc_profile": 0x20, "exif": 0x08, "xmp": 0x04}

_ANIMATED, _HAS_ALPHA = 0x02, 0x10

_REPLACES, _CLEARED = 2, 1


def find(file: BinaryIO, image: Image.Image) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file has to keep, and what only WebP knows of it."""
    file.seek(_HEAD)
    chunks = list(_chunks(file))
    pixels = {kind for kind, _ in chunks if kind in (b"VP8 ", b"VP8L")}
    own: dict[str, Any] = {"background": bytes(4)}
    keep: dict[str, Any] = {}
    disposals = []
    for kind, data in chunks:
        if kind == b"ANIM":
            own["background"], keep["plays"] = data[:4], int.from_bytes(data[4:6], "little")
        elif kind == b"ANMF":
            disposals.append(CLEARED if data[15] & _CLEARED else STAYS)
    if disposals:
        keep["disposals"] = disposals
    return keep, own | {"lossless": pixels == {b"VP8L"}}


def stripped(own: dict[str, Any]) -> dict[str, Any]:
    """What is left of it without what is said of the picture."""
    return own


def lost(own: dict[str, Any]) -> Iterator[str]:
    """What no other format can hold."""
    yield from ()


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The kinds and the first bytes of chunks; those of a frame come behind it."""
    while len(head := file.read(8)) == 8:
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        data = file.read(min(length, _FRAME))
        yield kind, data
        if kind != b"ANMF":
            file.seek(length - len(data) + length % 2, 1)


def encode(
    frames: Sequence[Frame], keep: dict[str, Any], own: dict[str, Any], quality: int | None
) -> bytes:
    """The bytes of all frames with all that is kept."""
    options: dict[str, Any] = {"quality": quality or QUALITY}
    if own.get("lossless") and quality is None:
        # Without "exact", colours that are transparent would be others.
        options = {"lossless": True, "exact": True}
    images = alike(frames, "WEBP")
    if len(images) > 1:
        return _file(images, keep, [*_animated(images, keep, own, options)], _ANIMATED)
    data = still(images[0], "WEBP", **options)
    if any(keep.get(name) for name in _FLAGS):
        return _file(images, keep, [_pixels(data)])
    return data


def _file(
    frames: Sequence[Image.Image], keep: dict[str, Any], parts: list[bytes], flags: int = 0
) -> bytes:
    """A file of the extended form."""
    flags |= sum(flag for name, flag in _FLAGS.items() if keep.get(name))
    flags |= _HAS_ALPHA * any("A" in frame.getbands() for frame in frames)
    width, height = frames[0].size
    head = bytes((flags, 0, 0, 0)) + _three(width - 1) + _three(height - 1)
    before = [(b"VP8X", head), (b"ICCP", keep.get("icc_profile"))]
    after = [(b"EXIF", keep.get("exif")), (b"XMP ", keep.get("xmp"))]
    chunks = [_chunk(kind, data) for kind, data in before if data] + parts
    chunks += [_chunk(kind, data) for kind, data in after if data]
    content = b"".join([b"WEBP", *chunks])
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def _animated(
    frames: Sequence[Image.Image],
    keep: dict[str, Any],
    own: dict[str, Any],
    options: dict[str, Any],
) -> Iterator[bytes]:
    """The chunks of an animation; each frame is encoded alone, and replaces what it lies on."""
    plays = min(keep.get("plays", 1), 0xFFFF)
    yield _chunk(b"ANIM", own.get("background", bytes(4)) + plays.to_bytes(2, "little"))
    for piece in pieces(frames, keep, step=2):
        data = _pixels(still(piece.image, "WEBP", **options))
        yield _chunk(b"ANMF", _control(piece) + data)


def _control(piece: Piece) -> bytes:
    """The place and size of a piece, how long it is shown, and what becomes of it."""
    width, height = piece.image.size
    numbers = (piece.left // 2, piece.top // 2, width - 1, height - 1)
    milliseconds = min(round(piece.duration), 0xFFFFFF)
    flags = _REPLACES | (_CLEARED if piece.disposal == CLEARED else 0)
    return b"".join(map(_three, (*numbers, milliseconds))) + bytes((flags,))


def _pixels(data: bytes) -> bytes:
    """The chunks of a picture of one frame that hold its pixels."""
    place = _HEAD
    if data[place : place + 4] == b"VP8X":
        place += 8 + 10
    return data[place:]


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)
