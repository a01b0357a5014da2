"""Making a result fit what a format can hold, where a person says how.

A background takes the place of transparency. A depth that is not that of the picture is made of the
filter's own result, which is float for that, so that nothing is rounded twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.colour import channel_values, check_colour
from imgconv.files import Frame
from imgconv.formats import Format, mode_in, mode_of
from imgconv.modes import dot, frame_pixels, pixels_frame
from imgconv.named_tuple import NamedTuple
from imgconv.picture import MAXIMUM, Pixels

_TYPES = {8: "uint8", 16: "uint16"}

# Rows at once, so that no second picture in floats is needed.
_ROWS = 64


class Fit(NamedTuple):
    """What becomes of transparency and of depth; None leaves it as it is.

    ``background`` is a colour as in ``colour.py``, ``depth`` the bits of a value, 8 or 16.
    """

    background: str | None = None
    depth: int | None = None

    def check(self) -> None:
        """Raise ``WordsError`` for a background that is a colour in no picture."""
        check_colour(self.background or "")

    def ready(self, pixels: Pixels) -> Pixels:
        """The pixels to filter: as floats, of the same levels, if the depth is to change."""
        if self.depth is None or pixels.is_float or self._is_right(pixels):
            return pixels
        array = pixels.array[..., : len(pixels.channels)].astype(np.float32)
        return pixels._replace(array=array, shown_by=None, maxval=round(pixels.maximum))

    def fitted(self, pixels: Pixels) -> Pixels:
        """What is to be written; raises ``WordsError`` for a colour that does not fit."""
        if self.background is not None and pixels.alpha is not None:
            pixels = _flattened(pixels, self.background)
        if self.depth is not None and not self._is_right(pixels):
            pixels = _in_type(pixels, _TYPES[self.depth])
        return pixels

    def clipped(self, pixels: Pixels) -> float:
        """The share of the values of a result that the depth cuts off, by more than rounding."""
        if self.depth is None or self._is_right(pixels):
            return 0.0
        half = 0.5 * pixels.maximum / MAXIMUM[_TYPES[self.depth]]
        outside = 0
        for rows, _ in _strips(pixels, pixels.array):
            outside += int(np.count_nonzero((rows < -half) | (rows >= pixels.maximum + half)))
        return outside / pixels.array.size

    def check_fits(self, frame: Frame, gray: bool, target: Format) -> None:
        """Raise ``WriteError`` where a format cannot hold what becomes of a frame.

        So that one need not filter it first, a single pixel goes the whole way.
        """
        pixels = self.ready(frame_pixels(dot(frame), gray))
        made = pixels_frame(self.fitted(pixels))
        if isinstance(made, Pixels):
            mode_in(target, mode_of(made.channels, made.array.dtype.name))
        else:
            mode_in(target, made.mode)

    def _is_right(self, pixels: Pixels) -> bool:
        name = pixels.array.dtype.name
        return name == _TYPES.get(self.depth or 0) and pixels.maximum == MAXIMUM[name]


def _flattened(pixels: Pixels, text: str) -> Pixels:
    """result = background + (colour - background) * alpha / maximum."""
    at = pixels.channels.index("a")
    background = np.delete(channel_values(text, pixels), at).astype(np.float32)
    channels = pixels.channels[:at] + pixels.channels[at + 1 :]
    result = np.empty((pixels.height, pixels.width, len(channels)), pixels.array.dtype)
    for rows, into in _strips(pixels, result):
        alpha = rows[..., at : at + 1] / np.float32(pixels.maximum)
        colours = np.delete(rows[..., : len(pixels.channels)], at, axis=2)
        into[:] = _stored(background + (colours - background) * alpha, pixels)
    return pixels._replace(array=result, channels=channels, shown_by=None)


def _in_type(pixels: Pixels, name: str) -> Pixels:
    """Levels from 0 to the largest of the type, rounded once, halves upwards."""
    result = pixels._replace(array=np.empty(pixels.array.shape, name), shown_by=None, maxval=None)
    for rows, into in _strips(pixels, result.array):
        into[:] = _stored(rows * np.float64(result.maximum) / pixels.maximum, result)
    return result


def _strips(pixels: Pixels, result: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    for top in range(0, pixels.height, _ROWS):
        yield pixels.array[top : top + _ROWS], result[top : top + _ROWS]


def _stored(values: NDArray[Any], pixels: Pixels) -> NDArray[Any]:
    """Values as pixels have them: floats as they are, whole numbers rounded half up."""
    return values if pixels.is_float else np.floor(values.clip(0, pixels.maximum) + 0.5)
