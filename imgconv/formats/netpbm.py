"""Pictures as Netpbm writes them: PBM (P4), PGM (P5), PPM (P6) and PAM (P7), of 8 or 16 bits.

The forms are those of https://netpbm.sourceforge.net/doc/. Their levels go from 0 to any maximum up
to 65535, which is kept. The black and white of PBM comes out as PGM.

Films of Netpbm pictures, one after another: see ``imgconv/formats/netpbm.py``.

PPM and PGM of more than 8 bits: https://netpbm.sourceforge.net/doc/. They need no codec.

Pillow reads 16-bit colour as 8 bits, and grey whose maximum is not 65535 as if it were.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from imgconv.errors import ReadError
from imgconv.formats.deep import Deep
from imgconv.formats.stream_io import Buffers, check_size, cut_short
from imgconv.images.pixels import Pixels

if TYPE_CHECKING:
    import numpy as np


# The channels of a picture by their number, and what PAM calls them.
CHANNELS = {
    1: (("l",), "GRAYSCALE"),
    2: (("l", "a"), "GRAYSCALE_ALPHA"),
    3: (("r", "g", "b"), "RGB"),
    4: (("r", "g", "b", "a"), "RGB_ALPHA"),
}

_PAM_WORDS = (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")

_LONGEST_LINE = 4096


@dataclass(frozen=True)
class Header:
    """What stands before the pixels; ``is_packed``: a byte holds eight of them, 1 is black."""

    magic: bytes
    width: int
    height: int
    depth: int
    maximum: int
    is_packed: bool = False

    @property
    def size(self) -> int:
        """The number of bytes that follow."""
        if self.is_packed:
            return self.height * -(-self.width // 8)
        return self.height * self.width * self.depth * (1 if self.maximum < 256 else 2)

    def pixels(self, data: bytearray) -> Pixels:
        """What these bytes mean."""
        import numpy as np

        from imgconv.images.pixels import Pixels

        channels = CHANNELS[self.depth][0]
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
    import numpy as np

    return np.dtype(np.uint8 if maximum < 256 else ">u2")


def read_header(source: BinaryIO, magic: bytes = b"") -> Header:
    """The header that begins on ``source``, of which ``magic`` may have been taken already.

    Raises ``ReadError`` for one that is broken or of a form that cannot be filtered, and
    ``EOFError`` where it is cut short.
    """
    magic = magic or source.read(2)
    if magic not in _READERS:
        raise ReadError("what follows is no PNM", "check what writes it")
    header = _READERS[magic](source, magic)
    if header.depth not in CHANNELS or not 0 < header.maximum < 65536:
        raise ReadError(
            f"pictures of {header.depth} channels up to {header.maximum} are not read from a film",
            "give 1 to 4 channels of 8 or 16 bits",
        )
    return header


def _read_numbers(source: BinaryIO, count: int) -> list[int]:
    """So many numbers parted by white space, among comments, and one blank behind them."""
    numbers: list[int] = []
    digits = b""
    while len(numbers) < count:
        byte = source.read(1)
        if not byte:
            raise EOFError("it ends inside its header")
        if byte == b"#":
            read_line(source)
        elif byte.isdigit() and len(digits) < 9:
            digits += byte
        elif byte.isspace():
            numbers += [int(digits)] if digits else []
            digits = b""
        else:
            raise ReadError("a broken PNM header", "check what writes it")
    return numbers


def read_line(source: BinaryIO) -> bytes:
    """One line without its end; raises ``EOFError`` where it has none."""
    line = source.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise EOFError("it ends inside its header")
    return line.rstrip(b"\n")


def _read_bitmap(source: BinaryIO, magic: bytes) -> Header:
    width, height = _read_numbers(source, 2)
    return Header(magic, width, height, 1, 1, is_packed=True)


def _read_plain(source: BinaryIO, magic: bytes) -> Header:
    width, height, maximum = _read_numbers(source, 3)
    return Header(magic, width, height, {b"P5": 1, b"P6": 3}[magic], maximum)


def _read_pam(source: BinaryIO, magic: bytes) -> Header:
    """Lines of a word and a value, until ENDHDR."""
    values: dict[bytes, int] = {}
    while (line := read_line(source)) != b"ENDHDR":
        word, _, value = line.strip().partition(b" ")
        if word in _PAM_WORDS:
            values[word] = int(value) if value.isdigit() else 0
    if len(values) < 4:
        raise ReadError("a broken PAM header", "check what writes it")
    width, height, depth, maximum = (values[word] for word in _PAM_WORDS)
    return Header(magic, width, height, depth, maximum)


_READERS: dict[bytes, Callable[[BinaryIO, bytes], Header]] = {
    b"P4": _read_bitmap,
    b"P5": _read_plain,
    b"P6": _read_plain,
    b"P7": _read_pam,
}

MAGICS = tuple(_READERS)


def written(pixels: Pixels, is_pam: bool = False) -> list[memoryview | bytes]:
    """A header and the pixels, as PAM where nothing else holds them."""
    maximum, depth = int(pixels.maximum), len(pixels.channels)
    magic = b"P7" if is_pam else {1: b"P5", 3: b"P6"}.get(depth, b"P7")
    stored = pixels.array.astype(_type(maximum), copy=False)
    return [_header(magic, pixels, depth, maximum), stored.data.cast("B")]


def _header(magic: bytes, pixels: Pixels, depth: int, maximum: int) -> bytes:
    size = (pixels.width, pixels.height)
    if magic != b"P7":
        return b"%s\n%d %d\n%d\n" % (magic, *size, maximum)
    kind = CHANNELS[depth][1].encode()
    return b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n" % (
        *size,
        depth,
        maximum,
        kind,
    )


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
        return beginning[:2] in MAGICS and beginning[2:3] in (b"\n", b" ")

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
            header = read_header(self._source, magic)
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
        return written(pixels, is_pam=self._magics.popleft() == b"P7")


_PILLOWS = ("l", 65535)


def look(file: BinaryIO) -> Deep | None:
    """What the header says; one that is broken is left to Pillow to complain of."""
    try:
        header = read_header(file)
    except (ReadError, EOFError):
        return None
    channels = CHANNELS[header.depth][0]
    if header.maximum < 256 or ("".join(channels), header.maximum) == _PILLOWS:
        return None
    return Deep(
        "16 bits in PPM",
        decode=_decode,
        width=header.width,
        height=header.height,
        channels=channels,
        maxval=header.maximum,
    )


def _decode(file: BinaryIO) -> list[Pixels]:
    file.seek(0)
    header = read_header(file)
    data = bytearray(header.size)
    if file.readinto(data) < header.size:  # type: ignore[attr-defined]
        raise EOFError("it ends inside the picture")
    return [header.pixels(data)]
