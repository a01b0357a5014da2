"""Colours as people write them, as values for the channels of a picture."""

from __future__ import annotations

import math

from imgconv.errors import UsageError
from imgconv.images.pixels import Pixels


def channel_values(text: str, pixels: Pixels) -> tuple[float, ...]:
    """A value for each channel: nothing at all, a level, a level a channel, or a colour.

    ``""`` is zero everywhere; ``128`` a level of every colour channel; ``255,0,0`` a level of each
    in turn; ``#ff8800``, ``#ff880080`` or ``orange`` a colour. Alpha is full unless it is given.
    Levels are those of the picture. Raises ``UsageError`` for anything else.
    """
    if not text:
        return (0.0,) * len(pixels.channels)
    levels = _levels(text) or _fitted(_colour(text), pixels)
    if len(levels) == 1:
        levels *= len(pixels.channels) - (pixels.alpha is not None)
    if pixels.alpha is not None and len(levels) == len(pixels.channels) - 1:
        levels = (*levels[: pixels.alpha], pixels.maximum, *levels[pixels.alpha :])
    if len(levels) != len(pixels.channels):
        raise UsageError(
            f"'{text}' has {len(levels)} values, the picture {len(pixels.channels)} channels",
            "give one value for all or one for each",
        )
    return levels


def check_colour(text: str) -> None:
    """Raise ``UsageError`` for a text that is a colour in no picture."""
    if text and not _levels(text):
        _colour(text)


def _levels(text: str) -> tuple[float, ...]:
    try:
        levels = tuple(float(part) for part in text.split(","))
    except ValueError:
        return ()
    return levels if all(map(math.isfinite, levels)) else ()


def _colour(text: str) -> tuple[int, ...]:
    from PIL import ImageColor

    try:
        return ImageColor.getrgb(text)
    except ValueError as error:
        raise UsageError(
            f"'{text}' is no colour", "write it as black, #ff8800, 128 or 255,128,0"
        ) from error


def _fitted(colour: tuple[int, ...], pixels: Pixels) -> tuple[float, ...]:
    from PIL import Image

    names = "".join(pixels.channels)
    mode = {"l": "L", "la": "LA", "rgb": "RGB", "rgba": "RGBA", "cmyk": "CMYK"}.get(names, "RGB")
    dot = Image.new("RGBA" if len(colour) == 4 else "RGB", (1, 1), colour)
    values = dot.convert(mode).getpixel((0, 0))
    levels = values if isinstance(values, tuple) else (values or 0,)
    return tuple(level * pixels.maximum / 255 for level in levels)
