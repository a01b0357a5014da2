"""WebP: lossless or lossy, its metadata chunks, and animations.

The container: https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from PIL import Image

from imgconv.formats import DEFAULT_QUALITY, LOSSLESS, Format, Metadata
from imgconv.formats.animation import CLEAR, KEEP, Patch, in_common_mode, patches
from imgconv.formats.frame_codec import encode_frame, filled
from imgconv.formats.metadata import Picture

# The bytes of a file before its chunks, and of an ANMF chunk before the pixels.
_FILE_HEADER, _FRAME_HEADER = 12, 16

# Flags of a file, and of a frame.
_KIND_FLAGS = {"icc_profile": 0x20, "exif": 0x08, "xmp": 0x04}
_ANIMATED, _HAS_ALPHA = 0x02, 0x10
_NO_BLENDING, _CLEARED = 2, 1

# The longest unknown chunk that is carried along.
_LONGEST_CHUNK = 1 << 26

# How many times as long a chunk may get by a filling.
_ROOM = 16

_KNOWN = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP "}


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    length = 8 + int.from_bytes(file.read(_FILE_HEADER)[4:8], "little")
    chunks = list(_read_chunks(file, length))
    pixels = {kind for kind, _ in chunks if kind in (b"VP8 ", b"VP8L")}
    native: Metadata = {"background": bytes(4), "lossless": pixels == {b"VP8L"}}
    native["chunks"] = [(kind, data) for kind, data in chunks if kind not in _KNOWN]
    file.seek(length)
    native["trailer"] = file.read()
    common: Metadata = {}
    for kind, data in chunks:
        if kind == b"ANIM":
            native["background"] = data[:4]
            common["plays"] = int.from_bytes(data[4:6], "little")
        elif kind == b"ANMF":
            common.setdefault("disposals", []).append(CLEAR if data[15] & _CLEARED else KEEP)
    return common, native


def _read_chunks(file: BinaryIO, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kinds of all chunks, and their first bytes, of unknown ones all.

    The chunks in a frame follow it.
    """
    while file.tell() < end and len(head := file.read(8)) == 8:
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        data = file.read(min(length, _FRAME_HEADER if kind in _KNOWN else _LONGEST_CHUNK))
        yield kind, data
        if kind != b"ANMF":
            file.seek(length - len(data) + length % 2, 1)


def _encode(picture: Picture, quality: int | None) -> bytes:
    common, native = picture.metadata, picture.native
    options: dict[str, Any] = {"quality": quality or DEFAULT_QUALITY}
    if quality == LOSSLESS or (quality is None and native.get("lossless")):
        # Without "exact", transparent pixels would lose their colours.
        options = {"lossless": True, "exact": True}
    images = in_common_mode(picture.frames, "WEBP")
    further = [_chunk(*chunk) for chunk in native.get("chunks", ())]
    if len(images) > 1:
        plays = min(common.get("plays", 1), 0xFFFF).to_bytes(2, "little")
        head = _chunk(b"ANIM", native.get("background", bytes(4)) + plays)
        frames = [_frame_chunk(patch, options) for patch in patches(images, common, step=2)]
        return _extended_file(images, common, [head, *frames], further, _ANIMATED)
    data = encode_frame(images[0], FORMAT, **options)
    if further or any(common.get(kind) for kind in _KIND_FLAGS):
        return _extended_file(images, common, [_pixel_chunks(data)], further)
    return data


def _extended_file(
    frames: Sequence[Image.Image],
    common: Metadata,
    parts: list[bytes],
    further: list[bytes],
    flags: int = 0,
) -> bytes:
    flags |= sum(flag for kind, flag in _KIND_FLAGS.items() if common.get(kind))
    flags |= _HAS_ALPHA * any("A" in frame.getbands() for frame in frames)
    width, height = frames[0].size
    head = bytes((flags, 0, 0, 0)) + _uint24(width - 1) + _uint24(height - 1)
    before = _chunk(b"VP8X", head) + _chunk(b"ICCP", common.get("icc_profile"))
    after = _chunk(b"EXIF", common.get("exif")) + _chunk(b"XMP ", common.get("xmp"))
    content = b"".join([b"WEBP", before, *parts, after, *further])
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def _frame_chunk(patch: Patch, options: dict[str, Any]) -> bytes:
    """Return a frame that replaces the pixels in its box."""
    width, height = patch.image.size
    milliseconds = min(round(patch.duration), 0xFFFFFF)
    numbers = (patch.left // 2, patch.top // 2, width - 1, height - 1, milliseconds)
    flags = _NO_BLENDING | (_CLEARED if patch.disposal == CLEAR else 0)
    head = b"".join(map(_uint24, numbers)) + bytes((flags,))
    return _chunk(b"ANMF", head + _pixel_chunks(encode_frame(patch.image, FORMAT, **options)))


def _pixel_chunks(data: bytes) -> bytes:
    """Return the chunks with the pixels of a file of one frame, behind its VP8X chunk, if any."""
    is_extended = data[_FILE_HEADER : _FILE_HEADER + 4] == b"VP8X"
    return data[_FILE_HEADER + 18 * is_extended :]


def _uint24(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _chunk(kind: bytes, data: bytes | None) -> bytes:
    """Return a chunk, nothing without data."""
    if not data:
        return b""
    return kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)


def _complete(data: bytes, filling: int) -> bytes:
    """Return a file whose last chunk is filled; half a frame of an animation is left out.

    A filling other than 0 may stand for more than all pixels, so the chunk is made longer for it.
    """
    if 8 + int.from_bytes(data[4:8], "little") <= len(data):
        return data
    at, frames = _FILE_HEADER, 0
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        if end > len(data):
            room = length * (_ROOM if filling and kind != b"ANMF" else 1)
            head = data[: at + 4] + room.to_bytes(4, "little")
            is_whole = not (kind == b"ANMF" and frames)
            data = filled(head + data[at + 8 :], at + 8 + room, filling) if is_whole else data[:at]
            break
        frames += kind == b"ANMF"
        at = end
    return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]


FORMAT = Format(
    "WEBP",
    plugin="WebP",
    modes=("RGB", "RGBA"),
    lossless_as={"L": "RGB", "LA": "RGBA"},
    kinds=("icc_profile", "exif", "xmp"),
    longest_side=16_383,
    holds_frames=True,
    is_film=True,
    read_metadata=_read_metadata,
    strip_native=lambda native: native | {"chunks": []},
    native_names=lambda native: ["unknown chunks"] if native["chunks"] else [],
    encode=_encode,
    complete=_complete,
    lost_end=lambda data: "frames" if b"ANMF" in data else "",
)
