"""Sizes and thumbnails in metadata, made to fit the result: old ones would show what it hides."""

import re
from collections.abc import Iterator

from PIL import Image

from imgconv.formats import Metadata, registry
from imgconv.formats.frame_codec import encode_frame
from imgconv.images.exif import Exif
from imgconv.images.pixels import Frame

# The longest side of a thumbnail in pixels, as cameras make it, and its quality in JPEG.
_LONGEST_SIDE, _QUALITY = 160, 75

# The modes that are made thumbnails of, and the mode in which JPEG holds those.
_MODES = {"L": "L", "LA": "L", "RGB": "RGB", "RGBA": "RGB", "CMYK": "RGB"}

# Pixels that a pixel of a thumbnail averages, along each side. All of them would take 20 ms of 12
# megapixels, and 8 a side 2 ms.
_SAMPLES = 4

# XMP: a list of thumbnails, and the properties of width and height.
_XMP_THUMBNAILS = (b"xmp:Thumbnails>", b"xap:Thumbnails>")
_XMP_SIZES = (
    rb"((?:tiff:ImageWidth|exif:PixelXDimension)\s*(?:=\s*[\"']|>)\s*)\d+",
    rb"((?:tiff:ImageLength|exif:PixelYDimension)\s*(?:=\s*[\"']|>)\s*)\d+",
)

# Resources of Photoshop: the beginnings of their segment in JPEG, and of each; the thumbnails.
PHOTOSHOP, _RESOURCE = b"Photoshop 3.0\0", b"8BIM"
_PHOTOSHOP_THUMBNAILS = (1033, 1036)


def fit_metadata(metadata: Metadata, frame: Frame) -> tuple[Metadata, bool]:
    """Return metadata that fit the result, and whether a thumbnail had to be left out."""
    fitted, is_lost = dict(metadata), False
    if metadata.get("exif"):
        fitted["exif"], is_lost = fit_exif(metadata["exif"], frame)
    if metadata.get("xmp"):
        xmp = metadata["xmp"]
        for name in _XMP_THUMBNAILS:
            first, *others = xmp.split(b"<" + name)
            xmp = b"".join([first, *(other.split(b"</" + name, 1)[-1] for other in others)])
        is_lost |= xmp != metadata["xmp"]
        for name, number in zip(_XMP_SIZES, frame.size, strict=True):
            xmp = re.sub(name, rb"\g<1>%d" % number, xmp)
        fitted["xmp"] = xmp
    return fitted, is_lost


def fit_exif(data: bytes, frame: Frame) -> tuple[bytes, bool]:
    """Return EXIF that fits the result, and whether its thumbnail had to be left out."""
    exif, is_lost = Exif(data), False
    exif.set_size(frame.size)
    if exif.has_thumbnail:
        thumbnail = _thumbnail(frame)
        is_lost = thumbnail is None or not exif.replace_thumbnail(*thumbnail)
        if is_lost:
            exif.drop_thumbnail()
    return bytes(exif.data), is_lost


def _thumbnail(frame: Frame) -> tuple[bytes, tuple[int, int]] | None:
    """Return a thumbnail as JPEG, and its size; None for a deep frame."""
    if not isinstance(frame, Image.Image) or frame.mode not in _MODES:
        return None
    scale = min(1.0, _LONGEST_SIDE / max(frame.size))
    width, height = (max(1, round(side * scale)) for side in frame.size)
    samples = (width * _SAMPLES, height * _SAMPLES)
    if max(samples) < max(frame.size):
        frame = frame.resize(samples, Image.Resampling.NEAREST)
    small = frame.resize((width, height), Image.Resampling.BOX).convert(_MODES[frame.mode])
    jpeg = registry.by_name("JPEG").load()
    return encode_frame(small, jpeg, quality=_QUALITY), small.size


def photoshop_resources(data: bytes) -> Iterator[tuple[int, int, bytes, int]]:
    """Yield the number of each resource of Photoshop, where it begins, its data, where it ends.

    A resource has a mark, a number of 2 bytes, a name of even length with its count, the length of
    its data in 4 bytes, and data padded to an even length.
    """
    at = 0
    while data.startswith(_RESOURCE, at) and at + 12 <= len(data):
        start = at + 10 + (data[at + 6] + 2) // 2 * 2
        length = int.from_bytes(data[start - 4 : start])
        end = start + length + length % 2
        yield int.from_bytes(data[at + 4 : at + 6]), at, data[start : start + length], end
        at = end


def without_photoshop_thumbnail(data: bytes) -> bytes:
    """Return resources of Photoshop without thumbnails."""
    kept, end = [], 0
    for number, start, _, end in photoshop_resources(data):
        kept += [] if number in _PHOTOSHOP_THUMBNAILS else [data[start:end]]
    return b"".join([*kept, data[end:]])
