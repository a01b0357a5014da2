"""EXIF, a TIFF file without pixels, whose tags are changed in place.

A maker's note may hold offsets, so no byte may move. Only a thumbnail that has become longer is
added at the end.
"""

import struct

_PREFIX = b"Exif\0\0"
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_SHORT, _LONG = 3, 4
_INTEGERS = {1: "B", _SHORT: "H", _LONG: "I"}
_ORIENTATIONS, _UPRIGHT = range(1, 9), 1

_ORIENTATION, _EXIF_IFD = 0x0112, 0x8769

# The tags of width and height: of the TIFF directory, and of the EXIF directory.
_SIZE, _EXIF_SIZE = (0x0100, 0x0101), (0xA002, 0xA003)

# Pairs of tags for columns and rows: the sizes and the resolutions.
_TRANSPOSED_TAGS = (_SIZE, (0x011A, 0x011B), _EXIF_SIZE, (0xA20E, 0xA20F))

# Tags of the offset and the length of a thumbnail, as JPEG or as one strip of bare pixels.
_JPEG_THUMBNAIL, _BARE_THUMBNAIL = (0x0201, 0x0202), (0x0111, 0x0117)

_JPEG = b"\xff\xd8"

# The most bytes of EXIF that every reader of JPEG finds: those of one segment.
_LONGEST = 65_533 - len(_PREFIX)


class Exif:
    """The tags of an EXIF block; none where it is damaged."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        self._start = len(_PREFIX) if data.startswith(_PREFIX) else 0
        self._byte_order = _BYTE_ORDERS.get(data[self._start : self._start + 4], "")
        first = self._start + self._number("I", self._start + 4)
        self._entries = self._read_ifd(first)
        self._orientation = self._entries.get(_ORIENTATION)
        self._link = first + 2 + 12 * self._number("H", first)
        self._thumbnail = self._read_ifd(self._start + (self._number("I", self._link) or len(data)))
        if _EXIF_IFD in self._entries:
            nested = self._start + self._number("I", self._entries[_EXIF_IFD] + 8)
            self._entries = self._read_ifd(nested) | self._entries

    def _read_ifd(self, at: int) -> dict[int, int]:
        """Return the offset of the 12-byte entry of each tag in an IFD."""
        count = min(self._number("H", at), (len(self.data) - at - 2) // 12)
        entries = range(at + 2, at + 2 + 12 * count, 12) if self._byte_order else ()
        return {self._number("H", entry): entry for entry in entries}

    def _number(self, form: str, at: int) -> int:
        """Return the integer at an offset, 0 beyond the end."""
        form = self._byte_order + form
        if at + struct.calcsize(form) > len(self.data):
            return 0
        return int(struct.unpack_from(form, self.data, at)[0])

    def _integer(self, entry: int | None) -> int | None:
        """Return the value of the entry at an offset, None without one or of another type."""
        form = _INTEGERS.get(self._number("H", entry + 2)) if entry else None
        return self._number(form, entry + 8) if entry and form else None

    def _set_integer(self, entry: int | None, value: int) -> None:
        """Set the value of the entry at an offset, if there is one and it has another value."""
        if entry and self._integer(entry) != value:
            is_long = value >= 1 << 16 or self._number("H", entry + 2) == _LONG
            form, type_ = ("HII", _LONG) if is_long else ("HIHxx", _SHORT)
            struct.pack_into(self._byte_order + form, self.data, entry + 2, type_, 1, value)

    @property
    def orientation(self) -> int | None:
        number = self._integer(self._orientation)
        return number if number in _ORIENTATIONS else None

    def set_upright(self, transposed: bool) -> None:
        """Set the orientation to 1, and exchange tags of columns and rows."""
        if self._orientation is None:
            return
        self._set_integer(self._orientation, _UPRIGHT)
        for across, down in _TRANSPOSED_TAGS if transposed else ():
            if across in self._entries and down in self._entries:
                entries = self._entries[across], self._entries[down]
                one, other = (slice(at + 2, at + 12) for at in entries)  # all but the tags
                self.data[one], self.data[other] = self.data[other], self.data[one]

    def set_size(self, size: tuple[int, int]) -> None:
        """Set the width and the height where there are tags for them."""
        for tags in (_SIZE, _EXIF_SIZE):
            for tag, number in zip(tags, size, strict=True):
                self._set_integer(self._entries.get(tag), number)

    @property
    def has_thumbnail(self) -> bool:
        return bool(self._thumbnail)

    def drop_thumbnail(self) -> None:
        """Remove the thumbnail, also its bytes, to which nothing would point."""
        self._clear_thumbnail()
        struct.pack_into("I", self.data, self._link, 0)
        self._thumbnail = {}

    def replace_thumbnail(self, jpeg: bytes, size: tuple[int, int]) -> bool:
        """Replace a thumbnail of JPEG; return whether there was one, and room for the new one."""
        if not self._thumbnail.keys() >= {*_JPEG_THUMBNAIL}:
            return False
        start, room = self._clear_thumbnail()
        if len(jpeg) > room:
            end = len(self.data)
            start = start if room and start + room == end else end
            if start + len(jpeg) > _LONGEST:
                return False
            room = end - start
        self.data[start : start + min(room, len(jpeg))] = jpeg
        values = (start - self._start, len(jpeg), *size, self.orientation or _UPRIGHT)
        for tag, value in zip((*_JPEG_THUMBNAIL, *_SIZE, _ORIENTATION), values, strict=True):
            self._set_integer(self._thumbnail.get(tag), value)
        return True

    def _clear_thumbnail(self) -> tuple[int, int]:
        """Set a thumbnail's bytes to 0; return their offset and number, which is 0 without one."""
        first = min(self._thumbnail.values())
        for tags in (_JPEG_THUMBNAIL, _BARE_THUMBNAIL):
            start, length = (self._integer(self._thumbnail.get(tag)) or 0 for tag in tags)
            start += self._start
            is_behind = start > first or self.data[start : start + 2] == _JPEG
            if length and is_behind and start + length <= len(self.data):
                self.data[start : start + length] = bytes(length)
                return start, length
        return 0, 0
