"""Pictures before and after an unknown kernel, as blocks of the equations that it has to fulfil."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.images.arrays import check_finite
from imgconv.images.pixels import Pixels
from imgconv.study.light import Light

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shape = tuple[int, int]

# Numbers of a block, which fit the cache of a core.
_BLOCK = 2**18


class Pair(NamedTuple):
    """Colours before, and after where the kernel reached no border.

    ``before`` has the shape (channels, height, width), in the picture's own type. ``after`` and
    ``is_used`` are smaller by the kernel less one, in levels up to ``maximum``. ``is_clipped`` is
    the share of values after that are black or white.
    """

    before: NDArray[Any]
    after: NDArray[Any]
    is_used: Flags
    maximum: float
    clipped: float

    def equations(self, shape: Shape) -> Iterator[Array]:
        """Yield blocks, one column for each used value of ``after``.

        The rows are the pixels under the kernel in its order, the maximum, and the value after.
        Columns of values that are not used are 0.
        """
        taps = shape[0] * shape[1]
        _, high, wide = self.after.shape
        rows = max(1, _BLOCK // (wide * (taps + 2)))
        buffer = np.empty((taps + 2, rows * wide))
        for channel in range(len(self.after)):
            for top in range(0, high, rows):
                part = slice(top, min(high, top + rows))
                count = (part.stop - top) * wide
                block = buffer[:, :count]
                patches = block.reshape(taps + 2, -1, wide)
                for tap in range(taps):
                    j, i = divmod(tap, shape[1])
                    patches[tap] = self.before[channel, top + j : part.stop + j, i : i + wide]
                patches[taps] = self.maximum
                patches[taps + 1] = self.after[channel, part]
                used = self.is_used[channel, part].ravel()
                if not used.all():
                    block *= used
                yield block


class Reading(NamedTuple):
    """How pixels become values: light or levels, up to ``maximum``, by default that before."""

    linear: bool = False
    maximum: float | None = None


def make_pair(
    before: Pixels, after: Pixels, shape: Shape, reading: Reading | None = None, names: str = ""
) -> Pair:
    """Return two pictures as a pair for kernels of ``shape`` (height, width).

    ``after`` has the size of ``before``, or is smaller by the kernel less one. Colours that are not
    opaque, under the kernel or after, are not used. Raises ``UsageError`` for pictures that differ
    in size or colours, and for NaN and infinity; ``names`` begins its message.
    """
    if before.colours != after.colours:
        words = ["colour" if len(each.colours) > 1 else "grey" for each in (before, after)]
        raise UsageError(
            f"{names}one has {' and the other '.join(words)}", "give --gray to make both grey"
        )
    linear, unit = reading or Reading()
    maximum = unit or before.maximum
    cut = _cut(before, after, shape, names)
    for pixels in (before, after):
        check_finite(_planes(pixels), "learning", names)
    levels = _planes(after)[:, *cut]
    is_clipped = np.zeros(levels.shape, np.bool_)
    if not after.is_float:
        is_clipped = (levels == 0) | (levels == after.maximum)
    is_used = ~is_clipped
    is_used &= _whole(_opaque(before), shape) & _opaque(after)[cut]
    return Pair(
        _values(before, linear, maximum / before.maximum),
        _values(after, linear, maximum / after.maximum)[:, *cut],
        is_used,
        maximum,
        float(is_clipped.mean()),
    )


def _cut(before: Pixels, after: Pixels, shape: Shape, names: str) -> tuple[slice, slice]:
    """Return the rows and columns of ``after`` whose pixels lie wholly under the kernel."""
    high, wide = before.height - shape[0] + 1, before.width - shape[1] + 1
    if min(high, wide) < 1:
        raise UsageError(
            f"{names}a kernel of {shape[1]}x{shape[0]} is larger than the picture of "
            f"{before.width}x{before.height}",
            "give a smaller --size",
        )
    if after.size == before.size:
        top, left = shape[0] // 2, shape[1] // 2
        return slice(top, top + high), slice(left, left + wide)
    if after.size == (wide, high):
        return slice(0, high), slice(0, wide)
    sizes = [f"{wide}x{high}" for wide, high in (before.size, after.size)]
    raise UsageError(
        f"{names}{sizes[0]} before and {sizes[1]} after are different sizes",
        f"give pictures of one size, or {wide}x{high} after, without the border",
    )


def _planes(pixels: Pixels) -> NDArray[Any]:
    """Return the colours, shape (channels, height, width)."""
    return np.moveaxis(pixels.array, 2, 0)[: len(pixels.colours)]


def _values(pixels: Pixels, linear: bool, factor: float) -> NDArray[Any]:
    """Return the colours as planes, as levels or light times ``factor``."""
    planes = _planes(pixels)
    if linear:
        levels = pixels.array[..., : len(pixels.channels)]
        planes = np.moveaxis(Light(pixels).of(levels), 2, 0)[: len(planes)]
    return np.ascontiguousarray(planes if factor == 1 else planes * factor)


def _opaque(pixels: Pixels) -> Flags:
    if pixels.alpha is None:
        return np.ones((pixels.height, pixels.width), np.bool_)
    opaque: Flags = pixels.array[..., pixels.alpha] == pixels.maximum
    return opaque


def _whole(flags: Flags, shape: Shape) -> Flags:
    """Return where all flags under a kernel of ``shape`` are set."""
    for axis, length in enumerate(shape):
        kept = flags.shape[axis] - length + 1
        parts = [flags.take(range(at, at + kept), axis) for at in range(length)]
        flags = np.logical_and.reduce(parts)
    return flags
