"""A picture to the bytes of a file, with all that the format can hold.

Pictures turned upright: their pixels, and what is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image

from imgconv.formats import registry
from imgconv.formats.frame_codec import still
from imgconv.formats.metadata import ANIMATED, HOLDS, KINDS, Picture, module_of, suits
from imgconv.formats.registry import Format
from imgconv.images.orientation import UPRIGHT, orientation_of, upright_array, upright_info
from imgconv.images.pixels import Frame

# What the savers of Pillow take, for formats that have no module of their own.
_OPTIONS = {
    "AVIF": ("icc_profile", "exif", "xmp"),
    "BMP": ("dpi",),
}

# Resolutions that say nothing: they are what programs write when nobody has asked.
_USUAL_DPI = ((72, 72), (96, 96))

# How many bytes there is room for. JPEG has one segment for XMP, as there is no agreed way to split
# it as it is, and 255 for a profile.
_ROOM = {("JPEG", "xmp"): 65_504, ("JPEG", "icc_profile"): 255 * 65_519}


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """The bytes of a picture in its format, to which it is ``fitted``; raises ``WriteError``."""
    module = module_of(picture.format)
    if module:
        data: bytes = module.encode(picture.frames, picture.keep, picture.own, quality)
        return data
    target = registry.FORMATS[picture.format]
    return _by_pillow(picture.frames, picture.keep, target, quality)


def fitted(picture: Picture, target: Format) -> Picture:
    """What of a picture the format ``target`` can hold; its notes say what of the rest it cannot.

    Raises ``WriteError`` for frames that it cannot hold.
    """
    frames = picture.frames if target.holds_frames else picture.frames[:1]
    frames = [_in_mode(frame, target) for frame in frames]
    is_own = picture.format == target.name
    own = picture.own if is_own else {}
    holds = (*HOLDS.get(target.name, ()), *ANIMATED)
    keep = {key: value for key, value in picture.keep.items() if key in holds}
    if not is_own and "exif" in keep:
        keep["exif"] = keep["exif"].removeprefix(b"Exif\0\0")
    if not all(suits(keep.get("icc_profile", b""), frame) for frame in frames):
        del keep["icc_profile"]
    for (format, kind), room in _ROOM.items():
        if format == target.name and len(keep.get(kind, b"")) > room:
            del keep[kind]
    lost = [*dict.fromkeys(_lost(picture, keep, own))]
    notes = [f"{target.name} cannot hold its {', '.join(lost)}: left out"] if lost else []
    return Picture(frames, target.name, keep, own, notes)


def _lost(picture: Picture, keep: dict[str, Any], own: dict[str, Any]) -> Iterator[str]:
    """What people call what is left out."""
    for kind, words in KINDS.items():
        value = picture.keep.get(kind)
        if value and kind not in keep and value not in _USUAL_DPI:
            yield words
    module = module_of(picture.format)
    if module and picture.own and not own:
        yield from module.lost(picture.own)


def _in_mode(frame: Frame, target: Format) -> Frame:
    """A frame in the mode in which the format holds it."""
    registry.check_sides(target, frame.width, frame.height)
    if not isinstance(frame, Image.Image):
        registry.mode_in(target, registry.mode_of(frame.channels, frame.array.dtype.name))
        return frame
    mode = registry.mode_in(target, frame.mode)
    return frame if frame.mode == mode else frame.convert(mode)


def _by_pillow(
    frames: Sequence[Frame], keep: dict[str, Any], target: Format, quality: int | None
) -> bytes:
    options = {name: keep[name] for name in _OPTIONS.get(target.name, ()) if name in keep}
    if quality is not None and target.is_lossy:
        options["quality"] = quality
    if len(frames) > 1:
        from imgconv.formats.animation import alike

        options |= {"save_all": True, "append_images": alike(frames, target.name)[1:]}
        options["duration"] = [round(time) for time in keep.get("durations", [0] * len(frames))]
    return still(frames[0], target.name, **options)


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
    return frame._replace(array=array, image=None)
