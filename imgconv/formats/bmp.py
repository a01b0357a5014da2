"""BMP, by Pillow."""

from __future__ import annotations

from imgconv.formats import Format
from imgconv.formats.frame_codec import encode_with_pillow

FORMAT = Format(
    "BMP",
    plugin="Bmp",
    modes=("L", "RGB"),
    kinds=("dpi",),
    encode=encode_with_pillow,
)
