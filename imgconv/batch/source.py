"""Reading the pictures of a run, the header of the first one before anything else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from imgconv import batch
from imgconv.formats.metadata import Picture
from imgconv.formats.reader import OpenPicture, begin, read
from imgconv.formats.reader import check_file as check_file
from imgconv.images.pixels import Header
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.batch.stream import Stream


class PictureReader:
    """Reads pictures of up to ``max_pixels``, all frames counted.

    ``may_narrow`` reads deep pictures with 8 bits where their codec is missing.
    """

    def __init__(self, max_pixels: int | None = None, may_narrow: bool = False) -> None:
        self._max_pixels, self._may_narrow = max_pixels, may_narrow
        self._opened: dict[str, OpenPicture] = {}
        self._stream: Stream | None = None

    def open(self, source: str) -> Header | None:
        """Read a header, and keep the file open until the picture itself is read.

        A picture that is refused costs no more, and the header says which snapshot can be replayed.
        Returns None where Pillow does not decode the picture; raises ``ReadError``.
        """
        self._opened[source] = opened = begin(source, self._max_pixels, self._may_narrow)
        return opened.header

    def close(self) -> None:
        while self._opened:
            self._opened.popitem()[1].file.close()

    def find_stream(self, source: str) -> Stream | None:
        """Return the stream that begins on standard input, unless ``open`` has read from it.

        It is either filtered as a stream, or read as one picture.
        """
        if source == PIPE and source not in self._opened:
            self._stream = batch.stream.recognise(sys.stdin.buffer, self._max_pixels)
        return self._stream

    def __call__(self, source: str) -> Picture:
        """Read a picture from its path, or standard input for ``-``; raises ``ReadError``."""
        if self._stream:
            return batch.stream.picture(self._stream)
        opened = self._opened.pop(source, None)
        return opened() if opened else read(source, self._max_pixels, self._may_narrow)
