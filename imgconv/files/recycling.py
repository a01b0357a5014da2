"""Memory into which JPEGs are decoded: that of one that is done with, or fresh memory.

Pillow clears what it gives a decoder, and so sends all of it through the processor's caches once
more: in a folder of JPEGs of 1280x960 that took 7% of the time. The decoder of a JPEG writes every
pixel or fails; those of other formats may leave some as they were.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from imgconv.pillow_memory import fresh

if TYPE_CHECKING:
    from imgconv.files.picture import Frame

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
