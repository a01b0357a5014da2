"""PSD and PSB, read only: the picture that Photoshop has merged from its layers.

The format: https://www.adobe.com/devnet-apps/photoshop/fileformatashtml/. Pillow reads 8 bits, and
takes a saved selection for alpha; so the pixels are decoded here, which needs no codec.
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
from imgconv.formats.thumbnails import photoshop_resources
from imgconv.images.frames import pixels_frame
from imgconv.images.pixels import Frame, Pixels

_HEADER = struct.Struct(">4sH6xH2I2H")
_LARGE = 2  # the version of PSB, whose lengths are longer
_RAW, _PACK_BITS = 0, 1

# The kinds of colours, their channels, and the types of values by their bits.
_BITMAP, _INDEXED, _CMYK = 0, 2, 4
_COLOURS = {_BITMAP: "l", 1: "l", _INDEXED: "rgb", 3: "rgb", _CMYK: "cmyk", 8: "l"}
_TYPES = {1: "uint8", 8: "uint8", 16: "uint16", 32: "float32"}
_SMALL_ONLY = {_BITMAP: (1,), _INDEXED: (8,)}

# Resources that other formats hold or that are named where they are lost, and one that says in its
# fifth byte whether the merged picture is there.
_RESOLUTION, _ICC, _EXIF, _XMP, _VERSION = 1005, 1039, 1058, 1060, 1057
_NAMES = {1028: "IPTC"}


class _File(NamedTuple):
    """The header and the sections of a file; ``layers`` is negative if there is an alpha.

    ``length_size`` is the bytes of the length of the layers, twice those of that of a packed row.
    """

    length_size: int
    stored: int
    height: int
    width: int
    bits: int
    kind: int
    palette: bytes
    resources: dict[int, bytes]
    layers: int
    pixels_at: int

    @property
    def channels(self) -> str:
        """The channels that are decoded: the colours, and an alpha of the merged picture."""
        colours = _COLOURS[self.kind]
        return colours + "a" * (self.layers < 0 and self.stored > self._colour_planes)

    @property
    def _colour_planes(self) -> int:
        return 1 if self.kind == _INDEXED else len(_COLOURS[self.kind])

    @property
    def row(self) -> int:
        """The bytes of a row of a plane."""
        return -(-self.width * self.bits // 8)

    @property
    def planes(self) -> int:
        """The number of planes that are decoded, of which the colours are an index or channels."""
        return self._colour_planes + ("a" in self.channels)


def _read_file(file: BinaryIO) -> _File:
    """Read all but the pixels; raises ``ReadError`` for a kind that is not supported."""
    file.seek(0)
    _, version, stored, height, width, bits, kind = _HEADER.unpack(file.read(_HEADER.size))
    is_known = kind in _COLOURS and bits in _SMALL_ONLY.get(kind, (8, 16, 32))
    if version > _LARGE or not is_known:
        raise ReadError(
            f"PSD of {bits} bits of colour kind {kind} is not supported",
            "save it as RGB, or as PNG or TIFF",
        )
    palette = file.read(_read_length(file))
    found = photoshop_resources(file.read(_read_length(file)))
    resources = {number: content for number, _, content, _ in found}
    length_size = 8 if version == _LARGE else 4
    length = _read_length(file, length_size)
    start = file.tell()
    layers = 0
    if length and _read_length(file, length_size):
        layers = int.from_bytes(file.read(2), signed=True)
    sections = palette, resources, layers, start + length
    return _File(length_size, stored, height, width, bits, kind, *sections)


def _read_length(file: BinaryIO, size: int = 4) -> int:
    return int.from_bytes(file.read(size))


def _probe(file: BinaryIO) -> DeepHeader:
    header = _read_file(file)
    dtype = _TYPES[header.bits]
    if header.resources.get(_VERSION, b"\0\0\0\0\1")[4:5] == b"\0":
        raise ReadError(
            "it holds no merged picture", "save it with Photoshop's option 'Maximize Compatibility'"
        )
    return DeepHeader(
        f"{describe_mode(mode_name(header.channels, dtype))} in PSD",
        decode=partial(_decode, header),
        is_opened=False,
        width=header.width,
        height=header.height,
        channels=tuple(header.channels),
        dtype=dtype,
    )


def _decode(header: _File, file: BinaryIO) -> list[Frame]:
    planes = _read_planes(header, file)
    array = np.ascontiguousarray(planes.transpose(1, 2, 0), _TYPES[header.bits])
    if header.kind == _INDEXED:
        colours = np.frombuffer(header.palette, np.uint8).reshape(3, 256).T
        array = np.concatenate([colours[array[..., 0]], array[..., 1:]], axis=2)
    elif header.kind == _CMYK:
        array[..., :4] = np.iinfo(array.dtype).max - array[..., :4]  # full brightness is no ink
    return [pixels_frame(Pixels(array, tuple(header.channels)))]


def _read_compression(header: _File, file: BinaryIO) -> tuple[int, int]:
    """Return the compression of the pixels and their size in bytes, and go to their beginning."""
    file.seek(header.pixels_at)
    compression = _read_length(file, 2)
    rows = header.stored * header.height
    if compression == _PACK_BITS:
        type_ = np.dtype(f">u{header.length_size // 2}")
        sizes = file.read(rows * type_.itemsize)
        return compression, int(np.frombuffer(sizes, type_, len(sizes) // type_.itemsize).sum())
    return compression, rows * header.row


def _read_planes(header: _File, file: BinaryIO) -> NDArray[Any]:
    """Return the decoded planes, shape (planes, height, width); raises ``EOFError``."""
    compression, _ = _read_compression(header, file)
    if compression not in (_RAW, _PACK_BITS):
        raise ReadError(f"PSD in compression {compression} is not supported", "save it as TIFF")
    size = header.planes * header.height * header.row
    data = file.read(size) if compression == _RAW else _unpack_bits(file.read(), size)
    if len(data) < size:
        raise EOFError("it ends inside the picture")
    shape = (header.planes, header.height, -1)
    if header.bits == 1:
        packed = np.frombuffer(data, np.uint8, size).reshape(shape)
        return 255 * (1 - np.unpackbits(packed, axis=2, count=header.width))
    type_ = ">f4" if header.bits == 32 else f">u{header.bits // 8}"
    return np.frombuffer(data, type_, size * 8 // header.bits).reshape(shape)


def _unpack_bits(data: bytes, size: int) -> bytes:
    """Return at least ``size`` bytes, if there are so many, of packed rows (TIFF 6.0, 9)."""
    unpacked, at = bytearray(), 0
    while len(unpacked) < size and at < len(data):
        count = data[at]
        if count < 128:
            unpacked += data[at + 1 : at + 2 + count]
            at += 2 + count
        else:
            unpacked += data[at + 1 : at + 2] * (257 - count if count > 128 else 0)
            at += 2 if count > 128 else 1
    return bytes(unpacked)


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    header = _read_file(file)
    resources, common = header.resources, Metadata()
    for kind, number in (("icc_profile", _ICC), ("exif", _EXIF), ("xmp", _XMP)):
        if number in resources:
            common[kind] = resources[number]
    if len(resolution := resources.get(_RESOLUTION, b"")) >= 12:
        across, down = struct.unpack_from(">I4xI", resolution)
        common["dpi"] = (across / 65536, down / 65536)
    lost = [name for number, name in _NAMES.items() if number in resources]
    lost += ["layers"] if header.layers else []
    lost += ["further channels"] if header.stored > header.planes else []
    _, size = _read_compression(header, file)
    file.seek(size, 1)
    return common, {"lost": lost, "trailer": file.read()}


FORMAT = Format(
    "PSD",
    plugin="Psd",
    kinds=("icc_profile", "exif", "xmp", "dpi"),
    probe=_probe,
    read_metadata=_read_metadata,
    native_names=lambda native: native["lost"],
)
