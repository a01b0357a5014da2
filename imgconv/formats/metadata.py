"""A picture: frames, their format, and the metadata that must survive filtering."""

from __future__ import annotations

from collections.abc import Mapping

from imgconv import images
from imgconv.errors import ReadError, WriteError
from imgconv.formats import Format, Metadata
from imgconv.images.orientation import UPRIGHT, orientation_of
from imgconv.images.pixels import Frame

# The kinds of metadata that several formats hold, and their names in messages.
KINDS = {"icc_profile": "ICC profile", "exif": "EXIF", "xmp": "XMP"}
KINDS |= {"code_points": "code points of colour", "chromaticities": "chromaticities"}
KINDS |= {"dpi": "resolution", "comments": "comments"}
ANIMATION_KINDS = ("durations", "disposals", "plays")

# The name in ``Picture.native["unfiltered"]`` of pictures that are frames in other formats.
FURTHER_PICTURES = "further pictures"

# The name in messages of bytes behind a picture that are in no known format.
DATA_BEHIND = "data behind its end"


class Picture:
    """The frames of a picture, its format and its metadata.

    ``metadata`` is common to several formats: ``icc_profile``, ``exif`` and ``xmp`` as bytes,
    ``code_points`` as in a PNG's cICP, ``chromaticities`` as x and y of white, red, green and blue,
    ``dpi`` as two numbers, ``comments`` as a list of bytes. For an animation it holds ``durations``
    in milliseconds and ``disposals`` (see ``animation.py``).
    ``plays`` counts how often it is shown, 0 for endlessly. The module of the picture's own format
    defines ``native``; ``pages`` there has an item for each frame. ``notes`` are diagnostics.
    ``content`` is the whole file, if it was read at once. ``is_damaged`` says that pixels are
    missing, ``is_noise`` that no pattern of them repeats: an encoder need not look for one.

    Any format may set in ``native`` the ``trailer``, bytes behind the picture's end that follow it
    again where the format stays; ``unfiltered``, names of films and pictures in these;
    ``left_out``, names of what cannot be carried along; and ``extras``, names of those that nothing
    but this file holds, for which a file is not replaced without consent: see ``check_extras``.
    """

    def __init__(
        self,
        frames: list[Frame],
        format: Format,
        metadata: Metadata | None = None,
        native: Metadata | None = None,
        notes: list[str] | None = None,
    ) -> None:
        self.frames, self.format = frames, format
        self.metadata, self.native, self.notes = metadata or {}, native or {}, notes or []
        self.content: bytes | None = None
        self.is_damaged = self.is_noise = False

    def extract_frame(self, number: int) -> Picture:
        """Return a picture of one frame, counted from 0; raises ``ReadError``."""
        last = len(self.frames) - 1
        if number > last:
            raise ReadError(f"there is no frame {number}", f"the last one is frame {last}")
        metadata = {key: v for key, v in self.metadata.items() if key not in ANIMATION_KINDS}
        native = dict(self.native) if last == 0 else _without_extras(self.native)
        if "pages" in native:
            native["pages"] = native["pages"][number : number + 1]
        return Picture([self.frames[number]], self.format, metadata, native, self.notes)


# EXIF of one tag, the orientation (274), a SHORT whose value follows.
_ORIENTATION_EXIF = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"


def strip(picture: Picture) -> Picture:
    """Return the picture without metadata, except for those that decide how it looks."""
    lasting = ("icc_profile", "code_points", "chromaticities", "dpi", *ANIMATION_KINDS)
    metadata = {key: value for key, value in picture.metadata.items() if key in lasting}
    orientation = orientation_of(picture.metadata)
    if orientation != UPRIGHT:
        metadata["exif"] = _ORIENTATION_EXIF + bytes((orientation, 0, 0, 0)) + bytes(4)
    native = _without_extras(picture.format.strip_native(picture.native)) if picture.native else {}
    return Picture(picture.frames, picture.format, metadata, native, picture.notes)


def _without_extras(native: Metadata) -> Metadata:
    """Return native metadata without what lies behind the picture in its file or beside it."""
    extras = ("trailer", "unfiltered", "extras")
    return {key: value for key, value in native.items() if key not in extras}


def check_extras(picture: Picture) -> None:
    """Raise ``WriteError`` if a result in the place of the file would lose extras."""
    if names := picture.native.get("extras"):
        raise WriteError(
            f"its {', '.join(names)} cannot be carried along",
            "give --drop-extras to lose that, or name an output",
        )


def transfer_functions(picture: Picture) -> Mapping[str, images.transfer.Curve]:
    """Return the transfer function of each channel; raises ``ReadError`` for a broken profile."""
    info = picture.metadata | picture.native.get("curve_info", {})
    return images.transfer.curves_of_info(info)


# The channels by the colour space of an ICC profile, in its bytes 16 to 19 (ICC.1:2022, 7.2.6).
_PROFILE_CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}
PROFILE_COLOURS = {b"GRAY": "grey", b"RGB ": "RGB", b"CMYK": "CMYK"}


def profile_fits(profile: bytes, frame: Frame) -> bool:
    """Return whether the colour space of a profile, if it is known, has the frame's channels."""
    channels = frame.channels if hasattr(frame, "channels") else frame.getbands()
    colours = [name for name in channels if name.lower() not in "ax"]
    return _PROFILE_CHANNELS.get(profile[16:20], len(colours)) == len(colours)
