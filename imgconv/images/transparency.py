"""The colour that a PNG makes transparent, in levels as its pixels have them once decoded.

Pillow stretches pixels of 2 and 4 bits to 8, and leaves the key as the file has it (Pillow 13). How
many bits there were it knows only until it decodes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image


# By Pillow's name for how pixels lie in a file, the highest level there, and what makes it 255.
_STRETCHED = {"L;2": (3, 85), "L;4": (15, 17), "L": (255, 1), "RGB": (255, 1)}


def true_key(image: Image) -> Any:
    """What the ``info`` of an image that is not decoded yet should say is transparent."""
    key = image.info.get("transparency")
    tiles = getattr(image, "tile", None)
    layout = tiles[0][3] if tiles and image.format == "PNG" else None
    if layout not in _STRETCHED or not isinstance(key, (int, tuple)):
        return key
    highest, factor = _STRETCHED[layout]
    # Bits beyond those that a level has do not count (PNG 3rd ed., 11.3.1.1).
    levels = [(level & highest) * factor for level in (key if isinstance(key, tuple) else (key,))]
    return tuple(levels) if isinstance(key, tuple) else levels[0]


def decoded(image: Image) -> Image:
    """The image decoded, transparent where it should be: itself, or a copy that says so."""
    key = true_key(image)
    image.load()
    if key == image.info.get("transparency"):
        return image
    image = image.copy()
    image.info["transparency"] = key
    return image
