"""AVIF, by Pillow; of 10 or 12 bits a value, Pillow reads the upper 8."""

import re
from typing import Any, BinaryIO

from PIL import Image

from imgconv.formats import Format, Metadata
from imgconv.formats.animation import DEFAULT_DURATION, in_common_mode
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_with_pillow, filled
from imgconv.formats.jpeg2000 import boxes
from imgconv.formats.metadata import Picture

# The box that says how many bits a value has (AV1 in ISOBMFF, 2.3.3), searched in the first 64 KB.
_CONFIGURATION = rb"(?s)av1C\x81.(.)"
_HIGH_BIT_DEPTH, _TWELVE_BITS = 0x40, 0x20
_HEADER_SIZE = 1 << 16

# The box with the code points of primaries and transfer function (ISO/IEC 14496-12, 12.1.5), and
# the ones that say nothing: sRGB, and unspecified.
_CODE_POINTS = rb"(?s)colrnclx\0(.)\0(.)"
_USUAL = (b"\1\x0d", b"\2\2")

# A gain map among the items of a picture, and the boxes that the encoder writes.
_GAIN_MAP = rb"(?s)infe.{8}tmap"
_BOXES = (b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip")


def _probe(file: BinaryIO) -> DeepHeader | None:
    configuration = re.search(_CONFIGURATION, file.read(_HEADER_SIZE))
    flags = configuration[1][0] if configuration else 0
    if not flags & _HIGH_BIT_DEPTH:
        return None
    return DeepHeader(f"{12 if flags & _TWELVE_BITS else 10} bits in AVIF", can_narrow=True)


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    """Return the code points, unless a profile stands above them (MIAF, 7.3.6.4)."""
    file.seek(0)
    data = file.read()
    found_boxes = [*boxes(data)]
    left_out = [f"box {kind.decode()}" for kind, *_ in found_boxes if kind not in _BOXES]
    native: Metadata = {"left_out": left_out, "trailer": data[found_boxes[-1][3] :]}
    if re.search(_GAIN_MAP, data[:_HEADER_SIZE]):
        native["extras"] = ["gain map"]
    found = re.search(_CODE_POINTS, data[:_HEADER_SIZE])
    code_points = b"".join(found.groups()) if found else _USUAL[0]
    if code_points in _USUAL or "icc_profile" in image.info:
        return {}, native
    # Pillow decodes to RGB of the full range.
    return {"code_points": code_points + b"\0\1"}, native


def _encode(picture: Picture, quality: int | None) -> bytes:
    frames, common, options = picture.frames, picture.metadata, dict[str, Any]()
    if len(frames) > 1:
        durations = common.get("durations", [DEFAULT_DURATION] * len(frames))
        options = {"save_all": True, "append_images": in_common_mode(frames, "AVIF")[1:]}
        options["duration"] = [round(time) for time in durations]
    data = encode_with_pillow(picture, quality, **options)
    if len(code_points := common.get("code_points", b"")) < 2 or "icc_profile" in common:
        return data
    box = b"colrnclx" + bytes((0, code_points[0], 0, code_points[1]))  # Pillow writes sRGB
    return re.sub(_CODE_POINTS, lambda _: box, data[:_HEADER_SIZE]) + data[_HEADER_SIZE:]


def _complete(data: bytes, filling: int) -> bytes:
    at = max((end for *_, end in boxes(data)), default=0)
    return filled(data, at + int.from_bytes(data[at : at + 4]), filling)


FORMAT = Format(
    "AVIF",
    plugin="Avif",
    modes=("L", "LA", "RGB", "RGBA"),
    kinds=("icc_profile", "exif", "xmp", "code_points"),
    is_lossy=True,
    holds_frames=True,
    is_film=True,
    probe=_probe,
    read_metadata=_read_metadata,
    encode=_encode,
    complete=_complete,
)
