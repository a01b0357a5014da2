"""One frame to the bytes of a file that holds its pixels and nothing else.

A deep frame to the bytes of a file that holds its pixels and nothing else.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from threading import active_count
from typing import IO, TYPE_CHECKING, Any, cast

from PIL import Image

from imgconv import images
from imgconv.errors import WriteError
from imgconv.formats import deep
from imgconv.formats.plugins import import_plugin
from imgconv.images.pixels import Frame

if TYPE_CHECKING:
    from imgconv.images.pixels import Pixels


# Of zlib. Its usual 6 makes files smaller by 0.3 percent, and takes up to four times as long.
_EFFORT = 4


def still_png(pixels: Pixels) -> bytes:
    """The bytes of a file that holds these pixels of 16 bits and nothing else."""
    array = images.depth.full_range(pixels).array
    squeezed = array[..., 0] if array.shape[2] == 1 else array
    data: bytes = deep.load("imagecodecs").png_encode(squeezed, level=_EFFORT)
    return data


# Everything that Pillow's encoders have been seen to raise for what they cannot write.
_ENCODING_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    KeyError,
    RuntimeError,
    struct.error,
    MemoryError,
)

# Threads of a process that filters on one: that, and one that waits for a signal or for the end.
_IDLE = 2


def still(frame: Frame, name: str, **options: Any) -> bytes:
    """The bytes of a frame in the format ``name``; ``options`` are those of whoever stores it.

    Savers of Pillow write some of what an image says of itself, its tags for one, and what is kept
    is ours to say. So they get the same pixels without it. ``Image.save`` would import the modules
    of five formats before it calls one of them. Raises ``WriteError``.
    """
    if not isinstance(frame, Image.Image):
        return still_deep(frame, name, **options)
    import_plugin(name)
    frame.load()
    bare: Any = frame._new(frame.im)
    bare.info, bare.encoderinfo, bare.encoderconfig = {}, options, ()
    savers = Image.SAVE_ALL if options.get("save_all") else Image.SAVE
    with _blaming(name), _room(name) as room:
        savers[name](bare, room, "")
        room.seek(0)
        return room.read()


def _room(name: str) -> IO[bytes]:
    """A file in memory.

    Pillow lets other threads run while it encodes a JPEG to a file that the system knows, and to no
    other: a folder took a quarter longer. Where there are none, it is only a way round. PNG would
    not gain, as it takes every piece of the data back to put it into a chunk.
    """
    others_work = active_count() > _IDLE
    if name == "JPEG" and others_work and hasattr(os, "memfd_create"):
        with suppress(OSError):  # where a system does not allow it
            return cast(IO[bytes], os.fdopen(os.memfd_create("picture"), "w+b", buffering=0))
    return BytesIO()


@contextmanager
def _blaming(name: str) -> Iterator[None]:
    try:
        yield
    except _ENCODING_ERRORS as error:
        raise WriteError(
            f"{name} cannot hold this picture ({error})", "choose another format"
        ) from error


def still_deep(pixels: Pixels, name: str, **options: Any) -> bytes:
    """The bytes of a frame in the format ``name``, which is PNG, TIFF or PPM.

    ``options`` are those of a TIFF: see ``tiff_pages.still``. Raises ``WriteError`` where the codec
    is not installed.
    """
    if name == "PPM":
        from imgconv.formats import netpbm

        return b"".join(netpbm.written(pixels))
    from imgconv.formats import deep

    if not deep.are_installed(deep.TIFF if name == "TIFF" else deep.PNG):
        raise WriteError(
            f"{name} of more than 8 bits needs a codec that is not installed",
            f"pip install '{deep.EXTRA}', or give --depth 8",
        )
    if name == "TIFF":
        from imgconv.formats import tiff_deep

        return tiff_deep.still_deep(pixels, **options)

    return still_png(pixels)
