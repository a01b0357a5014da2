"""Conversion of a result to another depth, and of its transparency to a background.

A new depth is made of the filter's float result, so that values are rounded once.
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


class Conversion(NamedTuple):
    """The background, a colour as in ``images/colour.py``, and the bits of a value, 8 or 16.

    None leaves transparency or depth as it is.
    """

    background: str | None = None
    depth: int | None = None

    def check(self) -> None:
        """Raise ``UsageError`` for a background that is a colour in no picture."""
        check_colour(self.background or "")

    def prepare(self, pixels: Pixels) -> Pixels:
        """Return the pixels to filter: float32 of the same levels if their depth will change."""
        if self.depth is None or pixels.is_float or self._has_depth(pixels):
            return pixels
        array = pixels.array[..., : len(pixels.channels)].astype("float32")
        return pixels._replace(array=array, image=None, maxval=round(pixels.maximum))

    def finish(self, pixels: Pixels) -> Pixels:
        """Return the pixels to write; raises ``UsageError`` for a colour that does not fit."""
        if self.background is not None and pixels.alpha is not None:
            pixels = images.depth.flatten(pixels, self.background)
        if self.depth is not None and not self._has_depth(pixels):
            pixels = images.depth.to_depth(pixels, _TYPES[self.depth])
        return pixels

    def clipped_share(self, pixels: Pixels) -> float:
        """Return the share of a result's values that the depth clips, by more than rounding."""
        if self.depth is None or self._has_depth(pixels):
            return 0.0
        return images.depth.clipped_share(pixels, _TYPES[self.depth])

    def check_format(self, frame: Frame, gray: bool, target: Format) -> None:
        """Raise ``WriteError`` where ``target`` cannot hold the converted frame.

        A single pixel is converted for that, before the frame is filtered.
        """
        if self == Conversion() and not isinstance(frame, Pixels):
            storage_mode(target, filtered_mode(frame, gray))
            return
        pixels = self.prepare(frame_pixels(one_pixel(frame), gray))
        made = pixels_frame(self.finish(pixels))
        if isinstance(made, Pixels):
            storage_mode(target, mode_name(made.channels, made.array.dtype.name))
        else:
            storage_mode(target, made.mode)

    def _has_depth(self, pixels: Pixels) -> bool:
        name = pixels.array.dtype.name
        return name == _TYPES.get(self.depth or 0) and pixels.maximum == MAXIMUM[name]
