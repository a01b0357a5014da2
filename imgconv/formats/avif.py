"""AVIF, by Pillow; of 10 or 12 bits a value, Pillow reads the upper 8."""

import re
from typing import BinaryIO

from imgconv.formats import Format
from imgconv.formats.animation import in_common_mode
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_with_pillow
from imgconv.formats.metadata import Picture

# The box that says how many bits a value has (AV1 in ISOBMFF, 2.3.3), searched in the first 64 KB.
_CONFIGURATION = rb"(?s)av1C\x81.(.)"
_HIGH_BIT_DEPTH, _TWELVE_BITS = 0x40, 0x20
_HEADER_SIZE = 1 << 16


def _probe(file: BinaryIO) -> DeepHeader | None:
    configuration = re.search(_CONFIGURATION, file.read(_HEADER_SIZE))
    flags = configuration[1][0] if configuration else 0
    if not flags & _HIGH_BIT_DEPTH:
        return None
    return DeepHeader(f"{12 if flags & _TWELVE_BITS else 10} bits in AVIF", can_narrow=True)


def _encode(picture: Picture, quality: int | None) -> bytes:
    frames = picture.frames
    if len(frames) == 1:
        return encode_with_pillow(picture, quality)
    return encode_with_pillow(
        picture,
        quality,
        save_all=True,
        append_images=in_common_mode(frames, "AVIF")[1:],
        duration=[round(time) for time in picture.metadata.get("durations", [0] * len(frames))],
    )


FORMAT = Format(
    "AVIF",
    plugin="Avif",
    modes=("L", "LA", "RGB", "RGBA"),
    kinds=("icc_profile", "exif", "xmp"),
    is_lossy=True,
    holds_frames=True,
    probe=_probe,
    encode=_encode,
)
