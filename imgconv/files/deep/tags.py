"""The tags of a TIFF that tell how its pixels are stored, as numbers."""

from __future__ import annotations

import struct
from typing import BinaryIO

from imgconv.files.directory import Directory, Entry, Reader

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
ORIENTATION, SAMPLES, PLANAR, PREDICTOR, EXTRA_SAMPLES, SAMPLE_FORMAT = 274, 277, 284, 317, 338, 339
_WANTED = (
    *(WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, ORIENTATION),
    *(SAMPLES, PLANAR, EXTRA_SAMPLES, SAMPLE_FORMAT),
)

# What it means where a tag is left out: TIFF 6.0, sections 8 and 19.
_MISSING = dict.fromkeys(
    (BITS, COMPRESSION, FILL_ORDER, ORIENTATION, SAMPLES, PLANAR, SAMPLE_FORMAT), (1,)
)

_WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I"}

# No picture that is filtered has as many channels.
_MOST_NUMBERS = 16

Tags = dict[int, tuple[int, ...]]


def pages(file: BinaryIO) -> list[Tags]:
    """The tags of each page; bits and formats of values are given for each channel."""
    return [_complete(page) for page in Reader(file).pages(_WANTED)]


def _complete(page: Directory) -> Tags:
    found = _MISSING | {tag: value for tag in page if (value := numbers(page, tag))}
    for tag in (BITS, SAMPLE_FORMAT):
        if len(found[tag]) == 1:
            found[tag] *= min(max(found[SAMPLES][0], 1), _MOST_NUMBERS)
    return found


def numbers(page: Directory, tag: int) -> tuple[int, ...]:
    """The whole numbers that a tag stands for, none where it is missing or something else."""
    entry = page.get(tag)
    if not isinstance(entry, Entry) or entry.type not in _WHOLE_NUMBERS:
        return ()
    form = f"<{min(entry.number, _MOST_NUMBERS)}{_WHOLE_NUMBERS[entry.type]}"
    return struct.unpack(form, entry.data[: struct.calcsize(form)])
