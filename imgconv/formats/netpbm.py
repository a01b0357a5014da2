"""Netpbm: PBM (P4), PGM (P5), PPM (P6) and PAM (P7), in files and in streams.

The formats: https://netpbm.sourceforge.net/doc/. Values have 8 or 16 bits, and any maximum up to
65535, which is kept. PBM is written as PGM. Pillow reads 16-bit colour as 8 bits, and 16-bit grey
as if its maximum were 65535; so such files are read here, which needs no codec.
"""

from os import SEEK_CUR
from typing import BinaryIO, NamedTuple

from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_frame
from imgconv.formats.limits import FRAME_SIZE, check_memory
from imgconv.formats.metadata import Picture
from imgconv.images.frames import pixels_frame
from imgconv.images.pixels import MAXIMUM, Frame, Pixels

# The channels by their number, and the tuple types of PAM.
_CHANNELS = {1: ("l",), 2: ("l", "a"), 3: ("r", "g", "b"), 4: ("r", "g", "b", "a")}
_TUPLE_TYPES = {1: b"GRAYSCALE", 2: b"GRAYSCALE_ALPHA", 3: b"RGB", 4: b"RGB_ALPHA"}

_PAM_KEYS = (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")

MAGICS = (b"P4", b"P5", b"P6", b"P7")

_BLOCK_SIZE = 1 << 16  # bytes that are read at once behind a picture


class PnmHeader(NamedTuple):
    """The header of a picture, of ``depth`` channels with values from 0 to ``maximum``."""

    magic: bytes
    width: int
    height: int
    depth: int
    maximum: int

    @property
    def size(self) -> int:
        """The number of bytes of the pixels."""
        if self.magic == b"P4":
            return self.height * -(-self.width // 8)
        return self.height * self.width * self.depth * (1 if self.maximum < 256 else 2)

    def pixels(self, data: bytearray) -> Pixels:
        """Return the pixels in ``size`` bytes; in PBM a byte holds eight pixels, and 1 is black."""
        import numpy as np

        channels = _CHANNELS[self.depth]
        if self.magic == b"P4":
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
    """Read a header, behind ``magic`` if that is given.

    Raises ``ReadError`` for one that is broken or cannot be filtered, ``EOFError`` for a part.
    """
    magic = magic or source.read(2)
    if magic not in MAGICS:
        raise ReadError("what follows is no PNM", "check what writes it")
    header = _read_pam(source) if magic == b"P7" else _read_pnm(source, magic)
    if header.depth not in _CHANNELS or not 0 < header.maximum < 65536:
        raise ReadError(
            f"pictures of {header.depth} channels up to {header.maximum} are not read from a film",
            "give 1 to 4 channels of 8 or 16 bits",
        )
    return header


def _read_pnm(source: BinaryIO, magic: bytes) -> PnmHeader:
    width, height = _read_numbers(source, 2)
    maximum = 1 if magic == b"P4" else _read_numbers(source, 1)[0]
    return PnmHeader(magic, width, height, 3 if magic == b"P6" else 1, maximum)


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


def _read_pam(source: BinaryIO) -> PnmHeader:
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
    return PnmHeader(b"P7", width, height, depth, maximum)


def read_line(source: BinaryIO) -> bytes:
    """Return a line with its newline, or b"" at the end; raises ``EOFError`` for part of a line."""
    line = source.readline(4096)
    if line and not line.endswith(b"\n"):
        raise EOFError("it ends inside its header")
    return line


def encode_pixels(pixels: Pixels, as_pam: bool = False) -> list[memoryview | bytes]:
    """Return a header and the values; as PAM where asked, or where nothing else holds them."""
    maximum, depth = int(pixels.maximum), len(pixels.channels)
    if as_pam or depth not in (1, 3):
        header = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n"
        header %= (*pixels.size, depth, maximum, _TUPLE_TYPES[depth])
    else:
        header = b"%s\n%d %d\n%d\n" % (b"P5" if depth == 1 else b"P6", *pixels.size, maximum)
    stored = pixels.array.astype(_stored_type(maximum), copy=False)
    return [header, stored.data.cast("B")]


def to_frame(pixels: Pixels) -> Frame:
    """Return a copy whose levels are scaled to the maximum of 8 bits, or of 16 if it has more."""
    import numpy as np

    dtype = "uint16" if pixels.maximum > MAXIMUM["uint8"] else "uint8"
    array = pixels.array.copy()
    if pixels.maximum != MAXIMUM[dtype]:
        levels = np.arange(pixels.maximum + 1) / pixels.maximum * MAXIMUM[dtype]
        array = np.rint(levels).astype(dtype).take(array, mode="clip")
    return pixels_frame(Pixels(array, pixels.channels))


def _pictures(file: BinaryIO) -> tuple[list[tuple[PnmHeader, int]], bytes]:
    """Return the header of each picture, with the place of its pixels, and what lies behind them.

    There is none where the first header is broken or of another kind; a broken one behind it raises
    as ``read_header``. White space between and behind pictures does not count.
    """
    file.seek(0)
    try:
        header = read_header(file)
    except (ReadError, EOFError):
        return [], b""
    found = [(header, file.tell())]
    while (magic := _skip_pixels(header, file)) in MAGICS:
        header = read_header(file, magic)
        found.append((header, file.tell()))
    return found, magic + file.read()


def _skip_pixels(header: PnmHeader, file: BinaryIO) -> bytes:
    """Read over pixels, white space and two bytes behind that, which are returned."""
    file.seek(header.size, SEEK_CUR)
    while block := file.read(_BLOCK_SIZE):
        if rest := block.lstrip():
            file.seek(2 - len(rest), SEEK_CUR)
            return rest[:2]
    return b""


def _probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of a file that Pillow reads wrongly; Pillow reports a broken header.

    Of several pictures in a file Pillow reads only the first.
    """
    pictures, _ = _pictures(file)
    if not pictures:
        return None
    header = pictures[0][0]
    check_memory(len(pictures) * FRAME_SIZE)
    channels = _CHANNELS[header.depth]
    is_shallow = header.maximum < 256 or (channels, header.maximum) == (("l",), 65535)
    if is_shallow and len(pictures) == 1:
        return None
    return DeepHeader(
        "16 bits in PPM",
        decode=_decode,
        width=header.width,
        height=header.height,
        channels=channels,
        dtype="uint8" if header.maximum < 256 else "uint16",
        maxval=header.maximum,
        further_pixels=sum(each.width * each.height for each, _ in pictures[1:]),
    )


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    _, behind = _pictures(file)
    return {}, {"trailer": behind} if behind else {}


def _decode(file: BinaryIO) -> list[Frame]:
    frames = []
    for header, place in _pictures(file)[0]:
        data = bytearray(header.size)
        file.seek(place)
        if file.readinto(data) < header.size:  # type: ignore[attr-defined]
            raise EOFError("it ends inside the picture")
        pixels = header.pixels(data)
        frames.append(to_frame(pixels) if header.maximum < 256 else pixels_frame(pixels))
    return frames


def _encode(picture: Picture, quality: int | None) -> bytes:
    return b"".join(map(_encode_frame, picture.frames))


def _encode_frame(frame: Frame) -> bytes:
    if isinstance(frame, Image.Image):
        return encode_frame(frame, FORMAT)
    return b"".join(encode_pixels(frame))


FORMAT = Format(
    "PPM",
    plugin="Ppm",
    modes=("L", "RGB", "I;16", "F"),
    deep_modes=("RGB;16",),
    holds_pictures=True,
    is_film=True,
    probe=_probe,
    read_metadata=_read_metadata,
    encode=_encode,
)
