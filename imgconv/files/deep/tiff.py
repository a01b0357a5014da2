"""TIFF of more than 8 bits: TIFF 6.0, and its supplements for floats.

One channel of 16 bits or of 32-bit floats, white at the top, is left to Pillow, which is right
about it; all else that is deep is not. A file is read here if one of its pages has to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from imgconv.errors import ReadError
from imgconv.files.deep import codecs, tags
from imgconv.files.deep.found import Deep
from imgconv.files.deep.tags import Tags

if TYPE_CHECKING:
    from imgconv.picture import Pixels

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
    pages = tags.pages(file)
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
        COMPRESSION_INFO.setdefault(page[tags.COMPRESSION][0], "unknown")


def _key(order: bytes, page: Tags) -> tuple[Any, ...]:
    """What Pillow knows the kinds of pages by: see ``TiffImageFile._setup``."""
    bits, form, extra = page[tags.BITS], page[tags.SAMPLE_FORMAT], page.get(tags.EXTRA_SAMPLES, ())
    if page[tags.PLANAR] == _IN_PLANES and extra and max(extra) == 0:
        bits, extra = bits[: -len(extra)], ()
    form = form[:1] if len({*form}) == 1 else form
    photometric = page.get(tags.PHOTOMETRIC, (WHITE_IS_ZERO,))[0]
    return order, photometric, form, page[tags.FILL_ORDER][0], bits, extra


def _is_pillows(order: bytes, page: Tags) -> bool:
    """Whether Pillow decodes a page right, or refuses it.

    What is compressed it hands to libtiff, whose values it takes to be still in the file's order.
    """
    is_turned = order == _BIG_END_FIRST and page[tags.COMPRESSION] != _NOT_COMPRESSED
    is_grey = page.get(tags.PHOTOMETRIC) == (_BLACK_IS_ZERO,) and page[tags.SAMPLES] == (1,)
    kind = (page[tags.SAMPLE_FORMAT][0], page[tags.BITS][0])
    known = _PILLOWS_TURNED if is_turned else _PILLOWS
    return max(page[tags.BITS]) <= 8 or (is_grey and kind in known)


def kind_of(page: Tags) -> Deep:
    """What there is to know of a page; raises ``ReadError`` for what cannot be filtered."""
    _check_kind(page)
    bits, form = page[tags.BITS][0], page[tags.SAMPLE_FORMAT][0]
    base = _base(page)
    further = page[tags.SAMPLES][0] - len(base)
    size = (page[tags.WIDTH][0], page[tags.HEIGHT][0])
    width, height = size[::-1] if page[tags.ORIENTATION][0] in _TRANSPOSED else size
    is_plain = page[tags.PLANAR] != _IN_PLANES and (form, bits) == (_WHOLE, 16)
    return Deep(
        f"{bits} bits of {_COLOUR_WORDS[base]} in TIFF",
        narrows=is_plain and 3 <= len(base) + further <= 4,
        decode=_decode,
        needs=codecs.TIFF,
        width=width,
        height=height,
        channels=(*base, *_further_channel(page) * further),
        dtype="float32" if form == _FLOAT else "uint8" if bits <= 8 else "uint16",
        maxval=(1 << bits) - 1 if form == _WHOLE and 8 < bits < 16 else None,
    )


def _check_kind(page: Tags) -> None:
    """Raise ``ReadError`` for channels or values that cannot be filtered."""
    bits, forms = {*page[tags.BITS]}, {*page[tags.SAMPLE_FORMAT]}
    base, count = _base(page), page[tags.SAMPLES][0]
    has_size = tags.WIDTH in page and tags.HEIGHT in page
    if (
        not base
        or not 0 <= count - len(base) <= 1
        or max(len(bits), len(forms)) > 1
        or not has_size
    ):
        raise ReadError(
            f"TIFFs of {max(bits)} bits with {count} channels of colour kind "
            f"{page.get(tags.PHOTOMETRIC, ('none',))[0]} cannot be filtered",
            "convert it to grey, RGB or CMYK first",
        )
    kind = (page[tags.SAMPLE_FORMAT][0], page[tags.BITS][0])
    if kind not in _FLOATS and (kind[0] != _WHOLE or kind[1] > 16):
        raise ReadError(
            f"{_FORMAT_WORDS.get(kind[0], 'values')} of {kind[1]} bits cannot be filtered",
            "convert it to 16 bits or float32 first",
        )


def _base(page: Tags) -> str:
    """The channels that a page must have, none where that is not known."""
    return _CHANNELS.get(page.get(tags.PHOTOMETRIC, (-1,))[0], "")


def _further_channel(page: Tags) -> str:
    extra = page.get(tags.EXTRA_SAMPLES, ())
    return "a" if extra and extra[0] in _ALPHA else "x"


def _decode(file: BinaryIO) -> list[Pixels]:
    from imgconv.files.deep.tiff_pages import decode

    return decode(file)
