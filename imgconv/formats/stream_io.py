"""Reading what must be there, into memory that is used again."""

from __future__ import annotations

from collections import deque
from typing import BinaryIO

from imgconv.errors import ReadError
from imgconv.formats.limits import check_pixels

LONGEST_LINE = 4096

# Pictures that wait between two stages; more would only take memory.
WAITING = 2


def cut_short() -> ReadError:
    """The error for a film that ends inside a picture."""
    return ReadError("standard input: the film ends inside a picture", "check what writes it")


def check_size(width: int, height: int, most_pixels: int | None) -> None:
    """Raise ``ReadError`` for a picture that is empty or too large: see formats/limits.py."""
    try:
        check_pixels(width * height, most_pixels)
    except ReadError as error:
        raise ReadError(f"standard input: {error.problem}", error.remedy) from error
    if not width * height:
        raise ReadError(f"standard input: a picture of {width}x{height}", "check what writes it")


def read_stream_line(source: BinaryIO) -> bytes:
    """One line without its end; empty only at the end of the film."""
    line = source.readline(LONGEST_LINE)
    if line and not line.endswith(b"\n"):
        raise cut_short()
    return line.rstrip(b"\n")


class Buffers:
    """Memory for one plane of each picture, used again once the picture has been written.

    The first touch of fresh memory takes longer than filtering it. A picture has been written when
    the one seven later is read: ``WAITING`` wait to be filtered, as many to be written, one each
    is being read, filtered and written.
    """

    def __init__(self) -> None:
        self._ring: deque[bytearray] = deque([bytearray()] * (2 * WAITING + 3))

    def read(self, source: BinaryIO, size: int) -> bytearray:
        """``size`` bytes of ``source``; raises ``ReadError`` if there are fewer."""
        self._ring.rotate()
        if len(self._ring[0]) != size:
            self._ring[0] = bytearray(size)
        rest = memoryview(self._ring[0])
        while rest:
            count = source.readinto(rest)  # type: ignore[attr-defined]
            if not count:
                raise cut_short()
            rest = rest[count:]
        return self._ring[0]
