"""Pixels of another depth, and pixels laid on a background.

Colours multiplied by alpha, as some TIFFs store them, and straight ones, as filters take them.

Whole numbers survive the way there and back: a straight colour is off by half a level at most, and
alpha, which is not more than one, leaves of that less than half a level.

Levels up to another maximum than the largest of their type, as PNM and TIFF may have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.images.colour import channel_values
from imgconv.images.pixels import MAXIMUM, Pixels

# Rows at once, so that no second picture in floats is needed.
_ROWS = 64


def flattened(pixels: Pixels, text: str) -> Pixels:
    """result = background + (colour - background) * alpha / maximum."""
    at = pixels.channels.index("a")
    background = np.delete(channel_values(text, pixels), at).astype(np.float32)
    channels = pixels.channels[:at] + pixels.channels[at + 1 :]
    result = np.empty((pixels.height, pixels.width, len(channels)), pixels.array.dtype)
    for rows, into in _strips(pixels, result):
        alpha = rows[..., at : at + 1] / np.float32(pixels.maximum)
        colours = np.delete(rows[..., : len(pixels.channels)], at, axis=2)
        into[:] = _stored(background + (colours - background) * alpha, pixels)
    return pixels._replace(array=result, channels=channels, shown_by=None)


def in_type(pixels: Pixels, name: str) -> Pixels:
    """Levels from 0 to the largest of the type, rounded once, halves upwards."""
    result = pixels._replace(array=np.empty(pixels.array.shape, name), shown_by=None, maxval=None)
    for rows, into in _strips(pixels, result.array):
        into[:] = _stored(rows * np.float64(result.maximum) / pixels.maximum, result)
    return result


def share_outside(pixels: Pixels, name: str) -> float:
    """The share of values that the range of a type cuts off, by more than rounding to it."""
    half = 0.5 * pixels.maximum / MAXIMUM[name]
    outside = 0
    for rows, _ in _strips(pixels, pixels.array):
        outside += int(np.count_nonzero((rows < -half) | (rows >= pixels.maximum + half)))
    return outside / pixels.array.size


def _strips(pixels: Pixels, result: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    for top in range(0, pixels.height, _ROWS):
        yield pixels.array[top : top + _ROWS], result[top : top + _ROWS]


def _stored(values: NDArray[Any], pixels: Pixels) -> NDArray[Any]:
    """Values as pixels have them: floats as they are, whole numbers rounded half up."""
    return values if pixels.is_float else np.floor(values.clip(0, pixels.maximum) + 0.5)


# Rows at once, so that no second picture in float64 is needed.
_ALPHA_ROWS = 64


def make_straight(pixels: Pixels) -> None:
    """colour = stored * maximum / alpha, in place; where alpha is 0, colours stay."""
    for colours, alpha in _alpha_strips(pixels):
        _put(colours, colours * (pixels.maximum / alpha), pixels)


def premultiplied(pixels: Pixels) -> Pixels:
    """stored = colour * alpha / maximum, in fresh memory; where alpha is 0, colours stay."""
    result = pixels.empty(pixels.height, pixels.width)
    result.array[:] = pixels.array
    for colours, alpha in _alpha_strips(result):
        _put(colours, colours * (alpha / pixels.maximum), pixels)
    return result


def _alpha_strips(pixels: Pixels) -> Any:
    """The colours of some rows at a time, and their alpha as float64, full where it is 0."""
    at = pixels.channels.index("a")
    for top in range(0, pixels.height, _ALPHA_ROWS):
        rows = pixels.array[top : top + _ALPHA_ROWS]
        alpha = rows[..., at : at + 1].astype(np.float64)
        alpha[alpha == 0] = pixels.maximum
        yield rows[..., :at], alpha


def _put(colours: NDArray[Any], values: NDArray[np.float64], pixels: Pixels) -> None:
    if not pixels.is_float:
        values = np.floor(values.clip(0, pixels.maximum) + 0.5)
    colours[:] = values


def full_range(pixels: Pixels) -> Pixels:
    """The same picture with levels up to the largest of its type; each level keeps one of its own.

    Floats stay as they are.
    """
    name = pixels.array.dtype.name
    if pixels.is_float or pixels.maximum == MAXIMUM[name]:
        return pixels
    levels = np.rint(np.arange(pixels.maximum + 1) / pixels.maximum * MAXIMUM[name])
    array: NDArray[Any] = levels.astype(name).take(pixels.array, mode="clip")
    return Pixels(array, pixels.channels)
