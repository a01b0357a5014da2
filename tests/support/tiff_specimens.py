"""TIFF files with tags, pages and layouts that Pillow does not write, and their readers."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from tests.support.specimens import Extract, frames, sample, saved


def tiff_tags(*wanted: int) -> Extract:
    """Extract tags of every page, nested directories opened."""

    def extract(data: bytes) -> object:
        with Image.open(BytesIO(data)) as image:
            return [_tags_of_page(page, wanted) for page in ImageSequence.Iterator(image)]

    return extract


def _tags_of_page(image: Any, wanted: tuple[int, ...]) -> dict[int, object]:
    below = (0x8769, 0x8825)
    tags = {tag: image.tag_v2.get(tag) for tag in wanted if tag not in below}
    return tags | {tag: dict(image.getexif().get_ifd(tag)) for tag in wanted if tag in below}


TIFF_COMPRESSIONS = ("tiff_lzw", "packbits", "tiff_adobe_deflate")


# A tag of somebody's own, as tifffile takes it, and metadata of ImageJ.
PRIVATE_TAG = (65000, 12, 2, (0.25, -3.5), True)
IMAGEJ = {"Info": "na\xefve", "Ranges": (0.0, 99.5), "Overlays": [b"Iout1", b"Iout22"]}


def tiff_of(channels: int, dtype: str = "uint8", **options: Any) -> Callable[[], bytes]:
    """Return a maker of a TIFF that Pillow does not write, premultiplied by its last channel.

    ``options`` are as for ``tifffile.imwrite``.
    """

    def make() -> bytes:
        array = np.random.default_rng(7).integers(0, 256, (40, 50, channels))
        array[..., :-1] = array[..., :-1] * array[..., -1:] // 255
        stored = array.squeeze().astype(dtype)
        if options.get("planarconfig") == "separate":
            stored = np.moveaxis(stored, 2, 0).copy()
        photometric, buffer = "rgb" if channels > 2 else "minisblack", BytesIO()
        defaults = {"photometric": photometric, "metadata": None}
        tifffile.imwrite(buffer, stored, **(defaults | options))
        return buffer.getvalue()

    return make


def tiff_with_sub_ifd() -> bytes:
    """Return a TIFF whose page has another picture in a SubIFD."""
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for number in (1, 0):
            writer.write(np.asarray(sample("L")), subifds=number, metadata=None)
    return buffer.getvalue()


def tiff_page(read: Callable[[Any], object]) -> Extract:
    """Extract something from tifffile's first page."""

    def extract(data: bytes) -> object:
        with tifffile.TiffFile(BytesIO(data)) as file:
            return read(file.pages[0])

    return extract


def tiff_pages() -> bytes:
    """Return a TIFF of three pages, each with texts and a compression of its own."""
    first, *others = frames()[:3]
    for number, page in enumerate((first, *others)):
        words = {270: f"page {number}", 285: f"name {number}", 297: (number, 3), 305: "a program"}
        page.encoderinfo = {"tiffinfo": words, "compression": TIFF_COMPRESSIONS[number]}
    return saved(first, "TIFF", save_all=True, append_images=others, **first.encoderinfo)


def written(array: NDArray[Any], **options: Any) -> bytes:
    """Return a TIFF that tifffile writes."""
    buffer = BytesIO()
    tifffile.imwrite(buffer, array, **({"metadata": None} | options))
    return buffer.getvalue()


def read(data: bytes) -> tuple[NDArray[Any], Any]:
    """Return the stored values of the first page, and the page, by tifffile."""
    with tifffile.TiffFile(BytesIO(data)) as file:
        return file.pages[0].asarray(), file.pages[0]


def random_values(*shape: int, dtype: str = "uint8") -> NDArray[Any]:
    values = np.random.default_rng(7).integers(0, 65536, shape)
    return values.astype(dtype)
