"""The size, channels and type of a picture's pixels, as its header states them."""

import re
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from imgconv.batch import stream
from imgconv.errors import ReadError, UsageError
from imgconv.formats import limits, reader
from imgconv.formats.deep import DeepHeader
from imgconv.formats.streams import STANDARD_INPUT, Y4mStream
from imgconv.images.depth import to_gray
from imgconv.images.frames import frame_pixels, one_pixel
from imgconv.images.orientation import UPRIGHT, orientation_of
from imgconv.images.pixels import Frame, Pixels
from imgconv.system.places import PIPE

_SIZE = re.compile(r"(\d{1,9})x(\d{1,9})(?:x([1-4]))?")
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def header(source: str, gray: bool = False, max_pixels: int | None = None) -> Pixels:
    """Return pixels of the size, channels and type of a picture: one pixel, broadcast to all.

    ``source`` is a path, ``-`` for standard input, or, where there is no such file, a size:
    ``4000x3000`` or ``4000x3000x1``, with the number of channels. ``gray`` makes it grey first.
    ``max_pixels`` is ``--max-pixels``, if given.
    Raises ``ReadError`` for a file that is no picture, ``UsageError`` for a size out of range.
    """
    if source == PIPE:
        return _from_pipe(gray, max_pixels)
    size = _SIZE.fullmatch(source)
    if not size or Path(source).exists():
        return _from_file(source, gray, max_pixels)
    width, height, channels = (int(number or 3) for number in size.groups())
    most = max_pixels or limits.MOST_PIXELS
    if not 0 < width * height <= most:
        raise UsageError(
            f"{width}x{height} is no size of a picture",
            f"give 1 to {most:,} pixels, or allow more with --max-pixels",
        )
    return _broadcast(Image.new(_MODES[channels], (1, 1)), width, height, gray)


def orientation(source: str) -> int:
    """Return the orientation of the picture at a path, 1 to 8; 1 for a pipe, a size or a film.

    It is 1 as well where the picture cannot be read, which reading it says better.
    """
    if source == PIPE or not Path(source).exists() or reader.is_film(source):
        return UPRIGHT
    with suppress(ReadError):
        opened = reader.begin(source, reader.ReadOptions(sys.maxsize))
        with opened.file:
            return orientation_of(opened.metadata)
    return UPRIGHT


def _from_pipe(gray: bool, max_pixels: int | None) -> Pixels:
    film = stream.recognise(sys.stdin.buffer, max_pixels)
    if film is None:
        return _from_frame(reader.read(PIPE, reader.ReadOptions(max_pixels)).frames[0], gray)
    return _first_plane(film, STANDARD_INPUT, gray)


def _first_plane(film: stream.Stream, name: str, gray: bool) -> Pixels:
    for first_plane, *_ in film.frames():  # of a YUV stream, its luma
        return to_gray(first_plane) if gray else first_plane
    raise ReadError(f"{name}: the film has no picture", "check what writes it")


def _from_file(path: str, gray: bool, max_pixels: int | None) -> Pixels:
    if reader.is_film(path):
        with reader.open_file(path) as file:
            return _first_plane(Y4mStream(file, max_pixels, path), path, gray)
    Image.MAX_IMAGE_PIXELS = None  # imgconv has its own limit: see formats/limits.py
    try:
        with reader.open_file(path) as file:
            opened = reader.open_header(file)
            if not isinstance(opened, DeepHeader):
                return _from_frame(opened, gray)
            one = np.zeros((1, 1, len(opened.channels)), opened.dtype)
            pixels = Pixels(one, opened.channels, maxval=opened.maxval)
            return _broadcast(pixels, opened.width, opened.height, gray)
    except ReadError as error:
        raise error.named(path) from error
    except Exception:  # reading the whole picture raises an error that says why
        return _from_frame(reader.read(path, reader.ReadOptions(max_pixels)).frames[0], gray)


def _from_frame(frame: Frame, gray: bool) -> Pixels:
    return _broadcast(one_pixel(frame), frame.width, frame.height, gray)


def _broadcast(one: Frame, width: int, height: int, gray: bool) -> Pixels:
    pixels = frame_pixels(one, gray)
    shape = (height, width, pixels.array.shape[2])
    return pixels._replace(array=np.broadcast_to(pixels.array, shape), image=None)
