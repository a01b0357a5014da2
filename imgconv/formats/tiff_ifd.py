"""Image file directories (IFDs), of which TIFF and EXIF are made: tags with values.

TIFF 6.0, section 2. BigTIFF, which has 8-byte offsets, is only read. Values keep their bytes, but
always in little-endian order.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import BytesIO
from typing import BinaryIO, NamedTuple, TypeAlias

from imgconv.errors import WriteError

COMPRESSION, ORIENTATION, SAMPLES, PLANAR, PREDICTOR = 259, 274, 277, 284, 317
TILE_WIDTH, TILE_LENGTH, EXTRA_SAMPLES, SAMPLE_FORMAT = 322, 323, 338, 339

# Tags of nested directories (EXIF, GPS and interoperability), and of the offsets of pixels.
NESTED = (34665, 34853, 40965)
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324

# The offsets of strips, of tiles and of old JPEGs, each with the tag of their lengths.
_PIXEL_TAGS = ((_STRIP_OFFSETS, 279), (_TILE_OFFSETS, 325), (513, 514))
PIXEL_TAGS = frozenset(tag for pair in _PIXEL_TAGS for tag in pair)

# Tags that describe how pixels are stored: whoever encodes the pixels writes them. TIFF 6.0,
# sections 8 to 22, and its supplements.
STORAGE = {*range(256, 260), 262, *range(264, 267), 273, *range(277, 280), PLANAR, 288, 289}
STORAGE |= {292, 293, PREDICTOR, *range(320, 329), EXTRA_SAMPLES, SAMPLE_FORMAT, 342, 346, 347}
STORAGE -= {321}  # halftone hints
STORAGE |= {*range(512, 522), *range(529, 533)}

BYTE, SHORT, LONG, RATIONAL, UNDEFINED, DOUBLE = 1, 3, 4, 5, 7, 12

# The bytes of a value by its type, and of the words in it that have a byte order.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8, 17: 8}
_WORD_SIZES = {5: 4, 10: 4}

# Types of offsets, which have 8 bytes in BigTIFF, and of integers.
_OFFSET_FORMS = {LONG: "I", 13: "I", 16: "Q", 18: "Q"}
_INTEGER_FORMS = {BYTE: "B", SHORT: "H", LONG: "I"}

# Integers of 8 bytes and their form, and the same with 4 bytes.
_NARROW_TYPES = {16: ("Q", LONG, "I"), 17: ("q", 9, "i")}

# Tags that are not read: Photoshop's layers, which show the picture as it was; ranges of levels,
# which filters change; and offsets of other directories. Offsets mostly have the types 13 and 18,
# which have no size here.
SUB_IFDS, LAYERS, LEVEL_RANGES = 330, 37724, (280, 281, 340, 341)
FURTHER_IFDS = (SUB_IFDS, 400)
_UNREAD = (*FURTHER_IFDS, LAYERS, *LEVEL_RANGES)

# A file that exceeds these limits is an attempt to take time: the integers of a tag, one a channel,
# the pages, and the directories inside each other.
MOST_INTEGERS, _MOST_PAGES, _DEEPEST = 16, 100_000, 2


class Entry(NamedTuple):
    """The values of a tag: their type, how many, and their bytes."""

    type: int
    number: int
    data: bytes


Directory: TypeAlias = "dict[int, Entry | Directory]"


def integers(directory: Directory, tag: int) -> tuple[int, ...]:
    """Return up to ``MOST_INTEGERS`` of ``all_integers``."""
    return all_integers(directory, tag, MOST_INTEGERS)


def all_integers(directory: Directory, tag: int, most: int = 1 << 32) -> tuple[int, ...]:
    """Return the integers of a tag, none where it is missing or of another type."""
    entry = directory.get(tag)
    if not isinstance(entry, Entry) or entry.type not in _INTEGER_FORMS:
        return ()
    form = f"<{min(entry.number, most)}{_INTEGER_FORMS[entry.type]}"
    return struct.unpack(form, entry.data[: struct.calcsize(form)])


def first_integer(directory: Directory, tag: int, default: int) -> int:
    return (*integers(directory, tag), default)[0]


def pixels_end(pages: Iterable[Directory]) -> int:
    """Return where the last strip or tile of pages ends, 0 where no page says it."""
    ends = [0]
    for page in pages:
        for pair in _PIXEL_TAGS:
            offsets, lengths = (all_integers(page, tag) for tag in pair)
            ends += map(sum, zip(offsets, lengths, strict=False))
    return max(ends)


class _Layout(NamedTuple):
    """The byte order, and the ``struct`` forms of a number of entries, an entry and an offset."""

    order: str
    entry_count: str
    entry: str
    offset: str


class Reader:
    """Reads directories from a file; ``left_out`` gets the tags of what it cannot hand on.

    These are broken values, and ``_UNREAD`` tags. Neither all directories together nor all values
    are longer than the file, which limits time and memory. ``end`` is where the last directory ends
    that has been read, or the last value of a tag in one, wanted or not.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = self._entries_left = self._values_left = file.seek(0, 2)
        self._values: dict[tuple[int, int], bytes] = {}
        self.left_out: list[int] = []
        self.end = 0
        file.seek(0)
        mark = file.read(4)
        order = {b"II": "<", b"MM": ">"}.get(mark[:2], "")
        is_big = mark[2:] in (b"+\0", b"\0+")
        forms = ("Q", "HHQ8s", "Q") if is_big else ("H", "HHI4s", "I")
        self._layout = _Layout(order, *forms)
        file.seek(8 if is_big else 4)
        self._first = self._integer(order + self._layout.offset) if order else 0

    @property
    def is_big_endian(self) -> bool:
        return self._layout.order == ">"

    def pages(self, is_wanted: Callable[[int], bool] = lambda tag: True) -> list[Directory]:
        """Return the directory of each page, with the tags for which ``is_wanted`` is true."""
        pages: list[Directory] = []
        offset = self._first
        seen: set[int] = set()
        while offset and offset not in seen and len(pages) < _MOST_PAGES:
            seen.add(offset)
            directory, offset = self._directory(offset, is_wanted, 0)
            pages.append(directory)
        return pages

    def _directory(
        self, offset: int, is_wanted: Callable[[int], bool], depth: int
    ) -> tuple[Directory, int]:
        """Return the directory at an offset, and the offset of the next one, 0 for none."""
        order, count_form, entry_form, offset_form = self._layout
        self._file.seek(min(offset, self._length))
        count = self._integer(order + count_form)
        size = struct.calcsize(order + entry_form)
        raw = self._file.read(min(count * size, self._entries_left))
        self._entries_left -= len(raw)
        following = self._integer(order + offset_form) if len(raw) == count * size else 0
        self.end = max(self.end, self._file.tell())
        directory: Directory = {}
        entries = struct.iter_unpack(order + entry_form, raw[: len(raw) // size * size])
        for tag, *field in entries:
            self.end = max(self.end, self._values_end(*field))
            if is_wanted(tag):
                read = partial(self._nested, depth) if tag in NESTED else self._entry
                entry = None if tag in _UNREAD else read(*field)
                if entry is None:
                    self.left_out.append(tag)
                else:
                    directory[tag] = entry
        return directory, following

    def _integer(self, form: str) -> int:
        data = self._file.read(struct.calcsize(form))
        return int(struct.unpack(form, data)[0]) if len(data) == struct.calcsize(form) else 0

    def _nested(self, depth: int, type_: int, count: int, value: bytes) -> Directory | None:
        if type_ not in _OFFSET_FORMS or count != 1 or depth == _DEEPEST:
            return None
        (offset,) = struct.unpack_from(self._layout.order + _OFFSET_FORMS[type_], value)
        return self._directory(offset, lambda tag: True, depth + 1)[0]

    def _entry(self, type_: int, count: int, value: bytes) -> Entry | None:
        size = count * _SIZES.get(type_, 0)
        data = value[:size] if size <= len(value) else self._read_values(value, size)
        if type_ not in _SIZES or len(data) < size:
            return None
        data = swap(data, type_) if self.is_big_endian else data
        if type_ in _NARROW_TYPES:
            return _narrowed(type_, count, data)
        return Entry(type_, count, data)

    def _values_end(self, type_: int, count: int, value: bytes) -> int:
        """Return where values end that stand elsewhere in the file, else 0."""
        size = count * _SIZES.get(type_, 0)
        end = self._offset(value) + size if size > len(value) else 0
        return end if end <= self._length else 0

    def _offset(self, value: bytes) -> int:
        return int(struct.unpack(self._layout.order + self._layout.offset, value)[0])

    def _read_values(self, offset_bytes: bytes, size: int) -> bytes:
        """Return values from elsewhere in the file; values that tags share are read once."""
        offset = self._offset(offset_bytes)
        if (offset, size) not in self._values:
            if offset + size > self._length or size > self._values_left:
                return b""
            self._values_left -= size
            self._file.seek(offset)
            self._values[offset, size] = self._file.read(size)
        return self._values[offset, size]


def _narrowed(type_: int, count: int, data: bytes) -> Entry | None:
    """Return integers of 8 bytes, which only BigTIFF has, with 4; None where they do not fit."""
    wide, narrow, form = _NARROW_TYPES[type_]
    try:
        numbers = struct.pack(f"<{count}{form}", *struct.unpack(f"<{count}{wide}", data))
    except struct.error:
        return None
    return Entry(narrow, count, numbers)


def swap(data: bytes, type_: int) -> bytes:
    """Return the bytes of values in the other byte order."""
    word = _WORD_SIZES.get(type_, _SIZES[type_])
    if word == 1:
        return data
    numbers = array({2: "H", 4: "I", 8: "Q"}[word], data)
    numbers.byteswap()
    return numbers.tobytes()


def encode_exif(directory: Directory) -> bytes:
    return b"II*\0\x08\0\0\0" + bytes(_encode_directory(directory, 8, "<"))


def decode_exif(data: bytes) -> Directory:
    return next(iter(Reader(BytesIO(data)).pages()), {})


def join_pages(files: Sequence[bytes], additions: Sequence[Directory]) -> bytes:
    """Return one file of the pages of files of one page each.

    Each page keeps the tags of ``STORAGE``, and its ``additions`` replace all others. The files
    follow one another unchanged, each with a new directory behind it. Raises ``WriteError`` for
    more than 4 GB.
    """
    order = "<" if files[0][:2] == b"II" else ">"
    previous, link = bytearray(files[0][:8]), 4  # where the offset of the next directory belongs
    parts: list[bytes | bytearray | memoryview] = [previous]
    length = 0
    try:
        for data, added in zip(files, additions, strict=True):
            (page,) = Reader(BytesIO(data)).pages(STORAGE.__contains__)
            page = _move_pixels(page, length) | added
            offset = length + len(data) + len(data) % 2
            struct.pack_into(order + "I", previous, link, offset)
            previous, link = _encode_directory(page, offset, order), 2 + 12 * len(page)
            parts += [memoryview(data)[0 if length else 8 :], bytes(len(data) % 2), previous]
            length = offset + len(previous)
    except struct.error as error:
        raise WriteError(
            "TIFF cannot hold more than 4 GB", "compress it, or choose another format"
        ) from error
    return b"".join(parts)


def without_missing_pages(data: bytes) -> bytes:
    """Return a file that ends with the last page whose directory is whole; BigTIFF as it is."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    link, seen = 4, {0}
    while order:
        (start,) = struct.unpack_from(order + "I", data, link)
        if start in seen:
            break
        count = struct.unpack_from(order + "H", data, start)[0] if start + 2 <= len(data) else 0
        end = start + 2 + 12 * count
        if not count or end + 4 > len(data):
            return data[:link] + bytes(4) + data[link + 4 :]
        seen.add(start)
        link = end
    return data


def _move_pixels(page: Directory, distance: int) -> Directory:
    """Return a directory whose pixels stand ``distance`` bytes further behind."""
    moved = dict(page)
    for tag in (_STRIP_OFFSETS, _TILE_OFFSETS):
        if isinstance(entry := page.get(tag), Entry):
            form = f"<{entry.number}{_INTEGER_FORMS[entry.type]}"
            offsets = [offset + distance for offset in struct.unpack(form, entry.data)]
            moved[tag] = Entry(LONG, entry.number, struct.pack(f"<{entry.number}I", *offsets))
    return moved


def _encode_directory(directory: Directory, at: int, order: str) -> bytearray:
    """Return a directory for the offset ``at``, followed by the values that it points to."""
    values_start = at + 2 + 12 * len(directory) + 4
    entries, values = [struct.pack(order + "H", len(directory))], bytearray()
    for tag, value in sorted(directory.items()):
        offset = values_start + len(values)
        if isinstance(value, dict):
            type_, number = LONG, 1
            data: bytes | bytearray = _encode_directory(value, offset, order)
        else:
            type_, number = value.type, value.number
            data = swap(value.data, type_) if order == ">" else value.data
        is_short = len(data) <= 4
        field = data.ljust(4, b"\0") if is_short else struct.pack(order + "I", offset)
        entries.append(struct.pack(order + "HHI", tag, type_, number) + field)
        values += b"" if is_short else data + bytes(len(data) % 2)
    return bytearray().join([*entries, bytes(4), values])
