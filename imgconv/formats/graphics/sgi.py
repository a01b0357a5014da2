"""SGI, of 8 or 16 bits a value and 1 to 4 channels (Paul Haeberli, The SGI Image File Format).

Pillow reads 16 bits as 8, and no grey with alpha; so these are decoded here, and all are encoded.
Planes follow each other, with their rows from bottom to top.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader, describe_mode, mode_name
from imgconv.formats.metadata import Picture
from imgconv.images.depth import full_range
from imgconv.images.frames import frame_pixels, pixels_frame
from imgconv.images.pixels import CHANNELS_BY_NUMBER, Frame, Pixels

_HEADER = struct.Struct(">H2B4H2I4x80sI404x")
_MAGIC, _VERBATIM, _RUN_LENGTHS = 474, 0, 1

# Bytes of a value, dimensions and channels.
_READ_BY_PILLOW = ((1, 2, 1), (1, 3, 3), (1, 3, 4))

# In run lengths: the number of values, and the flag of values that all are written.
_COUNT, _LITERAL = 0x7F, 0x80


class _Header(NamedTuple):
    """The fields of a header; ``value_bytes`` is 1 or 2, ``depth`` the number of channels."""

    magic: int
    storage: int
    value_bytes: int
    dimensions: int
    width: int
    height: int
    depth: int
    least: int
    greatest: int
    name: bytes
    kind: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Planes, rows and columns; a picture of one dimension is a row, one of two is grey."""
        depth = self.depth if self.dimensions > 2 else 1
        return depth, self.height if self.dimensions > 1 else 1, self.width


def _read_header(file: BinaryIO) -> _Header:
    file.seek(0)
    return _Header(*_HEADER.unpack(file.read(_HEADER.size)))


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of a picture that Pillow does not read, or reads as 8 bits."""
    header = _read_header(file)
    depth, height, width = header.shape
    if depth not in CHANNELS_BY_NUMBER or header.kind:
        raise ReadError(
            f"SGI of {depth} channels of kind {header.kind} is not supported",
            "make it a PNG first",
        )
    if (header.value_bytes, header.dimensions, header.depth) in _READ_BY_PILLOW:
        return None
    dtype = f"uint{8 * header.value_bytes}"
    return DeepHeader(
        describe_mode(mode_name(CHANNELS_BY_NUMBER[depth], dtype)),
        decode=partial(_decode, header),
        is_opened=False,
        width=width,
        height=height,
        channels=CHANNELS_BY_NUMBER[depth],
        dtype=dtype,
    )


def _decode(header: _Header, file: BinaryIO) -> list[Frame]:
    file.seek(_HEADER.size)
    size = int(np.prod(header.shape)) * header.value_bytes
    data = _unpack(header, file.read()) if header.storage == _RUN_LENGTHS else file.read(size)
    if len(data) < size:
        raise EOFError("it ends inside the picture")
    planes = np.frombuffer(data, f">u{header.value_bytes}").reshape(header.shape)
    array = planes[:, ::-1].transpose(1, 2, 0)
    stored = np.ascontiguousarray(array, f"uint{8 * header.value_bytes}")
    return [pixels_frame(Pixels(stored, CHANNELS_BY_NUMBER[header.shape[0]]))]


def _unpack(header: _Header, data: bytes) -> bytes:
    """Return the rows of all planes, which two tables behind the header place in the file."""
    size, rows = header.shape[2] * header.value_bytes, []
    for start, length in zip(*_tables(header, data), strict=True):
        at = start - _HEADER.size
        row = _unpack_row(data[at : at + length], header.value_bytes)
        if at < 0 or len(row) != size:
            raise EOFError("a row has another length than the picture")
        rows.append(row)
    return b"".join(rows)


def _tables(header: _Header, data: bytes) -> list[list[int]]:
    """Return where each row begins in the file, and its length."""
    depth, height, _ = header.shape
    tables: list[list[int]] = np.frombuffer(data, ">u4", 2 * depth * height).reshape(2, -1).tolist()
    return tables


def _unpack_row(packed: bytes, size: int) -> bytes:
    """Return the values of a row; ``size`` is the bytes of a value, and of a count before it."""
    row, at = bytearray(), 0
    while at + size <= len(packed) and (count := packed[at + size - 1] & _COUNT):
        is_literal = packed[at + size - 1] & _LITERAL
        at += size
        end = at + (count * size if is_literal else size)
        row += packed[at:end] if is_literal else packed[at:end] * count
        at = end
    return bytes(row)


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    header = _read_header(file)
    is_packed, data = header.storage == _RUN_LENGTHS, file.read()
    end = int(np.prod(header.shape)) * header.value_bytes
    if is_packed:
        ends = (sum(row) - _HEADER.size for row in zip(*_tables(header, data), strict=True))
        end = max(ends, default=0)
    native = {"name": header.name.rstrip(b"\0"), "trailer": data[end:]}
    return {}, native | {"left_out": ["compression"] if is_packed else []}


def _encode(picture: Picture, quality: int | None) -> bytes:
    pixels = full_range(frame_pixels(picture.frames[0]))
    array: NDArray[Any] = pixels.array[..., : len(pixels.channels)]
    height, width, depth = array.shape
    dimensions = 2 if depth == 1 else 3
    header = _Header(
        *(_MAGIC, _VERBATIM, array.itemsize, dimensions, width, height, depth),
        *(0, int(pixels.maximum), picture.native.get("name", b""), 0),
    )
    planes = array[::-1].transpose(2, 0, 1).astype(f">u{array.itemsize}")
    return _HEADER.pack(*header) + planes.tobytes()


FORMAT = Format(
    "SGI",
    plugin="Sgi",
    modes=("L", "RGB", "RGBA", "I;16"),
    deep_modes=("RGB;16", "RGBA;16"),
    lossless_as={"LA": "RGBA"},
    longest_side=65_535,
    probe=_probe,
    read_metadata=_read_metadata,
    strip_native=lambda native: native | {"name": b""},
    native_names=lambda native: ["name"] if native["name"] else [],
    encode=_encode,
)
