"""Netpbm pictures one after another: PGM (P5), PPM (P6) and PAM (P7), of 8 or 16 bits.

The forms are those of https://netpbm.sourceforge.net/doc/.
"""

from __future__ import annotations

import math
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
_TYPES: dict[int, np.dtype[Any]] = {255: np.dtype(np.uint8), 65535: np.dtype(">u2")}


@dataclass(frozen=True)
class _Header:
    width: int
    height: int
    depth: int
    maximum: int

    def check(self) -> _Header:
        if self.depth not in _CHANNELS or self.maximum not in _TYPES:
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


class PnmStream:
    """A film of Netpbm pictures; each comes out in the form in which it came in."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._magic = b"P6"
        self._buffers = Buffers()

    @staticmethod
    def begins(beginning: bytes) -> bool:
        """Whether a film of this form begins so."""
        return beginning[:3] in (b"P5\n", b"P6\n", b"P7\n", b"P5 ", b"P6 ")

    def frames(self) -> Iterator[list[Pixels]]:
        """Each picture as one plane."""
        while magic := self._source.read(2):
            if magic not in _READERS:
                raise ReadError("standard input: what follows is no PNM", "check what writes it")
            self._magic = magic
            header = _READERS[magic](self._source).check()
            dtype = _TYPES[header.maximum]
            shape = (header.height, header.width, header.depth)
            data = self._buffers.read(self._source, math.prod(shape) * dtype.itemsize)
            array = np.frombuffer(data, dtype).reshape(shape)
            native = array.astype(dtype.newbyteorder("="), copy=False)
            yield [Pixels(native, _CHANNELS[header.depth][0])]

    def filtered(
        self, planes: list[Pixels], filter: Callable[[Pixels], Pixels], keeps_flat: bool
    ) -> list[memoryview | bytes]:
        """A header and the filtered pixels."""
        pixels = filter(planes[0])
        array = pixels.array
        depth = array.shape[2]
        maximum = int(pixels.maximum)
        magic = {1: b"P5", 3: b"P6"}.get(depth, b"P7") if self._magic != b"P7" else b"P7"
        stored = array.astype(_TYPES[maximum], copy=False)
        return [_write_header(magic, pixels, depth, maximum), stored.data.cast("B")]


def _read_plain(source: BinaryIO, depth: int) -> _Header:
    """Three numbers parted by white space, among comments, and one blank behind them."""
    numbers: list[int] = []
    digits = b""
    while len(numbers) < 3:
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
    return _Header(numbers[0], numbers[1], depth, numbers[2])


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
    return _Header(*(values[word] for word in _PAM_WORDS))


_READERS: dict[bytes, Callable[[BinaryIO], _Header]] = {
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
