"""Files of rarer formats, written byte by byte from arrays with the top row first."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import IcoImagePlugin, Image

from tests.support.specimens import sample, saved

TGA_FOOTER = b"TRUEVISION-XFILE.\0"


def tga_of(
    array: NDArray[np.uint8], area: bytes = b"", alpha_bits: int = 8, footer: bool = True
) -> bytes:
    """Return a TGA of 24 or 32 bits whose rows go down; ``area`` stands before its footer."""
    height, width, channels = array.shape
    order = [2, 1, 0, 3][:channels]
    flags = 0x20 | (alpha_bits if channels == 4 else 0)
    header = struct.pack("<3B5x4x2H2B", 0, 0, 2, width, height, 8 * channels, flags)
    data = header + array[..., order].tobytes()
    end = struct.pack("<2I", len(data) if area else 0, 0) + TGA_FOOTER if footer else b""
    return data + area + end


def tga_packed() -> bytes:
    """Return a packed TGA without footer."""
    return saved(sample(), "TGA", rle=True).removesuffix(bytes(8) + TGA_FOOTER)


def tga_area(alpha_kind: int, stamp: int = 0) -> bytes:
    """Return an extension area with an author, a job, a gamma, and a kind of alpha."""
    area = bytearray(struct.pack("<H", 495).ljust(495, b"\0"))
    area[2:12], area[379:385] = b"A. Painter", b"a job."
    struct.pack_into("<2H", area, 478, 22, 10)
    struct.pack_into("<I", area, 486, stamp)
    area[494] = alpha_kind
    return bytes(area)


def tga_texts(data: bytes) -> object:
    """Extract the identification of a TGA, and its extension area but for the kind of alpha."""
    at = int.from_bytes(data[-26:-22], "little") if data.endswith(TGA_FOOTER) else 0
    return data[18 : 18 + data[0]], data[at : at + 482] if at else b""


def sgi_of(array: NDArray[Any], packed: bool = False, name: bytes = b"") -> bytes:
    """Return an SGI of 8 or 16 bits; a packed one has runs of three equal values or more."""
    height, width, depth = array.shape
    numbers = (474, packed, array.itemsize, 3, width, height, depth, 0, 255)
    header = struct.pack(">H2B4H2I4x80sI404x", *numbers, name, 0)
    planes = array[::-1].transpose(2, 0, 1)
    stored = planes.astype(planes.dtype.newbyteorder(">"))
    if not packed:
        return header + stored.tobytes()
    rows = [_packed_row(row.tolist(), array.itemsize) for plane in planes for row in plane]
    starts = np.cumsum([512 + 8 * len(rows), *map(len, rows[:-1])])
    tables = np.array([starts, [len(row) for row in rows]], ">u4").tobytes()
    return header + tables + b"".join(rows)


def _packed_row(row: list[int], size: int) -> bytes:
    packed, at = b"", 0
    while at < len(row):
        same = next((n for n in range(at, len(row)) if row[n] != row[at]), len(row)) - at
        if same >= 3:
            same = min(same, 127)
            packed += same.to_bytes(size) + row[at].to_bytes(size)
        else:
            same = min(same, len(row) - at)
            packed += (0x80 | same).to_bytes(size)
            packed += b"".join(value.to_bytes(size) for value in row[at : at + same])
        at += same
    return packed + bytes(size)


def icon(*sides: int, bitmap: bool = False, **options: Any) -> bytes:
    """Return an icon of pictures of these sides, as Pillow writes it."""
    how = {"bitmap_format": "bmp"} if bitmap else {}
    image = sample("RGBA").resize((max(sides), max(sides)))
    sizes = [(side, side) for side in sides]
    return saved(image, "ICO", sizes=sizes, **how, **options)


def icon_pictures(data: bytes) -> list[Any]:
    """Return the pixels of the pictures of an icon, the largest first."""
    file = IcoImagePlugin.IcoFile(BytesIO(data))
    frames = [file.frame(number).convert("RGBA") for number in range(len(file.entry))]
    return [np.asarray(frame).tolist() for frame in frames]


def psd_of(
    array: NDArray[Any],
    kind: int = 3,
    packed: bool = False,
    layers: int = 0,
    resources: bytes = b"",
    palette: bytes = b"",
    large: bool = False,
) -> bytes:
    """Return a PSD, or a PSB if ``large``, whose merged picture has the channels of an array."""
    height, width, depth = array.shape
    bits = 8 * array.itemsize
    header = struct.pack(">4sH6xH2I2H", b"8BPS", 1 + large, depth, height, width, bits, kind)
    planes = np.moveaxis(array, 2, 0)
    rows = [row.astype(row.dtype.newbyteorder(">")).tobytes() for plane in planes for row in plane]
    if packed:
        rows = [_pack_bits(row) for row in rows]
    counts = b"".join(struct.pack(">I" if large else ">H", len(row)) for row in rows)
    length = 8 if large else 4
    info = layers.to_bytes(2, signed=True) + bytes(2) if layers else b""
    section = len(info).to_bytes(length) + info if layers else b""
    parts = [header, _sized(palette), _sized(resources), len(section).to_bytes(length), section]
    return b"".join([*parts, packed.to_bytes(2), counts if packed else b"", *rows])


def _sized(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _pack_bits(row: bytes) -> bytes:
    """Return literals of up to 100 bytes, and a run for the first byte, if it is repeated."""
    run = min(len(row) - len(row.lstrip(row[:1])), 128)
    packed = bytes((257 - run,)) + row[:1] if run > 1 else b""
    rest = row[run:] if run > 1 else row
    for start in range(0, len(rest), 100):
        part = rest[start : start + 100]
        packed += bytes((len(part) - 1,)) + part + b"\x80"  # which does nothing
    return packed


def psd_resource(number: int, data: bytes, name: bytes = b"") -> bytes:
    """Return a resource, whose name and data are filled up to even lengths."""
    named = bytes((len(name),)) + name + bytes((len(name) + 1) % 2)
    return b"8BIM" + struct.pack(">H", number) + named + _sized(data) + bytes(len(data) % 2)


def dds_with(at: int, value: int) -> bytes:
    """Return a DDS of RGB with another number in its header."""
    data = bytearray(saved(sample("RGB"), "DDS"))
    struct.pack_into("<I", data, at, value)
    return bytes(data)


def icon_of_png(png: bytes) -> bytes:
    """Return an icon whose picture is a PNG as it is."""
    width, height = struct.unpack(">2I", png[16:24])
    return struct.pack("<3H4B2H2I", 0, 1, 1, width, height, 0, 0, 1, 32, len(png), 22) + png


def pcx_with(
    place: tuple[int, int] = (0, 0),
    density: tuple[int, int] = (100, 100),
    screen: tuple[int, int] = (24, 18),
) -> bytes:
    """Return a PCX of another place on a screen, whose size is given, and of another density."""
    data = bytearray(saved(sample(), "PCX"))
    (left, top), (right, bottom) = place, struct.unpack_from("<2H", data, 8)
    struct.pack_into("<6H", data, 4, left, top, left + right, top + bottom, *density)
    struct.pack_into("<2H", data, 70, *screen)
    return bytes(data)


def pcx_of(array: NDArray[np.uint8], filling: int = 0) -> bytes:
    """Return a PCX without palette, whose rows are ``filling`` bytes longer than they must be."""
    height, width, planes = array.shape
    stride = width + filling
    header = struct.pack("<4B6H48xx", 10, 5, 1, 8, 0, 0, width - 1, height - 1, 100, 100)
    header += struct.pack("<B2H58x", planes, stride, 1)
    rows = np.pad(array.transpose(0, 2, 1), ((0, 0), (0, 0), (0, filling)))
    return header + b"".join(_packed_bytes(row.tolist()) for row in rows.reshape(-1, stride))


def _packed_bytes(row: list[int]) -> bytes:
    """Return a row of PCX: large values and the last one as a run, the others as they are."""
    *values, last = row
    packed = [bytes((0xC1, value) if value >= 0xC0 else (value,)) for value in values]
    return b"".join([*packed, bytes((0xC1, last))])


def qoi_of_colours(colours: int) -> bytes:
    """Return a QOI whose levels are sRGB (0) or light (1)."""
    data = bytearray(saved(sample(), "QOI"))
    data[13] = colours
    return bytes(data)


def pam(array: NDArray[Any], channels: str) -> bytes:
    """Return a PAM of 8 or 16 bits."""
    height, width, depth = array.shape
    types = {"l": "GRAYSCALE", "la": "GRAYSCALE_ALPHA", "rgb": "RGB", "rgba": "RGB_ALPHA"}
    maximum = (1 << 8 * array.itemsize) - 1
    head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL {maximum}\n"
    head += f"TUPLTYPE {types.get(channels, channels.upper())}\nENDHDR\n"
    return head.encode() + array.astype(f">u{array.itemsize}").tobytes()


def pam_of(image: Image.Image) -> bytes:
    """Return a PAM of a Pillow image."""
    array = np.asarray(image)
    return pam(array.reshape(*array.shape[:2], -1), image.mode.lower())


def pam_maker(mode: str) -> Callable[[], bytes]:
    return lambda: pam_of(sample(mode))


def pam_values(data: bytes) -> object:
    """Extract the lines of a header, but for comments, and the values."""
    head, _, values = data.partition(b"ENDHDR\n")
    return [line for line in head.splitlines() if not line.startswith(b"#")], values


def pnm_comments(data: bytes) -> object:
    """Extract the comments in the first 99 bytes of a file, where its header is."""
    return re.findall(rb"#(.*)\n", data[:99])


def pfm_of_scale(scale: bytes) -> bytes:
    return saved(sample("F"), "PPM").replace(b"\n-1.0\n", b"\n" + scale + b"\n")


def pfm_scale(data: bytes) -> object:
    return data.split(b"\n")[2]
