"""Test files with metadata, and extractors that read them again; neither uses imgconv."""

from __future__ import annotations

import importlib
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
from PIL import Image, ImageCms, ImageSequence

from tests.support.pictures import noise

Extract: TypeAlias = Callable[[bytes], object]

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LARGE_ICC = ICC + bytes(range(256)) * 600
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>na\xc3\xafve\n</a></x:xmpmeta>'
COMMENT = b"a comment, na\xefve"
TRAILER = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 3
_JP2_EXIF = b"JpgTiffExif->JP2"
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0a\x1c\x02\x78\0\x05words"


def exif_block(size: int = 0) -> bytes:
    """Return EXIF with texts, a camera, numbers, GPS, and ``size`` further bytes of maker notes."""
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x8298] = "a description", "a maker", "whose it is"
    more = exif.get_ifd(0x8769)
    more[0x829A], more[0x9003], more[0x927C] = 0.008, "2026:01:02 03:04:05", b"own" + bytes(size)
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (47.0, 22.0, 30.5)
    return exif.tobytes().removeprefix(b"Exif\0\0")


EXIF = exif_block()
LARGE_EXIF = exif_block(150_000)


def sample(mode: str = "RGB") -> Image.Image:
    """Return a picture of 24 x 18 pixels: a gradient with some noise."""
    across, down = np.meshgrid(np.arange(24), np.arange(18))
    noise = np.random.default_rng(5).integers(0, 30, (18, 24))
    layers = [np.uint8((9 * across + 3 * down + noise + 40 * n) % 256) for n in range(4)]
    bands = Image.merge("RGBA", [Image.fromarray(layer) for layer in layers])
    if mode == "I;16":
        return Image.fromarray(np.uint16(layers[0]) * 257 + 3)
    if mode == "F":
        return Image.fromarray(np.float32(layers[0]) / 7)
    if mode == "CMYK":
        return Image.merge("CMYK", bands.split())
    return bands.convert(mode)


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    """Return the file that Pillow writes."""
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def frames(mode: str = "RGB") -> list[Image.Image]:
    """Return four frames in which a square moves to the right and back."""
    found = []
    for place in (0, 6, 12, 6):
        frame = sample("RGB").quantize(60).convert(mode)
        hidden = (0,) * len(frame.getbands()) if "A" in mode else (200, 30, 90)
        frame.paste(hidden, (place, 3, place + 5, 9))
        found.append(frame)
    return found


def animation(format: str, mode: str = "RGB", **options: Any) -> bytes:
    """Return an animation of ``frames``."""
    first, *others = frames(mode)
    return saved(first, format, save_all=True, append_images=others, **options)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(kind: bytes, data: bytes) -> bytes:
    """Return a PNG with a further chunk behind its header."""
    plain = saved(sample(), "PNG")
    return plain[:33] + chunk(kind, data) + plain[33:]


def avif_of_code_points(primaries: int, transfer: int) -> bytes:
    """Return an AVIF of 8 bits with code points other than sRGB's, which Pillow writes."""
    written = saved(sample(), "AVIF")
    place = written.index(b"colrnclx") + 8
    return written[:place] + struct.pack(">2H", primaries, transfer) + written[place + 4 :]


def avif_code_points(data: bytes) -> object:
    """Extract the code points of primaries and transfer function of an AVIF."""
    return struct.unpack_from(">2H", data, data.index(b"colrnclx") + 8)


def png_text() -> bytes:
    """Return a PNG with text of all three kinds, one of them behind the pixels."""
    plain = saved(sample(), "PNG")
    before = chunk(b"tEXt", b"Title\0caf\xe9") + chunk(
        b"zTXt", b"Note\0\0" + zlib.compress(b"n" * 99)
    )
    after = chunk(b"iTXt", b"Author\0\0\0de\0Autor\0J\xc3\xbcrgen")
    return plain[:33] + before + plain[33:-12] + after + plain[-12:]


def png_chunks(*wanted: bytes) -> Extract:
    """Extract the data of all chunks of some types."""

    def extract(data: bytes) -> object:
        found, place = [], 8
        while place < len(data):
            (length,) = struct.unpack_from(">I", data, place)
            if data[place + 4 : place + 8] in wanted:
                found.append(data[place + 4 : place + 8 + length])
            place += length + 12
        return found

    return extract


def info(key: str) -> Extract:
    """Extract a value of Pillow's ``info``."""

    def extract(data: bytes) -> object:
        with Image.open(BytesIO(data)) as image:
            image.load()
            return image.info.get(key)

    return extract


def attribute(read: Callable[[Any], object]) -> Extract:
    """Extract something from Pillow's image."""

    def extract(data: bytes) -> object:
        with Image.open(BytesIO(data)) as image:
            image.load()
            return read(image)

    return extract


def each_frame(read: Callable[[Any], object]) -> Extract:
    """Extract something from every frame."""

    def extract(data: bytes) -> object:
        found = []
        with Image.open(BytesIO(data)) as image:
            for frame in ImageSequence.Iterator(image):
                frame.load()
                found.append(read(frame))
        return found

    return extract


def exif_tags(data: bytes) -> object:
    """Extract the EXIF tags of a file, but not those of the pixels of a TIFF."""
    with Image.open(BytesIO(data)) as image:
        exif = image.getexif()
        if _JP2_EXIF in data:
            exif.load(b"Exif\0\0" + data[data.index(_JP2_EXIF) + len(_JP2_EXIF) :])
        said = {tag: exif.get(tag) for tag in (0x010E, 0x010F, 0x8298)}
        return said, dict(exif.get_ifd(0x8769)), dict(exif.get_ifd(0x8825))


def resolution(data: bytes) -> object:
    """Extract the dots an inch, rounded, as some formats store dots a metre."""
    with Image.open(BytesIO(data)) as image:
        return [round(float(number)) for number in image.info.get("dpi", ())]


def chromaticities(data: bytes) -> object:
    """Extract x and y of white and of the primaries."""
    with Image.open(BytesIO(data)) as image:
        tags: Any = getattr(image, "tag_v2", {})
        numbers = image.info.get("chromaticity") or (*tags.get(318, ()), *tags.get(319, ()))
        return [round(float(number), 4) for number in numbers]


def comments(data: bytes) -> object:
    """Return whether the comment of a file in any format is "words"."""
    if data[:2] in (b"P6", b"P7"):
        return b"\n#words\n" in data
    with Image.open(BytesIO(data)) as image:
        return image.info.get("comment", image.info.get("Comment", "")) in (b"words", "words")


def shown(frame: Any) -> bytes:
    """Return the visible pixels of a frame: transparent ones are black."""
    array = np.asarray(frame.convert("RGBA")).copy()
    array[array[..., 3] == 0] = 0
    return array.tobytes()


def values(image: Any) -> object:
    """Return the pixels of a picture, with its palette looked up."""
    mode = "RGBA" if "transparency" in image.info else {"P": "RGB", "1": "L"}.get(image.mode)
    return np.asarray(image.convert(mode) if mode else image).tolist()


def avif_of_10_bits() -> bytes:
    codecs: Any = importlib.import_module("imagecodecs")
    return bytes(codecs.avif_encode(noise(9, 13, "rgb", "uint16").array >> 6, bitspersample=10))
