"""TIFF of more than 8 bits: TIFF 6.0, and its supplements for floats.

One channel of 16 bits or of 32-bit floats, white at the top, is left to Pillow, which is right
about it; all else that is deep is not. A file is read here if one of its pages has to be.

The pages of a deep TIFF to pixels and back, by tifffile.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError, WriteError
from imgconv.formats import deep, tiff_ifd
from imgconv.formats.deep import Deep
from imgconv.formats.tiff_ifd import Directory, Tags
from imgconv.images import depth
from imgconv.images.depth import full_range
from imgconv.images.orientation import upright_array
from imgconv.images.pixels import Pixels

# Photometric interpretations, and the channels of each.
WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _SEPARATED = 0, 1, 2, 5

_CHANNELS = {WHITE_IS_ZERO: "l", _BLACK_IS_ZERO: "l", _RGB: "rgb", _SEPARATED: "cmyk"}

_COLOUR_WORDS = {"l": "grey", "rgb": "RGB", "cmyk": "CMYK"}

# Formats of values.
_WHOLE, _SIGNED, _FLOAT = 1, 2, 3

_FORMAT_WORDS = {_WHOLE: "whole numbers", _SIGNED: "signed whole numbers", _FLOAT: "floats"}

_FLOATS = ((_FLOAT, 16), (_FLOAT, 32))

# The formats and bits of grey that Pillow reads, the last three only up to 65535; and of these the
# one of which it is right also where the file is compressed and written the big end first.
_PILLOWS = ((_WHOLE, 16), (_FLOAT, 32), (_SIGNED, 16), (_WHOLE, 32), (_SIGNED, 32))

_PILLOWS_TURNED = _PILLOWS[:1]

_BIG_END_FIRST, _NOT_COMPRESSED = b"MM", (1,)

# What a further channel is: alpha that colours are multiplied by, or that they are not.
PREMULTIPLIED, _STRAIGHT = 1, 2

_ALPHA = (PREMULTIPLIED, _STRAIGHT)

_IN_PLANES = (2,)

_TRANSPOSED = (5, 6, 7, 8)


def look(file: BinaryIO) -> Deep | None:
    """What the first page says, if any of them is deep."""
    order = file.read(2)
    pages = tiff_ifd.pages(file)
    if all(_is_pillows(order, page) for page in pages):
        return None
    first, *others = [kind_of(page) for page in pages]
    later = sum(page.pixels for page in others)
    return first._replace(later=later, introduce=partial(_introduce, order, pages))


def _introduce(order: bytes, pages: Sequence[Tags]) -> None:
    """Let Pillow open pages of these kinds; their pixels are never asked of it."""
    from PIL.TiffImagePlugin import COMPRESSION_INFO, OPEN_INFO

    for page in pages:
        OPEN_INFO.setdefault(_key(order, page), ("RGB", "RGB"))
        COMPRESSION_INFO.setdefault(page[tiff_ifd.COMPRESSION][0], "unknown")


def _key(order: bytes, page: Tags) -> tuple[Any, ...]:
    """What Pillow knows the kinds of pages by: see ``TiffImageFile._setup``."""
    bits, form, extra = (
        page[tiff_ifd.BITS],
        page[tiff_ifd.SAMPLE_FORMAT],
        page.get(tiff_ifd.EXTRA_SAMPLES, ()),
    )
    if page[tiff_ifd.PLANAR] == _IN_PLANES and extra and max(extra) == 0:
        bits, extra = bits[: -len(extra)], ()
    form = form[:1] if len({*form}) == 1 else form
    photometric = page.get(tiff_ifd.PHOTOMETRIC, (WHITE_IS_ZERO,))[0]
    return order, photometric, form, page[tiff_ifd.FILL_ORDER][0], bits, extra


def _is_pillows(order: bytes, page: Tags) -> bool:
    """Whether Pillow decodes a page right, or refuses it.

    What is compressed it hands to libtiff, whose values it takes to be still in the file's order.
    """
    is_turned = order == _BIG_END_FIRST and page[tiff_ifd.COMPRESSION] != _NOT_COMPRESSED
    is_grey = page.get(tiff_ifd.PHOTOMETRIC) == (_BLACK_IS_ZERO,) and page[tiff_ifd.SAMPLES] == (1,)
    kind = (page[tiff_ifd.SAMPLE_FORMAT][0], page[tiff_ifd.BITS][0])
    known = _PILLOWS_TURNED if is_turned else _PILLOWS
    return max(page[tiff_ifd.BITS]) <= 8 or (is_grey and kind in known)


def kind_of(page: Tags) -> Deep:
    """What there is to know of a page; raises ``ReadError`` for what cannot be filtered."""
    _check_kind(page)
    bits, form = page[tiff_ifd.BITS][0], page[tiff_ifd.SAMPLE_FORMAT][0]
    base = _base(page)
    further = page[tiff_ifd.SAMPLES][0] - len(base)
    size = (page[tiff_ifd.WIDTH][0], page[tiff_ifd.HEIGHT][0])
    width, height = size[::-1] if page[tiff_ifd.ORIENTATION][0] in _TRANSPOSED else size
    is_plain = page[tiff_ifd.PLANAR] != _IN_PLANES and (form, bits) == (_WHOLE, 16)
    return Deep(
        f"{bits} bits of {_COLOUR_WORDS[base]} in TIFF",
        narrows=is_plain and 3 <= len(base) + further <= 4,
        decode=_decode,
        needs=deep.TIFF,
        width=width,
        height=height,
        channels=(*base, *_further_channel(page) * further),
        dtype="float32" if form == _FLOAT else "uint8" if bits <= 8 else "uint16",
        maxval=(1 << bits) - 1 if form == _WHOLE and 8 < bits < 16 else None,
    )


def _check_kind(page: Tags) -> None:
    """Raise ``ReadError`` for channels or values that cannot be filtered."""
    bits, forms = {*page[tiff_ifd.BITS]}, {*page[tiff_ifd.SAMPLE_FORMAT]}
    base, count = _base(page), page[tiff_ifd.SAMPLES][0]
    has_size = tiff_ifd.WIDTH in page and tiff_ifd.HEIGHT in page
    if (
        not base
        or not 0 <= count - len(base) <= 1
        or max(len(bits), len(forms)) > 1
        or not has_size
    ):
        raise ReadError(
            f"TIFFs of {max(bits)} bits with {count} channels of colour kind "
            f"{page.get(tiff_ifd.PHOTOMETRIC, ('none',))[0]} cannot be filtered",
            "convert it to grey, RGB or CMYK first",
        )
    kind = (page[tiff_ifd.SAMPLE_FORMAT][0], page[tiff_ifd.BITS][0])
    if kind not in _FLOATS and (kind[0] != _WHOLE or kind[1] > 16):
        raise ReadError(
            f"{_FORMAT_WORDS.get(kind[0], 'values')} of {kind[1]} bits cannot be filtered",
            "convert it to 16 bits or float32 first",
        )


def _base(page: Tags) -> str:
    """The channels that a page must have, none where that is not known."""
    return _CHANNELS.get(page.get(tiff_ifd.PHOTOMETRIC, (-1,))[0], "")


def _further_channel(page: Tags) -> str:
    extra = page.get(tiff_ifd.EXTRA_SAMPLES, ())
    return "a" if extra and extra[0] in _ALPHA else "x"


def _decode(file: BinaryIO) -> list[Pixels]:

    return decode(file)


_PHOTOMETRIC = {"l": "minisblack", "rgb": "rgb", "cmyk": "separated"}

# Compressions that hold any pixels without loss; deflate stands in for others.
_RAW, _DEFLATE, _PACK_BITS = 1, 8, 32773

_COMPRESSIONS = (_RAW, 5, _DEFLATE, _PACK_BITS, 32946, 34925, 50000)

_ALONE, _SEPARATE = 1, 2

# A place in a file has 32 bits, and tags need room too.
_MOST_BYTES = (1 << 32) - (1 << 20)


def decode(file: BinaryIO) -> list[Pixels]:
    """The pixels of all pages; raises whatever tifffile raises."""
    file.seek(0)
    said = tiff_ifd.pages(file)
    file.seek(0)
    with deep.load("tifffile").TiffFile(file) as tiff:
        return [_pixels(*both) for both in zip(tiff.pages, said, strict=True)]


def _pixels(page: Any, said: Tags) -> Pixels:
    kind = kind_of(said)
    _check_whole(page)
    stored = page.asarray(squeeze=False, maxworkers=1)  # (planes, depth, height, width, channels)
    if stored.shape[1] != 1:
        raise ReadError("TIFFs of volumes cannot be filtered", "cut it into pages first")
    array = np.moveaxis(stored[:, 0], 0, -2).reshape(*stored.shape[2:4], -1)
    array = upright_array(array, said[tiff_ifd.ORIENTATION][0])  # as Pillow does it
    array = np.ascontiguousarray(array, kind.dtype)
    bits = said[tiff_ifd.BITS][0]
    pixels = Pixels(array, kind.channels, maxval=(1 << bits) - 1 if bits < 8 else kind.maxval)
    pixels = full_range(pixels) if bits < 8 else pixels
    if said.get(tiff_ifd.PHOTOMETRIC) == (WHITE_IS_ZERO,):
        pixels.array[..., 0] = np.asarray(pixels.maximum, kind.dtype) - pixels.array[..., 0]
    if said.get(tiff_ifd.EXTRA_SAMPLES) == (PREMULTIPLIED,):
        depth.unpremultiply(pixels)
    return pixels


def _check_whole(page: Any) -> None:
    """Raise ``ReadError`` where strips or tiles are missing: tifffile would leave them black."""
    length, parts = page.parent.filehandle.size, math.prod(page.chunked)
    ends = [sum(span) for span in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if len(ends) < parts or 0 in page.databytecounts or max(ends) > length:
        raise ReadError("the picture is damaged (pixels are missing)", "restore the file")


def still_deep(pixels: Pixels, page: Directory | None = None) -> bytes:
    """A file of one page, stored as the tags of ``page`` say it was, as far as they say it.

    Raises ``WriteError`` for more than TIFF has room for.
    """
    if pixels.array.nbytes > _MOST_BYTES:
        raise WriteError("TIFF cannot hold more than 4 GB", "choose another format")
    said = _Storage(page or {})
    if pixels.maxval and (int(pixels.maxval) + 1).bit_count() != 1:
        pixels = full_range(pixels)
    if said.is_premultiplied and pixels.alpha is not None:
        pixels = depth.premultiply(pixels)
    bits = int(pixels.maxval or 0).bit_length()
    # What tifffile packs into fewer bits it does not compress.
    packing = {"bitspersample": bits} if bits not in (0, 8, 16) else said.packing()
    array, layout = _laid_out(pixels.array, said.is_planar)
    buffer = BytesIO()
    deep.load("tifffile").imwrite(
        buffer,
        array,
        photometric=_PHOTOMETRIC["".join(pixels.channels).rstrip("ax")],
        planarconfig=layout,
        extrasamples=_extra_samples(pixels, said.is_premultiplied),
        metadata=None,
        software=False,
        maxworkers=1,
        **packing,
    )
    return buffer.getvalue()


class _Storage:
    """How the pixels of a page were stored, by its tags."""

    def __init__(self, page: Directory) -> None:
        self._compression = _first(page, tiff_ifd.COMPRESSION, _RAW)
        self._is_predicted = _first(page, tiff_ifd.PREDICTOR, _ALONE) != _ALONE
        self.is_planar = _first(page, tiff_ifd.PLANAR, 0) == _SEPARATE
        self.is_premultiplied = _first(page, tiff_ifd.EXTRA_SAMPLES, 0) == PREMULTIPLIED

    def packing(self) -> dict[str, Any]:
        """Compression and predictor as tifffile takes them."""
        if self._compression == _RAW:
            return {}
        known = self._compression if self._compression in _COMPRESSIONS else _DEFLATE
        return {"compression": known, "predictor": self._is_predicted and known != _PACK_BITS}


def _first(page: Directory, tag: int, otherwise: int) -> int:
    return (*tiff_ifd.numbers(page, tag), otherwise)[0]


def _laid_out(array: NDArray[Any], is_planar: bool) -> tuple[NDArray[Any], str | None]:
    """The array as tifffile takes it, and its word for that."""
    if array.shape[2] == 1:
        return array[..., 0], None
    return (np.moveaxis(array, 2, 0), "separate") if is_planar else (array, "contig")


def _extra_samples(pixels: Pixels, is_premultiplied: bool) -> list[str] | None:
    words = {"a": "assocalpha" if is_premultiplied else "unassalpha", "x": "unspecified"}
    return [words[channel] for channel in pixels.channels if channel in words] or None
