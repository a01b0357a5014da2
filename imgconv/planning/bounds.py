"""The bounds of the values that each filter of a chain reads, with which errors of engines grow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from imgconv import images
from imgconv.engines.base import Bounds, PlanOptions, gain
from imgconv.errors import UsageError
from imgconv.images.colour import channel_values
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from imgconv.system.threads import Job, thread_count

if TYPE_CHECKING:
    from imgconv.images.transfer import Curve

# The values of one task: they stay in a core's own cache.
_AT_ONCE = 2**17

_UNKNOWN = Bounds(-math.inf, math.inf)


def extremes(pixels: Pixels, threads: int | None) -> tuple[float, float]:
    """Return the bounds of 0, white and all floats, as shares of white; NaN if one of them is.

    As integers, the bits of floats above white, below 0 and of NaN are larger than the bits of
    white. So most parts need one maximum only: a minimum and a maximum of the floats would take
    4 ms of 45 at 9 million values.
    """
    white = np.float32(pixels.maximum)
    ends = [np.float32(0), white]

    def add(first: int) -> None:
        part = pixels.array[first : first + rows]
        if part.view(np.uint32).max() > white.view(np.uint32):
            ends.extend((part.min(), part.max()))

    rows = max(1, _AT_ONCE // pixels.array[0].size)
    Job(partial(add, first) for first in range(0, pixels.height, rows)).run(thread_count(threads))
    return float(np.min(ends) / pixels.maximum), float(np.max(ends) / pixels.maximum)


def bounds_of_source(
    pixels: Pixels, settings: Settings, low: float = 0.0, high: float = 1.0
) -> Bounds:
    """Return the bounds of values that the first filter reads, of pixels in ``low`` .. ``high``.

    The constant border's colour is within them. They are powers of two where they lie outside of
    0 .. 1, so that pictures share plans.
    """
    if not math.isfinite(high - low):
        return _UNKNOWN
    around = channel_values(settings.border.colour, pixels)
    white = pixels.maximum
    if low == 0 and high == 1 and min(around) >= 0 and max(around) <= white:
        return Bounds()
    ends = [low, high, *(value / white for value in around)]
    if settings.linear:
        ends = [math.copysign(_most_light(pixels, abs(end)), end) for end in ends]
    if pixels.alpha is not None and not settings.straight_alpha:
        ends += [a * b for a in ends for b in ends]
    low, high = min(0.0, *ends), max(1.0, *ends)
    return Bounds(-_power_of_two(-low) if low else 0.0, _power_of_two(high))


def _power_of_two(value: float) -> float:
    """Return the next power of two that is no less than ``value``, from 1/1024 on."""
    mantissa, exponent = math.frexp(max(value, 2.0**-10))
    return math.ldexp(1.0, exponent - (mantissa == 0.5))


def _most_light(pixels: Pixels, level: float) -> float:
    """Return a bound of the light of a level: curves go on straight far above 1."""
    with np.errstate(over="ignore"):
        light = [float(c.light(np.array(level))) for c in curves_of(pixels) if c and level > 1]
    return max(level, *light) if light else level


def curves_of(pixels: Pixels) -> list[Curve | None]:
    """Return the transfer function of each channel; raises ``UsageError`` for inks."""
    if "c" in pixels.channels:
        raise UsageError("inks are no light", "convert the picture to RGB, or leave out --linear")
    return images.transfer.curves_for(pixels.channels, pixels.curves)


def bounds_before(filters: Sequence[Filter], options: PlanOptions) -> list[Bounds]:
    """Return the bounds of the values that each filter reads: nothing is clamped before."""
    bounds, alpha = [options.bounds], options.alpha
    for filter, then in pairwise(filters):
        after = _bounds_after(filter, bounds[-1], options.maximum)
        ends = [*after] if alpha.is_filtered else [*after, *bounds[-1]]  # some may be carried
        if alpha.weighs and then.is_average and not filter.is_average:
            ends += [value * share for value in after for share in options.bounds]
        # Colour is divided by averaged alpha, which negative weights may bring near to 0.
        is_divided = alpha.weighs and filter.is_average and not then.is_average
        is_mean = all(gain(kernel) <= 1 + 1e-9 for kernel in filter.kernels)
        bounds.append(_UNKNOWN if is_divided and not is_mean else Bounds(min(ends), max(ends)))
    return bounds


def _bounds_after(filter: Filter, bounds: Bounds, maximum: float) -> Bounds:
    if bounds.magnitude == math.inf or filter.mask:
        return _UNKNOWN
    lows, highs = zip(*(_of_sums(k, bounds, maximum) for k in filter.kernels), strict=True)
    low, high = lows[0], highs[0]
    if filter.combine == "magnitude":
        low, high = 0.0, math.hypot(*map(max, (-low for low in lows), highs))
    elif filter.combine == "max":
        low, high = max(lows), max(highs)
    elif filter.combine == "add-above":
        low, high = low + min(0.0, lows[1]), high + max(0.0, highs[1])
    if filter.range == "stretch":
        return Bounds()
    if filter.range == "abs":
        low, high = 0.0, max(-low, high)
    middle = 0.5 if filter.range == "offset" else 0.0
    return Bounds(round(low + middle, 9), round(high + middle, 9))


def _of_sums(kernel: Kernel, bounds: Bounds, maximum: float) -> tuple[float, float]:
    total, grows = kernel.sum / kernel.scale, gain(kernel)
    above, below = (grows + total) / 2, (grows - total) / 2
    offset = kernel.offset / maximum
    return (
        above * bounds.low - below * bounds.high + offset,
        above * bounds.high - below * bounds.low + offset,
    )
