"""Frames decoded, to pixels, and back: Pillow's images share memory with ``Pixels`` if possible."""

from typing import Any

from PIL import Image

from imgconv import images
from imgconv.errors import ReadError
from imgconv.images import pillow_buffers
from imgconv.images.modes import LARGEST_BLOCK, MODES, filtered_mode, mode_of_pixels
from imgconv.images.pixels import MAXIMUM, Frame, Pixels

# For each of Pillow's names of a layout in a PNG: the highest level, and the factor to 255.
_LEVELS = {"L;2": (3, 85), "L;4": (15, 17), "L": (255, 1), "RGB": (255, 1)}


def decoded(image: Image.Image) -> Image.Image:
    """Decode an image; return it, or a copy of it with the right transparent colour.

    Pillow (13) scales levels of a PNG from 2 and 4 bits to 8, but not the transparent colour. It
    knows the number of bits only until it decodes the levels.
    """
    key = _transparent_colour(image)
    image.load()
    if key == image.info.get("transparency"):
        return image
    image = image.copy()
    image.info["transparency"] = key
    return image


def _transparent_colour(image: Image.Image) -> Any:
    """Return the transparent colour of an image that is not decoded yet, as in its ``info``."""
    key = image.info.get("transparency")
    tiles = getattr(image, "tile", None)
    layout = tiles[0][3] if tiles and image.format == "PNG" else None
    if layout not in _LEVELS or not isinstance(key, (int, tuple)):
        return key
    highest, factor = _LEVELS[layout]
    # Higher bits than a level has do not count (PNG 3rd ed., 11.3.1.1).
    levels = [(level & highest) * factor for level in (key if isinstance(key, tuple) else (key,))]
    return tuple(levels) if isinstance(key, tuple) else levels[0]


def filterable(image: Image.Image, gray: bool = False) -> Image.Image:
    """Return the picture in a mode that is filtered as it is: itself if it has one.

    Palettes are looked up, and a transparent colour becomes an alpha channel. Raises ``ReadError``
    as ``filtered_mode`` does, and for 32-bit integers outside 0..65535.
    """
    mode = filtered_mode(image, gray)
    if mode == image.mode:
        return image
    return _gray_16(image) if mode == "I;16" else image.convert(mode)


def _gray_16(image: Image.Image) -> Image.Image:
    values, _ = pillow_buffers.as_array(image)
    if image.mode == "I" and (values.min() < 0 or values.max() > 65535):
        raise ReadError("32-bit whole numbers cannot be filtered", "convert it to float first")
    return to_image(Pixels(values.astype("uint16"), ("l",)), "I;16")


def to_pixels(image: Image.Image) -> Pixels:
    """Return the pixels of a picture as ``filterable`` gives it, in its own memory if possible."""
    mode = MODES[image.mode]
    array, is_shared = pillow_buffers.as_array(image)
    array = array.astype(mode.dtype, copy=False)
    return Pixels(array, tuple(mode.channels), image if is_shared else None)


def to_image(pixels: Pixels, mode: str) -> Image.Image:
    """Return the image of pixels that have the channels and the type of ``mode``."""
    if pixels.image is not None:
        return pixels.image
    size = (pixels.width, pixels.height)
    length = pixels.width * pixels.height * MODES[mode].pixel_bytes
    if length > LARGEST_BLOCK:
        pillow_buffers.choose_allocator(length)
    if pixels.array.shape[2] > len(pixels.channels):
        return Image.frombytes(mode, size, pixels.array.data, "raw", f"{mode}X")
    return Image.frombuffer(mode, size, pixels.array, "raw", mode, 0, 1)


def one_pixel(frame: Frame) -> Frame:
    """Return one pixel with the mode and ``info`` of a frame, which need not be decoded."""
    if isinstance(frame, Pixels):
        return frame._replace(array=frame.array[:1, :1].copy())
    one = Image.new(frame.mode, (1, 1))
    one.info = dict(frame.info)
    return one


def frame_pixels(frame: Frame, gray: bool = False) -> Pixels:
    """Return the pixels of a frame to filter; raises ``ReadError`` as ``filterable`` does."""
    if isinstance(frame, Pixels):
        return images.depth.to_gray(frame) if gray else frame
    return to_pixels(filterable(frame, gray))


def pixels_frame(pixels: Pixels) -> Frame:
    """Return a Pillow image if a mode holds these pixels without loss, else the pixels."""
    dtype = pixels.array.dtype.name
    mode = mode_of_pixels(pixels.channels, dtype)
    return to_image(pixels, mode) if mode and pixels.maximum == MAXIMUM[dtype] else pixels
