"""Pixels for commands that explain: frames read as they are seen, and pixels written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imgconv.formats.metadata import Picture, transfer_functions
from imgconv.formats.registry import by_path
from imgconv.formats.writer import adapt, encode
from imgconv.images.frames import frame_pixels, pixels_frame
from imgconv.images.orientation import orientation_of, upright_array
from imgconv.images.pixels import Pixels
from imgconv.system import atomic


def upright_pixels(picture: Picture, gray: bool = False, needs_curves: bool = False) -> Pixels:
    """Return the upright pixels of a picture's first frame.

    ``needs_curves`` reads the transfer functions. Raises ``ReadError``.
    """
    pixels = frame_pixels(picture.frames[0], gray)
    array = upright_array(pixels.array, orientation_of(picture.metadata))
    pixels = pixels._replace(array=np.ascontiguousarray(array), image=None)
    return pixels._replace(curves=transfer_functions(picture)) if needs_curves else pixels


def write_pixels(path: str, *pages: Pixels, is_noise: bool = False) -> None:
    """Write a picture without metadata, in the format of the path's ending, whole or not at all.

    Of several pages a format keeps as many as it holds. ``is_noise`` is as in ``Picture``.

    Raises ``WriteError``, and ``UsageError`` where the ending names no format.
    """
    format = by_path(path).load()
    frames = []
    for pixels in pages:
        packed = np.ascontiguousarray(pixels.array[..., : len(pixels.channels)])
        frames.append(pixels_frame(pixels._replace(array=packed, image=None)))
    picture = adapt(Picture(frames, format), format)
    picture.is_noise = is_noise
    atomic.write(encode(picture), path)


def rounded_pixels(
    values: NDArray[np.float64], channels: tuple[str, ...], maximum: float
) -> Pixels:
    """Return levels (height, width, channels), rounded half up and clamped to 0 .. ``maximum``.

    A maximum of 1 means floats, which are neither.
    """
    if maximum == 1:
        return Pixels(np.ascontiguousarray(values, np.float32), channels)
    dtype = np.uint8 if maximum == 255 else np.uint16
    levels = np.floor(values + 0.5).clip(0, maximum).astype(dtype, order="C")
    return Pixels(levels, channels, maxval=None if maximum in (255, 65535) else int(maximum))
