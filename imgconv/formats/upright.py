"""One frame of a picture as a person sees it: upright pixels, with their transfer functions."""

from __future__ import annotations

import numpy as np

from imgconv.errors import UsageError
from imgconv.formats.metadata import transfer_functions
from imgconv.formats.reader import ReadOptions, read
from imgconv.images.frames import frame_pixels
from imgconv.images.orientation import orientation_of, upright_array
from imgconv.images.pixels import Pixels


def read_upright(
    source: str,
    frame: int | None = None,
    gray: bool = False,
    most_pixels: int | None = None,
    needs_curves: bool = False,
) -> Pixels:
    """Read a frame from a path, or from standard input for ``-``.

    ``needs_curves`` reads the transfer functions. Raises ``ReadError``, and ``UsageError`` for
    several frames without the number of one.
    """
    picture = read(source, ReadOptions(most_pixels))
    if frame is None and len(picture.frames) > 1:
        raise UsageError(
            f"{source} has {len(picture.frames)} frames", "choose one with --frame, the first is 0"
        )
    picture = picture.extract_frame(frame or 0)
    pixels = frame_pixels(picture.frames[0], gray)
    array = upright_array(pixels.array, orientation_of(picture.metadata))
    curves = transfer_functions(picture) if needs_curves else {}
    return pixels._replace(array=np.ascontiguousarray(array), image=None, curves=curves)
