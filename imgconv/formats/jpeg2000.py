"""JPEG 2000 (ITU-T T.800): its boxes and comments are read and written again.

A file is a codestream, or boxes of which one holds a codestream. Of colour with more than 8 bits a
value, Pillow makes 8, and black of white; of grey with 10 bits or more it makes 16. With the extra
``deep`` both are read and written with the bits that they have.
"""

import re
import struct
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import BinaryIO

from PIL import Image

from imgconv import images
from imgconv.formats import Format, Metadata, deep
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_with_pillow, filled
from imgconv.formats.metadata import Picture
from imgconv.images.frames import pixels_frame
from imgconv.images.pixels import CHANNELS_BY_NUMBER, Frame, Pixels

_CODECS = ("imagecodecs",)

# The markers SOC and SIZ, the corners of the picture, the sides of tiles, the number of channels;
# then for each channel its bits, less 1, with a flag of signed values, and how it is subsampled:
# A.5.1. They are searched in the first 64 KB of a file.
_SIZE = rb"(?s)\xff\x4f\xff\x51.{4}(.{16}).{16}(..)(.+)"
_HEADER_SIZE = 1 << 16
_BITS, _WHOLE = 0x7F, b"\1\1"

_MOST_BITS = 16  # of the channels that the codec decodes

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

# Enumerated colours that are neither grey nor a kind of RGB: CMYK, two of Lab, two of YCC.
_OTHER_COLOURS = tuple(bytes([number]) for number in (12, 14, 18, 19, 24))

# In a box of channel definitions: the kinds of a colour and of alpha, which belongs to the picture.
_COLOUR, _ALPHA, _WHOLE_PICTURE = 0, 1, 0

_METRES = Fraction(10_000, 254)  # dots an inch in dots a metre


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
    native = Metadata(boxes=b"", binary_comments=[], dpi=image.info.get("dpi"))
    common, end = Metadata(), 0
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
        return _with_comments(_encode_frame(picture, quality, is_raw=True), *segments)
    data = _encode_frame(picture, quality)
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


def _encode_frame(picture: Picture, quality: int | None, is_raw: bool = False) -> bytes:
    """Return a file, or a codestream, of the pixels; all of their bits if they are deep."""
    frame = picture.frames[0]
    if isinstance(frame, Image.Image):
        return encode_with_pillow(picture, quality, no_jp2=is_raw)
    deep.require_codecs(_CODECS, "JPEG 2000")
    pixels = images.depth.full_range(frame) if int(frame.maximum + 1).bit_count() > 1 else frame
    array = pixels.array[..., : len(pixels.channels)]
    encoded = deep.load_codec("imagecodecs").jpeg2k_encode(
        array[..., 0] if array.shape[2] == 1 else array,
        level=0,  # without loss
        reversible=True,
        bitspersample=int(pixels.maximum).bit_length(),
        codecformat="j2k" if is_raw else "jp2",
    )
    return bytes(encoded)


def _with_comments(codestream: bytes, *segments: bytes) -> bytes:
    """Return the codestream with comments behind its first segment, SIZ."""
    at = 4 + int.from_bytes(codestream[4:6])
    return b"".join([codestream[:at], *segments, codestream[at:]])


def _header_boxes(content: bytes, picture: Picture) -> Iterator[bytes]:
    common, native = picture.metadata, picture.native
    if not isinstance(frame := picture.frames[0], Image.Image) and frame.alpha is not None:
        yield _box(b"cdef", _channel_definitions(len(frame.channels)))
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


def _channel_definitions(count: int) -> bytes:
    """Return the number of channels, and of each its place, its kind, and the colour it is."""
    colours = [(place, _COLOUR, place + 1) for place in range(count - 1)]
    rows = [*colours, (count - 1, _ALPHA, _WHOLE_PICTURE)]
    return struct.pack(">H", count) + b"".join(struct.pack(">3H", *row) for row in rows)


def _native_names(native: Metadata) -> Iterator[str]:
    if native["boxes"]:
        yield "further boxes"
    if native["binary_comments"]:
        yield "binary comments"


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of a picture of more than 8 bits, unless Pillow reads it as well."""
    head = file.read(_HEADER_SIZE)
    header = re.search(_SIZE, head)
    if not header:
        return None
    right, bottom, left, top = struct.unpack(">4I", header[1])
    count, bits = int.from_bytes(header[2]), (header[3][0] & _BITS) + 1
    is_decoded = _is_plain(head, header[3][: 3 * count], count)
    if bits <= 8 or (count == 1 and not (is_decoded and _makes_other_grey(bits))):
        return None
    return DeepHeader(
        f"{bits} bits of colour in JPEG 2000",
        decode=partial(_decode, bits) if is_decoded else None,
        codecs=_CODECS,
        width=right - left,
        height=bottom - top,
        channels=CHANNELS_BY_NUMBER.get(count, ()),
        maxval=(1 << bits) - 1,
    )


def _makes_other_grey(bits: int) -> bool:
    """Return whether the codec reads grey better: Pillow takes 9 bits for 8, and 10 for 16."""
    return bits == 9 or (bits < 16 and deep.have_codecs(_CODECS))


def _is_plain(head: bytes, channels: bytes, count: int) -> bool:
    """Return whether the codec gives grey or RGB: all channels alike, whole, without a palette."""
    bits = channels[0] + 1  # with a flag of signed values, which makes it large
    is_alike = channels == count * (channels[:1] + _WHOLE)
    colours = [head[at:end] for kind, _, at, end in boxes(head) if kind == b"jp2h"]
    inner = [(kind, box[at:end]) for box in colours for kind, _, at, end in boxes(box)]
    is_other = any(
        kind == b"pclr" or (kind == b"colr" and box[:1] == b"\1" and box[6:7] in _OTHER_COLOURS)
        for kind, box in inner
    )
    return is_alike and bits <= _MOST_BITS and count in CHANNELS_BY_NUMBER and not is_other


def _decode(bits: int, file: BinaryIO) -> list[Frame]:
    file.seek(0)
    array = deep.load_codec("imagecodecs").jpeg2k_decode(file.read())
    array = array.reshape(*array.shape[:2], -1)
    channels = CHANNELS_BY_NUMBER[array.shape[2]]
    return [pixels_frame(Pixels(array, channels, maxval=(1 << bits) - 1))]


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
    deep_modes=("LA;16", "RGB;16", "RGBA;16"),
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
