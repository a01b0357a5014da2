"""JPEG (ITU-T T.81): its segments and tables are read and written again; deep JPEG is refused."""

import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any, BinaryIO

from PIL import Image, JpegImagePlugin

from imgconv.errors import ReadError
from imgconv.formats import DEFAULT_QUALITY, Format, Metadata, jpeg_extras
from imgconv.formats.frame_codec import encode_frame, filled
from imgconv.formats.jpeg_extras import END_MARKER, ISO_GAIN_MAP, MPF, markers
from imgconv.formats.metadata import FURTHER_PICTURES, Picture
from imgconv.formats.thumbnails import PHOTOSHOP, without_photoshop_thumbnail

# The beginnings of segments.
_EXIF, _ICC = b"Exif\0\0", b"ICC_PROFILE\0"
_ADOBE, _JFIF, _JFXX = b"Adobe", b"JFIF\0", b"JFXX\0"
_XMP, _EXTENDED_XMP = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/ext"

# The most bytes of a segment behind its marker and its length. There is one segment of XMP, as
# there is no agreed way to split it, and up to 255 of a profile.
_LONGEST_SEGMENT = 65_533
_LONGEST_XMP = _LONGEST_SEGMENT - len(_XMP)
_ICC_PART = _LONGEST_SEGMENT - len(_ICC) - 2

# Segments that are written from common metadata, or that describe how the pixels were coded.
_GENERATED: dict[str, tuple[bytes, ...]] = {"APP0": (_JFIF, _JFXX), "APP1": (_EXIF, _XMP)}
_GENERATED |= {"APP2": (_ICC, MPF, ISO_GAIN_MAP), "APP14": (_ADOBE,), "COM": (b"",)}

_MARKERS = {"COM": 0xFE} | {f"APP{number}": 0xE0 + number for number in range(16)}

# Markers that start a frame (SOF); 0xC4, 0xC8 and 0xCC mean something else. Then that of a scan.
_FRAME_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE_FRAMES = (0xC2, 0xCA)

# Markers of frames that libjpeg does not decode: T.81, table B.1, and T.87.
_UNSUPPORTED = dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical JPEG")
_UNSUPPORTED |= {
    0xCB: "lossless JPEG with arithmetic coding",
    0xF7: "JPEG-LS behind other segments",
}
_SCAN = 0xDA

_COEFFICIENTS = range(64)  # of a block

# The byte of Adobe's segment that says how the channels were transformed, and its value for YCCK.
_ADOBE_TRANSFORM, _YCCK = 11, 2

# The rows of a matrix from RGB to YCbCr (JFIF, section 7), inverted: 255 minus the levels.
_INVERTED_YCC = (
    *(-0.299, -0.587, -0.114, 255.0),
    *(0.168736, 0.331264, -0.5, 127.0),
    *(-0.5, 0.418688, 0.081312, 127.0),
)

_KEPT_OPTIONS = ("progressive", "keep_rgb")

# The density: in a file that begins with a JFIF segment, and in the data of that segment.
_FILE_DENSITY, _JFIF_DENSITY = slice(13, 18), slice(7, 12)
_JFIF_THUMBNAIL = slice(12, 14)


def _probe(file: BinaryIO) -> None:
    """Raise ``ReadError`` for an unsupported coding or more than 8 bits: B.2.2."""
    file.seek(2)
    while len(start := file.read(4)) == 4 and start[0] == 0xFF and start[1] != _SCAN:
        if start[1] in _UNSUPPORTED:
            raise ReadError(f"{_UNSUPPORTED[start[1]]} is not supported", "convert it to PNG first")
        if start[1] in _FRAME_MARKERS:
            bits = file.read(1)
            if bits <= b"\x08":
                return
            raise ReadError(
                f"JPEGs of {bits[0]} bits are not read", "convert it to a PNG of 16 bits first"
            )
        if start[1] == 0xFF:  # a fill byte, which may stand before any marker
            file.seek(-3, 1)
            continue
        file.seek(int.from_bytes(start[2:], "big") - 2, 1)


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    segments, info = image.applist, image.info
    names = bytes(layer[0] for layer in image.layer)
    jfif = [data for name, data in segments if name == "APP0" and data.startswith(_JFIF)]
    copied = [s for s in segments if not s[1].startswith(_GENERATED.get(s[0], ()))]
    kept = _without_thumbnail(copied)
    native = {
        "segments": kept,
        "density": jfif[0][_JFIF_DENSITY] if jfif else b"",
        "dpi": info.get("dpi"),
        "tables": _component_tables(image),
        "subsampling": max(JpegImagePlugin.get_sampling(image), 0),
        "progressive": bool(info.get("progressive")),
        "is_ycck": image.layers == 4 and info.get("adobe_transform") == _YCCK,
        # Whether the channels are stored as RGB and not as YCbCr.
        "keep_rgb": image.layers == 3 and (names == b"RGB" or info.get("adobe_transform") == 0),
    }
    common: Metadata = {"comments": [data for name, data in segments if name == "COM"]}
    if "exif" in info:
        common["exif"] = info["exif"].removeprefix(_EXIF)
    if "xmp" in info:
        common["xmp"] = jpeg_extras.without_gain_map(info["xmp"])
    file.seek(0)
    content = file.getvalue() if isinstance(file, BytesIO) else file.read()
    extras = jpeg_extras.read(content, info.get("mp"))
    if FURTHER_PICTURES not in extras["unfiltered"] and hasattr(image, "n_frames"):
        image.n_frames = 1  # Pillow counts previews and gain maps
    extras["left_out"] += [*_lost_names(image), *(["thumbnail"] if kept != copied else ())]
    return common, native | extras


def _without_thumbnail(segments: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return the segments without Photoshop's thumbnail, which may be split over several."""
    parts = [data.removeprefix(PHOTOSHOP) for _, data in segments if data.startswith(PHOTOSHOP)]
    joined = b"".join(parts)
    if (cleaned := without_photoshop_thumbnail(joined)) == joined:
        return segments
    new = [
        ("APP13", PHOTOSHOP + part) for part in _split(cleaned, _LONGEST_SEGMENT - len(PHOTOSHOP))
    ]
    return [s for s in segments if not s[1].startswith(PHOTOSHOP)] + new


def _lost_names(image: JpegImagePlugin.JpegImageFile) -> Iterator[str]:
    """Yield names of what Pillow does not write, or of what is broken."""
    if not image.quantization:
        yield "lossless coding"
    if len({layer[1:3] for layer in image.layer}) > 1 and JpegImagePlugin.get_sampling(image) < 0:
        yield "subsampling"
    if image.icclist and not image.info.get("icc_profile"):
        yield "broken ICC profile"
    for data in (data for name, data in image.applist if name == "APP0"):
        if data.startswith(_JFXX) or (data.startswith(_JFIF) and any(data[_JFIF_THUMBNAIL])):
            yield "thumbnail"


def _component_tables(image: JpegImagePlugin.JpegImageFile) -> list[list[int]]:
    """Return the quantization table of each component, as far as the rest does not repeat one.

    Pillow gives each component the table of its number, or the last one. Lossless files have none.
    """
    numbers = [number for *_, number in image.layer]
    if not image.quantization.keys() >= {*numbers}:
        return []
    while numbers[-2:-1] == numbers[-1:]:
        numbers.pop()
    return [image.quantization[number] for number in numbers]


def _native_names(native: Metadata) -> Iterator[str]:
    if any(name == "APP13" for name, _ in native["segments"]):
        yield "IPTC"
    if any(data.startswith(_EXTENDED_XMP) for _, data in native["segments"]):
        yield "extended XMP"


def _encode(picture: Picture, quality: int | None) -> bytes:
    common, native, frame = picture.metadata, picture.native, picture.frames[0]
    assert isinstance(frame, Image.Image)
    options: dict[str, Any] = {key: native[key] for key in _KEPT_OPTIONS if key in native}
    if quality is None and native.get("tables"):
        options |= {"qtables": native["tables"], "subsampling": native["subsampling"]}
    else:
        options["quality"] = quality or DEFAULT_QUALITY
    is_ycck = native.get("is_ycck") and frame.mode == "CMYK"
    frame = _to_ycck(frame) if is_ycck else frame
    has_density = native.get("density") and native["dpi"] == common.get("dpi")
    if "dpi" in common and not has_density:
        options["dpi"] = common["dpi"]
    data = encode_frame(frame, FORMAT, extra=b"".join(_segments(common, native)), **options)
    if block := _index_block(native):
        at = data.index(MPF + block) + len(MPF)
        block = native["index"].encode(native["entries"], at, len(data))
        data = data[:at] + block + data[at + len(block) :]
    if is_ycck:
        at = data.index(_ADOBE) + _ADOBE_TRANSFORM
        data = data[:at] + bytes((_YCCK,)) + data[at + 1 :]
    if has_density and data[6:11] == b"JFIF\0" and data[_FILE_DENSITY] != native["density"]:
        data = data[: _FILE_DENSITY.start] + native["density"] + data[_FILE_DENSITY.stop :]
    return data


def _to_ycck(inks: Image.Image) -> Image.Image:
    """Return YCCK with all four channels inverted, as Pillow encodes what is labelled CMYK.

    Pillow's own conversion to YCbCr cuts fractions off, which darkens all by half a level.
    """
    *colours, black = inks.split()
    coded = Image.merge("RGB", colours).convert("RGB", _INVERTED_YCC)
    return Image.merge("CMYK", [*coded.split(), black])


def _segments(common: Metadata, native: Metadata) -> Iterator[bytes]:
    """Yield all segments; EXIF and profiles that do not fit into one are split."""
    for part in _split(common.get("exif", b""), _LONGEST_SEGMENT - len(_EXIF)):
        yield _segment("APP1", _EXIF + part)
    if "xmp" in common:
        yield _segment("APP1", _XMP + common["xmp"])
    parts = _split(common.get("icc_profile", b""), _ICC_PART)
    for number, part in enumerate(parts, start=1):
        yield _segment("APP2", _ICC + bytes((number, len(parts))) + part)
    for name, data in native.get("segments", ()):
        yield _segment(name, data)
    if block := _index_block(native):
        yield _segment("APP2", MPF + block)
    for comment in common.get("comments", ()):
        for part in _split(comment, _LONGEST_SEGMENT):
            yield _segment("COM", part)


def _index_block(native: Metadata) -> bytes:
    """Return the index of further pictures, if there are any behind the picture."""
    return native["index"].block if "index" in native and "trailer" in native else b""


def _split(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def _segment(name: str, data: bytes) -> bytes:
    return bytes((0xFF, _MARKERS[name])) + (len(data) + 2).to_bytes(2) + data


def _complete(data: bytes, filling: int) -> bytes:
    """Return a file with an end; half a marker or segment before it is cut off.

    libjpeg takes 0 for missing codes. A filling has three bytes a pixel, more than most take.
    """
    found = [*markers(data)]
    if any(marker == END_MARKER for marker, _ in found):
        return data
    data = data.removesuffix(b"\xff")
    at = found[-1][1] if found else len(data)
    if at + int.from_bytes(data[at : at + 2]) > len(data):
        data = data[: at - 2]
    start = next((at for marker, at in found if marker in _FRAME_MARKERS), len(data))
    height, width = struct.unpack_from(">2H", data, start + 3)
    length = len(data) + 3 * width * height * bool(filling)
    return filled(data, length, filling) + bytes((0xFF, END_MARKER))


def _lost_end(data: bytes) -> str:
    """Name the details in scans behind the first: components, or bits of coefficients (G.1.1)."""
    bits_left: dict[tuple[int, int], int] = {}
    components, is_progressive, scans = b"", False, 0
    for marker, at in markers(data):
        if marker in _FRAME_MARKERS:
            is_progressive = marker in _PROGRESSIVE_FRAMES
            components = data[at + 8 : at + 8 + 3 * data[at + 7] : 3]
        elif marker == _SCAN and at + 2 < len(data):
            names = data[at + 3 : at + 3 + 2 * data[at + 2] : 2]
            spectrum = (
                data[at + 3 + 2 * data[at + 2] :][:3] if is_progressive else bytes((0, 63, 0))
            )
            first, last, bits = spectrum if len(spectrum) == 3 else (0, -1, 0)
            bits_left |= dict.fromkeys(product(names, range(first, last + 1)), bits & 0x0F)
            scans += 1
    is_coarse = any(bits_left.get(key, 1) for key in product(components, _COEFFICIENTS))
    return "fine details" if is_coarse and scans > 1 else ""


FORMAT = Format(
    "JPEG",
    plugin="Jpeg",
    modes=("L", "RGB", "CMYK"),
    kinds=("icc_profile", "exif", "xmp", "dpi", "comments"),
    kind_limits={"xmp": _LONGEST_XMP, "icc_profile": 255 * _ICC_PART},
    longest_side=65_500,
    is_lossy=True,
    probe=_probe,
    read_metadata=_read_metadata,
    strip_native=lambda native: native | {"segments": []},
    native_names=_native_names,
    encode=_encode,
    complete=_complete,
    lost_end=_lost_end,
)
