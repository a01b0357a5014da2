"""PFM: floats of grey (Pf) or RGB (PF), rows from bottom to top, 1 for white.

The format: https://netpbm.sourceforge.net/doc/pfm.html. Its scale, which programs do not agree to
apply, stays as it is. Pictures of 8 and 16 bits become floats from 0 to 1.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader, describe_mode, mode_name
from imgconv.images.frames import frame_pixels, pixels_frame
from imgconv.images.pixels import Frame, Pixels

_CHANNELS = {b"Pf": "l", b"PF": "rgb"}
_MAGICS = {1: b"Pf", 3: b"PF"}

_LONGEST_FIELD = 40  # characters


class _Header(NamedTuple):
    """The fields of a header; values are little-endian where ``scale`` is negative."""

    channels: str
    width: int
    height: int
    scale: float
    pixels_at: int


def _read_header(file: BinaryIO) -> _Header:
    """Read the header; raises ``ReadError`` for a broken one."""
    file.seek(0)
    magic, *numbers = (_read_field(file) for _ in range(4))
    try:
        width, height, scale = int(numbers[0]), int(numbers[1]), float(numbers[2])
    except ValueError:
        width, height, scale = 0, 0, 0.0
    if min(width, height) < 1 or not scale or not math.isfinite(scale):
        raise ReadError("a broken PFM header", "check what writes it")
    return _Header(_CHANNELS[magic], width, height, scale, file.tell())


def _read_field(file: BinaryIO) -> bytes:
    """Read a field, and the white space behind it."""
    field = b""
    while (byte := file.read(1)) and (not byte.isspace() or not field):
        field += byte.strip()
        if len(field) > _LONGEST_FIELD:
            break
    return field


def _probe(file: BinaryIO) -> DeepHeader:
    header = _read_header(file)
    return DeepHeader(
        describe_mode(mode_name(header.channels, "float32")),
        decode=partial(_decode, header),
        is_opened=False,
        width=header.width,
        height=header.height,
        channels=tuple(header.channels),
        dtype="float32",
    )


def _decode(header: _Header, file: BinaryIO) -> list[Frame]:
    shape = header.height, header.width, len(header.channels)
    file.seek(header.pixels_at)
    data = file.read(4 * math.prod(shape))
    if len(data) < 4 * math.prod(shape):
        raise EOFError("it ends inside the picture")
    rows = np.frombuffer(data, "<f4" if header.scale < 0 else ">f4").reshape(shape)[::-1]
    return [pixels_frame(Pixels(np.ascontiguousarray(rows, "float32"), tuple(header.channels)))]


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    header = _read_header(file)
    file.seek(header.pixels_at + 4 * header.width * header.height * len(header.channels))
    return {}, {"scale": abs(header.scale), "trailer": file.read()}


def encode_frame(frame: Frame, scale: float = 1.0) -> bytes:
    """Return a file of little-endian floats; whole numbers are divided by the value of white."""
    pixels = frame_pixels(frame)
    array: NDArray[Any] = pixels.array[..., : len(pixels.channels)]
    if not pixels.is_float:
        array = array / np.float32(pixels.maximum)
    header = b"%s\n%d %d\n-%r\n" % (_MAGICS[array.shape[2]], *pixels.size, scale)
    return header + array[::-1].astype("<f4").tobytes()


FORMAT = Format(
    "PFM",
    plugin="Ppm",
    modes=("L", "RGB", "I;16", "F"),
    deep_modes=("RGB;16", "RGB;F"),
    probe=_probe,
    read_metadata=_read_metadata,
    native_names=lambda native: ["scale"] if native["scale"] != 1 else [],
    encode=lambda picture, quality: encode_frame(
        picture.frames[0], picture.native.get("scale", 1.0)
    ),
)
