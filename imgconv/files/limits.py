"""How large a picture may be, by its header, before any pixel is decoded."""

from __future__ import annotations

from PIL import Image

from imgconv.errors import ReadError

MOST_PIXELS = 500_000_000


def check_size(image: Image.Image) -> None:
    """Raise ``ReadError`` for a picture of more pixels, all frames counted."""
    pixels = image.width * image.height * getattr(image, "n_frames", 1)
    if pixels > MOST_PIXELS:
        raise ReadError(
            f"{pixels:,} pixels are more than {MOST_PIXELS:,}", "is this a decompression bomb?"
        )
