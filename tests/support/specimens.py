"""Test files with metadata, and extractors that read them again; neither uses imgconv."""

from __future__ import annotations

import importlib
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
import tifffile
from PIL import ExifTags, Image, ImageCms, ImageSequence

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


def segments(name: str) -> Extract:
    """Extract segments of a JPEG."""
    return attribute(lambda image: [data for kind, data in image.applist if kind == name])


def segment(marker: int, data: bytes) -> bytes:
    """Return a JPEG segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def jpeg_with(*added: bytes) -> bytes:
    """Return a JPEG with further segments before all others."""
    plain = saved(sample(), "JPEG")
    return plain[:2] + b"".join(added) + plain[2:]


def jpeg_of_density(unit: int, across: int, down: int) -> bytes:
    """Return a JPEG of a density in dots an inch (1), a centimetre (2), or as a ratio (0)."""
    plain = saved(sample(), "JPEG")
    return plain[:13] + struct.pack(">BHH", unit, across, down) + plain[18:]


def large_exif_jpeg() -> bytes:
    """Return a JPEG whose EXIF fills three segments."""
    parts = [LARGE_EXIF[start : start + 65_000] for start in range(0, len(LARGE_EXIF), 65_000)]
    return jpeg_with(*(segment(0xE1, b"Exif\0\0" + part) for part in parts))


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


def jpeg_with_tables(mode: str, *numbers: int, ycck: bool = False) -> bytes:
    """Return a JPEG whose components use the quantization tables of these numbers, 0 to 3.

    Table 0 is fine, the others are coarse, and all four are there. ``ycck`` codes inks as YCCK:
    the brightness and the colours of cyan, magenta and yellow, and black.
    """
    tables = [[2] * 64, [24] * 64, [40] * 64, [56] * 64]
    image = sample(mode)
    if ycck:
        *colours, black = image.split()
        coded = Image.merge("RGB", colours).convert("YCbCr").split()
        image = Image.merge("CMYK", [*(band.point(lambda v: 255 - v) for band in coded), black])
    data = bytearray(saved(image, "JPEG", qtables=[tables[n] for n in numbers], subsampling=0))
    frame = data.index(b"\xff\xc0")
    for component, number in enumerate(numbers):
        data[frame + 12 + 3 * component] = number
    first = data.index(b"\xff\xdb")
    added = b"".join(segment(0xDB, bytes((n, *table))) for n, table in enumerate(tables))
    while data[first : first + 2] == b"\xff\xdb":
        del data[first : first + 2 + int.from_bytes(data[first + 2 : first + 4])]
    data[first:first] = added
    if ycck:
        data[data.index(b"Adobe") + 11] = 2
    return bytes(data)


def jpeg_component_tables(data: bytes) -> object:
    """Extract the quantization table of each component, and the transform of Adobe's segment."""
    with Image.open(BytesIO(data)) as opened:
        image: Any = opened
        tables = [image.quantization[layer[3]] for layer in image.layer]
        return tables, image.info.get("adobe_transform")


FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 2
PREVIEW, UNDEFINED, OTHER_VIEW = 0x010002, 0, 0x020002

GAIN_MAP_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description'
    b' xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"'
    b' GCamera:MotionPhoto="1">'
    b"<Container:Directory><rdf:Seq>"
    b'<rdf:li><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
    b'<rdf:li><Container:Item Item:Semantic="GainMap" Item:Length="%d"/></rdf:li>'
    b'<rdf:li><Container:Item Item:Semantic="MotionPhoto" Item:Length="%d"/></rdf:li>'
    b"</rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def xmp_segment(xmp: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp)


def gain_map() -> bytes:
    """Return a JPEG that says that it is a gain map, as in Ultra HDR."""
    plain = saved(sample("L"), "JPEG")
    return plain[:2] + xmp_segment(b'<a hdrgm:Version="1.0" hdrgm:GainMapMax="2.3"/>') + plain[2:]


def jpeg_with_pictures(
    *pictures: tuple[int, bytes], trailer: bytes = b"", added: bytes = b"", order: str = ">"
) -> bytes:
    """Return a JPEG with an index of further pictures (MPF) of these types, and with a trailer."""
    first = jpeg_with(added)
    number = len(pictures) + 1
    size = len(first) + len(_picture_index(order, [(0, 0, 0)] * number))
    entries, offset = [(0x030000, size, 0)], size - len(first[:2]) - 8
    for kind, data in pictures:
        entries.append((kind, len(data), offset))
        offset += len(data)
    index = _picture_index(order, entries)
    return first[:2] + index + first[2:] + b"".join(data for _, data in pictures) + trailer


def _picture_index(order: str, entries: list[tuple[int, int, int]]) -> bytes:
    """Return the segment: a directory of version, number, entries; then one of attributes."""
    rows = b"".join(struct.pack(order + "3I2H", *entry, 0, 0) for entry in entries)
    mark = b"MM\0*" if order == ">" else b"II*\0"
    fields = struct.pack(order + "HHI", 0xB000, 7, 4) + b"0100"
    fields += struct.pack(order + "HHII", 0xB001, 4, 1, len(entries))
    fields += struct.pack(order + "HHII", 0xB002, 7, len(rows), 50)
    head = (
        mark + struct.pack(order + "IH", 8, 3) + fields + struct.pack(order + "I", 50 + len(rows))
    )
    attributes = struct.pack(order + "HHHII", 1, 0xB101, 4, 1, 7) + bytes(4)
    return segment(0xE2, b"MPF\0" + head + rows + attributes)


def ultra_hdr(film: bytes = b"", added: bytes = b"") -> bytes:
    """Return a JPEG with a gain map and all claims of it, and perhaps a film behind."""
    map_ = gain_map()
    iso = segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")
    xmp = xmp_segment(GAIN_MAP_XMP % (len(map_), len(film)))
    return jpeg_with_pictures((UNDEFINED, map_), trailer=film, added=xmp + iso + added)


def further_pictures(data: bytes) -> list[bytes]:
    """Return the pictures that the index of a JPEG lists, but for the first, by their offsets."""
    with Image.open(BytesIO(data)) as opened:
        image: Any = opened
        listed = image._getmp()
        if listed is None:
            return []
        first, *others = listed[0xB002]
        at = data.index(b"MPF\0") + 4
        assert (first["DataOffset"], listed[0xB001]) == (0, len(others) + 1)
        assert data[first["Size"] - 2 : first["Size"]] == b"\xff\xd9"
        return [data[at + e["DataOffset"] : at + e["DataOffset"] + e["Size"]] for e in others]


def behind(data: bytes) -> bytes:
    """Return what lies behind the end of a JPEG without further ends in its segments."""
    return data[data.index(b"\xff\xd9", data.index(b"\xff\xda")) + 2 :]


def exif_with_thumbnail(
    thumbnail: bytes, order: str = ">", more: bytes = b"", size: tuple[int, int] = (4000, 3000)
) -> bytes:
    """Return EXIF with a size and a JPEG thumbnail, behind which ``more`` bytes lie."""
    mark = b"MM\0*" if order == ">" else b"II*\0"

    def directory(following: int, *fields: tuple[int, int, int]) -> bytes:
        rows = []
        for tag, kind, value in fields:
            number = struct.pack(order + ("HH" if kind == 3 else "I"), *(value, 0)[: 5 - kind])
            rows.append(struct.pack(order + "HHI", tag, kind, 1) + number)
        count = struct.pack(order + "H", len(rows))
        return count + b"".join(rows) + struct.pack(order + "I", following)

    sizes = tuple(zip((0xA002, 0xA003), (4, 3), size, strict=True))
    first = directory(68, (0x0112, 3, 1), (0x8769, 4, 38))
    own = directory(0, *sizes)
    place = 68 + 2 + 4 * 12 + 4
    second = directory(
        0, (0x0103, 3, 6), (0x0112, 3, 8), (0x0201, 4, place), (0x0202, 4, len(thumbnail))
    )
    data = mark + struct.pack(order + "I", 8) + first + own + second + thumbnail + more
    assert data.index(own) == 38
    assert data.index(second) == 68
    return data


def thumbnail_of(data: bytes) -> tuple[Any, bytes]:
    """Return a file's EXIF, as Pillow reads it, and its JPEG thumbnail, empty without one."""
    with Image.open(BytesIO(data)) as image:
        exif = image.getexif()
        block = image.info["exif"].removeprefix(b"Exif\0\0")
    small = exif.get_ifd(ExifTags.IFD.IFD1)
    start = small.get(0x0201, 0)
    return exif, block[start : start + small.get(0x0202, 0)]


def thumbnail_fits(data: bytes) -> object:
    """Return whether a file's thumbnail in EXIF shows its picture, at its size."""
    with Image.open(BytesIO(data)) as whole, Image.open(BytesIO(thumbnail_of(data)[1])) as small:
        shown, expected = (np.asarray(image.convert("L"), float) for image in (small, whole))
    return shown.shape == expected.shape and bool(np.abs(shown - expected).mean() < 8)


def photoshop(number: int, data: bytes) -> bytes:
    """Return the data of a segment with a resource of Photoshop."""
    head = b"8BIM" + number.to_bytes(2) + bytes(2) + len(data).to_bytes(4)
    return b"Photoshop 3.0\0" + head + data + bytes(len(data) % 2)


def jpeg_by_codec(channels: str, dtype: str = "uint8", **options: Any) -> bytes:
    """Return a JPEG that Pillow cannot write."""
    codecs: Any = importlib.import_module("imagecodecs")
    array = noise(18, 24, channels, dtype).array
    return bytes(codecs.jpeg8_encode(array >> 4 if dtype == "uint16" else array, **options))


def avif_of_10_bits() -> bytes:
    codecs: Any = importlib.import_module("imagecodecs")
    return bytes(codecs.avif_encode(noise(9, 13, "rgb", "uint16").array >> 6, bitspersample=10))
