"""Netpbm pictures one after another: PBM (P4), PGM (P5), PPM (P6) and PAM (P7), of 8 or 16 bits.

The forms are those of https://netpbm.sourceforge.net/doc/. Their levels go from 0 to any maximum up
to 65535, which is kept. The black and white of PBM comes out as PGM.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from imgconv.errors import ReadError
from imgconv.files import MOST_PIXELS
from imgconv.picture import Pixels
from imgconv.streams.reading import LONGEST_LINE, Buffers, cut_short, read_line

# The channels of a picture by their number, and what PAM calls them.
_CHANNELS = {
    1: (("l",), "GRAYSCALE"),
    2: (("l", "a"), "GRAYSCALE_ALPHA"),
    3: (("r", "g", "b"), "RGB"),
    4: (("r", "g", "b", "a"), "RGB_ALPHA"),
}
_PAM_WORDS = (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")


@dataclass(frozen=True)
class _Header:
    """What stands before the pixels; ``is_packed``: a byte holds eight of them, 1 is black."""

    width: int
    height: int
    depth: int
    maximum: int
    is_packed: bool = False

    def check(self) -> _Header:
        if self.depth not in _CHANNELS or not 0 < self.maximum < 65536:
            raise ReadError(
                f"standard input: pictures of {self.depth} channels up to {self.maximum} are not "
                "read from a film",
                "give 1 to 4 channels of 8 or 16 bits",
            )
        if not 0 < self.width * self.height <= MOST_PIXELS:
            raise ReadError(
                f"standard input: a picture of {self.width}x{self.height}", "check what writes it"
            )
        return self

    @property
    def size(self) -> int:
        """The number of bytes that follow."""
        if self.is_packed:
            return self.height * -(-self.width // 8)
        return self.height * self.width * self.depth * _type(self.maximum).itemsize

    def pixels(self, data: bytearray) -> Pixels:
        """What these bytes mean."""
        channels = _CHANNELS[self.depth][0]
        if self.is_packed:
            rows = np.frombuffer(data, np.uint8).reshape(self.height, -1)
            is_white = np.unpackbits(rows, axis=1, count=self.width)[..., None] == 0
            return Pixels(is_white * np.uint8(255), channels)
        dtype = _type(self.maximum)
        array = np.frombuffer(data, dtype).reshape(self.height, self.width, self.depth)
        native = array.astype(dtype.newbyteorder("="), copy=False)
        return Pixels(native, channels, maxval=self.maximum)


def _type(maximum: int) -> np.dtype[Any]:
    """How a level is stored."""
    return np.dtype(np.uint8 if maximum < 256 else ">u2")


class PnmStream:
    """A film of Netpbm pictures; each comes out in the form in which it came in."""

    formats: tuple[str, ...] = ("PPM", "PAM")

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._buffers = Buffers()
        # Those of the pictures that were read and are not yet written.
        self._magics: deque[bytes] = deque()

    @staticmethod
    def begins(beginning: bytes) -> bool:
        """Whether a film of this form begins so."""
        return beginning[:2] in _READERS and beginning[2:3] in (b"\n", b" ")

    def frames(self) -> Iterator[list[Pixels]]:
        """Each picture as one plane; white space between pictures and behind them is ignored."""
        while magic := self._next_magic():
            if magic not in _READERS:
                raise ReadError("standard input: what follows is no PNM", "check what writes it")
            header = _READERS[magic](self._source).check()
            data = self._buffers.read(self._source, header.size)
            self._magics.append(magic)
            yield [header.pixels(data)]

    def _next_magic(self) -> bytes:
        first = self._source.read(1)
        while first.isspace():
            first = self._source.read(1)
        return first + self._source.read(1)

    def filtered(
        self, planes: list[Pixels], filter: Callable[[Pixels], Pixels], keeps_flat: bool
    ) -> list[memoryview | bytes]:
        """A header and the filtered pixels."""
        pixels = filter(planes[0])
        maximum, depth = int(pixels.maximum), len(pixels.channels)
        is_pam = self._magics.popleft() == b"P7"
        magic = b"P7" if is_pam else {1: b"P5", 3: b"P6"}.get(depth, b"P7")
        stored = pixels.array.astype(_type(maximum), copy=False)
        return [_write_header(magic, pixels, depth, maximum), stored.data.cast("B")]


def _read_numbers(source: BinaryIO, count: int) -> list[int]:
    """So many numbers parted by white space, among comments, and one blank behind them."""
    numbers: list[int] = []
    digits = b""
    while len(numbers) < count:
        byte = source.read(1)
        if not byte:
            raise cut_short()
        if byte == b"#":
            read_line(source)
        elif byte.isdigit() and len(digits) < 9:
            digits += byte
        elif byte.isspace():
            numbers += [int(digits)] if digits else []
            digits = b""
        else:
            raise ReadError("standard input: a broken PNM header", "check what writes it")
    return numbers


def _read_bitmap(source: BinaryIO) -> _Header:
    width, height = _read_numbers(source, 2)
    return _Header(width, height, 1, 1, is_packed=True)


def _read_plain(source: BinaryIO, depth: int) -> _Header:
    width, height, maximum = _read_numbers(source, 3)
    return _Header(width, height, depth, maximum)


def _read_pam(source: BinaryIO) -> _Header:
    """Lines of a word and a value, until ENDHDR."""
    values: dict[bytes, int] = {}
    while (line := source.readline(LONGEST_LINE)) != b"ENDHDR\n":
        if not line:
            raise cut_short()
        word, _, value = line.strip().partition(b" ")
        if word in _PAM_WORDS:
            values[word] = int(value) if value.isdigit() else 0
    if len(values) < 4:
        raise ReadError("standard input: a broken PAM header", "check what writes it")
    width, height, depth, maximum = (values[word] for word in _PAM_WORDS)
    return _Header(width, height, depth, maximum)


_READERS: dict[bytes, Callable[[BinaryIO], _Header]] = {
    b"P4": _read_bitmap,
    b"P5": lambda source: _read_plain(source, 1),
    b"P6": lambda source: _read_plain(source, 3),
    b"P7": _read_pam,
}


def _write_header(magic: bytes, pixels: Pixels, depth: int, maximum: int) -> bytes:
    size = (pixels.width, pixels.height)
    if magic != b"P7":
        return b"%s\n%d %d\n%d\n" % (magic, *size, maximum)
    kind = _CHANNELS[depth][1].encode()
    return b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n" % (
        *size,
        depth,
        maximum,
        kind,
    )
