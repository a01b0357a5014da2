"""JPEG-LS (ITU-T T.87), read only: grey and RGB of 2 to 16 bits, by the extra ``deep``.

It begins as a JPEG does, and has the same segments up to its first scan.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

from PIL import Image

from imgconv import images
from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata, deep
from imgconv.formats.deep import DeepHeader
from imgconv.images.frames import pixels_frame
from imgconv.images.pixels import Frame, Pixels

_CODECS = ("imagecodecs",)
_CHANNELS = {1: ("l", "grey"), 3: ("rgb", "RGB")}

# The second bytes of markers: a frame, a scan, a comment, the data of programs; and the end.
_FRAME, _SCAN, _COMMENT, _PROGRAMS = 0xF7, 0xDA, 0xFE, range(0xE0, 0xF0)
_END = b"\xff\xd9"

# The header of SPIFF (ITU-T T.84, annex F), and its kinds of colours that are luma and chroma.
_SPIFF, _SPIFF_COLOUR, _LUMA_AND_CHROMA = b"SPIFF\0", 18, (1, 3, 4)

# Segments about how pixels are stored: SPIFF, its end, and a transform of colours.
_STORAGE = (_SPIFF, b"\0\0\0\1", b"mrfx")

_WHOLE = 0x11  # the sampling factors of a channel of the picture's size


class _Segment(NamedTuple):
    marker: int
    content: bytes
    end: int


class _Header(NamedTuple):
    """The fields of a frame: T.87, C.2.2; ``depth`` is the number of channels."""

    bits: int
    height: int
    width: int
    depth: int


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments up to the header of the first scan."""
    at = 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        yield _Segment(data[at + 1], data[at + 4 : end], end)
        if data[at + 1] == _SCAN:
            return
        at = end


def _probe(file: BinaryIO) -> DeepHeader:
    """Return the header; raises ``ReadError`` for what the codec does not make grey or RGB."""
    segments = [*_segments(file.read())]
    found = {segment.marker: segment.content for segment in segments}
    if not {_FRAME, _SCAN} <= found.keys():
        raise EOFError("it has no frame of JPEG-LS")
    header = _Header(*struct.unpack_from(">B2HB", found[_FRAME]))
    if problem := _problem(header, found[_FRAME], found[_SCAN], segments):
        raise ReadError(f"JPEG-LS with {problem} is not supported", "convert it to PNG first")
    channels, colour = _CHANNELS[header.depth]
    return DeepHeader(
        f"{header.bits} bits of {colour} in JPEG-LS",
        decode=partial(_decode, header),
        codecs=_CODECS,
        is_opened=False,
        width=header.width,
        height=header.height,
        channels=tuple(channels),
        dtype="uint8" if header.bits <= 8 else "uint16",
        maxval=None if header.bits <= 8 else (1 << header.bits) - 1,
    )


def _problem(header: _Header, frame: bytes, scan: bytes, segments: list[_Segment]) -> str:
    """Return what keeps a picture from being read, "" for nothing."""
    if header.depth not in _CHANNELS:
        return f"{header.depth} channels"
    if set(frame[7::3]) != {_WHOLE}:
        return "channels of several sizes"
    if any(scan[2 : 1 + 2 * scan[0] : 2]):
        return "a palette"
    spiff = (s.content for s in segments if s.content.startswith(_SPIFF))
    if next(spiff, bytes(20))[_SPIFF_COLOUR] in _LUMA_AND_CHROMA:
        return "luma and chroma"
    return "" if header.height else "lines that its header does not count"


def _decode(header: _Header, file: BinaryIO) -> list[Frame]:
    file.seek(0)
    data = file.read()
    if _END not in data:  # which the codec would find out after 4 s, of a handful of bytes
        raise EOFError("it ends inside the picture")
    array = deep.load_codec("imagecodecs").jpegls_decode(data)
    array = array.reshape(header.height, header.width, header.depth)
    pixels = Pixels(array, tuple(_CHANNELS[header.depth][0]), maxval=(1 << header.bits) - 1)
    return [pixels_frame(images.depth.full_range(pixels) if header.bits < 8 else pixels)]


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    """Return the comments, the names of other segments, and what lies behind the picture.

    Coded pixels hold no marker.
    """
    file.seek(0)
    segments = [*_segments(data := file.read())]
    comments = [segment.content for segment in segments if segment.marker == _COMMENT]
    others = [
        f"segment APP{segment.marker - _PROGRAMS.start}"
        for segment in segments
        if segment.marker in _PROGRAMS and not segment.content.startswith(_STORAGE)
    ]
    trailer = data[segments[-1].end :].partition(_END)[2]
    native = {"lost": [*dict.fromkeys(others)], "trailer": trailer}
    return {"comments": comments} if comments else {}, native


FORMAT = Format(
    "JPEGLS",
    plugin="",
    kinds=("comments",),
    probe=_probe,
    read_metadata=_read_metadata,
    native_names=lambda native: native["lost"],
)
