"""Boxes with labels, drawn onto a picture in a colour that stands out from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imgconv.images.blend import Region
from imgconv.images.depth import full_range, to_depth
from imgconv.images.frames import pixels_frame
from imgconv.images.pixels import Pixels

# Saturated colours, of which the one that is farthest from the mean of the picture is used.
_COLOURS = ((255, 0, 0), (255, 230, 0), (0, 255, 0), (0, 255, 255), (255, 0, 255), (0, 60, 255))

# The width of lines and the height of text in pixels, and the side of a picture from which on both
# grow with it.
_LINE, _TEXT, _SIDE = 2, 13, 800

_PADDING = 2


class _Rectangle(NamedTuple):
    """Columns from ``left`` to before ``right``, rows from ``top`` to before ``bottom``."""

    left: int
    top: int
    right: int
    bottom: int

    def meets(self, other: _Rectangle) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def draw_boxes(pixels: Pixels, boxes: Sequence[Region], labels: Sequence[str]) -> Pixels:
    """Return the picture in RGB with 8 bits, with a line round each box and its label beside it.

    A label for which there is no room without covering another is left out.
    """
    image = _as_rgb(pixels)
    colour = _farthest(np.asarray(image).mean(axis=(0, 1)))
    scale = max(1.0, min(image.size) / _SIDE)
    line = round(_LINE * scale)
    font = ImageFont.load_default(round(_TEXT * scale))
    draw = ImageDraw.Draw(image)
    frames = [_frame(box, line, image.size) for box in boxes]
    for frame in frames:
        corners = (frame.left, frame.top, frame.right - 1, frame.bottom - 1)
        draw.rectangle(corners, outline=colour, width=line)
    taken: list[_Rectangle] = []
    for frame, label in zip(frames, labels, strict=True):
        left, top, right, bottom = (round(at) for at in draw.textbbox((0, 0), label, font))
        size = right - left + 2 * _PADDING, bottom - top + 2 * _PADDING
        if (room := _room(frame, size, image.size, taken, frames)) is None:
            continue
        taken.append(room)
        draw.rectangle((room.left, room.top, room.right - 1, room.bottom - 1), fill=colour)
        at = room.left + _PADDING - left, room.top + _PADDING - top
        draw.text(at, label, fill=_ink_on(colour), font=font)
    return Pixels(np.array(image), ("r", "g", "b"))


def _as_rgb(pixels: Pixels) -> Image.Image:
    frame = pixels_frame(to_depth(full_range(pixels), "uint8"))
    if isinstance(frame, Image.Image):
        return frame.convert("RGB")
    return Image.fromarray(np.repeat(frame.array[..., :1], 3, axis=2))


def _farthest(mean: np.ndarray) -> tuple[int, int, int]:
    return max(_COLOURS, key=lambda colour: float(np.abs(np.array(colour) - mean).sum()))


def _ink_on(colour: tuple[int, int, int]) -> str:
    red, green, blue = colour
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 115 else "white"


def _frame(box: Region, line: int, size: tuple[int, int]) -> _Rectangle:
    """Return the outline of a box: round it, but inside of the picture."""
    left, top = max(0, box.left - line), max(0, box.top - line)
    right = min(size[0], box.left + box.width + line)
    return _Rectangle(left, top, right, min(size[1], box.top + box.height + line))


def _room(
    frame: _Rectangle,
    size: tuple[int, int],
    picture: tuple[int, int],
    taken: Sequence[_Rectangle],
    frames: Sequence[_Rectangle],
) -> _Rectangle | None:
    """Return a free place for a label, rather not over any box, or None."""
    whole = [
        each
        for each in _places(frame, size)
        if min(each.left, each.top) >= 0 and each.right <= picture[0] and each.bottom <= picture[1]
    ]
    for others in ([*taken, *frames], taken):
        for each in whole:
            if not any(each.meets(other) for other in others):
                return each
    return None


def _places(frame: _Rectangle, size: tuple[int, int]) -> Iterator[_Rectangle]:
    """Yield places of a label above, below, right, left and within a frame."""
    width, height = size
    corners = (
        (frame.left, frame.top - height),
        (frame.left, frame.bottom),
        (frame.right - width, frame.top - height),
        (frame.right - width, frame.bottom),
        (frame.right, frame.top),
        (frame.left - width, frame.top),
        (frame.left, frame.top),
    )
    for left, top in corners:
        yield _Rectangle(left, top, left + width, top + height)
