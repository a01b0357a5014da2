"""Pillow's own memory, which is read and written in place.

Pillow gives it away by the Arrow C data interface (https://arrow.apache.org/docs/format/
CDataInterface.html) where a picture lies in one block. On a small machine the first touch of fresh
memory is dear, so a picture of 12 megapixels that need not be copied saves a tenth of a second.

Memory into which JPEGs are decoded: that of one that is done with, or fresh memory.

Pillow clears what it gives a decoder, and so sends all of it through the processor's caches once
more: in a folder of JPEGs of 1280x960 that took 7% of the time. The decoder of a JPEG writes every
pixel or fails; those of other formats may leave some as they were.
"""

from __future__ import annotations

import ctypes
import sys
from collections import deque
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from imgconv.images.pixels import Frame


# What a pixel of each mode is stored as. Grey with alpha is left out: Pillow stores it as four
# bytes with two of them unused, in the middle.
STORED = {
    "L": (1, "uint8"),
    "RGB": (4, "uint8"),
    "RGBA": (4, "uint8"),
    "CMYK": (4, "uint8"),
    "F": (1, "float32"),
}


_BYTES = {"uint8": 1, "float32": 4}

# Linux: the system may use large pages there. So large they are on x86-64, and mostly on ARM.
_MADV_HUGEPAGE = 14

_LARGE_PAGE = 1 << 21

# The system may have to look for large pages, and clears each before anything is in it: a picture
# of 12 megapixels is done in a ninth less time, one of a megapixel took 3% more.
_ENOUGH = 8 * _LARGE_PAGE


class _ArrowArray(ctypes.Structure):
    pass


_ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


class Memory(NamedTuple):
    """Where the pixels of a picture lie, and what keeps them there."""

    address: int
    owner: object


def memory_of(image: Image) -> Memory | None:
    """The memory of ``image``, rows of ``STORED`` values; None where it cannot be had.

    It cannot be had of a picture that lies in several blocks (see ``files.read``), or in a file
    that is mapped into memory.
    """
    image.load()
    is_mapped = bool(image.readonly)
    if image.mode not in STORED or is_mapped or not image.width or not image.height:
        return None
    try:
        _, capsule = image.__arrow_c_array__()
    except (ValueError, AttributeError, MemoryError):
        return None
    return Memory(_pixels_of(capsule), capsule)


def fresh(mode: str, size: tuple[int, int]) -> Any:
    """Memory for a picture that is still to be decoded, all zero: what an image has as ``im``.

    The system is asked to give large ones in large pages when they are touched: 23 in place of
    12,000 for a picture of 12 megapixels.
    """
    from PIL import Image

    memory = Image.core.new(mode, size)  # type: ignore[attr-defined]
    if sys.platform == "linux" and mode in STORED:
        with suppress(ValueError, AttributeError, MemoryError):  # as in ``memory_of``
            capsule = memory.__arrow_c_array__()
            values, dtype = STORED[mode]
            length = size[0] * size[1] * values * _BYTES[dtype]
            start, length = _large_pages(_pixels_of(capsule), length)
            if length >= _ENOUGH:
                _libc().madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_HUGEPAGE)
    return memory


def _large_pages(start: int, length: int) -> tuple[int, int]:
    """Where the large pages begin that lie in this memory, and how many bytes they are."""
    first = -(-start // _LARGE_PAGE) * _LARGE_PAGE
    last = (start + length) // _LARGE_PAGE * _LARGE_PAGE
    return first, max(0, last - first)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def view(image: Image) -> NDArray[Any] | None:
    """The memory of ``image``, shape (height, width, stored), or None where it cannot be had.

    The array keeps the memory alive, and ``image`` shows what is written into it.
    """
    import numpy as np

    found = memory_of(image)
    if found is None:
        return None
    stored, dtype = STORED[image.mode]
    count = image.width * image.height * stored
    memory: Any = (ctypes.c_char * (count * np.dtype(dtype).itemsize)).from_address(found.address)
    memory.keeps_alive = found.owner
    array: NDArray[Any] = np.frombuffer(memory, dtype)
    return array.reshape(image.height, image.width, stored)


def _pixels_of(capsule: object) -> int:
    """The address of the values: those of the child where a pixel is a list of several."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    array = _ArrowArray.from_address(pointer(capsule, b"arrow_array"))
    values = array.children[0].contents if array.n_children else array
    return int(values.buffers[1])


# The latest only: it is as large as a picture, and the next one mostly is alike.
_spare: deque[Any] = deque(maxlen=1)

# What is kept is missing where it is asked how much memory is free, so larger pictures go.
_MOST_PIXELS = 1 << 24


def lend(image: Any) -> None:
    """Have a JPEG, not decoded yet, decoded into the memory of one like it, if there is any.

    Pillow refuses one in which it has found nothing to decode where it has no memory yet.
    """
    if image.format == "JPEG" and image.tile:
        image.im = _spare_for(image) or fresh(image.mode, image.size)


def _spare_for(image: Any) -> Any:
    with suppress(IndexError):
        memory = _spare.pop()
        if (memory.mode, memory.size) == (image.mode, image.size):
            return memory
    return None


def recycle(frame: Frame) -> None:
    """Take the memory of a frame, as it was read, at which nobody will look any more."""
    image: Any = frame
    if getattr(image, "format", None) == "JPEG" and image.width * image.height <= _MOST_PIXELS:
        _spare.append(image.im)
        image.close()
