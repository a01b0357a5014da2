"""The frames of a picture, decoded one after the other, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import ImageFile

from imgconv.files.picture import Frame
from imgconv.files.recycling import lend
from imgconv.transparency import decoded


def decode(
    image: ImageFile.ImageFile, check_pixels: Callable[[int], None]
) -> tuple[list[Frame], dict[str, Any]]:
    """All frames, whole, and what is to be kept of how they are shown.

    ``check_pixels`` is told how many there are so far, and raises where they are too many.
    """
    if getattr(image, "n_frames", 1) == 1:
        lend(image)
        return [decoded(image)], {}
    # Most pictures have one frame, and need none of this.
    from PIL import ImageSequence

    from imgconv.files.animation import disposal_of

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
