"""Netpbm: PBM (P4), PGM (P5), PPM (P6) and PAM (P7), in files and in streams.

The formats: https://netpbm.sourceforge.net/doc/. Values have 8 or 16 bits, and any maximum up to
65535, which is kept. PBM is written as PGM. Pillow reads 16-bit colour as 8 bits, 16-bit grey as if
its maximum were 65535, and no PAM; so such files are read here, which needs no codec. Comments in
headers are kept.
"""

from collections.abc import Iterable
from os import SEEK_CUR
from typing import BinaryIO, NamedTuple

from PIL import Image

from imgconv import images
from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import encode_frame
from imgconv.formats.limits import FRAME_SIZE, check_memory
from imgconv.formats.metadata import Picture
from imgconv.images.frames import frame_pixels, pixels_frame
from imgconv.images.pixels import CHANNELS_BY_NUMBER, Frame, Pixels

# The tuple types of PAM, by their channels.
_TUPLE_TYPES = {"l": b"GRAYSCALE", "la": b"GRAYSCALE_ALPHA", "rgb": b"RGB", "rgba": b"RGB_ALPHA"}
_TUPLE_TYPES |= {"cmyk": b"CMYK"}

_MAGIC_LINE = 3  # bytes

_PAM_KEYS = (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")

MAGICS = (b"P4", b"P5", b"P6", b"P7")

_BLOCK_SIZE = 1 << 16  # bytes that are read at once behind a picture


class PnmHeader(NamedTuple):
    """The header of a picture, of ``depth`` channels with values from 0 to ``maximum``.

    ``tuple_type`` names the channels of a PAM. ``comments`` are lines without ``#`` and newline.
    """

    magic: bytes
    width: int
    height: int
    depth: int
    maximum: int
    tuple_type: bytes = b""
    comments: tuple[bytes, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        is_cmyk = (self.tuple_type, self.depth) == (_TUPLE_TYPES["cmyk"], 4)
        return tuple("cmyk") if is_cmyk else CHANNELS_BY_NUMBER[self.depth]

    @property
    def size(self) -> int:
        """The number of bytes of the pixels."""
        if self.magic == b"P4":
            return self.height * -(-self.width // 8)
        return self.height * self.width * self.depth * (1 if self.maximum < 256 else 2)

    def pixels(self, data: bytearray) -> Pixels:
        """Return the pixels in ``size`` bytes; in PBM a byte holds eight pixels, and 1 is black."""
        import numpy as np

        channels = self.channels
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
    if header.depth not in CHANNELS_BY_NUMBER or not 0 < header.maximum < 65536:
        raise ReadError(
            f"Netpbm of {header.depth} channels up to {header.maximum} is not supported",
            "give 1 to 4 channels of 8 or 16 bits",
        )
    return header


def _read_pnm(source: BinaryIO, magic: bytes) -> PnmHeader:
    comments: list[bytes] = []
    width, height = _read_numbers(source, 2, comments)
    maximum = 1 if magic in (b"P1", b"P4") else _read_numbers(source, 1, comments)[0]
    depth = 3 if magic in (b"P3", b"P6") else 1
    return PnmHeader(magic, width, height, depth, maximum, comments=tuple(comments))


def _read_numbers(source: BinaryIO, count: int, comments: list[bytes]) -> list[int]:
    """Read numbers separated by white space, and one white space behind them.

    The comments among them are added to ``comments``.
    """
    numbers: list[int] = []
    digits = b""
    while len(numbers) < count:
        byte = source.read(1)
        if not byte:
            raise EOFError("it ends inside its header")
        if byte == b"#":
            comments.append(read_line(source).rstrip(b"\r\n"))
        elif byte.isdigit() and len(digits) < 9:
            digits += byte
        elif byte.isspace():
            numbers += [int(digits)] if digits else []
            digits = b""
        else:
            raise ReadError("a broken PNM header", "check what writes it")
    return numbers


def _read_pam(source: BinaryIO) -> PnmHeader:
    """Read lines of a key and a value, and comments, until ENDHDR."""
    values: dict[bytes, int] = {}
    tuple_type, comments = b"", list[bytes]()
    while (line := read_line(source)) != b"ENDHDR\n":
        if not line:
            raise EOFError("it ends inside its header")
        key, _, value = line.strip().partition(b" ")
        if key in _PAM_KEYS:
            values[key] = int(value) if value.isdigit() else 0
        elif key == b"TUPLTYPE":
            tuple_type = value
        elif key.startswith(b"#"):
            comments.append(line[1:].rstrip(b"\r\n"))
    if len(values) < 4:
        raise ReadError("a broken PAM header", "check what writes it")
    width, height, depth, maximum = (values[key] for key in _PAM_KEYS)
    return PnmHeader(b"P7", width, height, depth, maximum, tuple_type, tuple(comments))


def read_line(source: BinaryIO) -> bytes:
    """Return a line with its newline, or b"" at the end; raises ``EOFError`` for part of a line."""
    line = source.readline(4096)
    if line and not line.endswith(b"\n"):
        raise EOFError("it ends inside its header")
    return line


def encode_pixels(
    pixels: Pixels, as_pam: bool = False, comments: Iterable[bytes] = ()
) -> list[memoryview | bytes]:
    """Return a header and the values; as PAM where asked, or where nothing else holds them."""
    maximum, depth = int(pixels.maximum), len(pixels.channels)
    if as_pam or depth not in (1, 3):
        header = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n"
        header %= (*pixels.size, depth, maximum, _TUPLE_TYPES["".join(pixels.channels)])
    else:
        header = b"%s\n%d %d\n%d\n" % (b"P5" if depth == 1 else b"P6", *pixels.size, maximum)
    stored = pixels.array[..., :depth].astype(_stored_type(maximum), "C", copy=False)
    return [_with_comments(header, comments), stored.data.cast("B")]


def _with_comments(data: bytes, comments: Iterable[bytes]) -> bytes:
    """Return a header, or a file, with comments behind its first line, the magic number."""
    lines = (line for comment in comments for line in comment.splitlines() or [b""])
    inserted = b"".join(b"#%s\n" % line for line in lines)
    return data[:_MAGIC_LINE] + inserted + data[_MAGIC_LINE:] if inserted else data


def to_frame(pixels: Pixels) -> Frame:
    """Return a copy whose levels are scaled to the maximum of its type."""
    copied = Pixels(pixels.array.copy(), pixels.channels, maxval=pixels.maxval)
    return pixels_frame(images.depth.full_range(copied))


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
    channels, is_pam = header.channels, header.magic == b"P7"
    is_shallow = header.maximum < 256 or (channels, header.maximum) == (("l",), 65535)
    if is_shallow and len(pictures) == 1 and not is_pam:
        return None
    return DeepHeader(
        "16 bits in PPM",
        decode=_decode,
        is_opened=not is_pam,
        width=header.width,
        height=header.height,
        channels=channels,
        dtype="uint8" if header.maximum < 256 else "uint16",
        maxval=header.maximum,
        further_pixels=sum(each.width * each.height for each, _ in pictures[1:]),
    )


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    """Return comments of the first picture; others, and those among plain values, are left out."""
    pictures, trailer = _pictures(file)
    file.seek(0)
    magic, left_out = file.read(2), list[str]()
    first = pictures[0][0] if pictures else _read_pnm(file, magic)
    if any(header.comments for header, _ in pictures[1:]):
        left_out.append("comments of further pictures")
    if not pictures and b"#" in file.read():
        left_out.append("comments among its values")
    common = {"comments": [*first.comments]} if first.comments else {}
    native = {"trailer": trailer, "left_out": left_out}
    return common, native if trailer or left_out else {}


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
    is_pam, comments = picture.format.name == "PAM", picture.metadata.get("comments", ())
    files = [_encode_frame(frame, is_pam) for frame in picture.frames]
    return b"".join([_with_comments(files[0], comments), *files[1:]])


def _encode_frame(frame: Frame, is_pam: bool) -> bytes:
    if isinstance(frame, Image.Image) and not is_pam:
        return encode_frame(frame, PPM)
    return b"".join(encode_pixels(frame_pixels(frame), is_pam))


PPM = Format(
    "PPM",
    plugin="Ppm",
    modes=("L", "RGB", "I;16", "F"),
    deep_modes=("RGB;16",),
    kinds=("comments",),
    holds_pictures=True,
    is_film=True,
    probe=_probe,
    read_metadata=_read_metadata,
    encode=_encode,
)

PAM = PPM._replace(
    name="PAM",
    modes=("L", "LA", "RGB", "RGBA", "CMYK", "I;16"),
    deep_modes=("LA;16", "RGB;16", "RGBA;16", "CMYK;16"),
)
