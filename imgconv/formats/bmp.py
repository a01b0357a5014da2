"""BMP, by Pillow.

Pillow writes no alpha into it, and the resolution is all that it says of a picture.
"""

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
