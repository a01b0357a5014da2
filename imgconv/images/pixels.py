"""Pixels in memory, as filters take them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from imgconv.images.transfer import Curve

# The value of full brightness. Float pixels are neither clamped nor rounded; 1 is nominal white.
MAXIMUM = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}

# The channels of grey and RGB, without alpha or with it, by their number.
CHANNELS_BY_NUMBER = {1: ("l",), 2: ("l", "a"), 3: ("r", "g", "b"), 4: ("r", "g", "b", "a")}

# The names of channels in words.
CHANNEL_NAMES = {"l": "grey", "r": "red", "g": "green", "b": "blue", "a": "alpha"}
CHANNEL_NAMES |= {"c": "cyan", "m": "magenta", "y": "yellow", "k": "black"}


def channel_name(letter: str) -> str:
    """Return the name of a channel in words, as in ``red``, or else ``channel 0``."""
    return CHANNEL_NAMES.get(letter, f"channel {letter}")


def mid_grey(maximum: float) -> float:
    """Return the level that the range rule ``offset`` makes of zero."""
    return 0.5 if maximum == 1 else (maximum + 1) / 2


def parse_channels(text: str) -> frozenset[str]:
    """Return the names of channels that are written as in ``r, g``."""
    return frozenset(name.strip().lower() for name in text.split(","))


class Pixels(NamedTuple):
    """Pixels: an array (height, width, stored values) and the name of each channel.

    ``array`` is uint8, uint16 or float32, C-contiguous. Pillow stores four bytes for the three
    channels of RGB: values beyond ``len(channels)`` mean nothing. ``channels`` are ``l`` for grey,
    ``r g b``, ``c m y k`` and ``a`` for alpha; a bare array has the channels ``0``, ``1``, ...
    ``image`` is the Pillow image whose memory the array shares, if any. ``maxval`` is the value of
    full brightness where the type does not give it, as in PNM or for integers made float.
    ``curves`` are the picture's transfer functions, as for ``curves_for``.
    """

    array: "NDArray[Any]"
    channels: tuple[str, ...]
    image: "Image.Image | None" = None
    maxval: int | None = None
    curves: "Mapping[str, Curve]" = MappingProxyType({})

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in the order of Pillow's images."""
        return self.width, self.height

    @property
    def height(self) -> int:
        return int(self.array.shape[0])

    @property
    def width(self) -> int:
        return int(self.array.shape[1])

    @property
    def alpha(self) -> int | None:
        """The position of the alpha channel."""
        return self.channels.index("a") if "a" in self.channels else None

    @property
    def colours(self) -> tuple[str, ...]:
        """The names of the channels but alpha."""
        return tuple(name for name in self.channels if name != "a")

    @property
    def maximum(self) -> float:
        """The value of full brightness."""
        return float(self.maxval or MAXIMUM[self.array.dtype.name])

    @property
    def is_float(self) -> bool:
        return self.array.dtype.char == "f"

    @property
    def flat_rows(self) -> "NDArray[Any]":
        """The same memory as rows of values, shape (height, width * stored values)."""
        return self.array.reshape(self.height, -1)


# A picture of a file, or one frame of an animation: Pixels where Pillow has no mode for them.
Frame: TypeAlias = "Image.Image | Pixels"


class Header(NamedTuple):
    """The facts of a frame that are known before it is decoded, named as in Pillow's images."""

    mode: str
    size: tuple[int, int]
    info: dict[str, Any]
