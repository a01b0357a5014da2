"""Read a picture from a file or from standard input; every error names the file."""

import errno
import os
import re
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from PIL import Image, ImageFile, UnidentifiedImageError

from imgconv import formats
from imgconv.errors import RESTORE_IT, DamagedError, ImgconvError, ReadError
from imgconv.formats import Format, Metadata, concatenated, limits, registry
from imgconv.formats.deep import DeepHeader, select_decoder
from imgconv.formats.frame_codec import DECODING_ERRORS, decode_frames, filling, open_image
from imgconv.formats.metadata import FURTHER_PICTURES, Picture
from imgconv.formats.registry import by_content
from imgconv.images.pillow_buffers import choose_allocator
from imgconv.images.pixels import Header
from imgconv.system.diagnostics import collect_diagnostics
from imgconv.system.places import PIPE, missing_remedy

_KNOWN_FORMATS = "give a JPEG, PNG, TIFF, WebP or the like"
_CHECK_IT = "check the path"
_FILL_IT = "check the program that should have written it"
_LEAVE_IT = "restore the file or leave it out"
_LARGE_PART = "a part of it has more pixels than are allowed"

# The problem and the remedy of errors whose texts do not say them.
_PROBLEMS: dict[type[Exception], tuple[str, str]] = {
    UnidentifiedImageError: ("not a picture in a known format", _KNOWN_FORMATS),
    Image.DecompressionBombError: (_LARGE_PART, limits.ALLOW_MORE),
    MemoryError: ("there is not enough memory to read it", "use a machine that has more"),
}

_READING_ERRORS: tuple[type[Exception], ...] = (ImgconvError, *_PROBLEMS, *DECODING_ERRORS)

# Errors whose texts, as "string index out of range", are about a program and not about a file.
_INTERNAL_ERRORS: tuple[type[Exception], ...] = (LookupError, AttributeError, AssertionError)
_INTERNAL_ERRORS += (ArithmeticError, struct.error, TypeError, UnicodeError)
_PYTHON_WORDS = r"to unpack|invalid literal|reshape|argument|object (is|has|of)|^\d+$"

# What decoders say of files that are not damaged, but of a kind that they do not decode.
_UNSUPPORTED = "(?i)unsupported|not supported|cannot handle|unknown pixel mode"

_LINK_ERRORS = {errno.ELOOP: "it is a link to itself"}

# Bytes that are read at once from a pipe. A file of up to _WHOLE_SIZE is read at once too, so that
# its hash needs no second reading.
_BLOCK_SIZE = 16 * 2**20
_WHOLE_SIZE = 8 * 2**20

# More dots an inch are an error in the file, and more than some formats can store.
_MOST_DPI = 65_535


class ReadOptions(NamedTuple):
    """How pictures are read.

    ``max_pixels`` limits the pixels of all frames: see ``limits.py``. With ``allow_8_bit`` a deep
    picture whose codec is missing is read with 8 bits: see ``deep.py``. With ``allow_damaged`` the
    remains of a damaged picture are read: see ``damage.py``.
    """

    max_pixels: int | None = None
    allow_8_bit: bool = False
    allow_damaged: bool = False


DEFAULTS = ReadOptions()


def read(source: str, options: ReadOptions = DEFAULTS) -> Picture:
    """Read the picture at the path ``source``, or from standard input for ``-``.

    Raises ``ReadError``.
    """
    return begin(source, options)()


class OpenPicture(NamedTuple):
    """An open file whose header has been read; calling it decodes the picture, once.

    ``deep`` is the header of a picture that Pillow does not decode, and ``image`` stands in for one
    that it does not even open. ``is_followed`` says that further pictures stand behind it.
    ``diagnostics`` are about the header.
    """

    source: str
    options: ReadOptions
    file: BinaryIO
    format: Format
    image: Image.Image
    deep: DeepHeader | None
    is_followed: bool
    diagnostics: list[str]

    @property
    def header(self) -> Header | None:
        """Pillow's header, or None where Pillow does not decode the picture."""
        image: Any = self.image
        return None if self.deep else Header(image.mode, image.size, dict(image.info))

    @property
    def metadata(self) -> Metadata:
        """The metadata that all formats share; the picture is not decoded."""
        with _naming_errors(self.source):
            return _read_metadata(self.file, self.image, self.format).metadata

    def __call__(self) -> Picture:
        with self.file, self.image:
            try:
                picture = self.decode()
            except DamagedError as error:
                picture = _salvage(self.source, self.file, self.options, error)
            picture.content = self.file.getvalue() if isinstance(self.file, BytesIO) else None
            return picture

    def decode(self) -> Picture:
        """Return the picture without its ``content``; raises ``ReadError``."""
        with _naming_errors(self.source) as diagnostics:
            picture = _read_metadata(self.file, self.image, self.format)
            if self.is_followed:
                names = [FURTHER_PICTURES, *picture.native.get("unfiltered", ())]
                picture.native["unfiltered"] = [*dict.fromkeys(names)]
            if self.deep is not None and self.deep.decode is not None:
                picture.frames += self.deep.decode(self.file)
            else:
                assert isinstance(self.image, ImageFile.ImageFile)
                check = partial(limits.check_pixels, max_pixels=self.options.max_pixels)
                picture.frames, animation = decode_frames(self.image, self.format, check)
                picture.metadata |= animation
            if filling() is None:  # else they are about the filling
                picture.notes += dict.fromkeys(self.diagnostics + diagnostics)
            return picture


class DamagedFile(NamedTuple):
    """An open file whose header is damaged; calling it reads what is left of the picture, once."""

    source: str
    options: ReadOptions
    file: BinaryIO
    error: DamagedError
    header: None = None

    @property
    def metadata(self) -> Metadata:
        raise self.error

    def __call__(self) -> Picture:
        with self.file:
            picture = _salvage(self.source, self.file, self.options, self.error)
            picture.content = self.file.getvalue() if isinstance(self.file, BytesIO) else None
            return picture


def begin(source: str, options: ReadOptions = DEFAULTS) -> OpenPicture | DamagedFile:
    """Read the header of a picture; arguments and errors are as for ``read``."""
    with _naming_errors(source):
        # While Pillow decodes, it allows twice this number. All threads set the same value.
        Image.MAX_IMAGE_PIXELS = -(-(options.max_pixels or limits.MOST_PIXELS) // 2)
        file = _read_pipe() if source == PIPE else _open_or_read(source)
    try:
        return _open(source, file, options)
    except DamagedError as error:
        if options.allow_damaged:
            return DamagedFile(source, options, file, error)
        file.close()
        raise
    except BaseException:
        file.close()
        raise


def _open(source: str, file: BinaryIO, options: ReadOptions) -> OpenPicture:
    max_pixels = options.max_pixels
    with _naming_errors(source) as diagnostics:
        format, header = probe(file)
        deep = select_decoder(header, options.allow_8_bit)
        is_opened = deep is None or deep.is_opened
        image = open_image(file, format) if is_opened else Image.new("1", (1, 1))
        length = limits.length_of(file)
        limits.check_header(image, length, max_pixels)
        choose_allocator(limits.pixel_bytes(image))
        is_followed = concatenated.is_followed(file, format, image, source == PIPE)
        if deep is not None:
            limits.check_size(deep.pixels, deep.decoded_bytes, length, max_pixels)
            limits.check_memory(2 * deep.decoded_bytes)
    return OpenPicture(source, options, file, format, image, deep, is_followed, diagnostics)


def _salvage(source: str, file: BinaryIO, options: ReadOptions, error: DamagedError) -> Picture:
    """Return what is left of a damaged picture, with a note; raise ``error`` where it may not."""
    file.seek(0)
    format, data = by_content(file), file.read()
    assert format is not None

    def read_again(completed: BytesIO) -> Picture:
        return _open(source, completed, options).decode()

    if whole := formats.damage.read_without_end(data, format, read_again):
        whole.notes.append("its end is missing, but no pixel")
        return whole
    if not options.allow_damaged:
        raise error
    try:
        picture, missing = formats.damage.salvage(data, format, read_again)
    except DamagedError:
        missing = formats.damage.NOTHING_LEFT
    if missing == formats.damage.NOTHING_LEFT:
        raise DamagedError(f"{error.problem}, and nothing is left of it", _LEAVE_IT) from error
    picture.is_damaged = True
    problem = error.problem.rpartition(f"{_name(source)}: ")[2]
    missing = (
        f"damaged: {missing} are missing" if missing else f"{problem}, but no pixel is missing"
    )
    picture.notes.insert(0, missing)
    return picture


def _read_metadata(file: BinaryIO, image: Image.Image, format: Format) -> Picture:
    """Return a picture without frames."""
    info = image.info
    metadata = {key: info[key] for key in ("icc_profile", "exif", "xmp", "dpi") if info.get(key)}
    position = file.tell()
    common, native = format.read_metadata(file, image)
    file.seek(position)
    metadata |= common
    if not all(0 < number <= _MOST_DPI for number in metadata.get("dpi") or ()):
        del metadata["dpi"]
    return Picture([], format, metadata, native, native.pop("notes", None))


def open_header(file: BinaryIO) -> DeepHeader | ImageFile.ImageFile:
    """Return the header of the picture in an open file; raises whatever Pillow raises."""
    format, deep = probe(file)
    return deep if deep and deep.decode else open_image(file, format)


def probe(file: BinaryIO) -> tuple[Format, DeepHeader | None]:
    """Return the format of a file, and the header of a deep picture, and seek its beginning."""
    format = by_content(file)
    if format is None and not limits.length_of(file):
        raise ReadError("it is empty", _FILL_IT)
    if format is None:
        raise UnidentifiedImageError
    deep = format.probe(file)
    file.seek(0)
    return format, deep


def open_file(path: str) -> BinaryIO:
    """Open a regular file; raises ``ReadError`` for others, ``OSError`` where there is none."""
    kind = os.stat(path).st_mode
    if stat.S_ISDIR(kind):
        os.scandir(path).close()  # which raises an error where it cannot be read
        raise ReadError("it is a folder, not a picture", _CHECK_IT)
    if not stat.S_ISREG(kind):  # a pipe may never yield anything, and a device may never end
        raise ReadError("it is a pipe or a device, not a file", "give - and pipe the picture in")
    return open(path, "rb")


def is_film(path: str) -> bool:
    """Return whether a regular file is a film in YUV4MPEG2, which is filtered as a stream."""
    with suppress(OSError):
        row = registry.row_of_path(path)
        return row is not None and row.name == "Y4M"
    return False


def check_file(path: str) -> None:
    """Raise ``ReadError`` unless ``path`` is a regular file that can be opened."""
    with _naming_errors(path):
        open_file(path).close()


def is_read_at_once(path: str) -> bool:
    """Return whether ``Picture.content`` will be known, unless the file grows before it is read."""
    try:
        return os.stat(path).st_size <= _WHOLE_SIZE
    except OSError:
        return True


def _open_or_read(path: str) -> BinaryIO:
    file = open_file(path)
    if limits.length_of(file) > _WHOLE_SIZE:
        return file
    with file:
        return BytesIO(file.read())


def _read_pipe() -> BinaryIO:
    """Read standard input to its end, unless it is no picture or does not fit into memory."""
    pipe = sys.stdin.buffer
    content = BytesIO(block := pipe.read(_BLOCK_SIZE))
    if by_content(content) is None:
        return content
    length = content.seek(len(block))
    while len(block) == _BLOCK_SIZE:
        limits.check_memory(2 * length)
        length += content.write(block := pipe.read(_BLOCK_SIZE))
    content.seek(0)
    return content


def _name(source: str) -> str:
    return "standard input" if source == PIPE else source


@contextmanager
def _naming_errors(source: str) -> Iterator[list[str]]:
    """Name the file in every error, and collect the diagnostics of libraries."""
    with collect_diagnostics() as diagnostics:
        try:
            yield diagnostics
        except _READING_ERRORS as error:
            raise _explained(_name(source), error, diagnostics) from error


def _explained(name: str, error: Exception, diagnostics: list[str]) -> ReadError:
    if isinstance(error, ReadError):
        return error.named(name)
    if isinstance(error, ImgconvError):
        return ReadError(f"{name}: {error.problem}", error.remedy)
    if isinstance(error, UnidentifiedImageError) and registry.suffix_of(name) in registry.FILMS:
        return ReadError(f"{name} is a film, not a picture", registry.PIPE_FILMS)
    if isinstance(error, FileNotFoundError):
        return ReadError(f"{name}: there is no such file", missing_remedy(name))
    for kind, (problem, remedy) in _PROBLEMS.items():
        if isinstance(error, kind):
            return ReadError(f"{name}: {problem}", remedy)
    if isinstance(error, OSError) and error.errno is not None:  # the system's, not a decoder's
        return ReadError(f"{name}: {_LINK_ERRORS.get(error.errno, error.strerror)}", _CHECK_IT)
    reason = _reason(error, diagnostics)
    if re.search(_UNSUPPORTED, reason):
        problem = f"{name}: this kind of picture is not supported ({reason})"
        return ReadError(problem, "convert it to PNG or TIFF first")
    return DamagedError(f"{name}: the picture is damaged ({reason})", RESTORE_IT)


def _reason(error: Exception, diagnostics: list[str]) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, _INTERNAL_ERRORS) or re.search(_PYTHON_WORDS, text):
        text = "its parts contradict each other"
    reason = ": ".join([text, *(line for line in diagnostics if line != text)])
    return reason if len(reason) <= 200 else f"{reason[:200]}..."
