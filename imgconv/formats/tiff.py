"""TIFF: the tags of its pages and how they are compressed, found and put back.

Pillow turns a page as its orientation says and forgets about it, so that tag is not kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, BinaryIO

from PIL import Image

from imgconv.formats.frame_codec import still
from imgconv.formats.metadata import suits
from imgconv.formats.tiff_ifd import BELOW, Directory, Entry, Reader, block, from_block, joined
from imgconv.images.orientation import upright_info
from imgconv.images.pixels import Frame

QUALITY = 90

_ICC, _XMP, _ORIENTATION = 34675, 700, 274

_COMPRESSION, _RAW = 259, 1

_PREDICTOR, _DIFFERENCES = 317, 2

_PLANES, _EXTRA = 284, 338

_ACROSS, _DOWN, _UNIT = 282, 283, 296

_INCH, _CENTIMETRE = 2, 3

_SHORT, _BYTE, _RATIONAL, _UNDEFINED = 3, 1, 5, 7

# What is said of a picture in words: description, camera, software, date, artist, copyright.
_WORDS = (269, 270, 271, 272, 285, 305, 306, 315, 316, 337, 33432)

# What EXIF says in its first directory, in any format: also the resolution and rating.
_EXIF = (*_WORDS, *BELOW, _ACROSS, _DOWN, _UNIT, 18246, 18249, *range(40091, 40096))

# What a page says of itself beside its pixels: kind and number of the page, place, white point and
# primaries, XMP, IPTC, Photoshop's, ICC, places on Earth, GDAL's.
_PAGE = (254, 286, 287, 297, 318, 319, _XMP, 33723, 34377, _ICC, 42112, 42113)

_EARTH = (33550, 33922, 34264, 34735, 34736, 34737)

_KNOWN = frozenset((*_EXIF, *_PAGE, *_EARTH))

# With the orientation, which pages have that were made of another format's pixels.
_GIVEN = _KNOWN | {_ORIENTATION}

# How pixels are stored, which stays so where it can.
_STORAGE = (_COMPRESSION, _PREDICTOR, _PLANES, _EXTRA)

# What stays when metadata are stripped: colour, resolution, and what pages are.
_LASTING = (_ICC, 318, 319, _ACROSS, _DOWN, _UNIT, 254, 297, *_STORAGE)

_NAMES = {33723: "IPTC", 34377: "Photoshop's", 318: "white point", 319: "chromaticities"}

_NAMES |= dict.fromkeys(_EARTH, "places on Earth")

# Compressions by their numbers as Pillow's saver calls them, and the modes that each can hold where
# it cannot hold all. Others, as those of faxes, hold nothing that is filtered: deflate takes over.
_COMPRESSIONS = {
    1: "raw",
    5: "tiff_lzw",
    7: "jpeg",
    8: "tiff_adobe_deflate",
    32773: "packbits",
    32946: "tiff_adobe_deflate",
    34925: "lzma",
    50000: "zstd",
    50001: "webp",
}

_DEFLATE = "tiff_adobe_deflate"

_MODES = {"jpeg": ("L", "RGB", "CMYK"), "webp": ("RGB", "RGBA")}

_PREDICTED = ("tiff_lzw", _DEFLATE, "zstd", "lzma")


def find(file: BinaryIO, image: Image.Image) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file has to keep, and what only TIFF knows of it: the tags of each page."""
    pages = Reader(file).pages(_KNOWN.union(_STORAGE))
    for page in pages:
        if isinstance(xmp := page.get(_XMP), Entry):  # which may say it too
            page[_XMP] = _bytes(xmp.type, upright_info({"xmp": xmp.data})["xmp"])
    own = {"pages": pages}
    first = pages[0] if pages else {}
    keep: dict[str, Any] = {}
    for name, tag in (("icc_profile", _ICC), ("xmp", _XMP)):
        if isinstance(value := first.get(tag), Entry):
            keep[name] = value.data
    if dpi := _dpi(first):
        keep["dpi"] = dpi
    exif = _only(first, _EXIF)
    if exif.keys() - {_ACROSS, _DOWN, _UNIT}:
        keep["exif"] = block(exif)
    return keep, own


def _dpi(page: Directory) -> tuple[float, float] | None:
    across, down = (_ratio(page.get(tag)) for tag in (_ACROSS, _DOWN))
    unit = _short(page.get(_UNIT), _INCH)
    if not across or not down or unit not in (_INCH, _CENTIMETRE):
        return None
    inches = 2.54 if unit == _CENTIMETRE else 1
    return across * inches, down * inches


def _ratio(value: Entry | Directory | None) -> float:
    if not isinstance(value, Entry) or value.type != _RATIONAL or value.number < 1:
        return 0
    above, below = (int.from_bytes(value.data[at : at + 4], "little") for at in (0, 4))
    return above / below if below else 0


def _short(value: Entry | Directory | None, otherwise: int) -> int:
    if not isinstance(value, Entry) or value.type != _SHORT or value.number != 1:
        return otherwise
    return int.from_bytes(value.data, "little")


def stripped(own: dict[str, Any]) -> dict[str, Any]:
    """What is left of it without what is said of the picture."""
    return own | {"pages": [_only(page, _LASTING) for page in own["pages"]]}


def _only(page: Directory, tags: Collection[int]) -> Directory:
    return {tag: value for tag, value in page.items() if tag in tags}


def lost(own: dict[str, Any]) -> Iterator[str]:
    """What no other format can hold."""
    for page in own["pages"][:1]:
        yield from (_NAMES[tag] for tag in page if tag in _NAMES)


def encode(
    frames: Sequence[Frame], keep: dict[str, Any], own: dict[str, Any], quality: int | None
) -> bytes:
    """The bytes of all frames with all that is kept."""
    pages = _pages(frames, keep, own)
    stills = [
        still(frame, "TIFF", **_options(frame, page, quality))
        for frame, page in zip(frames, pages, strict=True)
    ]
    return joined(stills, [_only(page, _GIVEN) for page in pages], _GIVEN)


def _pages(frames: Sequence[Frame], keep: dict[str, Any], own: dict[str, Any]) -> list[Directory]:
    """The tags of each page."""
    pages = [dict(page) for page in own.get("pages", ())][: len(frames)]
    pages += [{} for _ in frames[len(pages) :]]
    if not own:
        pages[0] |= from_block(keep.get("exif", b""), {*_EXIF, _ORIENTATION})
    pages[0] |= _common(keep, pages[0])
    for page, frame in zip(pages, frames, strict=True):
        profile = page.get(_ICC)
        if isinstance(profile, Entry) and not suits(profile.data, frame):
            del page[_ICC]
    return pages


def _options(frame: Frame, page: Directory, quality: int | None) -> dict[str, Any]:
    """How a page is to be stored: as it was, where that can hold its pixels."""
    if not isinstance(frame, Image.Image):
        return {"page": page}
    compression = _COMPRESSIONS.get(_short(page.get(_COMPRESSION), _RAW), _DEFLATE)
    if frame.mode not in _MODES.get(compression, (frame.mode,)):
        compression = _DEFLATE
    if compression == "jpeg":
        return {"compression": compression, "quality": quality or QUALITY}
    is_predicted = _short(page.get(_PREDICTOR), 1) == _DIFFERENCES and frame.mode != "F"
    if is_predicted and compression in _PREDICTED:
        return {"compression": compression, "tiffinfo": {_PREDICTOR: _DIFFERENCES}}
    return {"compression": compression}


def _common(keep: dict[str, Any], page: Directory) -> Directory:
    """The tags of what many formats know."""
    tags: Directory = {}
    if "icc_profile" in keep:
        tags[_ICC] = _bytes(_UNDEFINED, keep["icc_profile"])
    if "xmp" in keep:
        tags[_XMP] = _bytes(_BYTE, keep["xmp"])
    if "dpi" in keep and _dpi(page) != tuple(keep["dpi"]):
        tags[_ACROSS], tags[_DOWN] = (_rational(number) for number in keep["dpi"])
        tags[_UNIT] = Entry(_SHORT, 1, _INCH.to_bytes(2, "little"))
    return tags


def _bytes(type_: int, data: bytes) -> Entry:
    return Entry(type_, len(data), data)


def _rational(number: float) -> Entry:
    from fractions import Fraction

    ratio = Fraction(number).limit_denominator(10_000)
    numbers = (ratio.numerator, ratio.denominator)
    return Entry(_RATIONAL, 1, b"".join(part.to_bytes(4, "little") for part in numbers))
