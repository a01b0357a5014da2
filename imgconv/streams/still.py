"""A film as one picture of several frames, for formats that are not made of raw pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imgconv.errors import WordsError
from imgconv.files import Picture
from imgconv.modes import pixels_frame
from imgconv.picture import MAXIMUM, Pixels

if TYPE_CHECKING:
    from imgconv.files import Frame
    from imgconv.streams import Stream


def picture(film: Stream) -> Picture:
    """All pictures of a film of Netpbm, as frames.

    Raises ``ReadError`` where it is cut short, and ``WordsError`` for a film of another form.
    """
    if "PPM" not in film.formats:
        raise WordsError(
            f"a film in {film.formats[0]} cannot become pictures",
            f"write it as {film.formats[0]} again",
        )
    return Picture([_frame(pixels) for (pixels,) in film.frames()], "PPM")


def _frame(pixels: Pixels) -> Frame:
    """A copy whose levels go up to the largest of 8 bits, or of 16 where it has more."""
    dtype = "uint16" if pixels.maximum > MAXIMUM["uint8"] else "uint8"
    if pixels.maximum == MAXIMUM[dtype]:
        array = pixels.array.copy()
    else:
        levels = np.arange(pixels.maximum + 1) / pixels.maximum * MAXIMUM[dtype]
        array = np.rint(levels).astype(dtype).take(pixels.array, mode="clip")
    return pixels_frame(Pixels(array, pixels.channels))
