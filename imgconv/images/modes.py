"""Pillow's modes and ours: which channels a mode has, and what stands in for the other modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgconv.errors import ReadError
from imgconv.images import pillow_buffers
from imgconv.images.pixels import MAXIMUM, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from imgconv.images.pixels import Frame, Header


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
    "I": "I;16",
    "I;16L": "I;16",
    "I;16B": "I;16",
    "I;16N": "I;16",
}

# The mode of pixels that a mode of Pillow's holds as they are.
MODES = {kind: mode for mode, kind in CHANNELS.items()}

_WITH_ALPHA = {"L": "LA", "RGB": "RGBA"}

_GREY = {"RGB": "L", "RGBA": "LA", "CMYK": "L"}


def filterable(image: Image, gray: bool = False) -> Image:
    """The picture in one of the modes of ``CHANNELS``, itself where it is already.

    A transparent colour or key becomes an alpha channel. Raises ``ReadError`` for a mode that none
    of them can stand in for.
    """
    mode = mode_of(image, gray)
    if image.mode == "I":
        image = _from_32_bits(image)
    if mode == image.mode:
        return image
    if mode == "I;16":
        return to_image(Pixels(_copied(image).astype("uint16")[..., None], ("l",)), mode)
    return image.convert(mode)


def mode_of(image: Image | Header, gray: bool = False) -> str:
    """The mode in which ``filterable`` gives a picture.

    Raises ``ReadError`` as it does.
    """
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
    return mode


def _from_32_bits(image: Image) -> Image:
    """16-bit grey that Pillow hands out as 32-bit integers, as it does for PGM."""
    values = _copied(image)
    if values.min() < 0 or values.max() > 65535:
        raise ReadError("32-bit whole numbers cannot be filtered", "convert it to float first")
    return to_image(Pixels(values.astype("uint16")[..., None], ("l",)), "I;16")


def to_pixels(image: Image) -> Pixels:
    """The pixels of a picture in a mode of ``CHANNELS``: its own memory where possible."""
    channels, dtype = CHANNELS[image.mode]
    memory = pillow_buffers.view(image)
    if memory is not None:
        return Pixels(memory, channels, image)
    array = _copied(image, dtype)
    return Pixels(array.reshape(image.height, image.width, len(channels)), channels)


def _copied(image: Image, dtype: str | None = None) -> NDArray[Any]:
    import numpy as np  # which is not needed where pixels stay in Pillow's memory

    return np.array(image, dtype)


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
        return _grey_pixels(frame) if gray else frame
    return to_pixels(filterable(frame, gray))


def pixels_frame(pixels: Pixels) -> Frame:
    """The frame that these pixels make: one of Pillow's images if a mode holds them as they are."""
    mode = MODES.get((pixels.channels, pixels.array.dtype.name))
    is_usual = pixels.maximum == MAXIMUM[pixels.array.dtype.name]
    return to_image(pixels, mode) if mode and is_usual else pixels


def _grey_pixels(pixels: Pixels) -> Pixels:
    from imgconv.images.gray import gray_pixels

    return gray_pixels(pixels)
