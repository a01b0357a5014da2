"""JPEG: its segments and tables, found and put back.

JPEG of more than 8 bits, which nothing here reads.

A JPEG says how many bits a value has where its frame starts (ITU-T T.81, B.2.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from PIL import Image

from imgconv.errors import ReadError
from imgconv.formats.frame_codec import still
from imgconv.images.pixels import Frame

QUALITY = 90

# What a segment holds at most, behind its marker and its length.
MOST = 65533

_EXIF = b"Exif\0\0"

_XMP = b"http://ns.adobe.com/xap/1.0/\0"

_ICC = b"ICC_PROFILE\0"

# Segments that are made anew of what many formats know, or that belong to how pixels were coded.
_MADE = {
    "APP0": (b"JFIF\0", b"JFXX\0"),
    "APP1": (_EXIF, _XMP),
    "APP2": (_ICC, b"MPF\0"),
    "APP14": (b"Adobe",),
    "COM": (b"",),
}

_MARKERS = {"COM": 0xFE} | {f"APP{number}": 0xE0 + number for number in range(16)}

# Where the density stands in a file that begins with the segment of JFIF, and how long it is.
_DENSITY = slice(13, 18)


def find(file: BinaryIO, image: Image.Image) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file has to keep, and what only JPEG knows of it."""
    from PIL import JpegImagePlugin

    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    segments = image.applist
    jfif = [data for name, data in segments if name == "APP0" and data.startswith(b"JFIF\0")]
    own = {
        "segments": [(name, data) for name, data in segments if not _is_made(name, data)],
        "density": jfif[0][7:12] if jfif else b"",
        "dpi": image.info.get("dpi"),
        "qtables": image.quantization,
        "subsampling": max(JpegImagePlugin.get_sampling(image), 0),
        "progressive": bool(image.info.get("progressive")),
        "keep_rgb": _is_rgb(image),
    }
    keep: dict[str, Any] = {"comments": [data for name, data in segments if name == "COM"]}
    if "exif" in image.info:
        keep["exif"] = image.info["exif"].removeprefix(_EXIF)
    return keep, own


def _is_made(name: str, data: bytes) -> bool:
    return data.startswith(_MADE.get(name, ()))


def _is_rgb(image: Any) -> bool:
    """Whether the channels are stored as they are and not as brightness and colour."""
    named = bytes(layer[0] for layer in image.layer) == b"RGB"
    return image.layers == 3 and (named or image.info.get("adobe_transform") == 0)


def stripped(own: dict[str, Any]) -> dict[str, Any]:
    """What is left of it without what is said of the picture."""
    return own | {"segments": []}


def lost(own: dict[str, Any]) -> Iterator[str]:
    """What no other format can hold."""
    if any(name == "APP13" for name, _ in own["segments"]):
        yield "IPTC"
    if any(data.startswith(b"http://ns.adobe.com/xmp/ext") for _, data in own["segments"]):
        yield "extended XMP"


def encode(
    frames: Sequence[Frame], keep: dict[str, Any], own: dict[str, Any], quality: int | None
) -> bytes:
    """The bytes of the first frame with all that is kept."""
    options: dict[str, Any] = {"quality": quality or QUALITY}
    if own:
        options = {"progressive": own["progressive"], "keep_rgb": own["keep_rgb"]}
        tables = {"qtables": own["qtables"], "subsampling": own["subsampling"]}
        options |= tables if quality is None else {"quality": quality}
    has_density = own.get("density") and own["dpi"] == keep.get("dpi")
    if "dpi" in keep and not has_density:
        options["dpi"] = keep["dpi"]
    segments = b"".join(_segments(keep, own))
    data = still(frames[0], "JPEG", extra=segments, **options)
    if has_density and data[6:11] == b"JFIF\0" and data[_DENSITY] != own["density"]:
        data = data[: _DENSITY.start] + own["density"] + data[_DENSITY.stop :]
    return data


def _segments(keep: dict[str, Any], own: dict[str, Any]) -> Iterator[bytes]:
    """All segments; EXIF and profiles that do not fit into one are split, as readers expect."""
    exif = keep.get("exif", b"").removeprefix(_EXIF)
    for part in _split(exif, MOST - len(_EXIF)):
        yield _segment("APP1", _EXIF + part)
    if "xmp" in keep:
        yield _segment("APP1", _XMP + keep["xmp"])
    parts = _split(keep.get("icc_profile", b""), MOST - len(_ICC) - 2)
    for number, part in enumerate(parts, start=1):
        yield _segment("APP2", _ICC + bytes((number, len(parts))) + part)
    for name, data in own.get("segments", ()):
        yield _segment(name, data)
    for comment in keep.get("comments", ()):
        for part in _split(comment, MOST):
            yield _segment("COM", part)


def _split(data: bytes, most: int) -> list[bytes]:
    return [data[start : start + most] for start in range(0, len(data), most)]


def _segment(name: str, data: bytes) -> bytes:
    return bytes((0xFF, _MARKERS[name])) + (len(data) + 2).to_bytes(2) + data


# Markers that start a frame; those between them mean something else.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}

_SCAN = 0xDA


def look(file: BinaryIO) -> None:
    """Raise ``ReadError`` for more than 8 bits."""
    file.seek(2)
    while len(start := file.read(4)) == 4 and start[0] == 0xFF and start[1] != _SCAN:
        if start[1] in _FRAMES:
            bits = file.read(1)
            if bits <= b"\x08":
                return
            raise ReadError(
                f"JPEGs of {bits[0]} bits are not read", "convert it to a PNG of 16 bits first"
            )
        if start[1] == 0xFF:  # one more than is needed, which may stand before any marker
            file.seek(-3, 1)
            continue
        file.seek(int.from_bytes(start[2:], "big") - 2, 1)
