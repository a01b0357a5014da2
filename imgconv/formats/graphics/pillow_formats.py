"""QOI and DDS: formats that Pillow reads, and writes but for a few bytes of their headers."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image, ImageFile

from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata, deep
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_frame, encode_with_pillow, open_image
from imgconv.formats.metadata import FURTHER_PICTURES, Picture

# QOI: the byte that says whether levels are sRGB or light, and the end, which no pixels hold
# (https://qoiformat.org).
_QOI_HEADER_SIZE, _QOI_COLOURS = 14, 13
_QOI_END = bytes(7) + b"\1"
_QOI_SRGB, _QOI_LINEAR = b"\0", b"\1"


def _probe_qoi(file: BinaryIO) -> DeepHeader | None:
    """Return the header if there is a codec: it is 50 times as fast as Pillow's."""
    header = file.read(_QOI_HEADER_SIZE)
    if len(header) < _QOI_HEADER_SIZE or not deep.have_codecs(("imagecodecs",)):
        return None
    width, height, count = struct.unpack_from(">2IB", header, 4)
    return DeepHeader(
        "QOI",
        decode=_decode_qoi,
        width=width,
        height=height,
        channels=tuple("rgb" if count == 3 else "rgba"),
        dtype="uint8",
    )


def _decode_qoi(file: BinaryIO) -> list[Image.Image]:
    file.seek(0)
    return [Image.fromarray(deep.load_codec("imagecodecs").qoi_decode(file.read()))]


def _read_qoi_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    data = file.read()
    colours = data[_QOI_COLOURS : _QOI_COLOURS + 1]
    _, _, trailer = data.partition(_QOI_END)
    curve_info = {"gamma": 1.0} if colours == _QOI_LINEAR else {}
    return {}, {"colours": colours, "curve_info": curve_info, "trailer": trailer}


def _encode_qoi(picture: Picture, quality: int | None) -> bytes:
    """Return the same bytes with Pillow's encoder and with the codec, which is much faster."""
    import numpy as np  # not needed by replays

    frame = picture.frames[0]
    assert isinstance(frame, Image.Image)
    if deep.have_codecs(("imagecodecs",)):
        data = bytes(deep.load_codec("imagecodecs").qoi_encode(np.asarray(frame)))
    else:
        data = encode_frame(frame, QOI)
    colours: bytes = picture.native.get("colours", _QOI_SRGB)
    return data[:_QOI_COLOURS] + colours + data[_QOI_COLOURS + 1 :]


# DDS: offsets in its header and its flags (https://learn.microsoft.com/windows/win32/direct3ddds).
_DDS_HEADER_SIZE = 148
_DDS_DEPTH, _DDS_MIPMAPS, _DDS_KIND, _DDS_CODE, _DDS_MASKS = 24, 28, 80, 84, 92
_DDS_SHAPE, _DDS_FORMAT, _DDS_COUNT = 112, 128, 140
_DDS_HAS_MASKS, _DDS_CUBE, _DDS_VOLUME = 0x40, 0x200, 0x200000
_DDS_EXTENDED = b"DX10"
_DDS_SMALL_BLOCKS = (1, 4)  # BC1 and BC4
_DDS_FLOATS = (94, 95, 96)  # BC6H: typeless, unsigned, signed


def _probe_dds(file: BinaryIO) -> DeepHeader | None:
    """Return the header of pixels that Pillow narrows; raises ``ReadError`` for other kinds."""
    header = file.read(_DDS_HEADER_SIZE).ljust(_DDS_HEADER_SIZE, b"\0")
    file.seek(0)
    try:
        open_image(file, DDS)
    except NotImplementedError as error:
        raise ReadError(f"this DDS is not supported ({error})", "make it a PNG first") from error
    if _is_extended(header) and _number(header, _DDS_FORMAT) in _DDS_FLOATS:
        return DeepHeader("floats in DDS", can_narrow=True)
    if not _number(header, _DDS_KIND) & _DDS_HAS_MASKS:
        return None
    depth = max(mask.bit_count() for mask in struct.unpack_from("<4I", header, _DDS_MASKS))
    return DeepHeader(f"{depth} bits in DDS", can_narrow=True) if depth > 8 else None


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "little")


def _is_extended(header: bytes) -> bool:
    return header[_DDS_CODE : _DDS_CODE + 4] == _DDS_EXTENDED


def _read_dds_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    native: Metadata = {"header": file.read(_DDS_HEADER_SIZE)}
    if not any(_dds_names(native)):  # pictures which would stand behind the pixels
        file.seek(0)
        size = _dds_size(open_image(file, DDS))
        file.seek(size, 1)
        native["trailer"] = file.read()
    return {}, native


def _dds_size(opened: ImageFile.ImageFile) -> int:
    """Return the bytes of the pixels, which stand behind what was read to open the image."""
    codec, _, _, arguments = opened.tile[0]
    how: Any = arguments
    width, height = opened.size
    if codec == "bcn":  # blocks of 4x4 pixels in 8 or 16 bytes
        return -(-width // 4) * -(-height // 4) * (8 if how[0] in _DDS_SMALL_BLOCKS else 16)
    bits: int = how[0] if codec == "dds_rgb" else 8 * len(how)
    return width * height * bits // 8


def _dds_names(native: Metadata) -> Iterator[str]:
    header, shape = native["header"], _number(native["header"], _DDS_SHAPE)
    if _number(header, _DDS_MIPMAPS) > 1:
        yield "mipmaps"
    if shape & _DDS_CUBE:
        yield "further faces of a cube"
    if shape & _DDS_VOLUME and _number(header, _DDS_DEPTH) > 1:
        yield "further slices of a volume"
    if _is_extended(header) and _number(header, _DDS_COUNT) > 1:
        yield FURTHER_PICTURES


QOI = Format(
    "QOI",
    plugin="Qoi",
    modes=("RGB", "RGBA"),
    lossless_as={"L": "RGB", "LA": "RGBA"},
    probe=_probe_qoi,
    read_metadata=_read_qoi_metadata,
    native_names=lambda native: ["linear levels"] if native["colours"] == _QOI_LINEAR else [],
    encode=_encode_qoi,
)

DDS = Format(
    "DDS",
    plugin="Dds",
    modes=(),
    probe=_probe_dds,
    read_metadata=_read_dds_metadata,
    native_names=_dds_names,
    encode=encode_with_pillow,
)
