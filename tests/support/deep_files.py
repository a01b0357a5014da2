"""Deep pictures encoded byte by byte without a codec, so that no codec is its own judge."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.cli.run import run
from imgconv.formats import reader
from imgconv.images.frames import frame_pixels
from imgconv.images.pixels import Pixels
from tests.support.raster_specimens import pam, sgi_of

Tag = tuple[int, str, tuple[int, ...] | bytes]

RGB, GREY, WHITE_IS_ZERO, CMYK = 2, 1, 0, 5
PHOTOMETRIC = {"l": GREY, "la": GREY, "rgb": RGB, "rgba": RGB, "rgbx": RGB}
PHOTOMETRIC |= {"cmyk": CMYK, "cmyka": CMYK}

_TYPES = {"B": 1, "a": 2, "H": 3, "I": 4, "R": 5}


def encode(format: str, pixels: Pixels) -> bytes:
    """Return a file in a format."""
    array, width, height = pixels.array, pixels.width, pixels.height
    if format == "png":
        return png(array)
    if format == "pam":
        return pam(array, "".join(pixels.channels))
    if format == "pfm":
        head = b"PF\n%d %d\n-1.0\n" % (width, height)
        return head + array[::-1].astype("<f4").tobytes()
    if format == "sgi":
        return sgi_of(array)
    if format == "ppm":
        return b"P6 %d %d 65535\n" % (width, height) + array.astype(">u2").tobytes()
    count = len(pixels.channels)
    bits, form = (32, 3) if pixels.is_float else (16, 1)
    tags = base_tags(width, height, bits, count, PHOTOMETRIC["".join(pixels.channels)])
    tags.append((339, "H", (form,) * count))
    if pixels.channels[-1] in "ax":
        tags.append((338, "H", (2 if pixels.alpha else 0,)))
    return tiff((array.tobytes(), tags))


def png(
    values: NDArray[np.uint16], before: Iterable[tuple[bytes, bytes]] = (), interlaced: bool = False
) -> bytes:
    """Return a PNG of 16 bits, from values of the shape (height, width, channels)."""
    height, width, channels = values.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, interlaced)
    passes = _adam7(values) if interlaced else [values]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for part in passes for row in part)
    chunks = [(b"IHDR", header), *before, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _adam7(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the seven passes: PNG, third edition, 8.1."""
    starts = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
    parts = [values[y::down, x::across] for y, x, down, across in (*starts, (1, 0, 2, 1))]
    return [part for part in parts if part.size]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff(*pages: tuple[bytes, Iterable[Tag]], order: str = "<") -> bytes:
    """Return a TIFF of pages, each of one strip and its tags."""
    parts = [struct.pack(order + "2sHI", {"<": b"II", ">": b"MM"}[order], 42, 0)]
    link = 4
    for strip, tags in pages:
        start = _end(parts)
        parts.append(strip + bytes(len(strip) % 2))
        place = _end(parts)
        entries = [*tags, (273, "I", (start,)), (279, "I", (len(strip),))]
        parts.append(_directory(sorted(entries), place, order))
        _patch(parts, link, place, order)
        link = place + 2 + 12 * len(entries)
    return b"".join(parts)


def _end(parts: list[bytes]) -> int:
    return sum(map(len, parts))


def _patch(parts: list[bytes], at: int, value: int, order: str) -> None:
    whole = bytearray().join(parts)
    struct.pack_into(order + "I", whole, at, value)
    parts[:] = [bytes(whole)]


def _directory(entries: list[Tag], place: int, order: str) -> bytes:
    behind = place + 2 + 12 * len(entries) + 4
    listed, values = [struct.pack(order + "H", len(entries))], b""
    for code, form, data in entries:
        packed = (
            data if isinstance(data, bytes) else struct.pack(f"{order}{len(data)}{form}", *data)
        )
        head = struct.pack(order + "HHI", code, _TYPES[form], len(data))
        if len(packed) > 4:
            packed, values = struct.pack(order + "I", behind + len(values)), values + packed
        listed.append(head + packed.ljust(4, b"\0"))
    return b"".join([*listed, bytes(4), values])


def base_tags(width: int, height: int, bits: int, samples: int, photometric: int) -> list[Tag]:
    """Return the tags that every picture has."""
    return [
        (256, "I", (width,)),
        (257, "I", (height,)),
        (258, "H", (bits,) * samples),
        (259, "H", (1,)),
        (262, "H", (photometric,)),
        (277, "H", (samples,)),
        (278, "I", (height,)),
    ]


def pack_bits(values: NDArray[Any], bits: int) -> bytes:
    """Return integers of ``bits`` bits, packed; each row begins with a new byte."""
    rows = ["".join(f"{value:0{bits}b}" for value in row) for row in values]
    return b"".join(
        int(row.ljust(-len(row) % 8 + len(row), "0"), 2).to_bytes(-(-len(row) // 8)) for row in rows
    )


def read_back(data: bytes, tmp_path: Path, suffix: str) -> list[Pixels]:
    path = tmp_path / f"back.{suffix}"
    path.write_bytes(data)
    return [frame_pixels(frame) for frame in reader.read(str(path)).frames]


def filtered_file(filter: str, data: bytes, tmp_path: Path, suffix: str, *options: str) -> bytes:
    source, target = tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}"
    source.write_bytes(data)
    assert run(["apply", filter, str(source), str(target), *options]) == 0
    return target.read_bytes()
