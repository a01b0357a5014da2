"""Deep TIFF pages to pixels and back, by tifffile: TIFF 6.0, and its supplements for floats.

Of deep pages, Pillow reads only grey of 16 bits or of 32-bit floats right, if white is the largest
value. A file is decoded here if Pillow is wrong about one page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import COMPRESSION_INFO, OPEN_INFO

from imgconv.errors import ReadError, WriteError
from imgconv.formats import deep
from imgconv.formats import tiff_ifd as ifd
from imgconv.formats.deep import DeepHeader
from imgconv.formats.tiff_ifd import Directory, Reader, first_integer, integers
from imgconv.images.depth import full_range, premultiply, unpremultiply
from imgconv.images.orientation import upright_array
from imgconv.images.pixels import Pixels

_CODECS = ("imagecodecs", "tifffile")

# The fields of a page, by their tags.
_TAGS = {"width": 256, "height": 257, "bits": 258, "compression": ifd.COMPRESSION}
_TAGS |= {"photometric": 262, "fill_order": 266, "orientation": ifd.ORIENTATION, "samples": 277}
_TAGS |= {"planar": ifd.PLANAR, "extra": ifd.EXTRA_SAMPLES, "form": 339}

Integers = tuple[int, ...]

# Photometric interpretations, and the channels of each.
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _SEPARATED = 0, 1, 2, 5
_CHANNELS = {_WHITE_IS_ZERO: "l", _BLACK_IS_ZERO: "l", _RGB: "rgb", _SEPARATED: "cmyk"}
_COLOUR_NAMES = {"l": "grey", "rgb": "RGB", "cmyk": "CMYK"}
_TIFFFILE_PHOTOMETRIC = {"l": "minisblack", "rgb": "rgb", "cmyk": "separated"}

# Sample formats.
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_FORMAT_NAMES = {_UNSIGNED: "whole numbers", _SIGNED: "signed whole numbers", _FLOAT: "floats"}
_FLOATS = ((_FLOAT, 16), (_FLOAT, 32))

# Sample formats and bits of grey that Pillow decodes right: of compressed big-endian pixels only
# the first, of the last three only values up to 65535.
_PILLOW_GREY = ((_UNSIGNED, 16), (_FLOAT, 32), (_SIGNED, 16), (_UNSIGNED, 32), (_SIGNED, 32))

# Extra samples that are alpha, the planar configuration of one plane a channel, and orientations.
_PREMULTIPLIED, _STRAIGHT = 1, 2
_SEPARATE = 2
_TRANSPOSED = (5, 6, 7, 8)

# Compressions that hold any pixels without loss; deflate replaces others.
_RAW, _DEFLATE, _PACK_BITS = 1, 8, 32773
_COMPRESSIONS = (5, _DEFLATE, _PACK_BITS, 32946, 34925, 50000)
_NO_PREDICTOR = 1

_MOST_BYTES = (1 << 32) - (1 << 20)  # offsets have 32 bits, and tags need room too


class _Page(NamedTuple):
    """The tags of a page that describe its pixels; ``bits`` and ``form`` are given by channel.

    ``form`` is the sample format. The defaults come from TIFF 6.0, sections 8 and 19.
    """

    width: Integers = ()
    height: Integers = ()
    bits: Integers = (1,)
    compression: Integers = (1,)
    photometric: Integers = ()
    fill_order: Integers = (1,)
    orientation: Integers = (1,)
    samples: Integers = (1,)
    planar: Integers = (1,)
    extra: Integers = ()
    form: Integers = (1,)


def probe(file: BinaryIO) -> DeepHeader | None:
    """Return the header of the first page, if Pillow is wrong about any page, else None."""
    order = file.read(2)
    pages = _read_pages(file)
    if all(_pillow_is_right(order, page) for page in pages):
        return None
    first, *others = [_header(page) for page in pages]
    further = sum(page.pixels for page in others)
    return first._replace(further_pixels=further, register=partial(_register, order, pages))


def _read_pages(file: BinaryIO) -> list[_Page]:
    return [_page(directory) for directory in Reader(file).pages(_TAGS.values())]


def _page(directory: Directory) -> _Page:
    found = {name: integers(directory, tag) for name, tag in _TAGS.items()}
    page = _Page(**{name: values for name, values in found.items() if values})
    count = min(max(page.samples[0], 1), ifd.MOST_INTEGERS)
    if len(page.bits) == 1:
        page = page._replace(bits=page.bits * count)
    return page._replace(form=page.form * count) if len(page.form) == 1 else page


def _register(order: bytes, pages: Sequence[_Page]) -> None:
    """Let Pillow open such pages; their pixels are decoded here."""
    for page in pages:
        OPEN_INFO.setdefault(_pillow_key(order, page), ("RGB", "RGB"))
        COMPRESSION_INFO.setdefault(page.compression[0], "unknown")


def _pillow_key(order: bytes, page: _Page) -> tuple[Any, ...]:
    """Return the key of a page in Pillow's table ``OPEN_INFO``: see ``TiffImageFile._setup``."""
    bits, form, extra = page.bits, page.form, page.extra
    if page.planar == (_SEPARATE,) and extra and max(extra) == 0:
        bits, extra = bits[: -len(extra)], ()
    form = form[:1] if len({*form}) == 1 else form
    photometric = (*page.photometric, _WHITE_IS_ZERO)[0]
    return order, photometric, form, page.fill_order[0], bits, extra


def _pillow_is_right(order: bytes, page: _Page) -> bool:
    """Return whether Pillow decodes a page right, or refuses it."""
    # Pillow takes values that libtiff has decompressed to be in the file's byte order.
    is_swapped = order == b"MM" and page.compression != (_RAW,)
    is_grey = page.photometric == (_BLACK_IS_ZERO,) and page.samples == (1,)
    known = _PILLOW_GREY[:1] if is_swapped else _PILLOW_GREY
    return max(page.bits) <= 8 or (is_grey and (page.form[0], page.bits[0]) in known)


def _header(page: _Page) -> DeepHeader:
    """Return the header of a page; raises ``ReadError`` for one that cannot be filtered."""
    _check_kind(page)
    bits, form = page.bits[0], page.form[0]
    base = _base_channels(page)
    further = page.samples[0] - len(base)
    further_channel = "a" if page.extra[:1] in ((_PREMULTIPLIED,), (_STRAIGHT,)) else "x"
    size = (page.width[0], page.height[0])
    width, height = size[::-1] if page.orientation[0] in _TRANSPOSED else size
    is_plain = page.planar != (_SEPARATE,) and (form, bits) == (_UNSIGNED, 16)
    return DeepHeader(
        f"{bits} bits of {_COLOUR_NAMES[base]} in TIFF",
        can_narrow=is_plain and 3 <= len(base) + further <= 4,
        decode=_decode,
        codecs=_CODECS,
        width=width,
        height=height,
        channels=(*base, *further_channel * further),
        dtype="float32" if form == _FLOAT else "uint8" if bits <= 8 else "uint16",
        maxval=(1 << bits) - 1 if form == _UNSIGNED and 8 < bits < 16 else None,
    )


def _check_kind(page: _Page) -> None:
    """Raise ``ReadError`` for channels or values that cannot be filtered."""
    base, count = _base_channels(page), page.samples[0]
    is_uniform = len({*page.bits}) == len({*page.form}) == 1
    has_size = page.width and page.height
    if not base or not 0 <= count - len(base) <= 1 or not is_uniform or not has_size:
        raise ReadError(
            f"TIFFs of {max(page.bits)} bits with {count} channels of colour kind "
            f"{(*page.photometric, 'none')[0]} cannot be filtered",
            "convert it to grey, RGB or CMYK first",
        )
    form, bits = page.form[0], page.bits[0]
    if (form, bits) not in _FLOATS and (form != _UNSIGNED or bits > 16):
        raise ReadError(
            f"{_FORMAT_NAMES.get(form, 'values')} of {bits} bits cannot be filtered",
            "convert it to 16 bits or float32 first",
        )


def _base_channels(page: _Page) -> str:
    """Return the channels of the photometric interpretation, "" for an unknown one."""
    return _CHANNELS.get((*page.photometric, -1)[0], "")


def _decode(file: BinaryIO) -> list[Pixels]:
    file.seek(0)
    pages = _read_pages(file)
    file.seek(0)
    with deep.load_codec("tifffile").TiffFile(file) as tiff:
        return [_decode_page(*both) for both in zip(tiff.pages, pages, strict=True)]


def _decode_page(source: Any, page: _Page) -> Pixels:
    header = _header(page)
    _check_complete(source)
    stored = source.asarray(squeeze=False, maxworkers=1)  # (planes, depth, height, width, channels)
    if stored.shape[1] != 1:
        raise ReadError("TIFFs of volumes cannot be filtered", "cut it into pages first")
    array = np.moveaxis(stored[:, 0], 0, -2).reshape(*stored.shape[2:4], -1)
    array = upright_array(array, page.orientation[0])  # as Pillow does it
    array = np.ascontiguousarray(array, header.dtype)
    bits = page.bits[0]
    pixels = Pixels(array, header.channels, maxval=(1 << bits) - 1 if bits < 8 else header.maxval)
    pixels = full_range(pixels) if bits < 8 else pixels
    if page.photometric == (_WHITE_IS_ZERO,):
        pixels.array[..., 0] = np.asarray(pixels.maximum, header.dtype) - pixels.array[..., 0]
    if page.extra == (_PREMULTIPLIED,):
        unpremultiply(pixels)
    return pixels


def _check_complete(page: Any) -> None:
    """Raise ``ReadError`` where strips or tiles are missing: tifffile would leave them black."""
    length, parts = page.parent.filehandle.size, math.prod(page.chunked)
    ends = [sum(span) for span in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if len(ends) < parts or 0 in page.databytecounts or max(ends) > length:
        raise ReadError("the picture is damaged (pixels are missing)", "restore the file")


def encode_page(pixels: Pixels, page: Directory) -> bytes:
    """Return a file of one page, stored as the tags of ``page`` say; raises ``WriteError``."""
    deep.require_codecs(_CODECS, "TIFF")
    if pixels.array.nbytes > _MOST_BYTES:
        raise WriteError("TIFF cannot hold more than 4 GB", "choose another format")
    is_premultiplied = first_integer(page, ifd.EXTRA_SAMPLES, 0) == _PREMULTIPLIED
    if pixels.maxval and (int(pixels.maxval) + 1).bit_count() != 1:
        pixels = full_range(pixels)
    if is_premultiplied and pixels.alpha is not None:
        pixels = premultiply(pixels)
    bits = int(pixels.maxval or 0).bit_length()
    # tifffile does not compress values that it packs into fewer bits.
    packing = {"bitspersample": bits} if bits not in (0, 8, 16) else _compression_options(page)
    array, layout = _layout(pixels.array, first_integer(page, ifd.PLANAR, 1) == _SEPARATE)
    alpha = "assocalpha" if is_premultiplied else "unassalpha"
    buffer = BytesIO()
    deep.load_codec("tifffile").imwrite(
        buffer,
        array,
        photometric=_TIFFFILE_PHOTOMETRIC["".join(pixels.channels).rstrip("ax")],
        planarconfig=layout,
        extrasamples={"a": [alpha], "x": ["unspecified"]}.get(pixels.channels[-1]),
        metadata=None,
        software=False,
        maxworkers=1,
        **packing,
    )
    return buffer.getvalue()


def _compression_options(page: Directory) -> dict[str, Any]:
    """Return tifffile's options for the compression and the predictor of a page."""
    compression = first_integer(page, ifd.COMPRESSION, _RAW)
    if compression == _RAW:
        return {}
    compression = compression if compression in _COMPRESSIONS else _DEFLATE
    is_predicted = first_integer(page, ifd.PREDICTOR, _NO_PREDICTOR) != _NO_PREDICTOR
    return {"compression": compression, "predictor": is_predicted and compression != _PACK_BITS}


def _layout(array: NDArray[Any], is_planar: bool) -> tuple[NDArray[Any], str | None]:
    """Return the array in a planar configuration, and tifffile's name for that."""
    if array.shape[2] == 1:
        return array[..., 0], None
    return (np.moveaxis(array, 2, 0), "separate") if is_planar else (array, "contig")
