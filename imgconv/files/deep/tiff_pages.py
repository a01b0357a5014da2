"""The pages of a deep TIFF to pixels and back, by tifffile."""

from __future__ import annotations

import math
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError, WriteError
from imgconv.files.deep import alpha, codecs, tags
from imgconv.files.deep.levels import full_range
from imgconv.files.deep.tags import Tags
from imgconv.files.deep.tiff import PREMULTIPLIED, WHITE_IS_ZERO, kind_of
from imgconv.files.directory import Directory
from imgconv.orientation import upright_array
from imgconv.picture import Pixels

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
    said = tags.pages(file)
    file.seek(0)
    with codecs.load("tifffile").TiffFile(file) as tiff:
        return [_pixels(*both) for both in zip(tiff.pages, said, strict=True)]


def _pixels(page: Any, said: Tags) -> Pixels:
    kind = kind_of(said)
    _check_whole(page)
    stored = page.asarray(squeeze=False, maxworkers=1)  # (planes, depth, height, width, channels)
    if stored.shape[1] != 1:
        raise ReadError("TIFFs of volumes cannot be filtered", "cut it into pages first")
    array = np.moveaxis(stored[:, 0], 0, -2).reshape(*stored.shape[2:4], -1)
    array = upright_array(array, said[tags.ORIENTATION][0])  # as Pillow does it
    array = np.ascontiguousarray(array, kind.dtype)
    bits = said[tags.BITS][0]
    pixels = Pixels(array, kind.channels, maxval=(1 << bits) - 1 if bits < 8 else kind.maxval)
    pixels = full_range(pixels) if bits < 8 else pixels
    if said.get(tags.PHOTOMETRIC) == (WHITE_IS_ZERO,):
        pixels.array[..., 0] = np.asarray(pixels.maximum, kind.dtype) - pixels.array[..., 0]
    if said.get(tags.EXTRA_SAMPLES) == (PREMULTIPLIED,):
        alpha.make_straight(pixels)
    return pixels


def _check_whole(page: Any) -> None:
    """Raise ``ReadError`` where strips or tiles are missing: tifffile would leave them black."""
    length, parts = page.parent.filehandle.size, math.prod(page.chunked)
    ends = [sum(span) for span in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if len(ends) < parts or 0 in page.databytecounts or max(ends) > length:
        raise ReadError("the picture is damaged (pixels are missing)", "restore the file")


def still(pixels: Pixels, page: Directory | None = None) -> bytes:
    """A file of one page, stored as the tags of ``page`` say it was, as far as they say it.

    Raises ``WriteError`` for more than TIFF has room for.
    """
    if pixels.array.nbytes > _MOST_BYTES:
        raise WriteError("TIFF cannot hold more than 4 GB", "choose another format")
    said = _Storage(page or {})
    if pixels.maxval and (int(pixels.maxval) + 1).bit_count() != 1:
        pixels = full_range(pixels)
    if said.is_premultiplied and pixels.alpha is not None:
        pixels = alpha.premultiplied(pixels)
    bits = int(pixels.maxval or 0).bit_length()
    # What tifffile packs into fewer bits it does not compress.
    packing = {"bitspersample": bits} if bits not in (0, 8, 16) else said.packing()
    array, layout = _laid_out(pixels.array, said.is_planar)
    buffer = BytesIO()
    codecs.load("tifffile").imwrite(
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
        self._compression = _first(page, tags.COMPRESSION, _RAW)
        self._is_predicted = _first(page, tags.PREDICTOR, _ALONE) != _ALONE
        self.is_planar = _first(page, tags.PLANAR, 0) == _SEPARATE
        self.is_premultiplied = _first(page, tags.EXTRA_SAMPLES, 0) == PREMULTIPLIED

    def packing(self) -> dict[str, Any]:
        """Compression and predictor as tifffile takes them."""
        if self._compression == _RAW:
            return {}
        known = self._compression if self._compression in _COMPRESSIONS else _DEFLATE
        return {"compression": known, "predictor": self._is_predicted and known != _PACK_BITS}


def _first(page: Directory, tag: int, otherwise: int) -> int:
    return (*tags.numbers(page, tag), otherwise)[0]


def _laid_out(array: NDArray[Any], is_planar: bool) -> tuple[NDArray[Any], str | None]:
    """The array as tifffile takes it, and its word for that."""
    if array.shape[2] == 1:
        return array[..., 0], None
    return (np.moveaxis(array, 2, 0), "separate") if is_planar else (array, "contig")


def _extra_samples(pixels: Pixels, is_premultiplied: bool) -> list[str] | None:
    words = {"a": "assocalpha" if is_premultiplied else "unassalpha", "x": "unspecified"}
    return [words[channel] for channel in pixels.channels if channel in words] or None
