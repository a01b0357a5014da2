"""Netpbm: PBM (P4), PGM (P5), PPM (P6) and PAM (P7), in files and in streams.

The formats: https://netpbm.sourceforge.net/doc/. Values have 8 or 16 bits, and any maximum up to
65535, which is kept. PBM is written as PGM. Pillow reads 16-bit colour as 8 bits, and 16-bit grey
as if its maximum were 65535; so such files are read here, which needs no codec.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import Format
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_frame
from imgconv.formats.metadata import Picture
from imgconv.formats.stream_io import BufferRing, check_size, read_line, truncation_error
from imgconv.images.pixels import Pixels

# The channels by their number, and the tuple types of PAM.
CHANNELS = {
    1: (("l",), "GRAYSCALE"),
    2: (("l", "a"), "GRAYSCALE_ALPHA"),
    3: (("r", "g", "b"), "RGB"),
    4: (("r", "g", "b", "a"), "RGB_ALPHA"),
}

_PAM_KEYS = (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")


class PnmHeader(NamedTuple):
    """The header of a picture; ``is_packed`` says that a byte holds eight pixels, and 1 is black.

    ``depth`` is the number of channels, and ``maximum`` the value of full brightness.
    """

    magic: bytes
    width: int
    height: int
    depth: int
    maximum: int
    is_packed: bool = False

    @property
    def size(self) -> int:
        """The number of bytes of the pixels."""
        if self.is_packed:
            return self.height * -(-self.width // 8)
        return self.height * self.width * self.depth * (1 if self.maximum < 256 else 2)

    def pixels(self, data: bytearray) -> Pixels:
        """Return the pixels that ``size`` bytes stand for."""
        import numpy as np

        channels = CHANNELS[self.depth][0]
        if self.is_packed:
            rows = np.frombuffer(data, np.uint8).reshape(self.height, -1)
            is_white = np.unpackbits(rows, axis=1, count=self.width)[..., None] == 0
            return Pixels(is_white * np.uint8(255), channels)
        dtype = np.dtype(_stored_type(self.maximum))
        array = np.frombuffer(data, dtype).reshape(self.height, self.width, self.depth)
        native = array.astype(dtype.newbyteorder("="), copy=False)
        return Pixels(native, channels, maxval=self.maximum)


def _stored_type(maximum: int) -> str:
    return "u1" if maximum < 256 else ">u2"


def read_header(source: BinaryIO, magic: bytes = b"") -> PnmHeader:
    """Read a header, of which ``magic`` may have been read already.

    Raises ``ReadError`` for one that is broken or cannot be filtered, ``EOFError`` where it is cut
    short.
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
    """Read numbers separated by white space, among comments, and one white space behind them."""
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


def _read_pnm(source: BinaryIO, magic: bytes) -> PnmHeader:
    if magic == b"P4":
        width, height = _read_numbers(source, 2)
        return PnmHeader(magic, width, height, 1, 1, is_packed=True)
    width, height, maximum = _read_numbers(source, 3)
    return PnmHeader(magic, width, height, {b"P5": 1, b"P6": 3}[magic], maximum)


def _read_pam(source: BinaryIO, magic: bytes) -> PnmHeader:
    """Read lines of a key and a value, until ENDHDR."""
    values: dict[bytes, int] = {}
    while (line := read_line(source)) != b"ENDHDR\n":
        if not line:
            raise EOFError("it ends inside its header")
        key, _, value = line.strip().partition(b" ")
        if key in _PAM_KEYS:
            values[key] = int(value) if value.isdigit() else 0
    if len(values) < 4:
        raise ReadError("a broken PAM header", "check what writes it")
    width, height, depth, maximum = (values[key] for key in _PAM_KEYS)
    return PnmHeader(magic, width, height, depth, maximum)


_READERS = {b"P4": _read_pnm, b"P5": _read_pnm, b"P6": _read_pnm, b"P7": _read_pam}
MAGICS = tuple(_READERS)


def encode_pixels(pixels: Pixels, as_pam: bool = False) -> list[memoryview | bytes]:
    """Return a header and the values; as PAM where asked, or where nothing else holds them."""
    maximum, depth = int(pixels.maximum), len(pixels.channels)
    magic = b"P7" if as_pam else {1: b"P5", 3: b"P6"}.get(depth, b"P7")
    stored = pixels.array.astype(_stored_type(maximum), copy=False)
    return [_encode_header(magic, pixels, depth, maximum), stored.data.cast("B")]


def _encode_header(magic: bytes, pixels: Pixels, depth: int, maximum: int) -> bytes:
    if magic != b"P7":
        return b"%s\n%d %d\n%d\n" % (magic, *pixels.size, maximum)
    header = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n"
    return header % (*pixels.size, depth, maximum, CHANNELS[depth][1].encode())


class PnmStream:
    """A stream of Netpbm pictures; each is written in the format in which it was read."""

    formats: tuple[str, ...] = ("PPM", "PAM")

    def __init__(self, source: BinaryIO, most_pixels: int | None = None) -> None:
        self._source, self._most_pixels = source, most_pixels
        self._buffers = BufferRing()
        # Of the pictures that have been read and are not yet written.
        self._magics: deque[bytes] = deque()

    @staticmethod
    def begins(beginning: bytes) -> bool:
        """Return whether a stream of this format begins with these bytes."""
        return beginning[:2] in MAGICS and beginning[2:3] in (b"\n", b" ")

    def frames(self) -> Iterator[list[Pixels]]:
        """Yield each picture as one plane; white space between pictures is skipped."""
        while magic := self._next_magic():
            header = self._read_header(magic)
            data = self._buffers.read(self._source, header.size)
            self._magics.append(magic)
            yield [header.pixels(data)]

    def _next_magic(self) -> bytes:
        first = self._source.read(1)
        while first.isspace():
            first = self._source.read(1)
        return first + self._source.read(1)

    def _read_header(self, magic: bytes) -> PnmHeader:
        try:
            header = read_header(self._source, magic)
        except EOFError as error:
            raise truncation_error() from error
        except ReadError as error:
            raise ReadError(f"standard input: {error.problem}", error.remedy) from error
        check_size(header.width, header.height, self._most_pixels)
        return header

    def filtered(
        self, planes: list[Pixels], filter: Callable[[Pixels], Pixels], keeps_flat: bool
    ) -> list[memoryview | bytes]:
        """Filter a picture, and return its header and values."""
        return encode_pixels(filter(planes[0]), as_pam=self._magics.popleft() == b"P7")


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of what Pillow reads wrongly; it reports a broken header itself."""
    try:
        header = read_header(file)
    except (ReadError, EOFError):
        return None
    channels = CHANNELS[header.depth][0]
    if header.maximum < 256 or (channels, header.maximum) == (("l",), 65535):
        return None
    return DeepHeader(
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


def _encode(picture: Picture, quality: int | None) -> bytes:
    frame = picture.frames[0]
    if isinstance(frame, Image.Image):
        return encode_frame(frame, FORMAT)
    return b"".join(encode_pixels(frame))


FORMAT = Format(
    "PPM",
    plugin="Ppm",
    modes=("L", "RGB", "I;16", "F"),
    deep_modes=("RGB;16",),
    probe=_probe,
    encode=_encode,
)

STREAM_FORMAT = FORMAT._replace(name="PAM", modes=(), deep_modes=(), holds_frames=True)
