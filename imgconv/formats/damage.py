"""Damaged pictures: the pixels that are left of them, and a description of the missing ones.

A file that lacks its end is completed with bytes of a filling, and decoded. Where a decoder stops
all the same, the other pixels have the value of the filling. A second filling makes other pixels of
the missing ones, so a comparison finds them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import DamagedError
from imgconv.formats import Format
from imgconv.formats.frame_codec import DECODING_ERRORS, lenient
from imgconv.formats.metadata import Picture
from imgconv.images.pixels import Frame, Pixels

# Bytes that hardly any decoder takes for the same pixels; 0 shows as black, grey or nothing.
_FILLINGS = (0x00, 0x55)

_COMPLETION_ERRORS: tuple[type[Exception], ...] = (*DECODING_ERRORS, zlib.error)

NOTHING_LEFT = "all rows"

Read = Callable[[BytesIO], Picture]


class Remains(NamedTuple):
    """What is left of a damaged picture, and words for what is ``missing``, "" for no pixel."""

    picture: Picture
    missing: str


def read_without_end(data: bytes, format: Format, read: Read) -> Picture | None:
    """Return the picture in a file that lacks only bytes behind its pixels, else None.

    ``read`` returns the picture in an open file, and raises ``DamagedError``.
    """
    completed = [_complete(data, format, filling) for filling in _FILLINGS]
    if data in completed:
        return None
    try:
        remains = _compare([read(BytesIO(each)) for each in completed], data, format)
    except DamagedError:
        return None
    is_whole = not remains.missing and len(remains.picture.frames) == 1
    return remains.picture if is_whole else None


def salvage(data: bytes, format: Format, read: Read) -> Remains:
    """Return what is left of a damaged picture; raises ``DamagedError`` for nothing."""
    pictures = []
    for filling in _FILLINGS:
        with lenient(filling):
            try:
                pictures.append(read(BytesIO(_complete(data, format, filling))))
            except DamagedError:
                if not pictures:
                    raise
    return _compare(pictures, data, format)


def _complete(data: bytes, format: Format, filling: int) -> bytes:
    try:
        return format.complete(data, filling)
    except _COMPLETION_ERRORS:
        return data


def _compare(pictures: Sequence[Picture], data: bytes, format: Format) -> Remains:
    """Compare the pictures of two fillings; nothing is known of one alone."""
    parts = ["pixels"]
    if len(pictures) > 1:
        parts = [*_missing_parts(*(picture.frames for picture in pictures))]
    if lost := format.lost_end(data):
        parts = [*(part for part in parts if part != NOTHING_LEFT), lost]
    if not parts and len(pictures[0].frames) > 1:
        parts = ["pixels of the last frame, or further frames"]
    return Remains(pictures[0], ", ".join(parts))


def _missing_parts(frames: Sequence[Frame], others: Sequence[Frame]) -> Iterator[str]:
    for number, (frame, other) in enumerate(zip(frames, others, strict=False)):
        rows = _different_rows(frame, other)
        if rows:
            is_all = rows == frame.height
            part = NOTHING_LEFT if is_all else f"{rows} of its {frame.height} rows"
            yield part if len(frames) == 1 else f"{part} in frame {number}"


def _different_rows(frame: Frame, other: Frame) -> int:
    """Return the number of rows in which two frames differ."""
    rows, other_rows = _rows(frame), _rows(other)
    if rows.shape != other_rows.shape:
        return frame.height
    return int((rows != other_rows).any(axis=1).sum())


def _rows(frame: Frame) -> NDArray[Any]:
    array = frame.array if isinstance(frame, Pixels) else np.asarray(frame)
    return array.reshape(frame.height, -1)
