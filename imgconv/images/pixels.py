"""Pixels in memory, as filters see them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from imgconv.images.transfer import Curve


# The value of full brightness. Float pixels are neither clamped nor rounded; 1 is their nominal
# white.
MAXIMUM = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}


def channel_names(text: str) -> frozenset[str]:
    """The channels that a person names, as in ``r, g``."""
    return frozenset(name.strip().lower() for name in text.split(","))


class Pixels(NamedTuple):
    """An array of shape (height, width, stored) and a letter for each channel that counts.

    The type is uint8, uint16 or float32, C-contiguous. Pillow stores four bytes for the three
    channels of RGB, so ``stored`` may exceed ``len(channels)``; what lies behind means nothing.
    Channels are named by one letter each: ``l`` grey, ``rgb``, ``cmyk``, ``a`` alpha; those of a
    bare array have no meaning and are called ``0``, ``1``, ... ``shown_by`` is the Pillow image
    whose own memory this is, if it is one's. ``maxval`` is the value of full brightness where that
    is not the usual one of the type, as a PNM file may have it, or floats that were whole numbers.
    ``curves`` are those that the picture brings with it, see ``curves_for``; without them it is
    sRGB.
    """

    array: NDArray[Any]
    channels: tuple[str, ...]
    shown_by: Image.Image | None = None
    maxval: int | None = None
    curves: Mapping[str, Curve] = MappingProxyType({})

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as Pillow's images have it."""
        return self.width, self.height

    @property
    def height(self) -> int:
        """The number of rows."""
        return int(self.array.shape[0])

    @property
    def width(self) -> int:
        """The number of pixels in a row."""
        return int(self.array.shape[1])

    @property
    def alpha(self) -> int | None:
        """The position of the alpha channel, if there is one."""
        return self.channels.index("a") if "a" in self.channels else None

    @property
    def maximum(self) -> float:
        """The value of full brightness."""
        return float(self.maxval or MAXIMUM[self.array.dtype.name])

    @property
    def is_float(self) -> bool:
        """Whether values are neither clamped nor rounded."""
        return self.array.dtype.name == "float32"

    @property
    def flat_rows(self) -> NDArray[Any]:
        """The same memory as rows of values, shape (height, width * stored)."""
        return self.array.reshape(self.height, -1)

    def empty(self, height: int, width: int) -> Pixels:
        """Fresh pixels of the same type and channels."""
        import numpy as np

        shape = (height, width, self.array.shape[2])
        return Pixels(np.empty(shape, self.array.dtype), self.channels, maxval=self.maxval)


# One of Pillow's images, or the pixels of what Pillow has no mode for: see deep/.
Frame: TypeAlias = "Image.Image | Pixels"


class Header(NamedTuple):
    """What of a frame is known before it is decoded, as Pillow's images have it."""

    mode: str
    size: tuple[int, int]
    info: dict[str, Any]
