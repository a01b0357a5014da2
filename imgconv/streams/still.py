"""A film as one picture of several frames, for the formats that Pillow writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imgconv.errors import WordsError
from imgconv.files import Picture
from imgconv.modes import CHANNELS, to_image
from imgconv.picture import MAXIMUM, Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

    from imgconv.streams import Stream

_MODES = {kind: mode for mode, kind in CHANNELS.items()}


def picture(film: Stream) -> Picture:
    """All pictures of a film of Netpbm, as frames.

    Raises ``ReadError`` where it is cut short, and ``WordsError`` for a film of another form.
    """
    if "PPM" not in film.formats:
        raise WordsError(
            f"a film in {film.formats[0]} cannot become pictures",
            f"write it as {film.formats[0]} again",
        )
    return Picture([_image(pixels) for (pixels,) in film.frames()], "PPM")


def _image(pixels: Pixels) -> Image:
    """A copy in the nearest mode of Pillow's: 16 bits for grey that has more than 8, else 8."""
    is_deep = pixels.channels == ("l",) and pixels.maximum > MAXIMUM["uint8"]
    dtype = "uint16" if is_deep else "uint8"
    if pixels.maximum == MAXIMUM[dtype]:
        array = pixels.array.copy()
    else:
        levels = np.arange(pixels.maximum + 1) / pixels.maximum * MAXIMUM[dtype]
        array = np.rint(levels).astype(dtype).take(pixels.array, mode="clip")
    return to_image(Pixels(array, pixels.channels), _MODES[pixels.channels, dtype])
