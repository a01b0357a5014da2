"""Pillow's modes and ours: which channels a mode has, and what stands in for the other modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from imgconv import pillow_memory
from imgconv.errors import ReadError
from imgconv.picture import MAXIMUM, Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

    from imgconv.files import Frame

# The modes that are filtered as they are: their channels, and the type of a value.
CHANNELS: dict[str, tuple[tuple[str, ...], str]] = {
    "L": (("l",), "uint8"),
    "LA": (("l", "a"), "uint8"),
    "RGB": (("r", "g", "b"), "uint8"),
    "RGBA": (("r", "g", "b", "a"), "uint8"),
    "CMYK": (("c", "m", "y", "k"), "uint8"),
    "I;16": (("l",), "uint16"),
    "F": (("l",), "float32"),
}

# The modes that are filtered through another one: palettes are looked up, black and white becomes
# grey, and so on.
THROUGH = {
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "La": "LA",
    "RGBa": "RGBA",
    "RGBX": "RGB",
    "YCbCr": "RGB",
    "HSV": "RGB",
    "I;16L": "I;16",
    "I;16B": "I;16",
    "I;16N": "I;16",
}
# The mode of pixels that a mode of Pillow's holds as they are.
MODES = {kind: mode for mode, kind in CHANNELS.items()}

_WITH_ALPHA = {"L": "LA", "RGB": "RGBA"}
_GREY = {"RGB": "L", "RGBA": "LA", "CMYK": "L"}

# How much of red, green and blue is in grey, in parts of 2^16: ITU-R BT.601, as Pillow has it.
_LUMA = (19595, 38470, 7471)


def filterable(image: Image, gray: bool = False) -> Image:
    """The picture in one of the modes of ``CHANNELS``, itself where it is already.

    A transparent colour or key becomes an alpha channel. Raises ``ReadError`` for a mode that none
    of them can stand in for.
    """
    if image.mode == "I":
        image = _from_32_bits(image)
    mode = THROUGH.get(image.mode, image.mode)
    if mode == "I;16" and "transparency" in image.info:
        raise ReadError(
            "no mode holds 16 bits of grey and what is transparent", "filter its pixels as an array"
        )
    if "transparency" in image.info:
        mode = _WITH_ALPHA.get(mode, mode)
    mode = _GREY.get(mode, mode) if gray else mode
    if mode not in CHANNELS:
        raise ReadError(
            f"pictures of the kind {image.mode} cannot be filtered", "convert it to RGB first"
        )
    if mode == image.mode:
        return image
    if mode == "I;16":
        return to_image(Pixels(np.asarray(image).astype(np.uint16)[..., None], ("l",)), mode)
    return image.convert(mode)


def _from_32_bits(image: Image) -> Image:
    """16-bit grey that Pillow hands out as 32-bit integers, as it does for PGM."""
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise ReadError("32-bit whole numbers cannot be filtered", "convert it to float first")
    return to_image(Pixels(values.astype(np.uint16)[..., None], ("l",)), "I;16")


def to_pixels(image: Image) -> Pixels:
    """The pixels of a picture in a mode of ``CHANNELS``: its own memory where possible."""
    channels, dtype = CHANNELS[image.mode]
    memory = pillow_memory.view(image)
    if memory is not None:
        return Pixels(memory, channels, image)
    array: NDArray[Any] = np.array(image, dtype)
    return Pixels(array.reshape(image.height, image.width, len(channels)), channels)


def to_image(pixels: Pixels, mode: str) -> Image:
    """The picture made of pixels that have the channels and the type of ``mode``."""
    from PIL import Image

    if pixels.shown_by is not None:
        return pixels.shown_by
    size = (pixels.width, pixels.height)
    if pixels.array.shape[2] > len(pixels.channels):
        return Image.frombytes(mode, size, pixels.array.data, "raw", f"{mode}X")
    return Image.frombuffer(mode, size, pixels.array, "raw", mode, 0, 1)


def dot(frame: Frame) -> Frame:
    """One pixel of the same kind as those of a frame, which need not be loaded."""
    from PIL import Image

    if isinstance(frame, Pixels):
        return frame._replace(array=frame.array[:1, :1].copy())
    one = Image.new(frame.mode, (1, 1))
    one.info = dict(frame.info)
    return one


def frame_pixels(frame: Frame, gray: bool = False) -> Pixels:
    """The pixels of a frame as filters take them; raises ``ReadError`` as ``filterable`` does."""
    if isinstance(frame, Pixels):
        return gray_pixels(frame) if gray else frame
    return to_pixels(filterable(frame, gray))


def pixels_frame(pixels: Pixels) -> Frame:
    """The frame that these pixels make: one of Pillow's images if a mode holds them as they are."""
    mode = MODES.get((pixels.channels, pixels.array.dtype.name))
    is_usual = pixels.maximum == MAXIMUM[pixels.array.dtype.name]
    return to_image(pixels, mode) if mode and is_usual else pixels


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
