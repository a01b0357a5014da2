"""Masks: pictures whose brightness says how much of a result replaces the input."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from imgconv.errors import ReadError, UsageError
from imgconv.images.blend import Blend, Region
from imgconv.images.depth import to_gray
from imgconv.images.frames import decoded, filterable, to_pixels
from imgconv.images.orientation import UPRIGHT, orientation_of, stored_array, upright_array
from imgconv.images.pixels import CHANNELS_BY_NUMBER, Pixels
from imgconv.system.hashing import blake2b


class Mask:
    """Values (height, width) from 0, the input, to ``maximum``, the result; none lies outside.

    They are uint8 or float32, which holds 16 bits. Equal masks have the same values.
    """

    def __init__(self, values: NDArray[Any], maximum: float, name: str = "mask") -> None:
        dtype = np.uint8 if values.dtype == np.uint8 else np.float32
        self.values, self.maximum, self.name = np.ascontiguousarray(values, dtype), maximum, name
        self._stored: dict[int, Mask] = {UPRIGHT: self}

    @classmethod
    def of_pixels(cls, pixels: Pixels, orientation: int = UPRIGHT, name: str = "mask") -> Mask:
        """Return the mask that a picture shows: colours count by their grey, times alpha."""
        gray = to_gray(pixels)
        if gray.channels[0] not in ("l", "0"):
            raise UsageError(
                f"a mask with the channels {','.join(pixels.channels)} has no grey",
                "give one in grey or RGB",
            )
        values, maximum = gray.array[..., 0], gray.maximum
        if (alpha := gray.alpha) is not None and (gray.array[..., alpha] < maximum).any():
            shares = gray.array[..., alpha].astype(np.float32) / np.float32(maximum)
            values, maximum = values.astype(np.float32) / np.float32(maximum) * shares, 1.0
        if values.dtype.kind == "f":
            values = np.nan_to_num(values, nan=0.0, posinf=maximum, neginf=0.0)
        values = np.clip(values, 0, values.dtype.type(maximum))
        return cls(upright_array(values, orientation), maximum, name)

    @classmethod
    def of(cls, value: object) -> Mask:
        """Return the mask of a Pillow image or of an array; raises ``UsageError``.

        An array has the shape (height, width), or with 1 to 4 channels: grey or RGB, and alpha. It
        is bool, uint8, uint16 or of floats, of which 1 is white.
        """
        if isinstance(value, Mask):
            return value
        if isinstance(value, Image):
            try:
                image = filterable(decoded(value))
            except ReadError as error:
                raise UsageError(f"mask: {error.problem}", error.remedy) from error
            info = {str(key): each for key, each in value.info.items()}
            return cls.of_pixels(to_pixels(image), orientation_of(info))
        if not isinstance(value, np.ndarray):
            raise UsageError(
                f"mask is of the type {type(value).__name__}", "give an image or an array"
            )
        return cls.of_pixels(_pixels_of(value))

    @cached_property
    def cache_key(self) -> str:
        """The digest of the values, which identifies the mask in fingerprints."""
        facts = (self.values.shape, self.values.dtype.name, self.maximum)
        digest = blake2b(repr(facts).encode(), digest_size=16)
        digest.update(self.values.data.cast("B") if self.values.size else b"")
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        """Return whether two masks have the same values."""
        return isinstance(other, Mask) and self.cache_key == other.cache_key

    def __hash__(self) -> int:
        """Return a hash of the values."""
        return hash(self.cache_key)

    def check_size(self, size: tuple[int, int], owner: str = "picture") -> None:
        """Raise ``UsageError`` unless the mask has the width and height of its ``owner``."""
        height, width = self.values.shape
        if (width, height) != size:
            raise UsageError(
                f"the mask is of {width}x{height}, the {owner} of {size[0]}x{size[1]}",
                "give a mask of the same size",
            )

    def stored(self, orientation: int) -> Mask:
        """Return the mask for pixels that are stored in an orientation, 1 to 8."""
        if orientation not in self._stored:
            values = stored_array(self.values, orientation)
            self._stored[orientation] = Mask(values, self.maximum, self.name)
        return self._stored[orientation]


def pixel_weights(blend: Blend, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the weight, 0..1, of the result in each pixel of an upright picture of a size."""
    mask, (left, top, width, height) = blend.mask, blend.region or Region(0, 0, *size)
    weights = np.zeros(size[::-1])
    part = (slice(top, top + height), slice(left, left + width))
    weights[part] = blend.mix
    if mask:
        weights[part] *= mask.values[part]
    weights /= 100 * (mask.maximum if mask else 1.0)
    return weights


def _pixels_of(array: NDArray[Any]) -> Pixels:
    count = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or count not in CHANNELS_BY_NUMBER or array.size == 0:
        raise UsageError(
            f"a mask of the shape {array.shape} is no picture",
            "give (height, width), or 1 to 4 channels",
        )
    values = array.reshape(*array.shape[:2], count)
    if values.dtype.kind == "b":
        return Pixels(values.astype(np.uint8), CHANNELS_BY_NUMBER[count], maxval=1)
    if values.dtype.kind == "f":
        values = values.astype(np.float32)
    if values.dtype.name not in ("uint8", "uint16", "float32"):
        raise UsageError(
            f"a mask of {array.dtype} has no white", "convert it to bool, uint8, uint16 or float"
        )
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    return Pixels(native, CHANNELS_BY_NUMBER[count])
