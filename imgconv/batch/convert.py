"""Making a result fit what a format can hold, where a person says how.

A background takes the place of transparency. A depth that is not that of the picture is made of the
filter's own result, which is float for that, so that nothing is rounded twice.
"""

from __future__ import annotations

from typing import NamedTuple

from imgconv import images
from imgconv.formats import Format
from imgconv.formats.deep import mode_name
from imgconv.formats.registry import storage_mode
from imgconv.images.colour import check_colour
from imgconv.images.frames import frame_pixels, one_pixel, pixels_frame
from imgconv.images.modes import filtered_mode
from imgconv.images.pixels import MAXIMUM, Frame, Pixels

_TYPES = {8: "uint8", 16: "uint16"}


class Fit(NamedTuple):
    """What becomes of transparency and of depth; None leaves it as it is.

    ``background`` is a colour as in ``images/colour.py``, ``depth`` the bits of a value, 8 or 16.
    """

    background: str | None = None
    depth: int | None = None

    def check(self) -> None:
        """Raise ``UsageError`` for a background that is a colour in no picture."""
        check_colour(self.background or "")

    def ready(self, pixels: Pixels) -> Pixels:
        """The pixels to filter: as floats, of the same levels, if the depth is to change."""
        if self.depth is None or pixels.is_float or self._is_right(pixels):
            return pixels
        array = pixels.array[..., : len(pixels.channels)].astype("float32")
        return pixels._replace(array=array, image=None, maxval=round(pixels.maximum))

    def fitted(self, pixels: Pixels) -> Pixels:
        """What is to be written; raises ``UsageError`` for a colour that does not fit."""
        if self.background is not None and pixels.alpha is not None:
            pixels = images.depth.flatten(pixels, self.background)
        if self.depth is not None and not self._is_right(pixels):
            pixels = images.depth.to_depth(pixels, _TYPES[self.depth])
        return pixels

    def clipped(self, pixels: Pixels) -> float:
        """The share of the values of a result that the depth cuts off, by more than rounding."""
        if self.depth is None or self._is_right(pixels):
            return 0.0
        return images.depth.clipped_share(pixels, _TYPES[self.depth])

    def check_fits(self, frame: Frame, gray: bool, target: Format) -> None:
        """Raise ``WriteError`` where a format cannot hold what becomes of a frame.

        So that one need not filter it first, a single pixel goes the whole way; where nothing is to
        be changed it has none to go.
        """
        if self == Fit() and not isinstance(frame, Pixels):
            storage_mode(target, filtered_mode(frame, gray))
            return
        pixels = self.ready(frame_pixels(one_pixel(frame), gray))
        made = pixels_frame(self.fitted(pixels))
        if isinstance(made, Pixels):
            storage_mode(target, mode_name(made.channels, made.array.dtype.name))
        else:
            storage_mode(target, made.mode)

    def _is_right(self, pixels: Pixels) -> bool:
        name = pixels.array.dtype.name
        return name == _TYPES.get(self.depth or 0) and pixels.maximum == MAXIMUM[name]
