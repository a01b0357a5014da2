"""TIFF: the tags and the compression of its pages, which are read and written again.

Pillow turns a page upright as its orientation says and drops that tag, so the tag is not kept.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Any, BinaryIO

from PIL import Image

from imgconv.formats import Format, Metadata, tiff_deep
from imgconv.formats import tiff_ifd as ifd
from imgconv.formats.deep import mode_name
from imgconv.formats.frame_codec import DEFAULT_QUALITY, encode_frame
from imgconv.formats.metadata import Picture, profile_fits
from imgconv.formats.tiff_ifd import Directory, Entry, Reader, first_integer
from imgconv.images.orientation import upright_info
from imgconv.images.pixels import Frame

_XMP, _ICC = 700, 34675
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_RESOLUTION = (_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT)
_INCH, _CENTIMETRE = 2, 3
_INCH_IN_UNITS = {_INCH: 1, _CENTIMETRE: 2.54}

# Description, maker, model, page name, software, date, artist, computer, ink names, copyright.
_TEXTS = (269, 270, 271, 272, 285, 305, 306, 315, 316, 337, 33432)

# The first directory of EXIF in any format: also resolution, ratings, and the texts of Windows.
_EXIF = (*_TEXTS, *ifd.NESTED, *_RESOLUTION, 18246, 18249, *range(40091, 40096))

# Other tags of a page: kind and number of the page, position, white point and primaries, XMP, IPTC,
# Photoshop, ICC, GDAL. Then the tags of GeoTIFF.
_PAGE = (254, 286, 287, 297, 318, 319, _XMP, 33723, 34377, _ICC, 42112, 42113)
_GEO = (33550, 33922, 34264, 34735, 34736, 34737)

# Pages have an orientation only where their pixels come from another format.
_COPIED = frozenset((*_EXIF, *_PAGE, *_GEO))
_WRITTEN = _COPIED | {ifd.ORIENTATION}

# How pixels are stored; with colour, resolution and the kind of pages, ``strip`` leaves these tags.
_STORAGE = (ifd.COMPRESSION, ifd.PREDICTOR, ifd.PLANAR, ifd.EXTRA_SAMPLES)
_LASTING = (_ICC, 318, 319, *_RESOLUTION, 254, 297, *_STORAGE)

_NAMES = {33723: "IPTC", 34377: "Photoshop's", 318: "white point", 319: "chromaticities"}
_NAMES |= dict.fromkeys(_GEO, "places on Earth")

# Compressions as Pillow names them, and the modes that JPEG and WebP hold. Others, as the ones for
# faxes, hold no filtered pixels, and become deflate.
_RAW, _DEFLATE = 1, "tiff_adobe_deflate"
_COMPRESSIONS = {_RAW: "raw", 5: "tiff_lzw", 7: "jpeg", 8: _DEFLATE, 32773: "packbits"}
_COMPRESSIONS |= {32946: _DEFLATE, 34925: "lzma", 50000: "zstd", 50001: "webp"}
_COMPRESSED_MODES = {"jpeg": ("L", "RGB", "CMYK"), "webp": ("RGB", "RGBA")}
_PREDICTABLE = ("tiff_lzw", _DEFLATE, "zstd", "lzma")
_HORIZONTAL_DIFFERENCES = 2


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    """Return the common metadata of the first page, and the tags of all pages."""
    pages = Reader(file).pages(_COPIED.union(_STORAGE))
    for page in pages:
        if isinstance(xmp := page.get(_XMP), Entry):  # it may hold the orientation too
            page[_XMP] = _bytes_entry(xmp.type, upright_info({"xmp": xmp.data})["xmp"])
    first = pages[0] if pages else {}
    common: Metadata = {}
    for kind, tag in (("icc_profile", _ICC), ("xmp", _XMP)):
        if isinstance(value := first.get(tag), Entry):
            common[kind] = value.data
    if dpi := _dpi(first):
        common["dpi"] = dpi
    exif = _select(first, _EXIF)
    if exif.keys() - {*_RESOLUTION}:
        common["exif"] = ifd.encode_exif(exif)
    return common, {"pages": pages}


def _dpi(page: Directory) -> tuple[float, float] | None:
    x, y = (_ratio(page.get(tag)) for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    inch = _INCH_IN_UNITS.get(first_integer(page, _RESOLUTION_UNIT, _INCH))
    return (x * inch, y * inch) if x and y and inch else None


def _ratio(value: Entry | Directory | None) -> float:
    if not isinstance(value, Entry) or value.type != ifd.RATIONAL or value.number < 1:
        return 0
    above, below = struct.unpack_from("<2I", value.data)
    return above / below if below else 0


def _strip_native(native: Metadata) -> Metadata:
    return native | {"pages": [_select(page, _LASTING) for page in native["pages"]]}


def _select(page: Directory, tags: Collection[int]) -> Directory:
    return {tag: value for tag, value in page.items() if tag in tags}


def _native_names(native: Metadata) -> Iterator[str]:
    for page in native["pages"][:1]:
        yield from (_NAMES[tag] for tag in page if tag in _NAMES)


def _encode(picture: Picture, quality: int | None) -> bytes:
    pages = _tags_of_pages(picture)
    both = zip(picture.frames, pages, strict=True)
    files = [_encode_page(frame, page, quality) for frame, page in both]
    return ifd.join_pages(files, [_select(page, _WRITTEN) for page in pages], _WRITTEN)


def _tags_of_pages(picture: Picture) -> list[Directory]:
    frames, metadata = picture.frames, picture.metadata
    pages = [dict(page) for page in picture.native.get("pages", ())][: len(frames)]
    pages += [{} for _ in frames[len(pages) :]]
    if not picture.native:
        pages[0] |= ifd.decode_exif(metadata.get("exif", b""), {*_EXIF, ifd.ORIENTATION})
    pages[0] |= _common_tags(metadata, pages[0])
    for page, frame in zip(pages, frames, strict=True):
        profile = page.get(_ICC)
        if isinstance(profile, Entry) and not profile_fits(profile.data, frame):
            del page[_ICC]
    return pages


def _encode_page(frame: Frame, page: Directory, quality: int | None) -> bytes:
    """Return a file of one page, compressed as its tags say, where that can hold its pixels."""
    if not isinstance(frame, Image.Image):
        return tiff_deep.encode_page(frame, page)
    compression = _COMPRESSIONS.get(first_integer(page, ifd.COMPRESSION, _RAW), _DEFLATE)
    if frame.mode not in _COMPRESSED_MODES.get(compression, (frame.mode,)):
        compression = _DEFLATE
    options: dict[str, Any] = {"compression": compression}
    predictor = first_integer(page, ifd.PREDICTOR, 1)
    if compression == "jpeg":
        options["quality"] = quality or DEFAULT_QUALITY
    elif predictor == _HORIZONTAL_DIFFERENCES and frame.mode != "F" and compression in _PREDICTABLE:
        options["tiffinfo"] = {ifd.PREDICTOR: predictor}
    return encode_frame(frame, FORMAT, **options)


def _common_tags(metadata: Metadata, page: Directory) -> Directory:
    """Return the tags of common metadata; a resolution that is the page's stays in its unit."""
    tags: Directory = {}
    if "icc_profile" in metadata:
        tags[_ICC] = _bytes_entry(ifd.UNDEFINED, metadata["icc_profile"])
    if "xmp" in metadata:
        tags[_XMP] = _bytes_entry(ifd.BYTE, metadata["xmp"])
    if "dpi" in metadata and _dpi(page) != tuple(metadata["dpi"]):
        for tag, number in zip(_RESOLUTION, metadata["dpi"], strict=False):
            ratio = Fraction(number).limit_denominator(10_000).as_integer_ratio()
            tags[tag] = Entry(ifd.RATIONAL, 1, struct.pack("<2I", *ratio))
        tags[_RESOLUTION_UNIT] = Entry(ifd.SHORT, 1, _INCH.to_bytes(2, "little"))
    return tags


def _bytes_entry(type_: int, data: bytes) -> Entry:
    return Entry(type_, len(data), data)


# X is a further channel whose meaning the file does not say.
_LAYOUTS = ("L", "LA", "LX", "RGB", "RGBA", "RGBX", "CMYK", "CMYKA", "CMYKX")
_TYPES = ("uint8", "uint16", "float32")

FORMAT = Format(
    "TIFF",
    plugin="Tiff",
    modes=("L", "LA", "RGB", "RGBA", "CMYK", "I;16", "F"),
    deep_modes=tuple(mode_name(layout, dtype) for layout in _LAYOUTS for dtype in _TYPES),
    kinds=("icc_profile", "exif", "xmp", "dpi"),
    holds_frames=True,
    probe=tiff_deep.probe,
    read_metadata=_read_metadata,
    strip_native=_strip_native,
    native_names=_native_names,
    encode=_encode,
)
