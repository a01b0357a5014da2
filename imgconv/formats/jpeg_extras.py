"""What a JPEG file holds behind its picture: gain maps, previews, other pictures, films, any data.

The Multi-Picture Format (MPF, CIPA DC-007) lists pictures by their offsets. XMP claims the gain
maps of Ultra HDR and the films of motion photos by their lengths, counted from the end of the file:
what is carried stays in order.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from imgconv.formats import Metadata
from imgconv.formats.metadata import FURTHER_PICTURES

# The beginning of a JPEG, and the markers that are not inside coded pixels (T.81, B.1.1).
_BEGINNING = b"\xff\xd8\xff"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
END_MARKER = 0xD9

# The beginning of the segment with the index of MPF.
MPF = b"MPF\0"

# Tags of that index, and the form of its entries: how many there are, and their bytes.
_NUMBER, _ENTRIES = 0xB001, 0xB002
_ENTRY = "3I2H"

# Types of pictures in MPF: smaller ones of the first picture, and gain maps (DC-007-2021).
_TYPE_BITS = 0xFFFFFF
_PREVIEWS, _GAIN_MAPS = (0x010001, 0x010002), (0x050000,)

# Gain maps as the segments of their own files name them: XMP of Adobe and of Apple, ISO 21496-1.
ISO_GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\0"
_GAIN_MAP_NAMES = (b"hdrgm:", b"hdrgainmap", ISO_GAIN_MAP)
_NAMED_WITHIN = 1 << 16

# Claims of a gain map in the XMP of the picture: attributes and elements, and list items.
_CLAIMS = (
    rb"\s(?:xmlns:)?(?:hdrgm|HDRGainMap)(?::\w+)?\s*=\s*(?:\"[^\"]*\"|'[^']*')"
    rb"|<((?:hdrgm|HDRGainMap):\w+)(?:\s*/>|>[^<]*</\1>)"
)
_ITEM = rb"(?s)\s*<rdf:li\b.*?</rdf:li>"
_GAIN_MAP_ITEM = rb"Semantic(?:\s*=\s*[\"']|>\s*)GainMap\b"
_CLAIMING = (b"hdrgm", b"GainMap")


class Entry(NamedTuple):
    """A picture in an index of MPF.

    ``offset`` counts from the index, and is 0 for the first picture. ``parent`` and ``child`` are
    numbers of pictures, from 1, or 0.
    """

    attributes: int
    size: int
    offset: int
    parent: int
    child: int


class Index:
    """An index of MPF, whose block of bytes stays as long as it is."""

    def __init__(self, block: bytes) -> None:
        """Raise ``struct.error`` or ``KeyError`` for a damaged block."""
        self.block, self._order = block, {b"II": "<", b"MM": ">"}[block[:2]]
        (first,) = self._unpack("I", 4)
        (count,) = self._unpack("H", first)
        fields = range(first + 2, first + 2 + 12 * count, 12)
        self._fields = {self._unpack("H", at)[0]: at for at in fields}
        size, self._start = self._unpack("2I", self._fields[_ENTRIES] + 4)
        places = range(self._start, self._start + size, struct.calcsize(_ENTRY))
        self.entries = [Entry(*self._unpack(_ENTRY, place)) for place in places]

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self._order + form, self.block, at)

    def select(self, offsets: dict[int, int]) -> list[Entry]:
        """Return the entries of the first picture and of the further pictures that are kept.

        ``offsets`` has the new offset of each further picture, by its number in the index.
        """
        kept = [0, *offsets]
        renumbered = {old + 1: new for new, old in enumerate(kept, start=1)}
        return [
            entry._replace(
                offset=offsets.get(number, 0),
                parent=renumbered.get(entry.parent, 0),
                child=renumbered.get(entry.child, 0),
            )
            for number, entry in enumerate(self.entries)
            if number in kept
        ]

    def encode(self, entries: list[Entry], at: int, end: int) -> bytes:
        """Return the block for the offset ``at`` of a file whose first picture ends at ``end``.

        The offsets of the other ``entries`` count from there.
        """
        first, *others = entries
        placed = [entry._replace(offset=end + entry.offset - at) for entry in others]
        packed = [
            struct.pack(self._order + _ENTRY, *e) for e in (first._replace(size=end), *placed)
        ]
        block = bytearray(self.block)
        struct.pack_into(self._order + "I", block, self._fields[_NUMBER] + 8, len(packed))
        size = len(data := b"".join(packed))
        struct.pack_into(self._order + "I", block, self._fields[_ENTRIES] + 4, size)
        block[self._start : self._start + size] = data
        return bytes(block)


def markers(data: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the second byte of each marker from a picture's beginning to its end, if it has one.

    With it comes the offset behind the marker, where the length of a segment stands.
    """
    at = start + 2
    while found := _MARKER.search(data, at):
        at = found.end()
        yield data[at - 1], at
        if data[at - 1] == END_MARKER:
            return
        at += int.from_bytes(data[at : at + 2])


def _end_of_picture(data: bytes, start: int = 0) -> int:
    """Return the offset behind the picture that begins at ``start``, or behind all data."""
    return next((at for marker, at in markers(data, start) if marker == END_MARKER), len(data))


def read(data: bytes, block: bytes | None) -> Metadata:
    """Return native metadata of all that lies behind the picture in a file.

    ``block`` is its index of MPF. The result has an ``index`` if pictures in the trailer belong to
    it, and their ``entries``.
    """
    try:
        index = Index(block) if block else None
    except (struct.error, KeyError):
        index = None
    trailer, names = bytearray(), []
    offsets: dict[int, int] = {}
    at = end = _end_of_picture(data)
    for number, start, stop in _pictures(data, end, index):
        trailer += data[at:start]
        at = stop
        type_ = index.entries[number].attributes & _TYPE_BITS if index and number else 0
        names.append(_name(data[start : min(stop, start + _NAMED_WITHIN)], type_))
        if names[-1] == FURTHER_PICTURES:
            offsets |= {number: len(trailer)} if number else {}
            trailer += data[start:stop]
    trailer += data[at:]
    names += ["film"] if b"ftyp" in trailer else []
    result: Metadata = {"trailer": bytes(trailer)}
    for key, kept in (("unfiltered", (FURTHER_PICTURES, "film")), ("extras", ("gain map",))):
        result[key] = [name for name in dict.fromkeys(names) if name in kept]
    result["left_out"] = ["preview"] if "preview" in names else []
    if index and (offsets or len(index.entries) == 1):
        result |= {"index": index, "entries": index.select(offsets)}
    return result


def _pictures(data: bytes, end: int, index: Index | None) -> Iterator[tuple[int, int, int]]:
    """Yield number, beginning and end of each picture behind ``end``, in order.

    The number is 0 for a picture that the index does not list, but that follows the first one.
    """
    entries = enumerate(index.entries if index else ())
    index_at = data.index(MPF + index.block) + len(MPF) if index else 0
    found = sorted((index_at + entry.offset, entry.size, n) for n, entry in entries if n)
    if data.startswith(_BEGINNING, end) and end not in (start for start, *_ in found):
        found.insert(0, (end, _end_of_picture(data, end) - end, 0))
    at = end
    for start, size, number in found:
        if at <= start < start + size <= len(data):
            yield number, start, start + size
            at = start + size


def _name(head: bytes, type_: int) -> str:
    if type_ in _GAIN_MAPS or any(name in head for name in _GAIN_MAP_NAMES):
        return "gain map"
    return "preview" if type_ in _PREVIEWS else FURTHER_PICTURES


def without_gain_map(xmp: bytes) -> bytes:
    """Return the XMP of a picture without its claims of a gain map."""
    if not any(name in xmp for name in _CLAIMING):
        return xmp
    items, close, rest = xmp.rpartition(b"</rdf:li>")

    def kept(item: re.Match[bytes]) -> bytes:
        return b"" if re.search(_GAIN_MAP_ITEM, item[0]) else item[0]

    return re.sub(_CLAIMS, b"", re.sub(_ITEM, kept, items + close) + rest)
