"""A picture as a file holds it: frames, a format, and what must survive.

What of a picture survives: found where it is read, put back where it is written.

What many formats know has a name in ``Picture.keep``; each format's own module finds it, together
with what only that format knows, and writes all of it again.

Whether an ICC profile is one for the colours of a picture.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO

from PIL import Image

from imgconv.errors import ReadError
from imgconv.images.orientation import UPRIGHT, orientation_of
from imgconv.images.pixels import Frame

if TYPE_CHECKING:
    pass


class Picture:
    """The frames of a picture, its format, and what must survive.

    ``keep`` is what many formats know: ``icc_profile``, ``exif`` and ``xmp`` as bytes, ``dpi`` as
    two numbers, ``comments`` as a list of bytes; of an animation ``durations`` in milliseconds and
    ``disposals`` (see formats/animation.py), one for each frame, and ``plays``, how often it is
    shown, 0 for ever. ``own`` is what only its own format knows, in the form that its module gives
    it, where ``pages`` is a list with an entry for each frame. ``notes`` is what a person should
    know of the file that it was read from, and ``content`` all of that file, where it was read at
    once.
    """

    def __init__(
        self,
        frames: list[Frame],
        format: str,
        keep: dict[str, Any] | None = None,
        own: dict[str, Any] | None = None,
        notes: list[str] | None = None,
    ) -> None:
        self.frames, self.format = frames, format
        self.keep, self.own, self.notes = keep or {}, own or {}, notes or []
        self.content: bytes | None = None

    def only(self, number: int) -> Picture:
        """The picture that one frame is, counted from 0; raises ``ReadError``."""
        if number >= len(self.frames):
            raise ReadError(
                f"there is no frame {number}", f"the last one is frame {len(self.frames) - 1}"
            )
        keep = {key: value for key, value in self.keep.items() if key not in ANIMATED}
        own = dict(self.own)
        if "pages" in own:
            own["pages"] = own["pages"][number : number + 1]
        return Picture([self.frames[number]], self.format, keep, own, self.notes)


ANIMATED = ("durations", "disposals", "plays")

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
    return import_module(f"imgconv.formats.{name}") if name else None


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
    from imgconv.formats.tiff_ifd import SHORT, Entry, block

    return block({_ORIENTATION: Entry(SHORT, 1, bytes((orientation, 0)))})


# The colour space that a profile is for (ICC.1:2022, 7.2.6), and how many channels it has.
_CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}

_SPACE = slice(16, 20)


def suits(profile: bytes, frame: Frame) -> bool:
    """Whether a profile can be that of a frame; one for an unknown space is believed."""
    channels = frame.channels if hasattr(frame, "channels") else frame.getbands()
    colours = [name for name in channels if name.lower() not in "ax"]
    return _CHANNELS.get(profile[_SPACE], len(colours)) == len(colours)
