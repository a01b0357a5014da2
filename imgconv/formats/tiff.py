"""TIFF: the tags and the compression of its pages, which are read and written again.

All tags are kept whose type is that of a value, but those that say how pixels are stored. Pillow
turns a page upright as its orientation says and drops that tag, so the tag is not kept.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats import DEFAULT_QUALITY, LOSSLESS, Format, Metadata, tiff_deep
from imgconv.formats import tiff_ifd as ifd
from imgconv.formats.deep import mode_name
from imgconv.formats.frame_codec import encode_frame, filled
from imgconv.formats.metadata import DATA_BEHIND, Picture, profile_fits
from imgconv.formats.thumbnails import without_photoshop_thumbnail
from imgconv.formats.tiff_ifd import Directory, Entry, Reader, first_integer
from imgconv.images.orientation import UPRIGHT, upright_info
from imgconv.images.pixels import Frame

_XMP, _ICC, _PHOTOSHOP = 700, 34675, 34377
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_RESOLUTION = (_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT)
_INCH, _CENTIMETRE = 2, 3
_INCH_IN_UNITS = {_INCH: 1, _CENTIMETRE: 2.54}
_WHITE_POINT, _PRIMARIES = 318, 319

# Description, maker, model, page name, software, date, artist, computer, ink names, copyright.
_TEXTS = (269, 270, 271, 272, 285, 305, 306, 315, 316, 337, 33432)

# The first directory of EXIF in any format: also resolution, ratings, and the texts of Windows.
_EXIF = (*_TEXTS, *ifd.NESTED, *_RESOLUTION, 18246, 18249, *range(40091, 40096))

# The places and projections of GeoTIFF.
_GEO = (33550, 33922, 34264, 34735, 34736, 34737)

# Names of what a file is not replaced without: the raw pixels of a camera may be a SubIFD.
_EXTRAS = ("SubIFDs", "layers")

# A number that is no tag, for the thumbnail among Photoshop's resources.
_THUMBNAIL = -1

# ImageJ's metadata have a header of words of 4 bytes: a magic number, then the kind and the number
# of values, again and again. Values of some kinds have a byte order too: that of these types.
_DESCRIPTION, _IMAGEJ_LENGTHS, _IMAGEJ = 270, 50838, 50839
_IMAGEJ_TYPES = {b"info": ifd.SHORT, b"labl": ifd.SHORT, b"prop": ifd.SHORT, b"rang": ifd.DOUBLE}

# How pixels are stored; with colour, resolution and the kind of pages, ``strip`` leaves these tags.
_STORAGE = {ifd.COMPRESSION, ifd.SAMPLES, ifd.PREDICTOR, ifd.PLANAR, ifd.EXTRA_SAMPLES}
_SIZE, _EXIF_IFD, _EXIF_SIZE = (256, 257), 34665, (40962, 40963)
_STORAGE |= {*_SIZE, ifd.SAMPLE_FORMAT, ifd.TILE_WIDTH, ifd.TILE_LENGTH}
_LASTING = (_ICC, _WHITE_POINT, _PRIMARIES, *_RESOLUTION, 254, 297, *_STORAGE)

_NAMES = {33723: "IPTC", _PHOTOSHOP: "Photoshop's"}
_NAMES |= {_WHITE_POINT: "white point", _PRIMARIES: "primaries"}
_NAMES |= {ifd.SUB_IFDS: "SubIFDs", ifd.LAYERS: "layers", _THUMBNAIL: "thumbnail"}
_NAMES |= dict.fromkeys(ifd.LEVEL_RANGES, "range of levels") | dict.fromkeys(
    _GEO, "places on Earth"
)
_NAMES |= dict.fromkeys((_IMAGEJ_LENGTHS, _IMAGEJ), "ImageJ's metadata")

# Tags that other formats hold, or that say nothing beside the page itself.
_COMMON = frozenset((*_EXIF, *_STORAGE, _XMP, _ICC, ifd.ORIENTATION, 254, 255, 297))

# Compressions as Pillow names them, and the modes that JPEG holds. Others become deflate: the ones
# for faxes hold no filtered pixels, and Pillow mostly cannot write WebP.
_RAW, _DEFLATE = 1, "tiff_adobe_deflate"
_COMPRESSIONS = {_RAW: "raw", 5: "tiff_lzw", 7: "jpeg", 8: _DEFLATE, 32773: "packbits"}
_COMPRESSIONS |= {32946: _DEFLATE, 34925: "lzma", 50000: "zstd"}
_COMPRESSED_MODES = {"jpeg": ("L", "RGB", "CMYK")}
_PREDICTABLE = ("tiff_lzw", _DEFLATE, "zstd", "lzma")
_HORIZONTAL_DIFFERENCES = 2


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    """Return the common metadata of the first page, and the tags of all pages."""
    reader = Reader(file)
    pages = reader.pages(_is_read)
    _check_stack(pages)
    is_followed = _is_followed(file, reader, pages)
    native: Metadata = {"pages": pages, "notes": [*_notes(pages)]}
    for page in pages:
        if reader.is_big_endian:
            reader.left_out += _swap_imagej(page)
        for tag in (ifd.ORIENTATION, *ifd.PIXEL_TAGS):
            page.pop(tag, None)
        if isinstance(resources := page.get(_PHOTOSHOP), Entry):
            cleaned = without_photoshop_thumbnail(resources.data)
            page[_PHOTOSHOP] = _bytes_entry(resources.type, cleaned)
            reader.left_out += [_THUMBNAIL] if cleaned != resources.data else []
        if isinstance(xmp := page.get(_XMP), Entry):  # it may hold the orientation too
            page[_XMP] = _bytes_entry(xmp.type, upright_info({"xmp": xmp.data})["xmp"])
    tags = (tag for tag in reader.left_out if tag not in ifd.PIXEL_TAGS)
    lost = dict.fromkeys(_NAMES.get(tag, f"tag {tag}") for tag in tags)
    native["extras"] = [name for name in lost if name in _EXTRAS]
    native["left_out"] = [name for name in lost if name not in _EXTRAS]
    native["left_out"] += [DATA_BEHIND] if is_followed else []
    first = pages[0] if pages else {}
    common: Metadata = {}
    for kind, tag in (("icc_profile", _ICC), ("xmp", _XMP)):
        if isinstance(value := first.get(tag), Entry):
            common[kind] = value.data
    if dpi := _dpi(first):
        common["dpi"] = dpi
    colours = (*_ratios(first.get(_WHITE_POINT)), *_ratios(first.get(_PRIMARIES)))
    if len(colours) == 8:
        common["chromaticities"] = colours
    exif = _select(first, _EXIF)
    if exif.keys() - {*_RESOLUTION}:
        common["exif"] = ifd.encode_exif(exif)
    return common, native


def _is_read(tag: int) -> bool:
    return tag in _STORAGE or tag in ifd.PIXEL_TAGS or tag not in ifd.STORAGE


def _is_followed(file: BinaryIO, reader: Reader, pages: list[Directory]) -> bool:
    """Return whether other bytes than 0 stand behind all that tags point to, if that is known.

    Behind a stack of pages tifffile leaves a copy of values of the first one, which is no loss.
    """
    ends = [ifd.pixels_end([page]) for page in pages]
    if not all(ends) or {*ifd.FURTHER_IFDS, *ifd.PIXEL_TAGS} & {*reader.left_out}:
        return False
    file.seek(end := max(reader.end, *ends))
    behind = file.read().strip(b"\0")
    file.seek(0)
    return bool(behind) and behind not in file.read(end)


def _check_stack(pages: list[Directory]) -> None:
    """Raise ``ReadError`` for a stack of pictures that has one directory for all of them.

    ImageJ writes one where it exceeds 4 GB, and tifffile with its option ``truncate``.
    """
    first = pages[0] if pages else {}
    description = first.get(_DESCRIPTION)
    text = description.data if isinstance(description, Entry) else b""
    imagej = re.search(rb"\AImageJ=.*^images=(\d{1,9})$", text, re.DOTALL | re.MULTILINE)
    tifffile = re.match(rb'{"shape": \[([\d, ]{1,99})\].*"truncated": true', text)
    shape = [int(length) for length in tifffile[1].split(b",")] if tifffile else [0]
    values = math.prod(first_integer(first, tag, 1) for tag in (*_SIZE, ifd.SAMPLES))
    if (imagej and int(imagej[1]) > len(pages)) or math.prod(shape) > values * len(pages):
        raise ReadError(
            "its description says that pictures follow that have no directory of their own",
            "write each as a page first",
        )


def _swap_imagej(page: Directory) -> list[int]:
    """Swap ImageJ's metadata, which have the file's byte order; return the tag of broken ones."""
    lengths, metadata = page.get(_IMAGEJ_LENGTHS), page.pop(_IMAGEJ, None)
    if not isinstance(metadata, Entry):
        return []
    if not isinstance(lengths, Entry) or lengths.type != ifd.LONG or not lengths.number:
        return [_IMAGEJ]
    with suppress(ValueError, struct.error):
        page[_IMAGEJ] = _bytes_entry(ifd.BYTE, _swapped_imagej(lengths, metadata.data))
    return [] if _IMAGEJ in page else [_IMAGEJ]


def _swapped_imagej(lengths: Entry, data: bytes) -> bytes:
    kinds: list[int] = []
    first, *others = struct.unpack(f"<{lengths.number}I", lengths.data)
    for kind, number in struct.iter_unpack(">4sI", data[4 : max(first, 4) // 8 * 8 + 4]):
        kinds += [_IMAGEJ_TYPES.get(kind, ifd.BYTE)] * min(number, len(others))
    parts, start = [ifd.swap(data[:first], ifd.LONG)], first
    for length, kind in zip(others, kinds, strict=False):
        parts.append(ifd.swap(data[start : start + length], kind))
        start += length
    return b"".join(parts) + data[start:]


def _notes(pages: list[Directory]) -> Iterator[str]:
    if any(map(tiff_deep.loses_arrangement, pages)):
        yield "its tiles or planes become strips"
    if any(first_integer(page, ifd.ORIENTATION, UPRIGHT) != UPRIGHT for page in pages):
        yield "its pixels were turned upright, as its orientation says"


def _dpi(page: Directory) -> tuple[float, float] | None:
    x, y = ((*_ratios(page.get(tag)), 0.0)[0] for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    inch = _INCH_IN_UNITS.get(first_integer(page, _RESOLUTION_UNIT, _INCH))
    return (x * inch, y * inch) if x and y and inch else None


def _ratios(value: Entry | Directory | None) -> list[float]:
    """Return the numbers of a field of rationals, and none of any other."""
    if not isinstance(value, Entry) or value.type != ifd.RATIONAL:
        return []
    return [
        above / below if below else 0.0 for above, below in struct.iter_unpack("<2I", value.data)
    ]


def _rationals(numbers: Iterable[float]) -> Entry:
    ratios = [Fraction(number).limit_denominator(10_000).as_integer_ratio() for number in numbers]
    return Entry(
        ifd.RATIONAL, len(ratios), b"".join(struct.pack("<2I", *ratio) for ratio in ratios)
    )


def _strip_native(native: Metadata) -> Metadata:
    return native | {"pages": [_select(page, _LASTING) for page in native["pages"]]}


def _select(page: Directory, tags: Collection[int]) -> Directory:
    return {tag: value for tag, value in page.items() if tag in tags}


def _native_names(native: Metadata) -> Iterator[str]:
    for page in native["pages"][:1]:
        both = {_WHITE_POINT, _PRIMARIES}
        common = _COMMON | both if both <= page.keys() else _COMMON
        yield from (_NAMES.get(tag, f"tag {tag}") for tag in page if tag not in common)


def _encode(picture: Picture, quality: int | None) -> bytes:
    pages = _tags_of_pages(picture)
    both = zip(picture.frames, pages, strict=True)
    files = [_encode_page(frame, page, quality) for frame, page in both]
    written = [_select(page, page.keys() - ifd.STORAGE) for page in pages]
    return ifd.join_pages(files, written)


def _tags_of_pages(picture: Picture) -> list[Directory]:
    frames, metadata = picture.frames, picture.metadata
    pages = [dict(page) for page in picture.native.get("pages", ())][: len(frames)]
    pages += [{} for _ in frames[len(pages) :]]
    if not picture.native:
        exif = ifd.decode_exif(metadata.get("exif", b""))
        pages[0] |= _select(exif, (*_EXIF, ifd.ORIENTATION))
    pages[0] |= _common_tags(metadata, pages[0])
    for page, frame in zip(pages, frames, strict=True):
        _fit_size(page, frame)
        profile = page.get(_ICC)
        if isinstance(profile, Entry) and not profile_fits(profile.data, frame):
            del page[_ICC]
    return pages


def _fit_size(page: Directory, frame: Frame) -> None:
    """Let the size in EXIF follow the frame's, where there is one."""
    exif = page.get(_EXIF_IFD)
    for tag, number in zip(_EXIF_SIZE, frame.size, strict=True):
        if isinstance(exif, dict) and tag in exif:
            exif[tag] = Entry(ifd.LONG, 1, struct.pack("<I", number))


def _encode_page(frame: Frame, page: Directory, quality: int | None) -> bytes:
    """Return a file of one page, compressed as its tags say, where that can hold its pixels."""
    if not isinstance(frame, Image.Image) or tiff_deep.needs_tifffile(frame, page):
        return tiff_deep.encode_page(frame, page)
    compression = _COMPRESSIONS.get(first_integer(page, ifd.COMPRESSION, _RAW), _DEFLATE)
    is_lossy = compression == "jpeg" and quality == LOSSLESS
    if is_lossy or frame.mode not in _COMPRESSED_MODES.get(compression, (frame.mode,)):
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
            tags[tag] = _rationals([number])
        tags[_RESOLUTION_UNIT] = Entry(ifd.SHORT, 1, _INCH.to_bytes(2, "little"))
    if "chromaticities" in metadata and _PRIMARIES not in page:
        white, primaries = metadata["chromaticities"][:2], metadata["chromaticities"][2:]
        tags |= {_WHITE_POINT: _rationals(white), _PRIMARIES: _rationals(primaries)}
    return tags


def _bytes_entry(type_: int, data: bytes) -> Entry:
    return Entry(type_, len(data), data)


def _complete(data: bytes, filling: int) -> bytes:
    """Return a file whose pixels are filled, and whose last directory is whole."""
    data = ifd.without_missing_pages(data)
    pages = Reader(BytesIO(data)).pages(ifd.PIXEL_TAGS.__contains__)
    return filled(data, max(len(data), ifd.pixels_end(pages)), filling)


# X stands for further channels whose meaning the file does not say.
_LAYOUTS = [base + also for base in ("L", "RGB", "CMYK") for also in ("", "A", "X", "AX", "XA")]
_TYPES = ("uint8", "uint16", "float32")

FORMAT = Format(
    "TIFF",
    plugin="Tiff",
    modes=("L", "LA", "RGB", "RGBA", "CMYK", "I;16", "F"),
    deep_modes=tuple(mode_name(layout, dtype) for layout in _LAYOUTS for dtype in _TYPES),
    kinds=("icc_profile", "exif", "xmp", "chromaticities", "dpi"),
    holds_frames=True,
    probe=tiff_deep.probe,
    read_metadata=_read_metadata,
    strip_native=_strip_native,
    native_names=_native_names,
    encode=_encode,
    complete=_complete,
    lost_end=lambda data: "" if ifd.without_missing_pages(data) is data else "pages",
)
