"""A file or a pipe to a picture; whatever goes wrong becomes one line that names it."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageSequence, UnidentifiedImageError

from imgconv.errors import ImgconvError, ReadError
from imgconv.files.keeping import kept_of
from imgconv.files.limits import check_size
from imgconv.files.picture import Picture
from imgconv.files.plugins import open_image
from imgconv.pairing import PIPE

# Everything that Pillow's decoders have been seen to raise for a file that is no good.
_DECODING_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    RuntimeError,
    OverflowError,
    MemoryError,
    EOFError,
    KeyError,
    IndexError,
    AttributeError,
    struct.error,
    Image.DecompressionBombError,
)


def read(source: str) -> Picture:
    """Read the picture at the path ``source``, or from standard input for ``-``.

    Raises ``ReadError`` for whatever goes wrong.
    """
    with _reading(source):
        # In one block, a picture can be filtered where it lies: see pillow_memory.py.
        Image.core.set_use_block_allocator(1)  # type: ignore[attr-defined]
        # The limit is ours, see limits.py. It is not put back: other threads may be reading.
        Image.MAX_IMAGE_PIXELS = None
        place = BytesIO(sys.stdin.buffer.read()) if source == PIPE else Path(source)
        with open_image(place) as image:
            check_size(image)
            frames = _frames(image)
            return Picture(frames, _format_name(image), kept_of(image))


def _frames(image: Image.Image) -> list[Image.Image]:
    if getattr(image, "n_frames", 1) == 1:
        image.load()
        return [image]
    return [frame.copy() for frame in ImageSequence.Iterator(image)]


def _format_name(image: Image.Image) -> str:
    return "JPEG" if image.format == "MPO" else str(image.format)


@contextmanager
def _reading(source: str) -> Iterator[None]:
    name = "standard input" if source == PIPE else source
    try:
        yield
    except ImgconvError as error:
        raise ReadError(f"{name}: {error.problem}", error.remedy) from error
    except FileNotFoundError as error:
        raise ReadError(f"{name}: there is no such file", "check the path") from error
    except (IsADirectoryError, PermissionError) as error:
        raise ReadError(f"{name}: {error.strerror}", "check the path") from error
    except UnidentifiedImageError as error:
        raise ReadError(
            f"{name}: not a picture in a known format", "give a JPEG, PNG, TIFF, WebP or the like"
        ) from error
    except _DECODING_ERRORS as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ReadError(
            f"{name}: the picture is damaged ({reason})", "restore the file or leave it out"
        ) from error
