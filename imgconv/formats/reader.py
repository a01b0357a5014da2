"""A file or a pipe to a picture; whatever goes wrong becomes one line that names it.

The frames of a picture, decoded one after the other, and how each is shown.

What a picture from a file says of its levels: how much light each of them is.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from PIL import Image, ImageFile, UnidentifiedImageError

from imgconv import images
from imgconv.errors import ImgconvError, ReadError
from imgconv.formats.deep import look, readable
from imgconv.formats.limits import MOST_PIXELS, check_header, check_length, check_pixels, length_of
from imgconv.formats.metadata import Picture, found
from imgconv.formats.plugins import open_image, recognised
from imgconv.images.pillow_buffers import reuse_memory
from imgconv.images.pixels import Frame, Header
from imgconv.images.transparency import decoded
from imgconv.system.diagnostics import collect_diagnostics
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.formats.deep import Deep
    from imgconv.images.transfer import Curve


def decode(
    image: ImageFile.ImageFile, check_pixels: Callable[[int], None]
) -> tuple[list[Frame], dict[str, Any]]:
    """All frames, whole, and what is to be kept of how they are shown.

    ``check_pixels`` is told how many there are so far, and raises where they are too many.
    """
    if getattr(image, "n_frames", 1) == 1:
        reuse_memory(image)
        return [decoded(image)], {}
    # Most pictures have one frame, and need none of this.
    from PIL import ImageSequence

    from imgconv.formats.animation import disposal_of

    frames: list[Frame] = []
    durations, disposals, pixels = [], [], 0
    for frame in ImageSequence.Iterator(image):
        pixels += frame.width * frame.height
        check_pixels(pixels)
        whole = decoded(frame)
        frames.append(whole.copy() if whole is frame else whole)
        durations.append(frame.info.get("duration", 0))
        disposals.append(disposal_of(frame))
    if image.format in ("TIFF", "MPO"):
        return frames, {}
    shown: dict[str, Any] = {"durations": durations}
    if image.format in ("GIF", "PNG"):
        shown["disposals"] = disposals
    return frames, shown


# Everything that Pillow's decoders have been seen to raise for a file that is no good.
_DECODING_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    RuntimeError,
    ArithmeticError,
    EOFError,
    LookupError,
    AttributeError,
    AssertionError,
    struct.error,
)

# What is read of a pipe at once.
_PIECE = 16 * 2**20

# Files of up to so many bytes are read at once: whoever wants to know what they were, as runs do
# that remember it, need not read them again.
_AT_ONCE = 8 * 2**20

_LONGEST_REASON = 200

_KNOWN_FORMATS = "give a JPEG, PNG, TIFF, WebP or the like"


def read(source: str, most_pixels: int | None = None, may_narrow: bool = False) -> Picture:
    """Read the picture at the path ``source``, or from standard input for ``-``.

    ``most_pixels`` is how large it may be, all frames counted: see formats/limits.py. With
    ``may_narrow`` deep pictures whose codec is missing are read with 8 bits: see deep/. Raises
    ``ReadError`` for whatever goes wrong.
    """
    return begin(source, most_pixels, may_narrow)()


class Begun(NamedTuple):
    """A picture whose header was read: calling it reads the rest, once.

    ``header`` is what Pillow knows of it, if Pillow is what decodes it.
    """

    decode: Callable[[], Picture]
    header: Header | None
    file: BinaryIO

    def __call__(self) -> Picture:
        """The picture; raises ``ReadError``."""
        return self.decode()


def begin(source: str, most_pixels: int | None = None, may_narrow: bool = False) -> Begun:
    """Read the header of a picture, as ``read`` does."""
    with _reading(source) as said:
        # In one block, a picture can be filtered where it lies: see images/pillow_buffers.py.
        Image.core.set_use_block_allocator(1)  # type: ignore[attr-defined]
        # Pillow looks at sizes that come to light while it decodes, and allows twice this. All
        # threads tell it the same, so that none races for it.
        Image.MAX_IMAGE_PIXELS = -(-(most_pixels or MOST_PIXELS) // 2)
        file = _piped() if source == PIPE else _file(source)
        try:
            deep = readable(look(file), may_narrow)
            image = open_image(file)
            check_header(image, length_of(file), most_pixels)
            if deep is not None:
                check_pixels(deep.pixels, most_pixels)
                check_length(deep.bytes)
        except BaseException:
            file.close()
            raise
    decode_rest = partial(_decode, source, file, image, deep, most_pixels, said)
    header = None if deep and deep.decode else _header(image)
    return Begun(decode_rest, header, file)


def _decode(
    source: str,
    file: BinaryIO,
    image: ImageFile.ImageFile,
    deep: Deep | None,
    most_pixels: int | None,
    said_before: list[str],
) -> Picture:
    with _reading(source) as said, file, image:
        picture = found(file, image, _format_name(image))
        if deep is not None and deep.decode:
            picture.frames += deep.decode(file)
        else:
            picture.frames, shown = decode(image, partial(check_pixels, most_pixels=most_pixels))
            picture.keep |= shown
        picture.notes += dict.fromkeys(said_before + said)
        picture.content = file.getvalue() if isinstance(file, BytesIO) else None
        return picture


def _header(image: Image.Image) -> Header:
    info: dict[Any, Any] = image.info
    return Header(image.mode, image.size, dict(info))


def _format_name(image: Image.Image) -> str:
    return "JPEG" if image.format == "MPO" else str(image.format)


def open_file(path: str) -> BinaryIO:
    """A file that lies on a disk; raises ``ReadError`` for others, ``OSError`` where there is none.

    A pipe that has a name may never give anything, and a device never end.
    """
    kind = os.stat(path).st_mode
    if stat.S_ISDIR(kind):
        raise ReadError("it is a folder, not a picture", "check the path")
    if not stat.S_ISREG(kind):
        raise ReadError("it is a pipe or a device, not a file", "give - and pipe the picture in")
    return open(path, "rb")


def is_read_at_once(path: str) -> bool:
    """Whether the content of a file will be known when it is read, unless it is changed by then."""
    try:
        return os.stat(path).st_size <= _AT_ONCE
    except OSError:
        return True


def _file(path: str) -> BinaryIO:
    """A file, read at once if it is small; raises as ``open_file`` does."""
    file = open_file(path)
    if length_of(file) > _AT_ONCE:
        return file
    with file:
        return BytesIO(file.read())


def _piped() -> BinaryIO:
    """What stands on standard input, to its end unless it is no picture or takes all memory."""
    pipe = sys.stdin.buffer
    pieces = BytesIO(piece := pipe.read(_PIECE))
    if recognised(pieces) is None:
        return pieces
    length = pieces.seek(len(piece))
    while len(piece) == _PIECE:
        check_length(length)
        length += pieces.write(piece := pipe.read(_PIECE))
    pieces.seek(0)
    return pieces


@contextmanager
def _reading(source: str) -> Iterator[list[str]]:
    """Name the file in whatever goes wrong, and give what libraries say of it meanwhile."""
    name = "standard input" if source == PIPE else source
    with collect_diagnostics() as said:
        try:
            yield said
        except ImgconvError as error:
            raise ReadError(f"{name}: {error.problem}", error.remedy) from error
        except FileNotFoundError as error:
            raise ReadError(f"{name}: there is no such file", "check the path") from error
        except PermissionError as error:
            raise ReadError(f"{name}: {error.strerror}", "check the path") from error
        except UnidentifiedImageError as error:
            problem = "not a picture in a known format"
            raise ReadError(f"{name}: {problem}", _KNOWN_FORMATS) from error
        except Image.DecompressionBombError as error:
            raise ReadError(
                f"{name}: a part of it has more pixels than are allowed",
                "if it is no decompression bomb, allow more with --max-pixels",
            ) from error
        except MemoryError as error:
            raise ReadError(
                f"{name}: there is not enough memory to read it", "use a machine that has more"
            ) from error
        except _DECODING_ERRORS as error:
            raise ReadError(
                f"{name}: the picture is damaged ({_reason(error, said)})",
                "restore the file or leave it out",
            ) from error


def _reason(error: Exception, said: list[str]) -> str:
    """What a decoder said, to Pillow and beside it."""
    own = " ".join(str(error).split()) or type(error).__name__
    reason = ": ".join([own, *(words for words in said if words != own)])
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}..."


def curves_of(picture: Picture) -> Mapping[str, Curve]:
    """The curves that its profile has, or its gamma; raises ``ReadError`` for what is broken."""
    info: dict[str, Any] = {"icc_profile": picture.keep.get("icc_profile")}
    chunks = dict(picture.own.get("chunks", ()))
    if gamma := chunks.get(b"gAMA"):
        info["gamma"] = int.from_bytes(gamma[:4]) / 100_000
    if b"sRGB" in chunks:
        info["srgb"] = True
    return images.transfer.curves_of_info(info)
