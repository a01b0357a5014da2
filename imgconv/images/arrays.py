"""Arrays of any type of number as pixels to filter, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv import images
from imgconv.errors import UsageError
from imgconv.images.pixels import MAXIMUM, Pixels

# Integers that float32 holds exactly, as it has 24 bits.
_LARGEST_INTEGER = 2**24

# Full brightness of other integers, where a rule or a colour needs it: as for uint8, or less where
# the type ends before.
_WHITE = 255

_KINDS = "of bool, of integers, or of floats up to 64 bits"


def array_to_pixels(array: NDArray[Any], gray_by: str | None = None) -> Pixels:
    """Return the pixels of an array, shape (height, width) or (height, width, channels).

    Channels are named ``0``, ``1``, ...; the first three are made one by ``luma``, ``mean`` or
    ``mean-max``, of which the latter two give floats. Raises ``UsageError`` for another shape or
    type, and for values that float32 cannot hold.
    """
    if array.ndim not in (2, 3) or array.size == 0:
        raise UsageError(
            f"an array of shape {array.shape} is no picture",
            "give (height, width) or (height, width, channels)",
        )
    values, maxval = _values(array.astype(array.dtype.newbyteorder("="), copy=False))
    stacked = np.ascontiguousarray(values if array.ndim == 3 else values[..., None])
    channels = tuple(map(str, range(stacked.shape[2])))
    pixels = Pixels(stacked, channels, maxval=maxval)
    return _gray(pixels, gray_by) if gray_by else pixels


def pixels_to_array(pixels: Pixels, array: NDArray[Any]) -> NDArray[Any]:
    """Return a result with the type and the number of axes of the array that was filtered.

    Integers are rounded half up and clamped to their type; bool gives float32.
    """
    is_flat = array.ndim == 2 or (pixels.array.shape[2] == 1 < array.shape[2])
    values = pixels.array[..., 0] if is_flat else pixels.array
    dtype = array.dtype.newbyteorder("=")
    if dtype in (values.dtype, np.bool_):
        return values
    if dtype.kind == "f":
        with np.errstate(over="ignore"):  # as in NumPy, what float16 cannot hold is infinite
            return values.astype(dtype)
    limits = np.iinfo(dtype)
    highest = float(limits.max)
    highest = highest if int(highest) <= limits.max else np.nextafter(highest, 0.0)
    return np.floor(values + np.float64(0.5)).clip(limits.min, highest).astype(dtype)


def _values(array: NDArray[Any]) -> tuple[NDArray[Any], int | None]:
    """Return the values to filter, and full brightness where their type does not tell it."""
    if array.dtype.name in MAXIMUM:
        return array, None
    if array.dtype.kind in "iu":
        lowest, highest = int(array.min()), int(array.max())
        if max(-lowest, highest) > _LARGEST_INTEGER:
            raise UsageError(
                f"the values {lowest} to {highest} need more than 24 bits",
                f"divide them, or convert to float: integers up to {_LARGEST_INTEGER:,} are exact",
            )
        return array.astype(np.float32), min(_WHITE, np.iinfo(array.dtype).max)
    if array.dtype.kind not in "bf" or array.dtype.itemsize > 8:
        raise UsageError(f"arrays of {array.dtype} cannot be filtered", f"give an array {_KINDS}")
    with np.errstate(over="ignore"):
        values = array.astype(np.float32)
    if array.dtype == np.float64 and np.any(np.isinf(values) & ~np.isinf(array)):
        raise UsageError("values beyond 3.4e38 cannot be filtered", "divide the array first")
    return values, None


def check_finite(values: NDArray[Any], purpose: str, names: str = "") -> None:
    """Raise ``UsageError`` where values of a picture are NaN or infinite.

    ``purpose`` is what needs finite ones, as ``a spectrum``; ``names`` begins the message.
    """
    if not np.isfinite(values).all():
        raise UsageError(
            f"{names}the picture has NaN or infinite values",
            f"{purpose} needs finite ones; replace them",
        )


def _gray(pixels: Pixels, rule: str) -> Pixels:
    names = ("r", "g", "b") if len(pixels.channels) >= 3 else ("l",)
    pixels = pixels._replace(channels=(*names, *pixels.channels[len(names) :]))
    gray = images.depth.gray_by(pixels, rule)
    return gray._replace(channels=tuple(map(str, range(len(gray.channels)))))
