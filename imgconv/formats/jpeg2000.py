"""JPEG 2000 (ITU-T T.800): its boxes and comments are read and written again.

A file is a codestream, or boxes of which one holds a codestream. Of colour with more than 8 bits a
value, Pillow reads the upper 8; it reads grey of up to 16 bits.
"""

import re
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

from PIL import Image

from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_with_pillow, filled
from imgconv.formats.metadata import Picture

# The markers SOC and SIZ, 36 bytes of sizes, the number of channels, the bits of the first: A.5.1.
# They are searched in the first 64 KB of a file.
_SIZE = rb"(?s)\xff\x4f\xff\x51.{36}(..)(.)"
_HEADER_SIZE = 1 << 16

# The markers of a comment and of the first tile, and the comment that the encoder writes anyway.
_COMMENT, _TILE, _BEGINNING = b"\xff\x64", b"\xff\x90", b"\xff\x4f"
_BINARY, _TEXT, _ENCODER = b"\0\0", b"\0\1", b"Created by OpenJPEG"

# The header of a tile, where its length stands in it (A.4.2), and the last marker.
_TILE_HEADER, _TILE_LENGTH, _CODESTREAM_END = b"\xff\x90\0\x0a", 6, b"\xff\xd9"

# UUIDs of EXIF and XMP, boxes that are carried as they are, and boxes that the encoder writes or
# that say how a reader may decode the file.
_EXIF = b"JpgTiffExif->JP2"
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_CARRIED = (b"uuid", b"xml ", b"uinf", b"jp2i", b"asoc", b"lbl ", b"nlst")
_REWRITTEN = (b"jP  ", b"ftyp", b"jp2h", b"jp2c", b"rreq", b"free", b"skip")

# The methods of a colour box with a profile, sRGB, and all enumerated colours that the encoder
# writes or Pillow converts: also CMYK, grey, sYCC (table M.25).
_PROFILE, _SRGB, _USUAL_COLOURS = (2, 3), 16, (12, 16, 17, 18)

_METRES = Fraction(10_000, 254)  # dots an inch in dots a metre

Box = tuple[bytes, bytes]


def boxes(data: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield the kind of each box, where it begins, where its content begins, and where it ends.

    AVIF has such boxes too. Anything else ends the iteration; Pillow reports damaged boxes.
    """
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        content = at + (16 if length == 1 else 8)
        if length == 1 and content <= len(data):
            (length,) = struct.unpack_from(">Q", data, at + 8)
        end = at + length if length else len(data)
        is_kind = kind.isascii() and kind.decode().isprintable()
        if not (is_kind and content <= end <= len(data)):
            return
        yield kind, at, content, end
        at = end


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    data = file.read()
    if data.startswith(_BEGINNING):
        return _read_comments(data, {"is_raw": True, "boxes": b""})
    common, native, end = Metadata(), Metadata(boxes=b"", dpi=image.info.get("dpi")), 0
    left_out = []
    for kind, begin, at, end in boxes(data):
        if kind == b"uuid" and data[at : at + 16] == _EXIF:
            common["exif"] = data[at + 16 : end].removeprefix(b"Exif\0\0")
        elif kind == b"uuid" and data[at : at + 16] == _XMP:
            common["xmp"] = data[at + 16 : end]
        elif kind in _CARRIED:
            native["boxes"] += data[begin:end]
        elif kind == b"jp2h":
            _read_header(data[at:end], common, native)
        elif kind == b"jp2c" and "codestream" not in native:
            native["codestream"] = True
            comments, _ = _read_comments(data[at:end], native)
            common |= comments
        elif kind not in _REWRITTEN or kind == b"jp2c":
            left_out.append(f"box {kind.decode('latin-1')}")
    return common, native | {"trailer": data[end:], "left_out": left_out}


def _read_header(content: bytes, common: Metadata, native: Metadata) -> None:
    """Read the first colour box, which counts, and the resolution of a JP2 header box."""
    for kind, begin, at, end in boxes(content):
        if kind == b"colr" and "colour" not in native and end > at + 3:
            native["colour"] = b""
            if content[at] in _PROFILE:
                common["icc_profile"] = content[at + 3 : end]
            elif int.from_bytes(content[at + 3 : at + 7]) not in _USUAL_COLOURS:
                native["colour"] = content[begin:end]
        elif kind == b"res ":
            native["resolution"] = content[begin:end]


def _read_comments(codestream: bytes, native: Metadata) -> tuple[Metadata, Metadata]:
    """Return the comments in a main header: texts, and binary ones as native metadata."""
    texts, native["binary_comments"] = [], []
    at = 2
    while codestream[at : at + 2] not in (_TILE, b"") and at + 4 <= len(codestream):
        end = at + 2 + int.from_bytes(codestream[at + 2 : at + 4])
        is_comment, kind = codestream[at : at + 2] == _COMMENT, codestream[at + 4 : at + 6]
        comment = codestream[at + 6 : end]
        if is_comment and kind == _BINARY:
            native["binary_comments"].append(comment)
        elif is_comment and not comment.startswith(_ENCODER):
            texts.append(comment)
        at = end
    return ({"comments": texts} if texts else {}), native


def _encode(picture: Picture, quality: int | None) -> bytes:
    common, native = picture.metadata, picture.native
    comments = [_BINARY + comment for comment in native.get("binary_comments", ())]
    comments += [_TEXT + comment for comment in common.get("comments", ())]
    segments = (
        _COMMENT + (len(part) + 2).to_bytes(2) + part for part in comments if len(part) < 1 << 16
    )
    needs_boxes = common.keys() - {"comments"}
    if native.get("is_raw") and not needs_boxes:
        return _with_comments(encode_with_pillow(picture, quality, no_jp2=True), *segments)
    data = encode_with_pillow(picture, quality)
    parts = []
    for kind, begin, at, end in boxes(data):
        if kind == b"jp2h":
            parts.append(_box(kind, b"".join(_header_boxes(data[at:end], picture))))
            parts += [native.get("boxes", b"")]
            parts += [_box(b"uuid", _EXIF + common["exif"])] if "exif" in common else []
            parts += [_box(b"uuid", _XMP + common["xmp"])] if "xmp" in common else []
        elif kind == b"jp2c":
            parts.append(_box(kind, _with_comments(data[at:end], *segments)))
        else:
            parts.append(data[begin:end])
    return b"".join(parts)


def _with_comments(codestream: bytes, *segments: bytes) -> bytes:
    """Return the codestream with comments behind its first segment, SIZ."""
    at = 4 + int.from_bytes(codestream[4:6])
    return b"".join([codestream[:at], *segments, codestream[at:]])


def _header_boxes(content: bytes, picture: Picture) -> Iterator[bytes]:
    common, native = picture.metadata, picture.native
    for kind, begin, _, end in boxes(content):
        if kind == b"colr" and "icc_profile" in common:
            yield _box(kind, bytes((_PROFILE[0], 0, 0)) + common["icc_profile"])
        elif kind == b"colr" and content[end - 1] == _SRGB and native.get("colour"):
            yield native["colour"]
        else:
            yield content[begin:end]
    if native.get("resolution") and native["dpi"] == common.get("dpi"):
        yield native["resolution"]
    elif "dpi" in common:
        across, down = (Fraction(number) * _METRES for number in common["dpi"])
        ratios = (ratio.limit_denominator(1000) for ratio in (down / 1000, across / 1000))
        numbers = (part for ratio in ratios for part in ratio.as_integer_ratio())
        yield _box(b"res ", _box(b"resc", struct.pack(">4H2b", *numbers, 3, 3)))


def _native_names(native: Metadata) -> Iterator[str]:
    if native["boxes"]:
        yield "further boxes"
    if native["binary_comments"]:
        yield "binary comments"


def _probe(file: BinaryIO) -> DeepHeader | None:
    header = re.search(_SIZE, file.read(_HEADER_SIZE))
    if not header:
        return None
    channels, bits = int.from_bytes(header[1], "big"), (header[2][0] & 0x7F) + 1
    if bits <= 8 or channels == 1:
        return None
    return DeepHeader(f"{bits} bits of colour in JPEG 2000", can_narrow=True)


def _complete(data: bytes, filling: int) -> bytes:
    """Return a file whose last tile is filled; the box around it must end where the file does."""
    at = data.rfind(_TILE_HEADER)
    length = int.from_bytes(data[at + _TILE_LENGTH : at + _TILE_LENGTH + 4])
    if at < 0 or at + length <= len(data):
        return data
    return filled(data, at + length, filling) + _CODESTREAM_END


FORMAT = Format(
    "JPEG2000",
    plugin="Jpeg2K",
    modes=("L", "LA", "RGB", "RGBA", "I;16"),
    kinds=("icc_profile", "exif", "xmp", "dpi", "comments"),
    ignores_orientation=True,
    probe=_probe,
    read_metadata=_read_metadata,
    strip_native=lambda native: native | {"boxes": b"", "binary_comments": []},
    native_names=_native_names,
    encode=_encode,
    complete=_complete,
    lost_end=lambda data: "fine details",
)
