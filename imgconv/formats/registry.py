"""The table of picture formats, and how to find one by name, path or content.

A start that reads no picture imports this module, so it imports neither Pillow nor NumPy. The
module of a format is imported when the format is first needed.
"""

import os
import re
from importlib import import_module
from itertools import chain, product
from typing import BinaryIO, NamedTuple

from imgconv.errors import UsageError, WriteError
from imgconv.formats import Format
from imgconv.formats.deep import describe_mode, mode_name, split_mode


class FormatRow(NamedTuple):
    """How a format is found, and the module in whose record the rest stands.

    A file whose bytes at ``offset`` start with one of ``magic`` is in the format, or one whose
    beginning matches ``pattern`` if no magic number is found. The record is called ``FORMAT``, or
    as the format is where a module has several.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    magic: tuple[bytes, ...] = ()
    offset: int = 0
    aliases: tuple[str, ...] = ()
    pattern: bytes = b""
    is_written: bool = True

    def load(self) -> Format:
        module = import_module(f"imgconv.formats.{self.module}")
        record: Format = getattr(module, self.name, None) or module.FORMAT
        return record


_JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")
_JPEGLS_MAGIC = tuple(b"\xff\xd8\xff" + rest for rest in (b"\xf7", b"\xe8\0\x09mrfx"))
_JPEGLS_MAGIC += (b"\xff\xd8\xff\xe8\0 SPIFF\0\2\0\0",)
_PNM_SUFFIXES = (".ppm", ".pgm", ".pnm", ".pbm")
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"MM*\0", b"II\0*")
_PNM_MAGIC = (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6")
_JPEG2000_MAGIC = (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n")
_AVIF_MAGIC = (b"ftypavif", b"ftypavis", b"ftypmif1", b"ftypmsf1")
_TGA_SUFFIXES, _SGI_SUFFIXES = (".tga", ".icb", ".vda", ".vst"), (".sgi", ".rgb", ".rgba", ".bw")
_PCX_MAGIC = tuple(bytes((10, version, 1)) for version in (0, 2, 3, 5))
_SGI_MAGIC = tuple(b"\x01\xda" + bytes(kind) for kind in product((0, 1), (1, 2)))

# The header of a TGA: without a palette or with one, then origin, sides, depth and flags.
_TGA_PATTERN = (
    rb"(?s).(?:\0[\x02\x03\x0a\x0b]\0{5}|\x01[\x01\x09].{4}[\x0f\x10\x18\x20])"
    rb".{4}(?!\0\0)..(?!\0\0)..[\x01\x08\x0f\x10\x18\x20][\0-\x3f]"
)

_ROWS = (
    # It begins as a JPEG.
    FormatRow("JPEGLS", (".jls",), "graphics.jpeg_ls", _JPEGLS_MAGIC, is_written=False),
    FormatRow("JPEG", _JPEG_SUFFIXES, "jpeg", (b"\xff\xd8\xff",), aliases=("JPG", "MPO")),
    FormatRow("PNG", (".png", ".apng"), "png", (b"\x89PNG\r\n\x1a\n",), aliases=("APNG",)),
    FormatRow("TIFF", (".tif", ".tiff"), "tiff", _TIFF_MAGIC, aliases=("TIF",)),
    FormatRow("WEBP", (".webp",), "webp", (b"WEBPVP8",), offset=8),
    FormatRow("GIF", (".gif",), "gif", (b"GIF87a", b"GIF89a")),
    FormatRow("BMP", (".bmp", ".dib"), "bmp", (b"BM",)),
    FormatRow("PPM", _PNM_SUFFIXES, "netpbm", _PNM_MAGIC, aliases=("PNM", "PGM")),
    FormatRow("JPEG2000", (".jp2", ".j2k"), "jpeg2000", _JPEG2000_MAGIC, aliases=("JP2",)),
    FormatRow("AVIF", (".avif",), "avif", _AVIF_MAGIC, offset=4),
    FormatRow("TGA", _TGA_SUFFIXES, "graphics.targa", aliases=("TARGA",), pattern=_TGA_PATTERN),
    FormatRow("ICO", (".ico",), "graphics.ico", (b"\0\0\1\0",)),
    FormatRow("SGI", _SGI_SUFFIXES, "graphics.sgi", _SGI_MAGIC),
    FormatRow("PCX", (".pcx",), "graphics.pcx", _PCX_MAGIC),
    FormatRow("QOI", (".qoi",), "graphics.qoi", (b"qoif",)),
    FormatRow("PSD", (".psd", ".psb"), "graphics.psd", (b"8BPS",), is_written=False),
    FormatRow("DDS", (".dds",), "graphics.dds", (b"DDS ",), is_written=False),
    FormatRow("PAM", (".pam",), "netpbm", (b"P7\n",)),
    FormatRow("PFM", (".pfm",), "pfm", (b"Pf", b"PF")),
    FormatRow("Y4M", (".y4m",), "streams", (b"YUV4MPEG2 ",)),
)

FORMATS = {row.name: row for row in _ROWS}
_WRITTEN = [row for row in _ROWS if row.is_written]
_BY_NAME = {name: row for row in _ROWS for name in (row.name, *row.aliases)}
_BY_SUFFIX = {suffix: row for row in _ROWS for suffix in row.suffixes}

# Suffixes of films, which are files of ffmpeg and pass through a pipe here.
FILMS = (".mp4", ".m4v", ".mkv", ".mov", ".avi", ".webm", ".mpg", ".mpeg", ".ogv", ".wmv")
PIPE_FILMS = (
    "ffmpeg reads and writes it: ffmpeg -i IN -f yuv4mpegpipe - | imgconv apply FILTER - - | "
    "ffmpeg -i - OUT (docs/howto/films.md keeps the sound)"
)

# Bytes at the beginning of a file that hold any magic number, and the header of a TGA.
MAGIC_SIZE = 18

_MOST_REMEDIES = 3  # formats that an error names, in the order of the table


def by_name(name: str) -> FormatRow:
    """Return the format called ``name``, in any case; raises ``UsageError``."""
    row = _BY_NAME.get(name.upper())
    if row is None or not row.is_written:
        names = ", ".join(row.name for row in _WRITTEN)
        problem = f"{row.name} is read, not written" if row else f"no format is called '{name}'"
        raise UsageError(problem, f"choose from {names.lower()}")
    return row


def by_path(path: str) -> FormatRow:
    """Return the format of a path's suffix, to write; raises ``UsageError``."""
    row = _BY_SUFFIX.get(suffix_of(path))
    if row is None or not row.is_written:
        problem = "a format that is read, not written" if row else "no picture format"
        raise UsageError(
            f"the ending of '{path}' names {problem}",
            f"end it in {', '.join(row.suffixes[0] for row in _WRITTEN)}",
        )
    return row


def by_content(file: BinaryIO) -> Format | None:
    """Return the format of an open file, by the magic number at its beginning, or None."""
    row = row_of(file)
    return row.load() if row else None


def row_of(file: BinaryIO) -> FormatRow | None:
    """Return the row of the format of an open file, or None."""
    head = file.read(MAGIC_SIZE)
    file.seek(0)
    by_magic = (row for row in _ROWS if head.startswith(row.magic, row.offset))
    by_pattern = (row for row in _ROWS if row.pattern and re.match(row.pattern, head))
    return next(chain(by_magic, by_pattern), None)


def row_of_path(path: str | os.PathLike[str]) -> FormatRow | None:
    """Return the row of the format of a regular file, else None; raises ``OSError``."""
    if not os.path.isfile(path):  # a pipe would be waited for
        return None
    with open(path, "rb") as file:
        return row_of(file)


def suffix_of(path: str) -> str:
    """Return the suffix of a path in lower case, in a fifth of the time that a ``Path`` takes."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


def is_picture_path(path: str) -> bool:
    """Return whether the suffix of ``path`` belongs to a format that is read from files."""
    return suffix_of(path) in _BY_SUFFIX


def is_written_path(path: str) -> bool:
    """Return whether the suffix of ``path`` belongs to a format that is written to files."""
    row = _BY_SUFFIX.get(suffix_of(path))
    return row is not None and row.is_written


def storage_mode(format: Format, mode: str) -> str:
    """Return the mode in which a format holds a picture of ``mode``; raises ``WriteError``."""
    if not format.modes and FORMATS[format.name].is_written:
        raise WriteError(
            f"{format.name} is written only where a film in {format.name} is read",
            "choose PPM, whose films are pictures one behind the other, or another format",
        )
    if not format.modes:
        raise WriteError(f"{format.name} is read, not written", "name an output, or give --format")
    if not format.holds(mode):
        able = [row.name for row in _ROWS if row.load().holds(mode)]
        remedies = [f"choose {' or '.join(able[:_MOST_REMEDIES])}"] if able else []
        remedies += _option_remedies(format, mode)
        raise WriteError(f"{format.name} cannot hold {describe_mode(mode)}", ", or ".join(remedies))
    return format.lossless_as.get(mode, mode)


def _option_remedies(format: Format, mode: str) -> list[str]:
    """Return the options with which the format can hold the picture."""
    layout, dtype = split_mode(mode)
    layouts = ((layout, ""), (layout.removesuffix("A"), "--background COLOUR"))
    depths = ((dtype, ""), ("uint16", "--depth 16"), ("uint8", "--depth 8"))
    for (channels, background), (depth, bits) in product(layouts, depths):
        if format.holds(mode_name(channels, depth)):
            return ["give " + " and ".join(filter(None, (background, bits)))]
    return []
