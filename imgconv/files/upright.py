"""Pictures turned upright: their pixels, and what is said of them."""

from __future__ import annotations

from PIL import Image

from imgconv.files.keeping import HOLDS
from imgconv.files.picture import Frame, Picture
from imgconv.formats import Format
from imgconv.orientation import UPRIGHT, orientation_of, upright_array, upright_info

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def holds_orientation(target: Format) -> bool:
    """Whether a format can say how a picture is held; in others it has to be upright."""
    return "exif" in HOLDS.get(target.name, ())


def upright(picture: Picture) -> Picture:
    """The picture with its pixels turned as its orientation says, which then says nothing more."""
    orientation = orientation_of(picture.keep)
    if orientation == UPRIGHT:
        return picture
    frames = [_turned(frame, orientation) for frame in picture.frames]
    keep = upright_info(picture.keep)
    return Picture(frames, picture.format, keep, picture.own, picture.notes)


def _turned(frame: Frame, orientation: int) -> Frame:
    if isinstance(frame, Image.Image):
        return frame.transpose(_TURNS[orientation])
    import numpy as np

    array = np.ascontiguousarray(upright_array(frame.array, orientation))
    return frame._replace(array=array, shown_by=None)
