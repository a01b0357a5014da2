"""GIF: palettes of 256 colours, extensions, and animations.

``native["palette"]``, a ``Palette``, has colours that all frames of a drawn animation share.

XMP is in an application extension whose data is no sequence of sub-blocks: a magic trailer behind
it makes any program that reads it so find its end (XMP, part 3, 1.1.2).
"""

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from imgconv.errors import WriteError
from imgconv.formats import LOSSLESS, Format, Metadata
from imgconv.formats.animation import CLEAR, KEEP, RESTORE, Patch, in_common_mode, patches
from imgconv.formats.frame_codec import encode_frame
from imgconv.formats.metadata import Picture
from imgconv.images.palettes import Palette, colour_numbers

COLOURS = 256

# A palette is chosen from this many pixels. Pixels of alpha below _OPAQUE are transparent.
_SAMPLE_PIXELS = 40_000
_OPAQUE = 128

# The disposal by its method; further methods, as 0 for unspecified, keep the frame.
_DISPOSALS = {1: KEEP, 2: CLEAR, 3: RESTORE}
_METHODS = {disposal: method for method, disposal in _DISPOSALS.items()}

# GIF89a: its blocks, extensions, flags, and the size of the screen descriptor with its flags.
_VERSION = b"GIF89a"
_EXTENSION, _IMAGE, _TRAILER = b"!", b",", b";"
_CONTROL, _COMMENT, _APPLICATION, _PLAIN_TEXT = b"!\xf9", b"!\xfe", b"!\xff", b"!\1"
_HAS_TABLE, _INTERLACED = 0x80, 0x40
_SCREEN_SIZE, _SCREEN_FLAGS, _ASPECT = 13, 10, 12

# Application extensions: their names, and the magic trailer of XMP.
_LOOPS, _XMP, _ICC = (b"NETSCAPE2.0", b"ANIMEXTS1.0"), b"XMP DataXMP", b"ICCRGBG1012"
_MAGIC_TRAILER = b"\1" + bytes(range(255, -1, -1)) + b"\0"


def is_transparent(image: Image.Image) -> bool:
    return "A" in image.getbands() and _transparent_mask(image).getbbox() is not None


def _transparent_mask(image: Image.Image) -> Image.Image:
    return image.getchannel("A").point([255] * _OPAQUE + [0] * (256 - _OPAQUE))


def quantize(image: Image.Image) -> Image.Image:
    """Return an image of mode P, whose ``info`` has the transparent index, if there is one.

    Up to 256 colours stay exact. Otherwise Pillow's maximum coverage chooses the colours, and
    errors are diffused (Floyd and Steinberg), so that gradients do not become bands. For blurred
    photographs its error is half that of median cut. It is slow, but no worse on a sample.
    """
    if image.mode == "L":
        return image.copy()
    transparent = is_transparent(image)
    colours = image.convert("RGB")
    room = COLOURS - transparent
    if transparent:
        mask = _transparent_mask(image)
        # The colours of transparent pixels take no place in the palette.
        colours.paste(_first_visible(image), mask=mask)
    is_exact = colours.getcolors(room) is not None
    result = _index_colours(colours) if is_exact else _reduce_colours(colours, room)
    if transparent:
        result.paste(COLOURS - 1, mask=mask)
        result.info["transparency"] = COLOURS - 1
    return result


def _is_exact(image: Image.Image) -> bool:
    """Return whether ``quantize`` keeps all levels."""
    return quantize(image).convert(image.mode).tobytes() == image.tobytes()


def _patches_in(
    palette: Palette, frames: Sequence[Image.Image], metadata: Metadata
) -> Iterator[Patch]:
    """Yield patches of mode P, all in the colours of one palette.

    Pixels that stay are transparent, which compresses well: the last index stands for them.
    """
    previous: Image.Image | None = None
    for frame, patch in zip(frames, patches(frames, metadata), strict=True):
        values = palette.indices(patch.image)
        if previous is not None:
            box = (patch.left, patch.top, *np.add(patch.image.size, (patch.left, patch.top)))
            stays = (np.asarray(patch.image) == np.asarray(previous.crop(box))).all(axis=2)
            values = np.where(stays, np.uint8(COLOURS - 1), values)
        image = Image.fromarray(values)
        image.putpalette(palette.data)
        image.info["transparency"] = COLOURS - 1
        yield patch._replace(image=image)
        previous = frame


def _first_visible(image: Image.Image) -> tuple[int, ...]:
    """Return the colour of the first visible pixel, black where there is none."""
    visible = np.asarray(image.getchannel("A")) >= _OPAQUE
    if not visible.any():
        return (0, 0, 0)
    y, x = divmod(int(visible.argmax()), image.width)
    return tuple(image.getpixel((x, y))[:3])  # type: ignore[index]


def _index_colours(image: Image.Image) -> Image.Image:
    """Return an image whose palette is its own colours, at most 256."""
    numbers = colour_numbers(image)
    palette, indices = np.unique(numbers, return_inverse=True)
    result = Image.fromarray(indices.reshape(numbers.shape).astype(np.uint8))
    result.putpalette(b"".join(int(colour).to_bytes(3) for colour in palette))
    return result


def _reduce_colours(image: Image.Image, room: int) -> Image.Image:
    scale = min(1, math.sqrt(_SAMPLE_PIXELS / (image.width * image.height)))
    size = (math.ceil(image.width * scale), math.ceil(image.height * scale))
    sample = image.resize(size, Image.Resampling.NEAREST)
    palette = sample.quantize(room, Image.Quantize.MAXCOVERAGE)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def _read_metadata(file: BinaryIO, image: Image.Image) -> tuple[Metadata, Metadata]:
    common: Metadata = {"plays": 1}
    if "loop" in image.info:
        common["plays"] = image.info["loop"] + 1 if image.info["loop"] else 0
    file.seek(0)
    data = file.read()
    native: Metadata = {"extensions": [], "aspect": data[_ASPECT], "interlaced": None}
    for kind, at, end in _blocks(data):
        name = data[at + 1 : at + 12]
        if kind == _IMAGE and native["interlaced"] is None:
            native["interlaced"] = bool(data[at + 8] & _INTERLACED)
        elif kind == _COMMENT:
            common.setdefault("comments", []).append(_joined(data, at))
        elif kind == _PLAIN_TEXT:
            native["left_out"] = ["plain text"]
        elif kind == _APPLICATION and name == _XMP:
            common["xmp"] = data[at + 12 : end].removesuffix(_MAGIC_TRAILER)
        elif kind == _APPLICATION and name == _ICC:
            common["icc_profile"] = _joined(data, at + 12)
        elif kind == _APPLICATION and name not in _LOOPS:
            native["extensions"].append(data[at - 2 : end])
        elif kind == _TRAILER:
            native["trailer"] = data[end:]
    return common, native


def _blocks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each extension, image and trailer, and where its content begins and ends.

    A truncated file ends the iteration; Pillow reports it.
    """
    at = _SCREEN_SIZE + _table_size(data[_SCREEN_FLAGS])
    while at + 10 < len(data) and data[at : at + 1] in (_EXTENSION, _IMAGE):
        is_image = data[at : at + 1] == _IMAGE
        start = at + (1 if is_image else 2)
        end = at + 11 + _table_size(data[at + 9]) if is_image else start
        while end < len(data) and data[end]:
            end += data[end] + 1
        yield data[at:start], start, end + 1
        at = end + 1
    if data[at : at + 1] == _TRAILER:
        yield _TRAILER, at, at + 1


def _joined(data: bytes, at: int) -> bytes:
    """Return the data of the sub-blocks that begin at a place."""
    parts = []
    while at < len(data) and data[at]:
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += data[at] + 1
    return b"".join(parts)


def _encode(picture: Picture, quality: int | None) -> bytes:
    images, metadata = in_common_mode(picture.frames, "GIF"), picture.metadata
    if quality == LOSSLESS and not all(map(_is_exact, images)):
        raise WriteError(
            "GIF loses colours of this picture: it holds 256, transparent or opaque",
            "choose PNG, TIFF or WebP, or leave out --quality",
        )
    if any(map(is_transparent, images)):
        # The frame below would show through: all are written whole, onto a cleared screen.
        metadata = metadata | {"disposals": [CLEAR] * len(images)}
    native, plays = picture.native, metadata.get("plays", 1)
    options = {"interlace": native["interlaced"]} if "interlaced" in native else {}
    if palette := native.get("palette"):
        found = _patches_in(palette, images, metadata)
    else:
        found = patches(images, metadata)
    written = [(_encode_patch(patch, options), patch) for patch in found]
    screen = bytearray(_VERSION + written[0][0].screen[len(_VERSION) :])
    screen[_ASPECT] = native.get("aspect", 0)
    blocks = [bytes(screen)]
    if len(images) > 1 and plays != 1:
        repeats = min(max(plays - 1, 0), 0xFFFF).to_bytes(2, "little")
        blocks.append(_extension(_APPLICATION, b"NETSCAPE2.0", b"\1" + repeats))
    if "icc_profile" in metadata:
        blocks.append(_extension(_APPLICATION, _ICC, *_parts(metadata["icc_profile"])))
    if "xmp" in metadata:
        blocks.append(_extension(_APPLICATION, _XMP)[:-1] + metadata["xmp"] + _MAGIC_TRAILER)
    blocks += native.get("extensions", ())
    blocks += (_extension(_COMMENT, *_parts(text)) for text in metadata.get("comments", ()))
    for number, (encoded, patch) in enumerate(written):
        if len(images) > 1 or encoded.transparent is not None:
            blocks.append(_control_block(encoded, patch))
        blocks.append(_image_block(encoded, patch, has_table=number > 0 and palette is None))
    return b"".join([*blocks, _TRAILER])


def _parts(data: bytes) -> Iterator[bytes]:
    return (data[start : start + 255] for start in range(0, len(data), 255))


def _extension(kind: bytes, *blocks: bytes) -> bytes:
    sized = (bytes((len(data),)) + data for data in blocks)
    return b"".join([kind, *sized, b"\0"])


class _EncodedPatch(NamedTuple):
    """The parts of a GIF of one frame: ``screen`` is all before its blocks, with any table."""

    screen: bytes
    table: bytes
    transparent: int | None
    interlaced: int
    pixels: bytes


def _encode_patch(patch: Patch, options: dict[str, Any]) -> _EncodedPatch:
    image = patch.image
    if image.mode == "P":
        options = options | {"optimize": False}  # which would change the palette
    else:
        image = quantize(image)
    index = image.info.get("transparency")
    options = options if index is None else options | {"transparency": index}
    data = encode_frame(image, FORMAT, **options)
    places = {kind: at for kind, at, _ in _blocks(data)}
    control, at = places.get(_CONTROL), places[_IMAGE]
    transparent = data[control + 4] if control and data[control + 1] & 1 else None
    flags = data[at + 8]
    pixels = at + 9 + _table_size(flags)
    screen_end = _SCREEN_SIZE + _table_size(data[_SCREEN_FLAGS])
    screen, interlaced = data[:screen_end], flags & _INTERLACED
    table = data[_SCREEN_SIZE:screen_end] or data[at + 9 : pixels]
    return _EncodedPatch(screen, table, transparent, interlaced, data[pixels:-1])


def _table_size(flags: int) -> int:
    return 3 << (flags % 8 + 1) if flags & _HAS_TABLE else 0


def _control_block(encoded: _EncodedPatch, patch: Patch) -> bytes:
    index = encoded.transparent
    flags = _METHODS[patch.disposal] << 2 | (index is not None)
    hundredths = min(round(patch.duration / 10), 0xFFFF)
    return _extension(_CONTROL, struct.pack("<BHB", flags, hundredths, index or 0))


def _image_block(encoded: _EncodedPatch, patch: Patch, has_table: bool) -> bytes:
    """Return a frame with a colour table of its own, or with that of the screen."""
    box = struct.pack("<4H", patch.left, patch.top, *patch.image.size)
    flags, table = encoded.interlaced, encoded.table if has_table else b""
    if table:
        flags |= _HAS_TABLE | (len(table) // 3).bit_length() - 2
    return _IMAGE + box + bytes((flags,)) + table + encoded.pixels


FORMAT = Format(
    "GIF",
    plugin="Gif",
    modes=("L", "RGB", "RGBA"),
    lossless_as={"LA": "RGBA"},
    kinds=("icc_profile", "xmp", "comments"),
    longest_side=65_535,
    holds_frames=True,
    is_film=True,
    read_metadata=_read_metadata,
    strip_native=lambda native: native | {"extensions": []},
    native_names=lambda native: ["application extensions"] if native["extensions"] else [],
    disposal=lambda frame: _DISPOSALS.get(frame.disposal_method, KEEP),
    encode=_encode,
)
