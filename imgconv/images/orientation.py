"""Orientation: the symmetry of the square that makes stored pixels upright (EXIF tag 0x0112).

A filter is laid over the upright picture, though its pixels stay as they are stored: the kernel is
turned instead. With ``--upright`` the picture is turned. Its EXIF tags are then changed in place: a
maker's note may hold offsets, so no byte may move.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from imgconv.kernels.filter import Filter
from imgconv.kernels.symmetry import Symmetry

if TYPE_CHECKING:
    from numpy.typing import NDArray

UPRIGHT = 1

# For each value of the tag, the symmetry that makes the stored picture upright.
SYMMETRIES = {
    UPRIGHT: Symmetry(),
    2: Symmetry(mirrored=True),
    3: Symmetry(upside_down=True, mirrored=True),
    4: Symmetry(upside_down=True),
    5: Symmetry(transposed=True),
    6: Symmetry(mirrored=True, transposed=True),
    7: Symmetry(upside_down=True, mirrored=True, transposed=True),
    8: Symmetry(upside_down=True, transposed=True),
}

_PREFIX = b"Exif\0\0"
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_INTEGERS = {1: "B", 3: "H", 4: "I"}

_ORIENTATION, _EXIF_IFD = 0x0112, 0x8769

# Pairs of tags, for columns and rows: size, resolution, and EXIF's own size and resolution.
_TRANSPOSED_TAGS = ((0x0100, 0x0101), (0x011A, 0x011B), (0xA002, 0xA003), (0xA20E, 0xA20F))

_XMP_ORIENTATION = rb"(tiff:Orientation\s*(?:=\s*[\"']|>)\s*)([1-8])"

_TRANSPOSED_XMP = {
    b"tiff:ImageWidth": b"tiff:ImageLength",
    b"tiff:XResolution": b"tiff:YResolution",
    b"exif:PixelXDimension": b"exif:PixelYDimension",
    b"exif:FocalPlaneXResolution": b"exif:FocalPlaneYResolution",
}


class _Exif:
    """The tags of an EXIF block, a TIFF file without pixels; none where it is damaged."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        self._start = len(_PREFIX) if data.startswith(_PREFIX) else 0
        self._byte_order = _BYTE_ORDERS.get(data[self._start : self._start + 4], "")
        self._ifd = self._start + self._number("I", self._start + 4)
        self._entries = self._read_ifd(self._ifd)
        self._orientation = self._entries.get(_ORIENTATION)
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

    @property
    def orientation(self) -> int | None:
        at = self._orientation
        form = _INTEGERS.get(self._number("H", at + 2)) if at else None
        number = self._number(form, at + 8) if at and form else None
        return number if number in SYMMETRIES else None

    def set_upright(self, transposed: bool) -> None:
        """Set the orientation to 1, exchange tags of columns and rows, and drop the thumbnail.

        A camera's thumbnail would lie on its side.
        """
        if self._orientation is None:
            return
        at = self._orientation + 2
        struct.pack_into(f"{self._byte_order}HIHH", self.data, at, 3, 1, UPRIGHT, 0)
        next_ifd = self._ifd + 2 + 12 * self._number("H", self._ifd)
        if next_ifd + 4 <= len(self.data):
            struct.pack_into("I", self.data, next_ifd, 0)
        for across, down in _TRANSPOSED_TAGS if transposed else ():
            if across in self._entries and down in self._entries:
                entries = self._entries[across], self._entries[down]
                one, other = (slice(at + 2, at + 12) for at in entries)  # all but the tags
                self.data[one], self.data[other] = self.data[other], self.data[one]


def orientation_of(info: Mapping[str, Any]) -> int:
    """Return the orientation, 1 to 8, in the ``info`` of a Pillow image.

    EXIF comes before XMP, as in Pillow; without either the picture is upright.
    """
    orientation = _Exif(info.get("exif") or b"").orientation
    if orientation is None and info.get("xmp"):
        found = re.search(_XMP_ORIENTATION, _encoded(info["xmp"]))
        orientation = int(found[2]) if found else None
    return orientation or UPRIGHT


def _encoded(xmp: bytes | str) -> bytes:
    return xmp.encode() if isinstance(xmp, str) else xmp


def as_seen(filters: Sequence[Filter], orientation: int) -> Sequence[Filter]:
    """Return filters for stored pixels that act as ``filters`` do on upright ones.

    A kernel laid over a turned picture is the kernel turned back, laid over the picture.
    """
    symmetry = SYMMETRIES[orientation]
    if not any(symmetry):
        return filters
    return [filter.map_kernels(lambda kernel: kernel.turned(symmetry)) for filter in filters]


def upright_array(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return an upright view of an array (height, width, ...); itself for no orientation."""
    symmetry = SYMMETRIES.get(orientation, SYMMETRIES[UPRIGHT])
    array = array.swapaxes(0, 1) if symmetry.transposed else array
    array = array[::-1] if symmetry.upside_down else array
    return array[:, ::-1] if symmetry.mirrored else array


def upright_info(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``info`` of a Pillow image for its pixels once they are upright."""
    transposed = SYMMETRIES[orientation_of(info)].transposed
    upright = dict(info)
    if info.get("exif"):
        exif = _Exif(info["exif"])
        if exif.orientation != UPRIGHT:
            exif.set_upright(transposed)
        upright["exif"] = bytes(exif.data)
    if info.get("xmp"):
        xmp = _upright_xmp(_encoded(info["xmp"]), transposed)
        upright["xmp"] = xmp.decode() if isinstance(info["xmp"], str) else xmp
    if info.get("dpi") and transposed:
        upright["dpi"] = info["dpi"][::-1]
    return upright


def _upright_xmp(xmp: bytes, transposed: bool) -> bytes:
    xmp = re.sub(_XMP_ORIENTATION, rb"\g<1>1", xmp)
    if not transposed:
        return xmp
    exchanged = _TRANSPOSED_XMP | {down: across for across, down in _TRANSPOSED_XMP.items()}
    names = b"|".join(re.escape(name) for name in exchanged)
    return re.sub(names, lambda found: exchanged[found[0]], xmp)
