"""Drawn frames as an animation in a file, or as a film in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgconv.formats import registry, writer
from imgconv.formats.gif import COLOURS
from imgconv.formats.metadata import Picture
from imgconv.images.palettes import Palette
from imgconv.system import atomic
from imgconv.system.places import PIPE

Frame = NDArray[np.uint8]

# The last frame is held as long as this many frames.
HELD = 10

# BT.601: luma and two differences of colour, of red, green and blue from 0 to 1 (ITU-R BT.601-7).
_LUMA = np.array([65.481, 128.553, 24.966])
_BLUE = np.array([-37.797, -74.203, 112.0])
_RED = np.array([112.0, -93.786, -18.214])


def write_film(frames: Iterable[Frame], target: str, fps: float, piped: str = "y4m") -> None:
    """Write frames (height, width, 3), the last one held, to a file, or to a pipe for ``-``.

    A pipe gets each frame as soon as it is drawn. Raises ``WriteError``.
    """
    if target == PIPE:
        encode = _as_y4m if piped == "y4m" else _as_ppm
        with atomic.writing(target) as file:
            for data in encode(_held(frames), fps):
                file.write(data)
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


def _as_ppm(frames: Iterable[Frame], fps: float) -> Iterator[bytes]:
    for frame in frames:
        height, width = frame.shape[:2]
        yield b"P6\n%d %d\n255\n" % (width, height) + frame.tobytes()


def _as_y4m(frames: Iterable[Frame], fps: float) -> Iterator[bytes]:
    """Yield a header, and planes of luma and colour differences at full size (yuv4mpeg(5))."""
    rate = Fraction(fps).limit_denominator(1001)
    frames = iter(frames)
    first = next(frames)
    height, width = first.shape[:2]
    yield (
        f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator} Ip A1:1 C444\n"
    ).encode()
    for frame in chain([first], frames):
        shares = frame / 255
        planes = (shares @ _LUMA + 16, shares @ _BLUE + 128, shares @ _RED + 128)
        yield b"FRAME\n" + b"".join(np.rint(plane).astype(np.uint8).tobytes() for plane in planes)
