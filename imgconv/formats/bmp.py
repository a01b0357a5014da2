"""BMP: its colour space, a profile of version 5, data behind its pixels, and unusual bit fields.

The header: https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapv5header. Pillow
writes version 3, without alpha, and reads the bit fields that programs usually write.
"""

import struct
from functools import partial
from typing import BinaryIO

from PIL import Image

from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_with_pillow
from imgconv.formats.metadata import FURTHER_PICTURES, Picture
from imgconv.images.pixels import MAXIMUM, Pixels

# The sizes of the file header, and of the bitmap headers of versions 1, 3, 4 and 5 behind it.
_FILE_HEADER, _VERSION_1, _VERSION_3, _VERSION_4, _VERSION_5 = 14, 12, 40, 108, 124

# In the header of version 4: the colour space with its primaries and gammas. In that of version 5:
# intent, offset and size of the profile, and four bytes that mean nothing.
_COLOUR_SPACE, _PROFILE = slice(56, 108), slice(108, 124)
_EMBEDDED, _LINKED, _USUAL = b"DEBM", b"KNIL", (b" niW", b"BGRs", bytes(4))

_RAW, _BIT_FIELDS, _ALPHA_FIELDS = 0, 3, 6

_PERCEPTUAL = 4  # LCS_GM_IMAGES, the intent of photographs
_INCHES_IN_METRE = 39.3701  # as Pillow has it

# The masks that Pillow reads, by the bits of a pixel.
_KNOWN_MASKS = {
    16: ((0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)),
    24: ((0xFF0000, 0xFF00, 0xFF),),
    32: (
        *((0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0)),
        *((0xFF000000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0xFF)),
        *((0xFF, 0xFF00, 0xFF0000, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        *((0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0)),
    ),
}


class _Header:
    """The fields of a header, 0 where its version has none."""

    def __init__(self, data: bytes) -> None:
        self.pixels_at, self.size = map(int, struct.unpack_from("<2I", data.ljust(18, b"\0"), 10))
        self.data = data[_FILE_HEADER : _FILE_HEADER + self.size].ljust(_VERSION_5, b"\0")
        form = "<2H2xH" if self.size == _VERSION_1 else "<2i2xH2I"
        fields = (*struct.unpack_from(form, self.data, 4), 0, 0)
        self.width, self.signed_height, self.bits, *others = map(int, fields)
        self.compression, self.packed_size = others[:2]
        masks = data[_FILE_HEADER + _VERSION_3 :][:16].ljust(16, b"\0")
        count = 4 if self.size > 52 or self.compression == _ALPHA_FIELDS else 3
        self.masks = (*struct.unpack("<4I", masks)[:count], 0)[:4]

    @property
    def height(self) -> int:
        return abs(self.signed_height)

    @property
    def stride(self) -> int:
        return (self.width * self.bits + 31) // 32 * 4

    @property
    def pixels_end(self) -> int | None:
        """The offset behind the pixels, None where the header does not say it."""
        if self.compression in (_RAW, _BIT_FIELDS, _ALPHA_FIELDS):
            return self.pixels_at + self.stride * self.height
        return self.pixels_at + self.packed_size if self.packed_size else None


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    data = file.read()
    header = _Header(data)
    space = header.data[_COLOUR_SPACE] if header.size >= _VERSION_4 else bytes(4)
    common, native, end = Metadata(), Metadata(), header.pixels_end
    if header.size >= _VERSION_5 and space[:4] in (_EMBEDDED, _LINKED):
        at, size = struct.unpack_from("<2I", header.data, _PROFILE.start + 4)
        profile = data[_FILE_HEADER + at :][:size]
        if space[:4] == _EMBEDDED:
            common["icc_profile"] = profile
        else:
            native["left_out"] = ["link to a profile"]
        end = max(end, _FILE_HEADER + at + size) if end else None
    elif space[:4] not in _USUAL or (space[:4] == bytes(4) and any(space)):
        native["colour_space"] = space
    if density := struct.unpack_from("<2I", header.data, 24) if header.size >= _VERSION_3 else ():
        common["dpi"] = tuple(number / _INCHES_IN_METRE for number in density)
    trailer = data[end:] if end else b""
    if len(trailer) > 3 or any(trailer):  # less is padding, as Photoshop writes it
        native["trailer"] = trailer
        native["unfiltered"] = [FURTHER_PICTURES] if trailer.startswith(b"BM") else []
    return common, native


def _encode(picture: Picture, quality: int | None) -> bytes:
    data = encode_with_pillow(picture, quality)
    profile = picture.metadata.get("icc_profile", b"")
    space: bytes = picture.native.get("colour_space", b"")
    if not (profile or space):
        return data
    size = _VERSION_5 if profile else _VERSION_4
    file_size, pixels_at = (struct.unpack_from("<I", data, at)[0] for at in (2, 10))
    added = size - _VERSION_3
    file_header = struct.pack(
        "<2s3I", b"BM", file_size + added + len(profile), 0, pixels_at + added
    )
    colour = _EMBEDDED + bytes(48) if profile else space
    at = file_size + added - _FILE_HEADER
    end = struct.pack("<4I", _PERCEPTUAL, at, len(profile), 0) if profile else b""
    version_3 = data[_FILE_HEADER + 4 : _FILE_HEADER + _VERSION_3]
    header = [struct.pack("<I", size), version_3, bytes(16), colour, end]
    return b"".join([file_header, *header, data[_FILE_HEADER + _VERSION_3 :], profile])


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of a picture with bit fields that Pillow does not read."""
    header = _Header(file.read(_FILE_HEADER + _VERSION_5))
    is_packed = header.compression in (_BIT_FIELDS, _ALPHA_FIELDS) and header.bits in (16, 32)
    known = [(*masks, 0)[:4] for masks in _KNOWN_MASKS.get(header.bits, ())]
    is_known = header.masks in known or header.width < 1
    if not is_packed or is_known or not all(header.masks[:3]):
        return None
    depth = max(mask.bit_count() for mask in header.masks)
    return DeepHeader(
        f"bit fields of {depth} bits in BMP",
        decode=partial(_decode, header),
        is_opened=False,
        width=header.width,
        height=header.height,
        channels=tuple("rgba" if header.masks[3] else "rgb"),
        dtype="uint16" if depth > 8 else "uint8",
    )


def _decode(header: _Header, file: BinaryIO) -> list[Pixels]:
    """Return the pixels with the levels of each bit field scaled to the range of its type."""
    import numpy as np  # not needed by replays

    file.seek(header.pixels_at)
    data = np.frombuffer(file.read(header.stride * header.height), np.uint8)
    if data.size < header.stride * header.height:
        raise EOFError("it ends inside the picture")
    rows = data.reshape(header.height, -1)[:: 1 if header.signed_height < 0 else -1]
    packed = rows[:, : header.width * header.bits // 8].copy().view(f"<u{header.bits // 8}")
    masks = [mask for mask in header.masks if mask]
    dtype = "uint16" if max(mask.bit_count() for mask in masks) > 8 else "uint8"
    array = np.empty((header.height, header.width, len(masks)), dtype)
    for at, mask in enumerate(masks):
        lowest = mask & -mask
        levels = (packed & mask) // lowest
        array[..., at] = np.rint(levels * (MAXIMUM[dtype] / (mask // lowest)))
    return [Pixels(array, tuple("rgba"[: len(masks)]))]


FORMAT = Format(
    "BMP",
    plugin="Bmp",
    modes=("L", "RGB"),
    kinds=("icc_profile", "dpi"),
    probe=_probe,
    read_metadata=_read_metadata,
    native_names=lambda native: ["colour space"] if "colour_space" in native else [],
    encode=_encode,
)
