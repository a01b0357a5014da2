"""What is known of a picture before its pixels are read: its size, channels and type."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

from imgconv.batch import stream
from imgconv.errors import ReadError, UsageError
from imgconv.formats import limits, reader
from imgconv.formats.deep import DeepHeader
from imgconv.images import pixels as pixels_module
from imgconv.images.depth import to_gray
from imgconv.images.frames import frame_pixels, one_pixel
from imgconv.images.pixels import Pixels
from imgconv.system.places import PIPE

_SIZE = re.compile(r"(\d{1,9})x(\d{1,9})(?:x([1-4]))?")

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def header(source: str, gray: bool = False) -> Pixels:
    """Pixels like those of the picture at ``source``, all of them the same one, in no memory.

    ``source`` is a path, ``-`` for standard input, or, where no file is called so, a size as in
    ``4000x3000`` or ``4000x3000x1``, the number of channels last. With ``gray`` it is made grey
    first. Raises ``ReadError`` for what is no picture, ``UsageError`` for a size that is none.
    """
    if source == PIPE:
        return _of_pipe(gray)
    size = _SIZE.fullmatch(source)
    if size and not Path(source).exists():
        width, height, channels = (int(number or 3) for number in size.groups())
        return _of_size(width, height, _MODES[channels], gray)
    return _of_file(source, gray)


def _of_pipe(gray: bool) -> Pixels:
    """Those of the first picture, where a film is piped in; of one in YUV, its brightness."""
    film = stream.recognise(sys.stdin.buffer)
    if film is None:
        return _like(reader.read(PIPE).frames[0], gray)
    for brightness, *_ in film.frames():
        return to_gray(brightness) if gray else brightness
    raise ReadError("standard input: the film has no picture", "check what writes it")


def _of_size(width: int, height: int, mode: str, gray: bool) -> Pixels:
    from PIL import Image

    if not 0 < width * height <= limits.MOST_PIXELS:
        raise UsageError(
            f"{width}x{height} is no size of a picture",
            f"give 1 to {limits.MOST_PIXELS:,} pixels",
        )
    return _spread(Image.new(mode, (1, 1)), width, height, gray)


def _of_file(path: str, gray: bool) -> Pixels:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours: see formats/limits.py
    try:
        with reader.open_file(path) as file:
            opened = reader.open_header(file)
            frame = _deep(opened) if isinstance(opened, DeepHeader) else opened
            return _like(frame, gray)
    except ReadError as error:
        raise ReadError(f"{path}: {error.problem}", error.remedy) from error
    except Exception:  # whoever reads it says what is wrong with it
        return _like(reader.read(path).frames[0], gray)


def _deep(deep: DeepHeader) -> Pixels:
    """Return pixels like those of a deep picture, one pixel for all."""
    one = np.zeros((1, 1, len(deep.channels)), deep.dtype)
    shape = (deep.height, deep.width, len(deep.channels))
    return Pixels(np.broadcast_to(one, shape), deep.channels, maxval=deep.maxval)


def _like(frame: pixels_module.Frame, gray: bool) -> Pixels:
    """Pixels like those of a frame, which need not be loaded: one stands for all."""
    return _spread(one_pixel(frame), frame.width, frame.height, gray)


def _spread(one: pixels_module.Frame, width: int, height: int, gray: bool) -> Pixels:
    pixels = frame_pixels(one, gray)
    shape = (height, width, pixels.array.shape[2])
    return pixels._replace(array=np.broadcast_to(pixels.array, shape), image=None)
