"""Image file directories, of which TIFF and EXIF are made: tags with values, read and written.

TIFF 6.0, section 2; BigTIFF, which has eight bytes where TIFF has four, is read as well. The bytes
of values are kept as they are, but in one order, the little end first.

The tags of a TIFF that tell how its pixels are stored, as numbers.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Container, Sequence
from io import BytesIO
from typing import BinaryIO, NamedTuple, TypeAlias

from imgconv.errors import WriteError


class Entry(NamedTuple):
    """The values of a tag: their type, how many, and their bytes."""

    type: int
    number: int
    data: bytes


Directory: TypeAlias = "dict[int, Entry | Directory]"

# Types by their numbers: how many bytes a value has, and how many of them turn round together.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}

_WORDS = {5: 4, 10: 4}

SHORT, _LONG = 3, 4

# Types of a place, which may have eight bytes in BigTIFF.
_PLACES = {_LONG: "I", 13: "I", 16: "Q", 18: "Q"}

# The tags that stand for directories of their own: EXIF's, that of places, that of operations.
BELOW = (34665, 34853, 40965)

_DEEPEST = 2

# Where the strips and tiles of pixels are.
_PIXELS = (273, 324)

# A file has no more pages than this, unless it is made to take time.
_MOST_PAGES = 100_000


class _Layout(NamedTuple):
    """The order of bytes, and the forms of a number of entries, an entry and an offset."""

    order: str
    number: str
    entry: str
    offset: str


def _layout(file: BinaryIO) -> tuple[_Layout, int] | None:
    """How a file is laid out, and where its first directory stands."""
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    if head[2:4] in (b"+\0", b"\0+") and len(head) == 16:
        return _Layout(order, "Q", "HHQ8s", "Q"), struct.unpack(order + "Q", head[8:])[0]
    return _Layout(order, "H", "HHI4s", "I"), struct.unpack(order + "I", head[4:8])[0]


class Reader:
    """Reads directories from a file; what is broken in them is left out.

    All directories together are no longer than the file is, nor are all values, so that no file
    takes more time or memory than its length allows.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = self._entries_left = self._values_left = file.seek(0, 2)
        self._known: dict[tuple[int, int], bytes] = {}
        self._start = _layout(file)

    def pages(self, tags: Container[int] | None = None) -> list[Directory]:
        """The directories one after the other, of all tags or of those that are wanted."""
        found: list[Directory] = []
        if self._start is None:
            return found
        self._form, at = self._start
        seen: set[int] = set()
        while at and at not in seen and len(found) < _MOST_PAGES:
            seen.add(at)
            directory, at = self._directory(at, tags, 0)
            found.append(directory)
        return found

    def _directory(self, at: int, tags: Container[int] | None, depth: int) -> tuple[Directory, int]:
        """The directory at a place, and the place of the next one, 0 where there is none."""
        order, number_form, entry_form, offset_form = self._form
        self._file.seek(min(at, self._length))
        count = self._numbers(order + number_form)[0]
        size = struct.calcsize(order + entry_form)
        raw = self._file.read(min(count * size, self._entries_left))
        self._entries_left -= len(raw)
        following = self._numbers(order + offset_form)[0] if len(raw) == count * size else 0
        directory: Directory = {}
        entries = struct.iter_unpack(order + entry_form, raw[: len(raw) // size * size])
        for tag, type_, number, value in entries:
            if tags is not None and tag not in tags:
                continue
            found = self._value(tag, type_, number, value, depth)
            if found is not None:
                directory[tag] = found
        return directory, following

    def _numbers(self, form: str) -> tuple[int, ...]:
        data = self._file.read(struct.calcsize(form))
        return struct.unpack(form, data) if len(data) == struct.calcsize(form) else (0,)

    def _value(
        self, tag: int, type_: int, number: int, value: bytes, depth: int
    ) -> Entry | Directory | None:
        form = self._form
        if tag in BELOW:
            if type_ not in _PLACES or number != 1 or depth == _DEEPEST:
                return None
            (place,) = struct.unpack_from(form.order + _PLACES[type_], value)
            return self._directory(place, None, depth + 1)[0]
        size = number * _SIZES.get(type_, 0)
        if type_ not in _SIZES or size > self._length:
            return None
        if size <= len(value):
            data = value[:size]
        else:
            data = self._read(struct.unpack(form.order + form.offset, value)[0], size)
        if len(data) < size:
            return None
        return Entry(type_, number, _turned(data, type_) if form.order == ">" else data)

    def _read(self, at: int, size: int) -> bytes:
        """Bytes that stand elsewhere in the file; those that many tags share are read once."""
        if (at, size) not in self._known:
            if at + size > self._length or size > self._values_left:
                return b""
            self._values_left -= size
            self._file.seek(at)
            self._known[at, size] = self._file.read(size)
        return self._known[at, size]


def _turned(data: bytes, type_: int) -> bytes:
    """The bytes of values in the other order."""
    word = _WORDS.get(type_, _SIZES[type_])
    if word == 1:
        return data
    numbers = array({2: "H", 4: "I", 8: "Q"}[word], data)
    numbers.byteswap()
    return numbers.tobytes()


def block(directory: Directory) -> bytes:
    """A directory alone, as EXIF is kept: the beginning of a TIFF and what it points to."""
    return b"II*\0\x08\0\0\0" + bytes(_serialised(directory, 8, "<"))


def from_block(data: bytes, tags: Container[int] | None = None) -> Directory:
    """The first directory of a block."""
    return next(iter(Reader(BytesIO(data)).pages(tags)), {})


def joined(files: Sequence[bytes], additions: Sequence[Directory], known: Container[int]) -> bytes:
    """The pages of files of one page each; of the tags that are ``known``, those that are given.

    Files stand one behind the other as they are, but for their directories, which are written anew
    behind each and point to where its pixels are now. Raises ``WriteError`` for more than TIFF has
    room for.
    """
    order = "<" if files[0][:2] == b"II" else ">"
    try:
        places, directories = _laid_out(files, additions, known, order)
    except struct.error as error:
        raise WriteError(
            "TIFF cannot hold more than 4 GB", "compress it, or choose another format"
        ) from error
    parts: list[bytes | bytearray | memoryview] = [
        files[0][:4],
        struct.pack(order + "I", places[0]),
    ]
    for data, directory, following in zip(files, directories, [*places[1:], 0], strict=True):
        (count,) = struct.unpack_from(order + "H", directory)
        struct.pack_into(order + "I", directory, 2 + 12 * count, following)
        parts += [data, bytes(len(data) % 2), directory]
    parts[2] = memoryview(files[0])[8:]
    return b"".join(parts)


def _laid_out(
    files: Sequence[bytes], additions: Sequence[Directory], known: Container[int], order: str
) -> tuple[list[int], list[bytearray]]:
    """Where the directories are to stand, each behind its file, and their bytes."""
    places: list[int] = []
    directories: list[bytearray] = []
    length = 0
    for data, added in zip(files, additions, strict=True):
        page = _moved(Reader(BytesIO(data)).pages()[0], length)
        page = {tag: value for tag, value in page.items() if tag not in known} | added
        places.append(length + len(data) + len(data) % 2)
        directories.append(_serialised(page, places[-1], order))
        length = places[-1] + len(directories[-1])
    return places, directories


def _moved(page: Directory, distance: int) -> Directory:
    """A directory whose pixels have moved."""
    moved = dict(page)
    for tag in _PIXELS:
        if isinstance(entry := page.get(tag), Entry):
            size = _SIZES[entry.type]
            starts = range(0, len(entry.data), size)
            offsets = (int.from_bytes(entry.data[at : at + size], "little") for at in starts)
            data = b"".join(struct.pack("<I", offset + distance) for offset in offsets)
            moved[tag] = Entry(_LONG, entry.number, data)
    return moved


def _serialised(directory: Directory, at: int, order: str) -> bytearray:
    """The bytes of a directory that is to stand at a place, with what it points to behind it."""
    behind = at + 2 + 12 * len(directory) + 4
    entries, values = [struct.pack(order + "H", len(directory))], bytearray()
    for tag, value in sorted(directory.items()):
        place = behind + len(values)
        if isinstance(value, dict):
            entries.append(struct.pack(order + "HHII", tag, _LONG, 1, place))
            data: bytes | bytearray = _serialised(value, place, order)
        else:
            data = _turned(value.data, value.type) if order == ">" else value.data
            head = struct.pack(order + "HHI", tag, value.type, value.number)
            if len(data) <= 4:
                entries.append(head + data.ljust(4, b"\0"))
                continue
            entries.append(head + struct.pack(order + "I", place))
        values += data + bytes(len(data) % 2)
    return bytearray().join([*entries, bytes(4), values])


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
