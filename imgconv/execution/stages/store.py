"""The loops that store finished rows as pixels, or find their extremes before they are stored.

Pillow's RGB has room for four values a pixel. Loops that make pixels are quick where these are
packed, and a loop that expands them is quick where it does nothing else. So they are two.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.jit.arguments import SlidingView
from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import JitLoop, jit_loop
from imgconv.jit.schedule import Schedule

_ZERO, _HALF = np.float32(0), np.float32(0.5)
_LARGEST = np.finfo(np.float32).max


class PixelLayout(NamedTuple):
    """The value of full brightness, the values of a pixel in memory, and the channels in them."""

    maximum: float
    stored: int
    channels: int


@jit_loop
def expand(packed, stored, channels, pixels):  # type: ignore[no-untyped-def]
    """pixels = packed, with room for ``stored`` values a pixel."""
    for y in range(packed.shape[0]):
        source, target = packed[y], pixels[y]
        for x in range(source.shape[0] // channels):
            for k in range(channels):
                target[x * stored + k] = source[x * channels + k]


@jit_loop
def expand_3_to_4(packed, stored, channels, pixels):  # type: ignore[no-untyped-def]
    """``expand`` for Pillow's RGB: constants let it be vectorised."""
    for y in range(packed.shape[0]):
        source, target = packed[y], pixels[y]
        for x in range(source.shape[0] // 3):
            target[4 * x] = source[3 * x]
            target[4 * x + 1] = source[3 * x + 1]
            target[4 * x + 2] = source[3 * x + 2]
            target[4 * x + 3] = 255


def packed_view(
    schedule: Schedule, rows: SlidingView, pixels: SlidingView, layout: PixelLayout
) -> SlidingView:
    """Return where to store packed pixels: in ``pixels`` themselves unless these have more room."""
    if layout.stored == layout.channels:
        return pixels
    return rows._replace(array=schedule.workspace(rows.array.shape, pixels.array.dtype))


def add_expand(
    schedule: Schedule, packed: SlidingView, pixels: SlidingView, layout: PixelLayout
) -> None:
    """Add the call that expands packed pixels, unless they are in place already."""
    if packed is not pixels:
        _, stored, channels = layout
        loop: JitLoop = expand_3_to_4 if (stored, channels) == (4, 3) else expand
        schedule.call(loop, packed, stored, channels, pixels, when=packed.height)


@jit_inline
def rounded(value, maximum):  # type: ignore[no-untyped-def]
    """Return the nearest whole number within 0 .. maximum, halves upwards."""
    return np.int32(min(max(value, _ZERO), maximum) + _HALF)


# An int32, so that as many are counted at once as there are values in a vector.
@jit_inline
def lies_outside(value, maximum):  # type: ignore[no-untyped-def]
    """Return 1 for a value outside 0 .. maximum by more than rounding."""
    return np.int32((value < -_HALF) | (value >= maximum + _HALF))


@jit_loop
def quantize(rows, maximum, pixels, clipped):  # type: ignore[no-untyped-def]
    """pixels = rows rounded once, half up, and clamped to 0 .. maximum.

    ``clipped[0]`` grows by the number of values that lay outside by more than rounding.
    """
    for y in range(rows.shape[0]):
        source, target = rows[y], pixels[y]
        outside = np.int32(0)
        for i in range(source.shape[0]):
            outside = np.int32(outside + lies_outside(source[i], maximum))
            target[i] = rounded(source[i], maximum)
        clipped[0] += outside


def add_store(
    schedule: Schedule, rows: SlidingView, pixels: SlidingView, layout: PixelLayout
) -> NDArray[np.int64]:
    """Add the calls that store float32 ``rows`` as ``pixels``, quantized unless these are floats.

    Returns the array of one number that counts clipped values.
    """
    clipped = schedule.state(np.zeros(1, np.int64))
    maximum, stored, channels = layout
    if pixels.array.dtype == np.float32:
        schedule.call(expand, rows, stored, channels, pixels, when=rows.height)
        return clipped
    packed = packed_view(schedule, rows, pixels, layout)
    schedule.call(quantize, rows, maximum, packed, clipped, when=rows.height)
    add_expand(schedule, packed, pixels, layout)
    return clipped


@jit_loop
def extremes(rows, ignored, lowest_highest):  # type: ignore[no-untyped-def]
    """Widen ``lowest_highest`` to the finite values of the channels that are not ``ignored``."""
    channels = ignored.shape[0]
    for y in range(rows.shape[0]):
        row = rows[y]
        for x in range(0, row.shape[0], channels):
            for k in range(channels):
                if not ignored[k] and abs(row[x + k]) <= _LARGEST:
                    lowest_highest[0] = min(lowest_highest[0], row[x + k])
                    lowest_highest[1] = max(lowest_highest[1], row[x + k])
