"""PNG: its chunks are read and written again; frames are joined to APNG, and deep ones decoded.

The format: https://www.w3.org/TR/png-3/. Pillow reads and writes 16-bit grey right, unless a colour
key makes some of it transparent; other 16-bit pictures need imagecodecs.
"""

import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from itertools import takewhile
from typing import Any, BinaryIO

from PIL import Image

from imgconv import images
from imgconv.errors import ReadError
from imgconv.formats import Format, Metadata, deep
from imgconv.formats.animation import KEEP, RESTORE, Patch, in_common_mode, patches
from imgconv.formats.deep import DeepHeader, describe_mode, mode_name
from imgconv.formats.frame_codec import LONGEST_FILLING, encode_frame
from imgconv.formats.metadata import FURTHER_PICTURES, KINDS, Picture
from imgconv.images.pixels import CHANNELS_BY_NUMBER, Frame, Pixels

_CODECS = ("imagecodecs",)

# Of zlib, for 16 bits. Its default 6 makes files 0.3% smaller in up to four times the time.
_COMPRESSION_LEVEL = 4

# The beginning of a file, the end of its first chunk, and the bytes of depth and colour type.
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END, _PIXEL_TYPE, _INTERLACED = 33, slice(24, 26), 28

# The keywords of texts.
_XMP, _COMMENT = b"XML:com.adobe.xmp\0", b"Comment\0"

# Chunks whose levels depend on depth and colour type, chunks that ``strip`` leaves, chunks that are
# copied though the format calls that unsafe, and chunks that are written anew.
_BY_PIXEL_TYPE = {b"sBIT", b"bKGD"}
_LASTING = {b"gAMA", b"cHRM", b"sRGB", b"mDCV", b"cLLI", b"pHYs", *_BY_PIXEL_TYPE}
_COPIED = {*_LASTING, b"tIME", b"sCAL", b"sTER", b"sPLT"}
_REWRITTEN = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"iCCP"}

# The first column and row of each pass of an interlaced picture, and their steps: PNG, 8.1.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8)),
    *((2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)

# The longest chunk beside the pixels; a longer one is an attempt to exhaust memory.
_LONGEST_CHUNK = 1 << 26

# Names of chunks in messages, and the value that only repeats the default, sRGB.
_NAMES = {b"gAMA": "gamma"}
_NAMES |= dict.fromkeys((b"tEXt", b"zTXt", b"iTXt"), "text")
_SRGB_GAMMA = (45455).to_bytes(4)

_CHROMATICITIES, _CHROMATICITY_UNIT = ">8I", 100_000

_CHANNELS = {0: "l", 2: "rgb", 4: "la", 6: "rgba"}  # by colour type, whose bits are named below
_PALETTE, _COLOUR, _ALPHA = 3, 2, 4
_INCHES_PER_METRE = 1 / 0.0254

Chunk = tuple[bytes, bytes]
_END: Chunk = (b"IEND", b"")


def read_chunks(file: BinaryIO, with_pixels: bool = False) -> Iterator[Chunk]:
    """Yield the types and data of chunks, the last at the end; of pixels the data if asked for."""
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4]), head[4:]
        if kind in (b"IDAT", b"fdAT") and not with_pixels:
            file.seek(length + 4, 1)
            yield kind, b""
            continue
        data = file.read(min(length, _LONGEST_CHUNK))
        if len(data) < length:
            return
        file.seek(4, 1)
        yield kind, data
        if kind == b"IEND":
            return


def _all_chunks(data: bytes) -> list[Chunk]:
    """Return the chunks of a file, also those of pixels."""
    file = BytesIO(data)
    file.seek(len(SIGNATURE))
    return list(read_chunks(file, with_pixels=True))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(data, zlib.crc32(kind)).to_bytes(4)


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    file.seek(0)
    header = file.read(_HEADER_END)
    chunks = list(read_chunks(file))
    trailer = file.read() if chunks[-1:] == [_END] else b""
    common: Metadata = {}
    copied: list[Chunk] = []
    left_out: list[str] = []
    for kind, data in chunks:
        if kind == b"eXIf":
            common["exif"] = data
        elif kind == b"cICP":
            common["code_points"] = data
        elif kind == b"acTL":
            common["plays"] = int.from_bytes(data[4:8])
        elif kind == b"iTXt" and data.startswith(_XMP):
            common["xmp"] = _international_text(data)
        elif kind == b"tEXt" and data.startswith(_COMMENT):
            common.setdefault("comments", []).append(data.removeprefix(_COMMENT))
        elif kind in _COPIED or (kind[0:1].islower() and kind[3:4].islower()):
            copied.append((kind, data))  # the letters say that it is ancillary and safe to copy
        elif kind not in _REWRITTEN:
            left_out.append(f"chunk {kind.decode('latin-1')}")
        if kind == b"cHRM" and len(data) == struct.calcsize(_CHROMATICITIES):
            numbers = struct.unpack(_CHROMATICITIES, data)
            common["chromaticities"] = tuple(number / _CHROMATICITY_UNIT for number in numbers)
    frames = [kind for kind, _ in chunks if kind in (b"IDAT", b"fcTL")]
    native = {
        "chunks": copied,
        "pixel_type": header[_PIXEL_TYPE],
        "palette": dict(chunks).get(b"PLTE", b""),
        "interlaced": bool(header[_INTERLACED]),
        "trailer": trailer,
        "unfiltered": [FURTHER_PICTURES] if trailer.startswith(SIGNATURE) else [],
        "left_out": left_out,
        "dpi": image.info.get("dpi"),
        # Only programs that show no animations show a first frame that stands before its fcTL.
        "has_default": "plays" in common and frames[:1] == [b"IDAT"],
        "curve_info": _curve_info(dict(chunks)),
    }
    return common, native


def _curve_info(chunks: dict[bytes, bytes]) -> dict[str, Any]:
    """Return the gamma, and whether colours are sRGB, as Pillow's ``info`` would have them."""
    info: dict[str, Any] = {"srgb": True} if b"sRGB" in chunks else {}
    if gamma := chunks.get(b"gAMA"):
        info["gamma"] = int.from_bytes(gamma[:4]) / 100_000
    return info


def _international_text(data: bytes) -> bytes:
    """Return the text of an iTXt chunk, behind its keyword, two flags, language and translation."""
    if len(data) < len(_XMP) + 2:
        return b""
    is_compressed, method, rest = data[len(_XMP)], data[len(_XMP) + 1], data[len(_XMP) + 2 :]
    text = rest.split(b"\0", 2)[-1]
    if not is_compressed or method:
        return text
    try:
        return zlib.decompressobj().decompress(text, _LONGEST_CHUNK)
    except zlib.error:
        return b""


def _strip_native(native: Metadata) -> Metadata:
    return native | {"chunks": [chunk for chunk in native["chunks"] if chunk[0] in _LASTING]}


def _disposal(frame: Any) -> int:
    number: int = frame.info.get("disposal", KEEP)
    return number if number <= RESTORE else KEEP


def _native_names(native: Metadata) -> Iterator[str]:
    for kind, data in native["chunks"]:
        if kind in _NAMES and data != _SRGB_GAMMA:
            yield _NAMES[kind]


def _encode(picture: Picture, quality: int | None) -> bytes:
    if len(picture.frames) == 1:
        interlaced = picture.native.get("interlaced", False)
        data = _encode_still(picture.frames[0], interlaced, picture.is_noise)
    else:
        data = b"".join([SIGNATURE, *(_chunk(*chunk) for chunk in _animation_chunks(picture))])
    chunks = (_chunk(*chunk) for chunk in _metadata_chunks(picture, data[_PIXEL_TYPE]))
    return b"".join([data[:_HEADER_END], *chunks, memoryview(data)[_HEADER_END:]])


def _encode_still(frame: Frame, interlaced: bool = False, is_noise: bool = False) -> bytes:
    if interlaced:
        return _encode_interlaced(frame)
    if isinstance(frame, Image.Image):
        # Noise gets as small by its runs alone, in half the time.
        return encode_frame(frame, FORMAT, compress_type=zlib.Z_RLE if is_noise else -1)
    deep.require_codecs(_CODECS, "PNG")
    array = images.depth.full_range(frame).array
    squeezed = array[..., 0] if array.shape[2] == 1 else array
    data: bytes = deep.load_codec("imagecodecs").png_encode(squeezed, level=_COMPRESSION_LEVEL)
    return data


def _encode_interlaced(frame: Frame) -> bytes:
    """Return a file with the rows of seven smaller pictures, each of which is encoded alone."""
    import numpy as np  # not needed by replays

    rows, head = b"", b""
    array = np.asarray(frame) if isinstance(frame, Image.Image) else frame.array
    for left, top, across, down in _PASSES:
        part = array[top::down, left::across].copy()  # with usual strides
        if not part.size:
            continue
        alone = part if isinstance(frame, Image.Image) else frame._replace(array=part)
        file = _encode_still(alone if isinstance(alone, Pixels) else Image.fromarray(alone))
        chunks = _all_chunks(file)
        rows += zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
        head = head or chunks[0][1]
    head = struct.pack(">2I", array.shape[1], array.shape[0]) + head[8:12] + b"\1"
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows, _COMPRESSION_LEVEL)), _END]
    return b"".join([SIGNATURE, *(_chunk(*chunk) for chunk in chunks)])


def _animation_chunks(picture: Picture) -> Iterator[Chunk]:
    """Yield the chunks of an animation, each of whose frames replaces the pixels in its box."""
    frames, metadata = in_common_mode(picture.frames, "PNG"), picture.metadata
    interlaced = picture.native.get("interlaced", False)
    first = _all_chunks(_encode_still(frames[0], interlaced))
    skipped = int(picture.native.get("has_default", False))
    yield from (chunk for chunk in first if chunk[0] == b"IHDR")
    yield b"acTL", struct.pack(">2I", len(frames) - skipped, metadata.get("plays", 1))
    if skipped:
        yield from (chunk for chunk in first if chunk[0] == b"IDAT")
    shown = ("durations", "disposals")
    timing = {key: metadata[key][skipped:] for key in shown if key in metadata}
    number = 0
    for patch in patches(frames[skipped:], timing):
        yield b"fcTL", number.to_bytes(4) + _frame_control(patch)
        number += 1
        for kind, data in _all_chunks(_encode_still(patch.image, interlaced)):
            if kind != b"IDAT":
                continue
            if number == 1 and not skipped:
                yield kind, data
            else:
                yield b"fdAT", number.to_bytes(4) + data
                number += 1
    yield _END


def _frame_control(patch: Patch) -> bytes:
    """Return the data of an fcTL chunk behind its number: box, duration, disposal, no blending."""
    box = (*patch.image.size, patch.left, patch.top)
    seconds = Fraction(patch.duration / 1000).limit_denominator(65535)
    return struct.pack(">4I2H2B", *box, *seconds.as_integer_ratio(), patch.disposal, 0)


def _metadata_chunks(picture: Picture, pixel_type: bytes) -> Iterator[Chunk]:
    common, native = picture.metadata, picture.native
    has_density = bool(native) and native["dpi"] == common.get("dpi")
    for kind, data in native.get("chunks", ()):
        if kind in _BY_PIXEL_TYPE and native["pixel_type"] != pixel_type:
            data = _levels_in_type(kind, data, native, pixel_type)
        if data and (kind != b"pHYs" or has_density):
            yield kind, data
    if "code_points" in common:
        yield b"cICP", common["code_points"]
    if "icc_profile" in common:
        yield b"iCCP", b"ICC Profile\0\0" + zlib.compress(common["icc_profile"])
    if "dpi" in common and not has_density:
        density = (round(number * _INCHES_PER_METRE) for number in common["dpi"])
        yield b"pHYs", struct.pack(">2IB", *density, 1)
    if "chromaticities" in common and not native:
        numbers = (round(number * _CHROMATICITY_UNIT) for number in common["chromaticities"])
        yield b"cHRM", struct.pack(_CHROMATICITIES, *numbers)
    if "exif" in common:
        yield b"eXIf", common["exif"]
    if "xmp" in common:
        yield b"iTXt", _XMP + b"\0\0\0\0" + common["xmp"]
    for comment in common.get("comments", ()):
        yield b"tEXt", _COMMENT + comment


def _levels_in_type(kind: bytes, data: bytes, native: Metadata, pixel_type: bytes) -> bytes:
    """Return the background, or the significant bits, for another depth and colour type.

    Returns nothing for data of a wrong length.
    """
    (depth, colour_type), (new_depth, new_colour_type) = native["pixel_type"], pixel_type
    if kind == b"bKGD":
        if colour_type == _PALETTE:
            at = 3 * int.from_bytes(data)
            levels, depth = [*native["palette"][at : at + 3]], 8
        else:
            levels = [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]
    else:
        levels = [min(bits, new_depth) for bits in data]
    alpha = levels[-1:] if kind == b"sBIT" and len(levels) in (2, 4) else [new_depth]
    levels = levels[: 1 if len(levels) < 3 else 3]
    if len(levels) < (3 if colour_type & _COLOUR else 1):
        return b""
    if not new_colour_type & _COLOUR:
        levels = [round(sum(levels) / len(levels))] if kind == b"bKGD" else [max(levels)]
    elif len(levels) == 1:
        levels *= 3
    if kind == b"sBIT":
        return bytes(levels + alpha * bool(new_colour_type & _ALPHA))
    whites = (1 << new_depth) - 1, (1 << depth) - 1
    scaled = (round(level * whites[0] / whites[1]) for level in levels)
    return b"".join(min(level, whites[0]).to_bytes(2) for level in scaled)


def _probe(file: BinaryIO) -> DeepHeader | None:
    header = file.read(_HEADER_END)
    if len(header) < _HEADER_END:
        return None
    width, height, depth, colour_type = struct.unpack(">IIBB", header[16:26])
    if depth != 16 or colour_type not in _CHANNELS:
        return None
    before_pixels = takewhile(lambda chunk: chunk[0] != b"IDAT", read_chunks(file))
    kinds = {kind for kind, _ in before_pixels}
    if b"acTL" in kinds:
        raise ReadError(
            "animations of 16 bits are not read", "make it one of 8 bits, or a multi-page TIFF"
        )
    has_key = colour_type in (0, 2) and b"tRNS" in kinds
    channels = _CHANNELS[colour_type] + "a" * has_key
    if channels == "l":
        return None
    # Pillow narrows the pixels but not the transparent key, which then matches none of them.
    return DeepHeader(
        describe_mode(mode_name(channels, "uint16")),
        can_narrow=not has_key,
        decode=_decode,
        codecs=_CODECS,
        width=width,
        height=height,
        channels=tuple(channels),
    )


def _decode(file: BinaryIO) -> list[Pixels]:
    file.seek(0)
    array = deep.load_codec("imagecodecs").png_decode(file.read())
    return [Pixels(array, CHANNELS_BY_NUMBER[array.shape[2]])]


def _complete(data: bytes, filling: int) -> bytes:
    """Return a file with an end, and with filled rows where it breaks off within its pixels."""
    chunks = _all_chunks(data)
    at = len(SIGNATURE) + sum(12 + len(content) for _, content in chunks)
    kinds = {kind for kind, _ in chunks}
    if b"IEND" in kinds or not chunks or chunks[0][0] != b"IHDR":
        return data
    if data[at + 4 : at + 8] != b"IDAT":
        return data[:at] + _chunk(*_END)
    stream = b"".join(content for kind, content in chunks if kind == b"IDAT") + data[at + 8 :]
    rows = _filled_rows(chunks[0][1], stream, filling)
    others = [chunk for chunk in chunks if chunk[0] != b"IDAT"]
    chunks = [*others, (b"IDAT", zlib.compress(rows, _COMPRESSION_LEVEL)), _END]
    return b"".join([SIGNATURE, *(_chunk(*chunk) for chunk in chunks)])


def _filled_rows(header: bytes, stream: bytes, filling: int) -> bytes:
    """Return the rows in the beginning of a zlib stream, and filled ones up to the last."""
    width, height, depth, kind = struct.unpack(">IIBB", header[:10])
    passes = _PASSES if header[12] else ((0, 0, 1, 1),)
    bits = depth * {_PALETTE: 1}.get(kind, len(_CHANNELS.get(kind, "")))
    rows = bytearray()
    for left, top, across, down in passes:
        size = -(-max(width - left, 0) // across) * bits
        row = b"\0" + bytes([filling]) * -(-size // 8)
        if size and len(row) * height <= LONGEST_FILLING:
            rows += row * -(-max(height - top, 0) // down)
    found = zlib.decompressobj().decompress(stream, max(len(rows), 1))
    return found + rows[len(found) :]


FORMAT = Format(
    "PNG",
    plugin="Png",
    modes=("L", "LA", "RGB", "RGBA", "I;16"),
    deep_modes=("LA;16", "RGB;16", "RGBA;16"),
    kinds=tuple(KINDS),
    holds_frames=True,
    is_film=True,
    probe=_probe,
    read_metadata=_read_metadata,
    strip_native=_strip_native,
    native_names=_native_names,
    disposal=_disposal,
    encode=_encode,
    complete=_complete,
    lost_end=lambda data: "frames" if b"acTL" in data[:_LONGEST_CHUNK] else "",
)
