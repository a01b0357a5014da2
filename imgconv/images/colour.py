"""Colours as people write them, as a value for each channel of a picture."""

import math

from PIL import Image

from imgconv.errors import UsageError
from imgconv.images.modes import mode_of_pixels
from imgconv.images.pixels import Pixels


def channel_values(text: str, pixels: Pixels) -> tuple[float, ...]:
    """Return the value of each channel for a colour, in the levels of ``pixels``.

    ``text`` is ``""`` for 0 everywhere, a level of all colours (``128``), a level of each
    (``255,0,0``), or a colour (``#ff8800``, ``orange``). Alpha is full unless it is given. Raises
    ``UsageError`` for anything else.
    """
    count, alpha = len(pixels.channels), pixels.alpha
    if not text:
        return (0.0,) * count
    levels = _levels(text) or _converted(_parse(text), pixels)
    if len(levels) == 1:
        levels *= count - (alpha is not None)
    if alpha is not None and len(levels) == count - 1:
        levels = (*levels[:alpha], pixels.maximum, *levels[alpha:])
    if len(levels) != count:
        raise UsageError(
            f"'{text}' has {len(levels)} values, the picture {count} channels",
            "give one value for all or one for each",
        )
    return levels


def check_colour(text: str) -> None:
    """Raise ``UsageError`` for a text that is no colour in any picture."""
    if text and not _levels(text):
        _parse(text)


def _levels(text: str) -> tuple[float, ...]:
    try:
        levels = tuple(float(part) for part in text.split(","))
    except ValueError:
        return ()
    return levels if all(map(math.isfinite, levels)) else ()


def _parse(text: str) -> tuple[int, ...]:
    from PIL import ImageColor  # only for colours with a name or a #

    try:
        return ImageColor.getrgb(text)
    except ValueError as error:
        is_none = text.lower() in ("transparent", "none")
        forms = "write it as black, #ff8800, 128 or 255,128,0"
        remedy = "leave it out to keep transparency" if is_none else forms
        raise UsageError(f"'{text}' is no colour", remedy) from error


def _converted(colour: tuple[int, ...], pixels: Pixels) -> tuple[float, ...]:
    """Convert RGB or RGBA, 0..255, to the channels and levels of ``pixels``."""
    other = "L" if len(pixels.channels) == 1 else "RGB"
    mode = mode_of_pixels(pixels.channels, "uint8") or other
    pixel = Image.new("RGBA" if len(colour) == 4 else "RGB", (1, 1), colour)
    values = pixel.convert(mode).getpixel((0, 0))
    levels = values if isinstance(values, tuple) else (values or 0,)
    return tuple(level * pixels.maximum / 255 for level in levels)
