"""PNG: its chunks, found and put back, and frames put together as APNG.

PNG of 16 bits: https://www.w3.org/TR/png-3/.

Grey without a transparent key is left to Pillow, which reads and writes it with all its bits.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import deep
from imgconv.formats.animation import CLEARED, STAYS, UNDONE, Piece, alike, pieces
from imgconv.formats.deep import Deep
from imgconv.formats.frame_codec import still
from imgconv.images.pixels import Frame

if TYPE_CHECKING:
    from imgconv.images.pixels import Pixels


_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_XMP = b"XML:com.adobe.xmp\0"

_COMMENT = b"Comment\0"

_METRE = 1 / 0.0254  # inches

# Where the depth and the kind of colours stand, and where the first chunk ends.
_KIND, _HEADER_END = slice(24, 26), 33

# Chunks that are made anew of what many formats know, or that belong to how pixels were coded.
_MADE = {b"iCCP", b"eXIf", b"tRNS", b"acTL", b"fcTL", b"fdAT"}

# Chunks that are kept though they would not be safe to copy if what they say had been changed.
_COLOUR = {b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI"}

_KEPT = {*_COLOUR, b"pHYs", b"tIME"}

# Chunks whose meaning depends on the kind of the pixels.
_BY_KIND = {b"sBIT", b"bKGD"}

# What stays when metadata are stripped.
_LASTING = {*_COLOUR, *_BY_KIND, b"pHYs"}

# No chunk beside the pixels is longer than this, unless a file is made to take memory.
_MOST = 1 << 26

# What a person calls them, and what they say where they say nothing: that colours are sRGB.
_NAMES = {b"gAMA": "gamma", b"cHRM": "chromaticities", b"cICP": "coding-independent colour"}

_NAMES |= dict.fromkeys((b"tEXt", b"zTXt", b"iTXt"), "text")

_SRGB = {
    b"gAMA": (45455).to_bytes(4),
    b"cHRM": b"".join(
        number.to_bytes(4) for number in (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    ),
}

DISPOSALS = {STAYS: 0, CLEARED: 1, UNDONE: 2}

_REPLACES = 0

Chunk = tuple[bytes, bytes]


def find(file: BinaryIO, image: Image.Image) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file has to keep, and what only PNG knows of it."""
    file.seek(0)
    header = file.read(_HEADER_END)
    found = list(_chunks(file))
    keep: dict[str, Any] = {}
    for kind, data in found:
        if kind == b"eXIf":
            keep["exif"] = data
        elif kind == b"acTL":
            keep["plays"] = int.from_bytes(data[4:8])
        elif kind == b"iTXt" and data.startswith(_XMP):
            keep["xmp"] = _international_text(data)
        elif kind == b"tEXt" and data.startswith(_COMMENT):
            keep.setdefault("comments", []).append(data.removeprefix(_COMMENT))
    own = {
        "chunks": [chunk for chunk in found if _is_own(*chunk)],
        "kind": header[_KIND],
        "dpi": image.info.get("dpi"),
        "has_default": _has_default([kind for kind, _ in found]),
    }
    return keep, own


def _has_default(kinds: Sequence[bytes]) -> bool:
    """Whether the first picture of an animation is only for who knows no animations."""
    order = [kind for kind in kinds if kind in (b"IDAT", b"fcTL")]
    return b"acTL" in kinds and order[:1] == [b"IDAT"]


def _chunks(file: BinaryIO, with_pixels: bool = False) -> Iterator[Chunk]:
    """The kinds and data of chunks, of those that hold pixels only if wanted."""
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4]), head[4:]
        if kind in (b"IDAT", b"fdAT") and not with_pixels:
            file.seek(length + 4, 1)
            yield kind, b""
            continue
        data = file.read(min(length, _MOST))
        if len(data) < length or kind == b"IEND":
            return
        file.seek(4, 1)
        yield kind, data


def _is_own(kind: bytes, data: bytes) -> bool:
    """Whether a chunk is kept as it is: text, colour, and what the standard calls safe to copy."""
    if kind in _MADE or (kind == b"iTXt" and data.startswith(_XMP)):
        return False
    if kind == b"tEXt" and data.startswith(_COMMENT):
        return False
    is_safe_to_copy = kind[0:1].islower() and kind[3:4].islower()
    return kind in _KEPT or kind in _BY_KIND or is_safe_to_copy


def _international_text(data: bytes) -> bytes:
    """The text of an iTXt chunk: behind its keyword, two flags, language and translation."""
    if len(data) < len(_XMP) + 2:
        return b""
    is_compressed, method, rest = data[len(_XMP)], data[len(_XMP) + 1], data[len(_XMP) + 2 :]
    text = rest.split(b"\0", 2)[-1]
    if not is_compressed or method:
        return text
    try:
        return zlib.decompressobj().decompress(text, _MOST)
    except zlib.error:
        return b""


def stripped(own: dict[str, Any]) -> dict[str, Any]:
    """What is left of it without what is said of the picture."""
    return own | {"chunks": [chunk for chunk in own["chunks"] if chunk[0] in _LASTING]}


def lost(own: dict[str, Any]) -> Iterator[str]:
    """What no other format can hold."""
    for kind, data in own["chunks"]:
        if kind in _NAMES and _SRGB.get(kind) != data:
            yield _NAMES[kind]


def encode(
    frames: Sequence[Frame], keep: dict[str, Any], own: dict[str, Any], quality: int | None
) -> bytes:
    """The bytes of all frames with all that is kept."""
    if len(frames) == 1:
        return put(still(frames[0], "PNG"), keep, own)
    chunks = _animated(alike(frames, "PNG"), keep, own.get("has_default", False))
    return put(b"".join([_SIGNATURE, *(_chunk(*chunk) for chunk in chunks)]), keep, own)


def _animated(
    frames: Sequence[Image.Image], keep: dict[str, Any], has_default: bool
) -> Iterator[Chunk]:
    """The chunks of an animation; each frame is encoded alone, and replaces what it lies on."""
    first, skipped = _coded(frames[0]), int(has_default)
    yield from ((kind, data) for kind, data in first if kind == b"IHDR")
    count = len(frames) - skipped
    yield b"acTL", count.to_bytes(4) + keep.get("plays", 1).to_bytes(4)
    if has_default:
        yield from ((kind, data) for kind, data in first if kind == b"IDAT")
    number = 0
    for piece in pieces(frames[skipped:], keep | _shown(keep, skipped)):
        yield b"fcTL", number.to_bytes(4) + _control(piece)
        number += 1
        for kind, data in _coded(piece.image):
            if kind != b"IDAT":
                continue
            if number == 1 and not has_default:
                yield kind, data
            else:
                yield b"fdAT", number.to_bytes(4) + data
                number += 1
    yield b"IEND", b""


def _shown(keep: dict[str, Any], skipped: int) -> dict[str, Any]:
    """How the frames are shown behind those that are skipped."""
    return {key: keep[key][skipped:] for key in ("durations", "disposals") if key in keep}


def _coded(frame: Image.Image) -> list[Chunk]:
    file = BytesIO(still(frame, "PNG"))
    file.seek(len(_SIGNATURE))
    return list(_chunks(file, with_pixels=True))


def _control(piece: Piece) -> bytes:
    """The place and size of a piece, how long it is shown, and what becomes of it."""
    numbers = (*piece.image.size, piece.left, piece.top)
    seconds = Fraction(piece.duration / 1000).limit_denominator(65535)
    delay = seconds.numerator.to_bytes(2) + seconds.denominator.to_bytes(2)
    place = b"".join(number.to_bytes(4) for number in numbers)
    return place + delay + bytes((DISPOSALS[piece.disposal], _REPLACES))


def put(data: bytes, keep: dict[str, Any], own: dict[str, Any]) -> bytes:
    """A file made of pixels alone, with all that is kept, whoever has encoded it."""
    chunks = (_chunk(*chunk) for chunk in _kept(keep, own, data[_KIND]))
    return b"".join([data[:_HEADER_END], *chunks, memoryview(data)[_HEADER_END:]])


def _kept(keep: dict[str, Any], own: dict[str, Any], kind: bytes) -> Iterator[Chunk]:
    has_density = bool(own) and own["dpi"] == keep.get("dpi")
    is_of_kind = own.get("kind") == kind
    for name, data in own.get("chunks", ()):
        if (name != b"pHYs" or has_density) and (name not in _BY_KIND or is_of_kind):
            yield name, data
    if "icc_profile" in keep:
        yield b"iCCP", b"ICC Profile\0\0" + zlib.compress(keep["icc_profile"])
    if "dpi" in keep and not has_density:
        across, down = (round(number * _METRE) for number in keep["dpi"])
        yield b"pHYs", across.to_bytes(4) + down.to_bytes(4) + b"\1"
    if "exif" in keep:
        yield b"eXIf", keep["exif"]
    if "xmp" in keep:
        yield b"iTXt", _XMP + b"\0\0\0\0" + keep["xmp"]
    for comment in keep.get("comments", ()):
        yield b"tEXt", _COMMENT + comment


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(data, zlib.crc32(kind)).to_bytes(4)


_CHANNELS = {0: "l", 2: "rgb", 4: "la", 6: "rgba"}

_WORDS = {"la": "16 bits of grey with alpha", "rgb": "16 bits of RGB"}


def look(file: BinaryIO) -> Deep | None:
    """What the header says, up to the pixels."""
    header = file.read(33)
    if len(header) < 33:
        return None
    width, height, depth, kind = struct.unpack(">IIBB", header[16:26])
    if depth != 16 or kind not in _CHANNELS:
        return None
    names = set(_chunk_names(file))
    if b"acTL" in names:
        raise ReadError(
            "animations of 16 bits are not read", "make it one of 8 bits, or a multi-page TIFF"
        )
    has_key = kind in (0, 2) and b"tRNS" in names
    channels = _CHANNELS[kind] + "a" * has_key
    if channels == "l":
        return None
    words = _WORDS.get(channels, "16 bits of RGB with alpha")
    # Pillow keeps 16 bits of a key that is transparent, which then is no colour of its pixels.
    return Deep(
        words,
        narrows=not has_key,
        decode=_decode,
        needs=deep.PNG,
        width=width,
        height=height,
        channels=tuple(channels),
    )


def _chunk_names(file: BinaryIO) -> Iterator[bytes]:
    """Those of the chunks between the header and the pixels."""
    while len(beginning := file.read(8)) == 8 and beginning[4:] != b"IDAT":
        yield beginning[4:]
        file.seek(int.from_bytes(beginning[:4], "big") + 4, 1)


def _decode(file: BinaryIO) -> list[Pixels]:
    from imgconv.images.pixels import Pixels

    file.seek(0)
    found = look(file)
    file.seek(0)
    array = deep.load("imagecodecs").png_decode(file.read())
    channels = found.channels if found else ()
    return [Pixels(array.reshape(*array.shape[:2], len(channels)), channels)]
