"""What of a picture survives: found where it is read, put back where it is written.

What many formats know has a name in ``Picture.keep``; each format's own module finds it, together
with what only that format knows, and writes all of it again.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any, BinaryIO

from PIL import Image

from imgconv.files.picture import ANIMATED, Picture
from imgconv.orientation import UPRIGHT, orientation_of

# The modules of formats that know more than their pixels.
_MODULES = {"JPEG": "jpeg", "PNG": "png", "TIFF": "tiff", "WEBP": "webp", "GIF": "gif"}

# What people call the kinds of things that are kept.
KINDS = {
    "icc_profile": "ICC profile",
    "exif": "EXIF",
    "xmp": "XMP",
    "dpi": "resolution",
    "comments": "comments",
}

# Which of them each format holds.
_BLOCKS = frozenset({"icc_profile", "exif", "xmp"})
HOLDS = {
    "JPEG": frozenset(KINDS),
    "PNG": frozenset(KINDS),
    "TIFF": _BLOCKS | {"dpi"},
    "WEBP": _BLOCKS,
    "AVIF": _BLOCKS,
    "GIF": frozenset({"comments"}),
    "BMP": frozenset({"dpi"}),
}

# More dots in an inch are a fault in the file, and more than some formats can say.
MOST_DPI = 65_535

_ORIENTATION = 274


def module_of(format: str) -> ModuleType | None:
    """The module that knows what only a format knows."""
    name = _MODULES.get(format)
    return import_module(f"imgconv.files.{name}") if name else None


def found(file: BinaryIO, image: Image.Image, format: str) -> Picture:
    """A picture without frames: what is to be kept of one whose pixels are yet to be decoded."""
    info = image.info
    keep = {key: info[key] for key in ("icc_profile", "exif", "xmp", "dpi") if info.get(key)}
    own: dict[str, Any] = {}
    if module := module_of(format):
        place = file.tell()
        more, own = module.find(file, image)
        file.seek(place)
        keep |= more
    if not all(0 < number <= MOST_DPI for number in keep.get("dpi") or ()):
        del keep["dpi"]
    return Picture([], format, keep, own)


def stripped(picture: Picture) -> Picture:
    """The picture without what is said of it; what it looks like stays as it is.

    So do its profile, its resolution, how its frames are shown, and which side is up.
    """
    lasting = ("icc_profile", "dpi", *ANIMATED)
    keep = {key: value for key, value in picture.keep.items() if key in lasting}
    orientation = orientation_of(picture.keep)
    if orientation != UPRIGHT:
        keep["exif"] = _orientation_alone(orientation)
    module = module_of(picture.format)
    own = module.stripped(picture.own) if module and picture.own else {}
    return Picture(picture.frames, picture.format, keep, own, picture.notes)


def _orientation_alone(orientation: int) -> bytes:
    """EXIF that says which side is up and nothing else."""
    from imgconv.files.directory import SHORT, Entry, block

    return block({_ORIENTATION: Entry(SHORT, 1, bytes((orientation, 0)))})
