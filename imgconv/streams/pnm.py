"""Films of Netpbm pictures, one after another: see ``imgconv/netpbm.py``."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO

from imgconv import netpbm
from imgconv.errors import ReadError
from imgconv.netpbm import Header
from imgconv.picture import Pixels
from imgconv.streams.reading import Buffers, check_size, cut_short


class PnmStream:
    """A film of Netpbm pictures; each comes out in the form in which it came in."""

    formats: tuple[str, ...] = ("PPM", "PAM")

    def __init__(self, source: BinaryIO, most_pixels: int | None = None) -> None:
        self._source, self._most_pixels = source, most_pixels
        self._buffers = Buffers()
        # Those of the pictures that were read and are not yet written.
        self._magics: deque[bytes] = deque()

    @staticmethod
    def begins(beginning: bytes) -> bool:
        """Whether a film of this form begins so."""
        return beginning[:2] in netpbm.MAGICS and beginning[2:3] in (b"\n", b" ")

    def frames(self) -> Iterator[list[Pixels]]:
        """Each picture as one plane; white space between pictures and behind them is ignored."""
        while magic := self._next_magic():
            header = self._header(magic)
            data = self._buffers.read(self._source, header.size)
            self._magics.append(magic)
            yield [header.pixels(data)]

    def _next_magic(self) -> bytes:
        first = self._source.read(1)
        while first.isspace():
            first = self._source.read(1)
        return first + self._source.read(1)

    def _header(self, magic: bytes) -> Header:
        try:
            header = netpbm.read_header(self._source, magic)
        except EOFError as error:
            raise cut_short() from error
        except ReadError as error:
            raise ReadError(f"standard input: {error.problem}", error.remedy) from error
        check_size(header.width, header.height, self._most_pixels)
        return header

    def filtered(
        self, planes: list[Pixels], filter: Callable[[Pixels], Pixels], keeps_flat: bool
    ) -> list[memoryview | bytes]:
        """A header and the filtered pixels."""
        pixels = filter(planes[0])
        return netpbm.written(pixels, is_pam=self._magics.popleft() == b"P7")
