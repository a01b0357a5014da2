"""The transparent colour of a PNG, in the levels of its decoded pixels.

Pillow (13) scales levels of 2 and 4 bits to 8 but leaves the transparent colour as it stands in the
file. Only until it decodes an image does it know the number of bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

# For each of Pillow's names of a layout in a PNG: the highest level, and the factor to 255.
_LEVELS = {"L;2": (3, 85), "L;4": (15, 17), "L": (255, 1), "RGB": (255, 1)}


def decoded(image: Image) -> Image:
    """Decode an image; return it, or a copy of it with the right transparent colour."""
    key = _transparent_colour(image)
    image.load()
    if key == image.info.get("transparency"):
        return image
    image = image.copy()
    image.info["transparency"] = key
    return image


def _transparent_colour(image: Image) -> Any:
    """Return the transparent colour of an image that is not decoded yet, as in its ``info``."""
    key = image.info.get("transparency")
    tiles = getattr(image, "tile", None)
    layout = tiles[0][3] if tiles and image.format == "PNG" else None
    if layout not in _LEVELS or not isinstance(key, (int, tuple)):
        return key
    highest, factor = _LEVELS[layout]
    # Higher bits than a level has do not count (PNG 3rd ed., 11.3.1.1).
    levels = [(level & highest) * factor for level in (key if isinstance(key, tuple) else (key,))]
    return tuple(levels) if isinstance(key, tuple) else levels[0]
