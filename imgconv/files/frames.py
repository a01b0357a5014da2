"""The frames of a picture, decoded one after the other, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import ImageFile, ImageSequence

from imgconv.files.animation import CLEARED, STAYS, UNDONE
from imgconv.files.picture import Frame
from imgconv.transparency import decoded

# What becomes of frames, by the numbers of each format; that of WebP is told by its own module.
_GIF = {0: STAYS, 1: STAYS, 2: CLEARED, 3: UNDONE}
_PNG = {0: STAYS, 1: CLEARED, 2: UNDONE}


def decode(
    image: ImageFile.ImageFile, check_pixels: Callable[[int], None]
) -> tuple[list[Frame], dict[str, Any]]:
    """All frames, whole, and what is to be kept of how they are shown.

    ``check_pixels`` is told how many there are so far, and raises where they are too many.
    """
    if getattr(image, "n_frames", 1) == 1:
        return [decoded(image)], {}
    frames: list[Frame] = []
    durations, disposals, pixels = [], [], 0
    for frame in ImageSequence.Iterator(image):
        pixels += frame.width * frame.height
        check_pixels(pixels)
        whole = decoded(frame)
        frames.append(whole.copy() if whole is frame else whole)
        durations.append(frame.info.get("duration", 0))
        disposals.append(_disposal(frame))
    if image.format in ("TIFF", "MPO"):
        return frames, {}
    shown: dict[str, Any] = {"durations": durations}
    if image.format in ("GIF", "PNG"):
        shown["disposals"] = disposals
    return frames, shown


def _disposal(frame: Any) -> int:
    if frame.format == "GIF":
        return _GIF.get(frame.disposal_method, STAYS)
    return _PNG.get(frame.info.get("disposal", 0), STAYS)
