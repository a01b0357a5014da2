"""Reading pictures from a stream: lines, sizes, and planes of pixels into memory that is reused."""

from __future__ import annotations

from collections import deque
from typing import BinaryIO

from imgconv.errors import ReadError
from imgconv.formats.limits import check_pixels

_LONGEST_LINE = 4096

# Pictures that wait between two stages of a stream; more of them would only take memory.
QUEUE_LENGTH = 2


def truncation_error() -> ReadError:
    """Return the error for a stream that ends inside a picture."""
    return ReadError("standard input: the film ends inside a picture", "check what writes it")


def check_size(width: int, height: int, most_pixels: int | None) -> None:
    """Raise ``ReadError`` for a picture that is empty, or larger than ``limits.py`` allows."""
    try:
        check_pixels(width * height, most_pixels)
    except ReadError as error:
        raise ReadError(f"standard input: {error.problem}", error.remedy) from error
    if not width * height:
        raise ReadError(f"standard input: a picture of {width}x{height}", "check what writes it")


def read_line(source: BinaryIO) -> bytes:
    """Return a line with its newline, or b"" at the end; raises ``EOFError`` for part of a line."""
    line = source.readline(_LONGEST_LINE)
    if line and not line.endswith(b"\n"):
        raise EOFError("it ends inside its header")
    return line


class BufferRing:
    """Memory for one plane of each picture, reused once the picture has been written.

    The first touch of fresh memory takes longer than filtering it. ``QUEUE_LENGTH`` pictures wait
    to be filtered, as many to be written, and one each is being read, filtered and written. So a
    picture has been written when the one seven later is read.
    """

    def __init__(self) -> None:
        self._ring: deque[bytearray] = deque([bytearray()] * (2 * QUEUE_LENGTH + 3))

    def read(self, source: BinaryIO, size: int) -> bytearray:
        """Return ``size`` bytes of ``source``; raises ``ReadError`` if there are fewer."""
        self._ring.rotate()
        if len(self._ring[0]) != size:
            self._ring[0] = bytearray(size)
        rest = memoryview(self._ring[0])
        while rest:
            count = source.readinto(rest)  # type: ignore[attr-defined]
            if not count:
                raise truncation_error()
            rest = rest[count:]
        return self._ring[0]
