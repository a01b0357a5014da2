"""QOI (https://qoiformat.org): whether its levels are sRGB or light, which Pillow does not keep."""

from __future__ import annotations

import struct
from typing import BinaryIO

from PIL import Image

from imgconv.formats import Format, Metadata, deep
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_frame
from imgconv.formats.metadata import Picture

_CODECS = ("imagecodecs",)

# The byte that says whether levels are sRGB or light, and the end, which no pixels hold.
_HEADER_SIZE, _COLOURS = 14, 13
_END = bytes(7) + b"\1"
_SRGB, _LINEAR = b"\0", b"\1"


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header if there is a codec: it is 50 times as fast as Pillow's."""
    header = file.read(_HEADER_SIZE)
    if len(header) < _HEADER_SIZE or not deep.have_codecs(_CODECS):
        return None
    width, height, count = struct.unpack_from(">2IB", header, 4)
    return DeepHeader(
        "QOI",
        decode=_decode,
        width=width,
        height=height,
        channels=tuple("rgb" if count == 3 else "rgba"),
        dtype="uint8",
    )


def _decode(file: BinaryIO) -> list[Image.Image]:
    file.seek(0)
    return [Image.fromarray(deep.load_codec("imagecodecs").qoi_decode(file.read()))]


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    data = file.read()
    colours = data[_COLOURS : _COLOURS + 1]
    _, _, trailer = data.partition(_END)
    curve_info = {"gamma": 1.0} if colours == _LINEAR else {}
    return {}, {"colours": colours, "curve_info": curve_info, "trailer": trailer}


def _encode(picture: Picture, quality: int | None) -> bytes:
    """Return the same bytes with Pillow's encoder and with the codec, which is much faster."""
    import numpy as np  # not needed by replays

    frame = picture.frames[0]
    assert isinstance(frame, Image.Image)
    if deep.have_codecs(_CODECS):
        data = bytes(deep.load_codec("imagecodecs").qoi_encode(np.asarray(frame)))
    else:
        data = encode_frame(frame, FORMAT)
    colours: bytes = picture.native.get("colours", _SRGB)
    return data[:_COLOURS] + colours + data[_COLOURS + 1 :]


FORMAT = Format(
    "QOI",
    plugin="Qoi",
    modes=("RGB", "RGBA"),
    lossless_as={"L": "RGB", "LA": "RGBA"},
    probe=_probe,
    read_metadata=_read_metadata,
    native_names=lambda native: ["linear levels"] if native["colours"] == _LINEAR else [],
    encode=_encode,
)
