"""A picture to the bytes of a file."""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image

from imgconv import formats
from imgconv.errors import WriteError
from imgconv.files.keeping import saving_options
from imgconv.files.picture import Picture
from imgconv.files.plugins import import_plugin
from imgconv.formats import Format


def encode(picture: Picture, target: Format, quality: int | None = None) -> bytes:
    """The bytes of a picture in the format ``target``; raises ``WriteError``."""
    frames = [_in_mode(frame, formats.mode_in(target, frame.mode)) for frame in picture.frames]
    options = saving_options(picture, target, quality)
    if len(frames) > 1 and target.holds_frames:
        options |= {"save_all": True, "append_images": frames[1:]}
    else:
        options.pop("duration", None)
    buffer = BytesIO()
    import_plugin(target.name)
    try:
        frames[0].save(buffer, target.name, **options)
    except (OSError, ValueError, TypeError, KeyError, struct.error, MemoryError) as error:
        raise WriteError(
            f"{target.name} cannot hold this picture ({error})", "choose another format"
        ) from error
    return buffer.getvalue()


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)
