"""AVIF, by Pillow; of 10 or 12 bits a value, Pillow reads the upper 8."""

from __future__ import annotations

import re
from typing import BinaryIO

from imgconv.formats import Format
from imgconv.formats.animation import in_common_mode
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_with_pillow
from imgconv.formats.metadata import Picture

# The box that says how many bits a value has: AV1 in ISOBMFF, 2.3.3.
_CONFIGURATION = re.compile(rb"av1C\x81.(.)", re.DOTALL)
_HIGH_BIT_DEPTH, _TWELVE_BITS = 0x40, 0x20

# Bytes at the beginning of a file in which the box is searched.
_HEADER_SIZE = 1 << 16


def _probe(file: BinaryIO) -> DeepHeader | None:
    configuration = _CONFIGURATION.search(file.read(_HEADER_SIZE))
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
        append_images=in_common_mode(frames, picture.format.name)[1:],
        duration=[round(time) for time in picture.metadata.get("durations", [0] * len(frames))],
    )


FORMAT = Format(
    "AVIF",
    plugin="Avif",
    modes=("L", "LA", "RGB", "RGBA"),
    kinds=("icc_profile", "exif", "xmp"),
    is_lossy=True,
    holds_frames=True,
    has_durations=True,
    probe=_probe,
    encode=_encode,
)
