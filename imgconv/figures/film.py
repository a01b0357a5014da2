"""Drawn frames as an animation in a file, or as a film in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgconv.formats import registry, writer
from imgconv.formats.gif import COLOURS
from imgconv.formats.metadata import Picture
from imgconv.formats.netpbm import encode_pixels
from imgconv.formats.streams import encode_y4m
from imgconv.images.palettes import Palette
from imgconv.images.pixels import Pixels
from imgconv.system import atomic
from imgconv.system.places import PIPE

Frame = NDArray[np.uint8]

# The last frame is held as long as this many frames.
HELD = 10


def write_film(frames: Iterable[Frame], target: str, fps: float, piped: str = "y4m") -> None:
    """Write frames (height, width, 3), the last one held, to a file, or to a pipe for ``-``.

    A pipe gets each frame as soon as it is drawn. Raises ``WriteError``.
    """
    if target == PIPE:
        pictures = (Pixels(frame, ("r", "g", "b")) for frame in _held(frames))
        encoded = encode_y4m(pictures, fps) if piped == "y4m" else map(encode_pixels, pictures)
        with atomic.writing(target) as file:
            for parts in encoded:
                file.writelines(parts)
        return
    images = [Image.fromarray(frame) for frame in frames]
    atomic.write(_animation(images, target, fps), target)


def _animation(images: Sequence[Image.Image], target: str, fps: float) -> bytes:
    durations = [1000 / fps] * len(images)
    durations[-1] *= HELD
    format = registry.by_path(target).load()
    native: dict[str, Any] = {"lossless": True} if format.name == "WEBP" else {}
    if format.name == "GIF":
        native["palette"] = Palette(images, COLOURS - 1)
    metadata = {"durations": durations, "plays": 0}
    return writer.encode(Picture([*images], format, metadata, native))


def _held(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Yield all frames, and the last one again until it was there ``HELD`` times."""
    last: Frame | None = None
    for last in frames:
        yield last
    if last is not None:
        yield from repeat(last, HELD - 1)
