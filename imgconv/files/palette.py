"""Pictures with a palette of 256 colours, for GIF."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

COLOURS = 256

# So many pixels are looked at to choose colours.
_LOOKED_AT = 40_000

# Pixels whose alpha is less are transparent: GIF knows nothing in between.
_OPAQUE = 128


def is_transparent(image: Image.Image) -> bool:
    """Whether any pixel is shown as transparent."""
    return "A" in image.getbands() and _hidden(image).getbbox() is not None


def _hidden(image: Image.Image) -> Image.Image:
    """A mask of the pixels that are shown as transparent."""
    return image.getchannel("A").point([255] * _OPAQUE + [0] * (256 - _OPAQUE))


def with_palette(image: Image.Image) -> Image.Image:
    """A picture in Pillow's mode P, whose ``info`` has the transparent colour if there is one.

    Where there are few enough colours they stay exactly as they are. Otherwise errors are spread
    over the pixels beside (Floyd and Steinberg), so that what changes smoothly does not become
    bands. Of Pillow's ways to choose the colours, maximum coverage is then the nearest to blurred
    photographs as they are seen from afar: twice as near as median cut, also with k-means. It is
    slow, and no worse for seeing some of the pixels only.
    """
    if image.mode == "L":
        return image.copy()
    transparent = is_transparent(image)
    colours = image.convert("RGB")
    room = COLOURS - transparent
    if transparent:
        clear = _hidden(image)
        # What cannot be seen takes no place among the colours.
        colours.paste(_seen(image), mask=clear)
    found = colours.getcolors(room)
    result = _exactly(colours) if found else _nearly(colours, room)
    if transparent:
        result.paste(COLOURS - 1, mask=clear)
        result.info["transparency"] = COLOURS - 1
    return result


def _seen(image: Image.Image) -> tuple[int, ...]:
    """The colour of the first pixel that can be seen, black where none can."""
    seen = np.asarray(image.getchannel("A")) >= _OPAQUE
    if not seen.any():
        return (0, 0, 0)
    y, x = divmod(int(seen.argmax()), image.width)
    return tuple(image.getpixel((x, y))[:3])  # type: ignore[index]


def _exactly(image: Image.Image) -> Image.Image:
    """A picture of at most 256 colours with these for its palette."""
    numbers = np.asarray(image).astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    palette, indices = np.unique(numbers, return_inverse=True)
    result = Image.fromarray(indices.reshape(numbers.shape).astype(np.uint8))
    result.putpalette(b"".join(int(colour).to_bytes(3) for colour in palette))
    return result


def _nearly(image: Image.Image, room: int) -> Image.Image:
    share = min(1, math.sqrt(_LOOKED_AT / (image.width * image.height)))
    size = (math.ceil(image.width * share), math.ceil(image.height * share))
    some = image.resize(size, Image.Resampling.NEAREST)
    palette = some.quantize(room, Image.Quantize.MAXCOVERAGE)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
