"""TIFF pages to pixels and back by tifffile, where Pillow cannot: TIFF 6.0 and its supplements.

Of deep pages, Pillow reads only grey of 16 bits or of 32-bit floats right, if white is the largest
value. Of others, it drops further channels, divides colours by alpha inexactly, and refuses some
layouts. A file is decoded here if Pillow is wrong about one page.
"""

import math
import re
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import COMPRESSION_INFO, OPEN_INFO

from imgconv.errors import RESTORE_IT, DamagedError, ReadError, WriteError
from imgconv.formats import deep
from imgconv.formats import tiff_ifd as ifd
from imgconv.formats.deep import DeepHeader
from imgconv.formats.frame_codec import DECODING_ERRORS, filling
from imgconv.formats.tiff_ifd import Directory, Reader, first_integer, integers
from imgconv.images.depth import full_range, premultiply, unpremultiply
from imgconv.images.frames import frame_pixels
from imgconv.images.orientation import upright_array
from imgconv.images.pixels import Frame, Pixels

# The fields of a page, by their tags.
_TAGS = {"width": 256, "height": 257, "bits": 258, "compression": ifd.COMPRESSION}
_TAGS |= {"photometric": 262, "fill_order": 266, "orientation": ifd.ORIENTATION, "samples": 277}
_TAGS |= {"planar": ifd.PLANAR, "extra": ifd.EXTRA_SAMPLES, "form": ifd.SAMPLE_FORMAT}
_TAG_NUMBERS = frozenset(_TAGS.values())

Integers = tuple[int, ...]

# Photometric interpretations, the channels of each, and how many values a pixel has for them.
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _SEPARATED, _YCBCR = 0, 1, 2, 3, 5, 6
_COLOURS = {_WHITE_IS_ZERO: ("l", 1), _BLACK_IS_ZERO: ("l", 1), _RGB: ("rgb", 3)}
_COLOURS |= {_PALETTE: ("rgb", 1), _SEPARATED: ("cmyk", 4)}
_COLOUR_NAMES = {"l": "grey", "rgb": "RGB", "cmyk": "CMYK"}
_TIFFFILE_PHOTOMETRIC = {"l": "minisblack", "rgb": "rgb", "cmyk": "separated"}

# Sample formats.
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_FORMAT_NAMES = {_UNSIGNED: "whole numbers", _SIGNED: "signed whole numbers", _FLOAT: "floats"}
_FILTERED = ((_FLOAT, 16), (_FLOAT, 32), (_SIGNED, 8), (_SIGNED, 16))

# Sample formats and bits of grey that Pillow decodes right: of compressed big-endian pixels only
# the first, of the last three only values up to 65535.
_PILLOW_GREY = ((_UNSIGNED, 16), (_FLOAT, 32), (_UNSIGNED, 32), (_SIGNED, 32))

# Extra samples, of which two are alpha, the planar configuration of one plane a channel, and
# orientations.
_UNSPECIFIED, _PREMULTIPLIED, _STRAIGHT = 0, 1, 2
_SEPARATE = 2
_TRANSPOSED = (5, 6, 7, 8)

# Compressions that hold any pixels without loss; deflate replaces others. WebP is one that not
# every build of Pillow has.
_RAW, _OLD_JPEG, JPEG, _DEFLATE, _PACK_BITS, _WEBP = 1, 6, 7, 8, 32773, 50001
_COMPRESSIONS = (5, _DEFLATE, _PACK_BITS, 32946, 34925, 50000)
_PILLOW_COMPRESSIONS = COMPRESSION_INFO.keys() - {_WEBP}
_NO_PREDICTOR = 1

# Sides of tiles that are written: multiples of 16, and small, as each tile is filled to its end.
_TILE_UNIT, _LONGEST_TILE = 16, 4096

_MOST_BYTES = (1 << 32) - (1 << 20)  # offsets have 32 bits, and tags need room too


class _Page(NamedTuple):
    """The tags of a page that describe its pixels; ``bits`` and ``form`` are given by channel.

    ``mark`` begins the file, and ``form`` is the sample format. The defaults come from TIFF 6.0,
    sections 8 and 19.
    """

    mark: bytes
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
    pages = _read_pages(file)
    if not any(page.width for page in pages):
        raise DamagedError("the picture is damaged (its directory is missing)", RESTORE_IT)
    if all(_pillow_is_right(page) for page in pages):
        return None
    first, *others = [_header(page) for page in pages]
    return first._replace(further_pixels=sum(page.pixels for page in others))


def _read_pages(file: BinaryIO) -> list[_Page]:
    file.seek(0)
    mark = file.read(4)
    return [_page(mark, directory) for directory in Reader(file).pages(_TAG_NUMBERS.__contains__)]


def _page(mark: bytes, directory: Directory) -> _Page:
    found = {name: integers(directory, tag) for name, tag in _TAGS.items()}
    page = _Page(mark, **{name: values for name, values in found.items() if values})
    count = min(max(page.samples[0], 1), ifd.MOST_INTEGERS)
    page = page._replace(bits=(page.bits * count if len(page.bits) == 1 else page.bits)[:count])
    return page._replace(form=page.form * count) if len(page.form) == 1 else page


def _pillow_key(page: _Page) -> tuple[Any, ...]:
    """Return the key of a page in Pillow's table ``OPEN_INFO``: see ``TiffImageFile._setup``."""
    form = page.form[:1] if len({*page.form}) == 1 else page.form
    photometric = (*page.photometric, _WHITE_IS_ZERO)[0]
    return page.mark[:2], photometric, form, page.fill_order[0], page.bits, page.extra


def _pillow_is_right(page: _Page) -> bool:
    """Return whether Pillow decodes a page right, or refuses it with its reason."""
    if not page.width or not page.height or page.compression == (_OLD_JPEG,):
        return True
    is_known = _pillow_key(page) in OPEN_INFO and page.compression[0] in _PILLOW_COMPRESSIONS
    is_dropped = _UNSPECIFIED in page.extra or _PREMULTIPLIED in page.extra
    is_big_endian_bigtiff = page.mark == b"MM\0+"
    if not is_known or is_dropped or is_big_endian_bigtiff or not _planes_are_right(page):
        return False
    if max(page.bits) <= 8:
        return page.form[0] == _UNSIGNED
    # Pillow takes values that libtiff has decompressed to be in the file's byte order.
    is_swapped = page.mark[:2] == b"MM" and page.compression != (_RAW,)
    is_grey = page.photometric == (_BLACK_IS_ZERO,) and page.samples == (1,)
    known = _PILLOW_GREY[:1] if is_swapped else _PILLOW_GREY
    return is_grey and (page.form[0], page.bits[0]) in known


def _planes_are_right(page: _Page) -> bool:
    """Return whether Pillow decodes the planes of a page right, if it has some.

    Pillow takes one letter of the layout's name for each plane, and the letters behind them, which
    say that white is 0 or that bits are reversed, for nothing.
    """
    if page.planar != (_SEPARATE,) or (page.samples == (1,) and page.compression != (_RAW,)):
        return True
    return page.photometric in ((_RGB,), (_SEPARATED,)) and page.fill_order == (1,)


def _header(page: _Page) -> DeepHeader:
    """Return the header of a page; raises ``ReadError`` for one that cannot be filtered."""
    _check_kind(page)
    bits, form = page.bits[0], page.form[0]
    base, further = _base_channels(page), _further_channels(page)
    size = (page.width[0], page.height[0])
    width, height = size[::-1] if page.orientation[0] in _TRANSPOSED else size
    is_plain = page.planar != (_SEPARATE,) and (form, bits) == (_UNSIGNED, 16)
    can_narrow = is_plain and _pillow_key(page) in OPEN_INFO and page.mark != b"MM\0+"
    dtype = "float32" if form in (_FLOAT, _SIGNED) else "uint8" if bits <= 8 else "uint16"
    whole = {_UNSIGNED: bits if 8 < bits < 16 else 0, _SIGNED: bits - 1}.get(form, 0)
    return DeepHeader(
        _description(page),
        can_narrow=can_narrow and 3 <= len(base) + len(further) <= 4,
        decode=_decode,
        codecs=deep.CODECS,
        is_opened=False,
        width=width,
        height=height,
        channels=(*base, *further),
        dtype=dtype,
        maxval=(1 << whole) - 1 or None,
    )


def _description(page: _Page) -> str:
    further, compression = len(_further_channels(page)), page.compression[0]
    also = f" with {further} further channel{'s' * (further > 1)}" if further else ""
    packed = "" if compression in _PILLOW_COMPRESSIONS else f" in compression {compression}"
    return f"{page.bits[0]} bits of {_COLOUR_NAMES[_base_channels(page)]}{also}{packed} in TIFF"


def _check_kind(page: _Page) -> None:
    """Raise ``ReadError`` for channels or values that cannot be filtered."""
    count, is_uniform = page.samples[0], len({*page.bits}) == len({*page.form}) == 1
    further = count - _COLOURS.get((*page.photometric, -1)[0], ("", count + 1))[1]
    is_few = count <= ifd.MOST_INTEGERS
    if not _base_channels(page) or further < 0 or not is_few or not is_uniform:
        raise ReadError(
            f"TIFFs of {max(page.bits)} bits with {count} channels of colour kind "
            f"{(*page.photometric, 'none')[0]} cannot be filtered",
            "convert it to grey, RGB or CMYK first",
        )
    form, bits = page.form[0], page.bits[0]
    if (form, bits) not in _FILTERED and (form != _UNSIGNED or bits > 16):
        raise ReadError(
            f"{_FORMAT_NAMES.get(form, 'values')} of {bits} bits cannot be filtered",
            "convert it to 16 bits or float32 first",
        )


def _base_channels(page: _Page) -> str:
    """Return the channels of the photometric interpretation, "" for an unknown one."""
    if (page.photometric, page.compression) == ((_YCBCR,), (JPEG,)):
        return "rgb"  # which is what the decoder gives
    return _COLOURS.get((*page.photometric, -1)[0], ("", 0))[0]


def _further_channels(page: _Page) -> str:
    """Return the channels behind the colours: the first alpha, and x for all others."""
    stored = 1 if page.photometric == (_PALETTE,) else len(_base_channels(page))
    count = page.samples[0] - stored
    kinds = (*page.extra, *(_UNSPECIFIED,) * count)[:count]
    first = next((n for n, kind in enumerate(kinds) if kind in (_PREMULTIPLIED, _STRAIGHT)), None)
    return "".join("a" if n == first else "x" for n in range(count))


def _decode(file: BinaryIO) -> list[Pixels]:
    pages = _read_pages(file)
    file.seek(0)
    with deep.load_codec("tifffile").TiffFile(file) as tiff:
        if len(tiff.pages) != len(pages):
            raise DamagedError("the picture is damaged (its pages are broken)", RESTORE_IT)
        return [_decode_page(*both) for both in zip(tiff.pages, pages, strict=True)]


def _decode_page(source: Any, page: _Page) -> Pixels:
    header = _header(page)
    if (value := filling()) is None:
        _check_complete(source)
    else:
        _leave_out_broken_parts(source, value)
    stored = _stored_values(source)  # (planes, depth, height, width, channels)
    if stored.shape[1] != 1:
        raise ReadError("TIFFs of volumes cannot be filtered", "cut it into pages first")
    array = np.moveaxis(stored[:, 0], 0, -2).reshape(*stored.shape[2:4], -1)
    if page.photometric == (_PALETTE,):
        colours = source.colormap.T // 256
        array = np.concatenate([colours[array[..., 0]], array[..., 1:]], axis=2)
    array = upright_array(array, page.orientation[0])  # as Pillow does it
    array = np.ascontiguousarray(array, header.dtype)
    bits = page.bits[0]
    is_small = page.form[0] == _UNSIGNED and bits < 8 and page.photometric != (_PALETTE,)
    pixels = Pixels(array, header.channels, maxval=(1 << bits) - 1 if is_small else header.maxval)
    pixels = full_range(pixels) if is_small else pixels
    if page.photometric == (_WHITE_IS_ZERO,):
        pixels.array[..., 0] = np.asarray(pixels.maximum, header.dtype) - pixels.array[..., 0]
    if pixels.alpha is not None and _PREMULTIPLIED in page.extra:
        unpremultiply(pixels)
    return pixels


def _stored_values(source: Any) -> NDArray[Any]:
    try:
        values: NDArray[Any] = source.asarray(squeeze=False, maxworkers=1)
    except (ValueError, NotImplementedError) as error:
        if not re.search("not supported|requires|not a known", str(error)):
            raise
        raise ReadError(
            f"this kind of TIFF is not supported ({error})", "write it uncompressed first"
        ) from error
    return values


def _check_complete(page: Any) -> None:
    """Raise ``ReadError`` where strips or tiles are missing: tifffile would leave them black."""
    length, parts = page.parent.filehandle.size, math.prod(page.chunked)
    ends = [sum(span) for span in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if len(ends) < parts or 0 in page.databytecounts or max(ends) > length:
        raise DamagedError("the picture is damaged (pixels are missing)", RESTORE_IT)


def _leave_out_broken_parts(page: Any, filling: int) -> None:
    """Have tifffile fill strips or tiles that cannot be decoded."""
    file, lengths = page.parent.filehandle, list(page.databytecounts)
    lengths += [0] * (len(page.dataoffsets) - len(lengths))
    for number, (offset, length) in enumerate(zip(page.dataoffsets, lengths, strict=False)):
        file.seek(offset)
        try:
            page.decode(file.read(length), number, jpegtables=page.jpegtables)
        except DECODING_ERRORS:
            lengths[number] = 0
    page.databytecounts, page.keyframe.nodata = tuple(lengths), filling


def needs_tifffile(frame: Image.Image, page: Directory) -> bool:
    """Return whether Pillow cannot store a frame as the tags of ``page`` say, but tifffile can."""
    is_premultiplied = frame.mode in ("LA", "RGBA") and _is_premultiplied(page)
    return is_premultiplied or (_is_arranged(page) and not loses_arrangement(page))


def _is_arranged(page: Directory) -> bool:
    """Return whether pixels are stored in tiles, or in a plane for each channel."""
    is_planar = first_integer(page, ifd.PLANAR, 1) == _SEPARATE
    return ifd.TILE_WIDTH in page or (is_planar and first_integer(page, ifd.SAMPLES, 1) > 1)


def loses_arrangement(page: Directory) -> bool:
    """Return whether tiles or planes of a page become strips of pixels."""
    is_jpeg = first_integer(page, ifd.COMPRESSION, _RAW) == JPEG
    return _is_arranged(page) and (is_jpeg or not deep.have_codecs(deep.CODECS))


def _is_premultiplied(page: Directory) -> bool:
    kinds = (kind for kind in integers(page, ifd.EXTRA_SAMPLES) if kind != _UNSPECIFIED)
    return next(kinds, _STRAIGHT) == _PREMULTIPLIED


def encode_page(frame: Frame, page: Directory) -> bytes:
    """Return a file of one page, stored as the tags of ``page`` say; raises ``WriteError``."""
    deep.require_codecs(deep.CODECS, "TIFF")
    pixels = _stored_pixels(frame_pixels(frame), page)
    if pixels.array.nbytes > _MOST_BYTES:
        raise WriteError("TIFF cannot hold more than 4 GB", "choose another format")
    bits = int(pixels.maxval or 0).bit_length() if pixels.array.dtype == np.uint16 else 0
    # tifffile does not compress values that it packs into fewer bits.
    packing = {"bitspersample": bits} if bits not in (0, 16) else _compression_options(page)
    array, layout = _layout(pixels.array, first_integer(page, ifd.PLANAR, 1) == _SEPARATE)
    colours = "".join(pixels.channels).rstrip("ax")
    alpha = "assocalpha" if _is_premultiplied(page) else "unassalpha"
    kinds = [alpha if name == "a" else "unspecified" for name in pixels.channels[len(colours) :]]
    buffer = BytesIO()
    deep.load_codec("tifffile").imwrite(
        buffer,
        array,
        photometric=_TIFFFILE_PHOTOMETRIC[colours],
        planarconfig=layout,
        extrasamples=kinds or None,
        tile=_tile(page),
        metadata=None,
        software=False,
        maxworkers=1,
        **packing,
    )
    return buffer.getvalue()


def _stored_pixels(pixels: Pixels, page: Directory) -> Pixels:
    """Return pixels premultiplied, and as signed integers, where the tags of a page say so."""
    pixels = pixels._replace(array=pixels.array[..., : len(pixels.channels)], image=None)
    if pixels.maxval and (int(pixels.maxval) + 1).bit_count() != 1:
        pixels = full_range(pixels)
    if pixels.alpha is not None and _is_premultiplied(page):
        pixels = premultiply(pixels)
    maximum = int(pixels.maximum)
    if pixels.is_float and maximum > 1 and first_integer(page, ifd.SAMPLE_FORMAT, 1) == _SIGNED:
        levels = np.floor(pixels.array.clip(-maximum - 1, maximum) + 0.5)
        pixels = pixels._replace(array=levels.astype(np.int8 if maximum < 128 else np.int16))
    return pixels


def _tile(page: Directory) -> tuple[int, int] | None:
    sides = tuple(first_integer(page, tag, 0) for tag in (ifd.TILE_LENGTH, ifd.TILE_WIDTH))
    is_usable = all(0 < side <= _LONGEST_TILE and side % _TILE_UNIT == 0 for side in sides)
    return (sides[0], sides[1]) if is_usable else None


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
