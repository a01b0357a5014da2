"""Pixels of another depth, range, alpha or colour: one formula each, rounded once, half up.

Pixels are converted 64 rows at a time, so that no second picture is held in floats.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.images.colour import channel_values
from imgconv.images.pixels import MAXIMUM, Pixels

_STRIP = 64

# The weights of red, green and blue in grey, in units of 2^-16: ITU-R BT.601, as in Pillow.
_LUMA = (19595, 38470, 7471)


def empty_like(pixels: Pixels, height: int, width: int) -> Pixels:
    """Return pixels of the same type and channels in fresh memory."""
    array = np.empty((height, width, pixels.array.shape[2]), pixels.array.dtype)
    return Pixels(array, pixels.channels, maxval=pixels.maxval)


def flatten(pixels: Pixels, background: str) -> Pixels:
    """Return background + (colour - background) * alpha / maximum, without the alpha channel."""
    at = pixels.channels.index("a")
    below = np.delete(channel_values(background, pixels), at).astype(np.float32)
    channels = pixels.channels[:at] + pixels.channels[at + 1 :]
    result = np.empty((pixels.height, pixels.width, len(channels)), pixels.array.dtype)
    for strip, rows in _strips(pixels):
        alpha = rows[..., at : at + 1] / np.float32(pixels.maximum)
        colours = np.delete(rows[..., : len(pixels.channels)], at, axis=2)
        result[strip] = _quantized(below + (colours - below) * alpha, pixels)
    return pixels._replace(array=result, channels=channels, image=None)


def to_depth(pixels: Pixels, dtype: str) -> Pixels:
    """Return the pixels with levels 0..maximum of ``dtype``, the largest value of that type.

    Colours are 0 where alpha becomes 0 by rounding or clamping.
    """
    result = pixels._replace(array=np.empty(pixels.array.shape, dtype), image=None, maxval=None)
    for strip, rows in _strips(pixels):
        levels = result.array[strip]
        levels[:] = _quantized(rows * np.float64(result.maximum) / pixels.maximum, result)
        if (alpha := pixels.alpha) is not None:
            levels[(levels[..., alpha] == 0) & (rows[..., alpha] != 0)] = 0
    return result


def as_floats(pixels: Pixels) -> Pixels:
    """Return float32 pixels of the same levels and maximum, in fresh memory."""
    array = pixels.array[..., : len(pixels.channels)].astype("float32")
    maxval = pixels.maxval if pixels.is_float else round(pixels.maximum)
    return pixels._replace(array=array, image=None, maxval=maxval)


def as_stored(values: Pixels, pixels: Pixels) -> Pixels:
    """Return float levels with the type and the maximum of ``pixels``; NaN becomes 0."""
    if pixels.is_float:
        return values._replace(array=values.array.astype("float32"), maxval=pixels.maxval)
    array = np.empty(values.array.shape, pixels.array.dtype)
    for strip, rows in _strips(values):
        array[strip] = np.nan_to_num(_quantized(rows, pixels), nan=0.0)
    return values._replace(array=array, image=None, maxval=pixels.maxval)


def unpremultiply(pixels: Pixels) -> None:
    """Divide colours by alpha in place: stored * maximum / alpha, unchanged where alpha is 0."""
    for colours, alpha in _colours_and_alpha(pixels):
        colours[:] = _quantized(colours * (pixels.maximum / alpha), pixels)


def premultiply(pixels: Pixels) -> Pixels:
    """Return colour * alpha / maximum, in fresh memory, unchanged where alpha is 0.

    It undoes ``unpremultiply`` exactly for integers: alpha makes the error, half a level, smaller.
    """
    result = empty_like(pixels, pixels.height, pixels.width)
    result.array[:] = pixels.array
    for colours, alpha in _colours_and_alpha(result):
        colours[:] = _quantized(colours * (alpha / pixels.maximum), pixels)
    return result


def full_range(pixels: Pixels) -> Pixels:
    """Return the pixels with levels up to the largest of their type, each level distinct.

    PNM and TIFF files may have another maximum. Floats are returned as they are.
    """
    dtype = pixels.array.dtype.name
    if pixels.is_float or pixels.maximum == MAXIMUM[dtype]:
        return pixels
    levels = np.rint(np.arange(pixels.maximum + 1) / pixels.maximum * MAXIMUM[dtype])
    return Pixels(levels.astype(dtype).take(pixels.array, mode="clip"), pixels.channels)


def to_gray(pixels: Pixels) -> Pixels:
    """Return RGB or CMYK as grey, by Pillow's formula, with any other channels; else the pixels."""
    pixels = _without_inks(pixels)
    if pixels.channels[:3] != ("r", "g", "b"):
        return pixels
    array = pixels.array
    if pixels.is_float:
        gray = array[..., :3] @ (np.array(_LUMA, np.float32) / 65536)
    else:
        gray = np.empty(array.shape[:2], array.dtype)
        for strip, rows in _strips(pixels):
            sums = np.full(rows.shape[:2], 1 << 15, np.uint32)
            for position, weight in enumerate(_LUMA):
                sums += rows[..., position] * np.uint32(weight)
            gray[strip] = sums >> 16
    return _with_colours(pixels, gray[..., None], 3, ("l",))


def gray_by(pixels: Pixels, rule: str) -> Pixels:
    """Return grey by a rule: ``luma``, rounded, or ``mean`` or ``mean-max``, which are floats."""
    return to_gray(pixels) if rule == "luma" else mean_gray(pixels, rule == "mean-max")


def mean_gray(pixels: Pixels, is_stretched: bool) -> Pixels:
    """Return the mean of red, green and blue as grey floats of the same maximum.

    With ``is_stretched`` it is the sum as a share of the largest sum of the picture, of which black
    stays black. Grey stays as it is otherwise; any other channels are kept.
    """
    pixels = as_floats(_without_inks(pixels))
    colours = 3 if pixels.channels[:3] == ("r", "g", "b") else 1
    sums = pixels.array[..., :colours].sum(axis=2, dtype=np.float64, keepdims=True)
    largest = float(sums.max(initial=0.0)) if is_stretched else colours * pixels.maximum
    gray = sums * (pixels.maximum / largest) if largest > 0 else sums
    return _with_colours(pixels, gray.astype(np.float32), colours, ("l",))


def share_outside(pixels: Pixels, level: float = 1.0) -> float:
    """Return the share of values, 0..1, that lie outside 0..maximum by half a ``level`` or more."""
    outside, half = 0, level / 2
    for _, rows in _strips(pixels):
        outside += int(np.count_nonzero((rows < -half) | (rows >= pixels.maximum + half)))
    return outside / max(1, pixels.array.size)


def _without_inks(pixels: Pixels) -> Pixels:
    """Return CMYK as RGB, (1 - cmy) * (1 - k) as in Pillow; anything else as it is."""
    if pixels.channels[:4] != ("c", "m", "y", "k"):
        return pixels
    paper = np.float32(pixels.maximum) - pixels.array[..., :4]
    light = paper[..., :3] * (paper[..., 3:] / np.float32(pixels.maximum))
    light = light if pixels.is_float else np.floor(light + 0.5)
    return _with_colours(pixels, light.astype(pixels.array.dtype), 4, ("r", "g", "b"))


def _with_colours(
    pixels: Pixels, colours: NDArray[Any], replaced: int, names: tuple[str, ...]
) -> Pixels:
    others = pixels.array[..., replaced : len(pixels.channels)]
    array = np.concatenate([colours, others], axis=2)
    return pixels._replace(array=array, channels=names + pixels.channels[replaced:], image=None)


def _strips(pixels: Pixels) -> Iterator[tuple[slice, NDArray[Any]]]:
    strips = (slice(top, top + _STRIP) for top in range(0, pixels.height, _STRIP))
    return ((strip, pixels.array[strip]) for strip in strips)


def _colours_and_alpha(pixels: Pixels) -> Iterator[tuple[NDArray[Any], NDArray[np.float64]]]:
    """Yield each strip's colours, as a view, and its alpha, the maximum where it is 0."""
    at = pixels.channels.index("a")
    colours = len([name for name in pixels.channels if name not in ("a", "x")])
    for _, rows in _strips(pixels):
        alpha = rows[..., at : at + 1].astype(np.float64)
        alpha[alpha == 0] = pixels.maximum
        yield rows[..., :colours], alpha


def _quantized(values: NDArray[Any], pixels: Pixels) -> NDArray[Any]:
    """Return values of the type of ``pixels``: integers clamped and rounded, floats as they are."""
    return values if pixels.is_float else np.floor(values.clip(0, pixels.maximum) + 0.5)
