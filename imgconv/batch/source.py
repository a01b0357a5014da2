"""Reading the pictures of a run, the header of the first one before anything else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from imgconv import batch, images
from imgconv.errors import DamagedError, ReadError, UsageError
from imgconv.formats.metadata import Picture
from imgconv.formats.reader import (
    DEFAULTS,
    DamagedFile,
    OpenPicture,
    ReadOptions,
    begin,
    is_film,
    read,
)
from imgconv.images.frames import frame_pixels
from imgconv.images.orientation import orientation_of
from imgconv.images.pixels import Header
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.batch.stream import Stream
    from imgconv.images.mask import Mask


class PictureReader:
    """Reads pictures, as ``options`` say."""

    def __init__(self, options: ReadOptions = DEFAULTS) -> None:
        self._options = options
        self._opened: dict[str, OpenPicture | DamagedFile] = {}
        self._stream: Stream | None = None

    def open(self, source: str) -> Header | None:
        """Read a header, and keep the file open until the picture itself is read.

        A picture that is refused costs no more, and the header says which snapshot can be replayed.
        Returns None where Pillow does not decode the picture; raises ``ReadError``.
        """
        if is_film(source):
            return None
        self._opened[source] = opened = begin(source, self._options)
        return opened.header

    def close(self) -> None:
        while self._opened:
            self._opened.popitem()[1].file.close()

    def find_stream(self, source: str) -> Stream | None:
        """Return the stream that begins on standard input, unless ``open`` has read from it.

        It is either filtered as a stream, or read as one picture.
        """
        if source == PIPE and source not in self._opened:
            self._stream = batch.stream.recognise(sys.stdin.buffer, self._options.max_pixels)
        return self._stream

    def __call__(self, source: str) -> Picture:
        """Read a picture from its path, or standard input for ``-``; raises ``ReadError``."""
        if self._stream:
            return batch.stream.picture(self._stream)
        opened = self._opened.pop(source, None)
        return opened() if opened else read(source, self._options)


def read_mask(path: str, max_pixels: int | None = None, allow_8_bit: bool = False) -> Mask:
    """Read the mask at a path, upright; arguments are as in ``ReadOptions``.

    Raises ``ReadError``, and ``UsageError`` for a picture that is no mask.
    """
    if path == PIPE:
        raise UsageError("standard input has pictures to filter", "let --mask name a file")
    try:
        picture = read(path, ReadOptions(max_pixels, allow_8_bit))
    except DamagedError as error:
        raise DamagedError(error.problem, "restore the file") from error
    if len(picture.frames) > 1:
        raise UsageError(
            f"{path}: a mask has one frame, this picture {len(picture.frames)}",
            "write one of them into a file of its own, with identity and --frame",
        )
    try:
        pixels = frame_pixels(picture.frames[0])
        return images.mask.Mask.of_pixels(pixels, orientation_of(picture.metadata), path)
    except (ReadError, UsageError) as error:
        raise UsageError(f"{path}: {error.problem}", error.remedy) from error
