"""Animations: how long each frame is shown, what becomes of it then, and what of it is written.

Frames are whole pictures once they have been read. Written is the part of a frame that differs from
the frame before, and the whole frame where the one before does not stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from PIL import Image, ImageChops

from imgconv.errors import WriteError
from imgconv.images.pixels import Frame

# What becomes of a frame when the next one is shown: it stays, it is cleared, or what was there
# before it comes back.
STAYS, CLEARED, UNDONE = range(3)

# The same by the numbers of each format; that of WebP is told by its own module.
_GIF = {0: STAYS, 1: STAYS, 2: CLEARED, 3: UNDONE}

_PNG = {0: STAYS, 1: CLEARED, 2: UNDONE}


class Piece(NamedTuple):
    """The part of a frame that is written, and where; ``duration`` is in milliseconds."""

    image: Image.Image
    left: int
    top: int
    duration: float
    disposal: int


def disposal_of(frame: Any) -> int:
    """What becomes of a frame that Pillow has read from a GIF or a PNG."""
    if frame.format == "GIF":
        return _GIF.get(frame.disposal_method, STAYS)
    return _PNG.get(frame.info.get("disposal", 0), STAYS)


def pieces(frames: Sequence[Image.Image], keep: dict[str, Any], step: int = 1) -> Iterator[Piece]:
    """What is to be written of each frame; pieces begin at multiples of ``step``."""
    before, disposal = None, CLEARED
    durations = keep.get("durations", repeat(0.0))
    disposals = keep.get("disposals", repeat(STAYS))
    for frame, duration, after in zip(frames, durations, disposals, strict=False):
        box = (0, 0, *frame.size)
        if before is not None and disposal == STAYS:
            box = _changed(before, frame, step)
        part = frame if box == (0, 0, *frame.size) else frame.crop(box)
        yield Piece(part, box[0], box[1], duration, after)
        before, disposal = frame, after


def _changed(before: Image.Image, frame: Image.Image, step: int) -> tuple[int, int, int, int]:
    """The box in which two frames differ, of one pixel at least."""
    difference = ImageChops.difference(before, frame)
    box = difference.getbbox(alpha_only=False) or (0, 0, 1, 1)
    left, top, right, bottom = box
    return left - left % step, top - top % step, right, bottom


def alike(frames: Sequence[Frame], name: str) -> list[Image.Image]:
    """Frames in one mode, that of the richest.

    Raises ``WriteError``, in which the format is called ``name``, for what is no animation.
    """
    images = [frame for frame in frames if isinstance(frame, Image.Image)]
    modes = {image.mode for image in images}
    is_known = len(modes) == 1 or modes.issubset(_RICHNESS)
    if len(images) < len(frames) or len({image.size for image in images}) > 1 or not is_known:
        raise WriteError(
            f"{name} cannot hold frames of several sizes or of more than 8 bits",
            "choose TIFF, or one of them with --frame",
        )
    richest = max(modes, key=_RICHNESS.index) if len(modes) > 1 else images[0].mode
    return [image if image.mode == richest else image.convert(richest) for image in images]


_RICHNESS = ("L", "LA", "RGB", "RGBA")
