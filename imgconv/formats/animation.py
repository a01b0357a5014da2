"""Animations: how long frames are shown, their disposal, and which part of each is written.

Decoded frames are whole pictures. Encoders write the box in which a frame differs from the one
before, or the whole frame where the one before does not stay.
"""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

from PIL import Image, ImageChops

from imgconv.errors import WriteError
from imgconv.formats import Metadata
from imgconv.images.pixels import Frame

# The disposal of a frame when the next one is shown, numbered as in APNG: it stays, its box is
# cleared, or the pixels that were there before it are restored.
KEEP, CLEAR, RESTORE = range(3)

# The milliseconds of frames whose file has no times, as a film in PPM: 25 frames a second, at which
# ffmpeg reads such a film.
DEFAULT_DURATION = 40.0

# From the mode that holds least to the one that holds most.
_MODES = ("L", "LA", "RGB", "RGBA")


class Patch(NamedTuple):
    """The part of a frame that is written, and where; ``duration`` is in milliseconds."""

    image: Image.Image
    left: int
    top: int
    duration: float
    disposal: int


def patches(frames: Sequence[Image.Image], metadata: Metadata, step: int = 1) -> Iterator[Patch]:
    """Yield the patch of each frame; its left and top are multiples of ``step``."""
    previous, disposal = None, CLEAR
    durations = metadata.get("durations", repeat(DEFAULT_DURATION))
    disposals = metadata.get("disposals", repeat(KEEP))
    for frame, duration, next_disposal in zip(frames, durations, disposals, strict=False):
        left, top, part = 0, 0, frame
        if previous is not None and disposal == KEEP:
            difference = ImageChops.difference(previous, frame)
            # Of equal frames one pixel is written: a frame cannot be empty.
            left, top, right, bottom = difference.getbbox(alpha_only=False) or (0, 0, 1, 1)
            left, top = left - left % step, top - top % step
            part = frame.crop((left, top, right, bottom))
        yield Patch(part, left, top, duration, next_disposal)
        previous, disposal = frame, next_disposal


def in_common_mode(frames: Sequence[Frame], format: str) -> list[Image.Image]:
    """Return the frames in the mode of the one whose mode holds most.

    Raises ``WriteError``, which names the format, for frames of several sizes or deep frames.
    """
    images = [frame for frame in frames if isinstance(frame, Image.Image)]
    modes = {image.mode for image in images}
    has_sizes = len({image.size for image in images}) > 1
    if len(images) < len(frames) or has_sizes or not modes.issubset(_MODES):
        raise WriteError(
            f"{format} cannot hold frames of several sizes or of more than 8 bits",
            "choose TIFF, or one of them with --frame",
        )
    richest = max(modes, key=_MODES.index)
    return [image if image.mode == richest else image.convert(richest) for image in images]
