"""Decoders of PNG and TIFF by their specifications, which use neither Pillow nor imgconv."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def png_pixel_type(path: Path) -> tuple[int, int]:
    """Return the bits of a sample and the colour type of a PNG."""
    bits, kind = path.read_bytes()[24:26]
    return bits, kind


def decode_png_row(data: bytes) -> Values:
    """Return the colours of a PNG of one row, grey or with a palette: float64 RGBA."""
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, bits, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert height == 1 and bits <= 8 and colour in (0, 3), "a row of grey or of a palette"
    packed = np.frombuffer(_unfiltered(zlib.decompress(chunks[b"IDAT"])), np.uint8)
    samples = np.unpackbits(packed).reshape(-1, bits)[:width] @ (1 << np.arange(bits)[::-1])
    if colour == 0:
        key = struct.unpack(">H", chunks[b"tRNS"])[0]
        grey = samples * 255 // (2**bits - 1)
        return np.stack([grey, grey, grey, np.where(samples == key, 0, 255)], 1)[None].astype(float)
    palette = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
    alphas = np.full(len(palette), 255)
    alphas[: len(chunks[b"tRNS"])] = list(chunks[b"tRNS"])
    return np.column_stack([palette[samples], alphas[samples]])[None].astype(float)


def _unfiltered(row: bytes) -> bytes:
    """Return the first row of a PNG of one byte a pixel without its filter; above it is 0."""
    kind, *values = row
    share = {0: 0.0, 1: 1.0, 2: 0.0, 3: 0.5, 4: 1.0}[kind]
    done = [0]
    for value in values:
        done.append((value + int(done[-1] * share)) % 256)
    return bytes(done[1:])


def tiff_tags(data: bytes) -> dict[int, list[int]]:
    """Return the integers of the tags of the first page of a TIFF."""
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, first)
    found = {}
    for entry in range(first + 2, first + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", data, entry)
        if kind not in (1, 3, 4):
            continue
        form = f"{order}{number}{'_B_HI'[kind]}"
        place = entry + 8
        if struct.calcsize(form) > 4:
            (place,) = struct.unpack_from(f"{order}I", data, place)
        found[tag] = list(struct.unpack_from(form, data, place))
    return found


def decode_tiff(data: bytes) -> tuple[Values, int]:
    """Return the values of a lossless TIFF, (height, width, channels), and their maximum."""
    tags = tiff_tags(data)
    width, height, bits = tags[256][0], tags[257][0], tags[258][0]
    channels, is_planar = tags.get(277, [1])[0], tags.get(284, [1])[0] == 2
    pieces = [data[at : at + length] for at, length in zip(tags[273], tags[279], strict=True)]
    if tags[259][0] in (8, 32946):
        pieces = [zlib.decompress(piece) for piece in pieces]
    elif tags[259][0] != 1:
        raise ValueError(f"compression {tags[259][0]} cannot be read here")
    in_row = width * (1 if is_planar else channels)
    rows = [row for piece in pieces for row in _rows(piece, in_row, bits, data[:2])]
    values = np.array(rows)
    if tags.get(317, [1])[0] == 2:
        step = 1 if is_planar else channels
        parts = values.reshape(len(values), width, step)
        values = parts.cumsum(1).reshape(len(values), -1) % 2**bits
    shape = (channels, height, width) if is_planar else (height, width, channels)
    values = values.reshape(shape)
    return (values.transpose(1, 2, 0) if is_planar else values).astype(float), 2**bits - 1


def _rows(piece: bytes, in_row: int, bits: int, order: bytes) -> Iterator[NDArray[np.int64]]:
    """Yield the samples of each row, which begins with a new byte."""
    length = -(-in_row * bits // 8)
    for at in range(0, len(piece) - length + 1, length):
        row = np.frombuffer(piece, np.uint8, length, at)
        if bits == 16:
            yield row.view("<u2" if order == b"II" else ">u2").astype(np.int64)
        else:
            samples = np.unpackbits(row)[: in_row * bits].reshape(-1, bits)
            yield samples @ (1 << np.arange(bits, dtype=np.int64)[::-1])
