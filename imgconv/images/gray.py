"""Colour made grey, as Pillow makes it."""

from __future__ import annotations

import numpy as np

from imgconv.images.pixels import Pixels

# How much of red, green and blue is in grey, in parts of 2^16: ITU-R BT.601, as Pillow has it.
_LUMA = (19595, 38470, 7471)


def gray_pixels(pixels: Pixels) -> Pixels:
    """Colour made grey as Pillow makes it, other channels kept; what is grey stays."""
    if pixels.channels[:4] == ("c", "m", "y", "k"):
        pixels = _without_ink(pixels)
    if pixels.channels[:3] != ("r", "g", "b"):
        return pixels
    array = pixels.array
    if pixels.is_float:
        grey = array[..., :3] @ (np.array(_LUMA, np.float32) / 65536)
    else:
        sums = np.full(array.shape[:2], 1 << 15, np.uint32)
        for position, share in enumerate(_LUMA):
            sums += array[..., position] * np.uint32(share)
        grey = (sums >> 16).astype(array.dtype)
    rest = array[..., 3 : len(pixels.channels)]
    together = np.concatenate([grey[..., None], rest], axis=2)
    return pixels._replace(array=together, channels=("l", *pixels.channels[3:]), shown_by=None)


def _without_ink(pixels: Pixels) -> Pixels:
    """light = (1 - ink) * (1 - black), as Pillow has it."""
    paper = np.float32(pixels.maximum) - pixels.array[..., :4]
    light = paper[..., :3] * (paper[..., 3:] / np.float32(pixels.maximum))
    light = light if pixels.is_float else np.floor(light + 0.5)
    rest = pixels.array[..., 4 : len(pixels.channels)]
    together = np.concatenate([light.astype(pixels.array.dtype), rest], axis=2)
    channels = ("r", "g", "b", *pixels.channels[4:])
    return pixels._replace(array=together, channels=channels, shown_by=None)
