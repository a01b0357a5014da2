"""How a picture is held: from the pixels as they are stored to what a person sees.

EXIF and TIFF number eight ways (tag 274), the symmetries of the square. The pixels stay as they are
stored, so it is the kernel that is turned: what a person sees is then the filter laid over the
upright picture. Or the picture is turned upright, and its tags are mended in their place, so that
all else in them stays as it is.
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

# How the stored picture is made upright: first transposed, then turned over.
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

_WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I"}

_ORIENTATION = 0x0112

_MORE_TAGS = 0x8769

# Tags of which one is for columns and the other for rows: width, resolution, those of EXIF's own.
_ACROSS_AND_DOWN = ((0x0100, 0x0101), (0x011A, 0x011B), (0xA002, 0xA003), (0xA20E, 0xA20F))

_XMP_ORIENTATION = rb"(tiff:Orientation\s*(?:=\s*[\"']|>)\s*)([1-8])"

_XMP_ACROSS_AND_DOWN = {
    b"tiff:ImageWidth": b"tiff:ImageLength",
    b"tiff:XResolution": b"tiff:YResolution",
    b"exif:PixelXDimension": b"exif:PixelYDimension",
    b"exif:FocalPlaneXResolution": b"exif:FocalPlaneYResolution",
}


class _Exif:
    """The tags of an EXIF block, which is a TIFF file without a picture.

    Where something is broken off, there is nothing.
    """

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        self._start = len(_PREFIX) if data.startswith(_PREFIX) else 0
        self._order = _BYTE_ORDERS.get(data[self._start : self._start + 4], "")
        self._first = self._start + self._number("I", self._start + 4)
        self._places = self._listed(self._first)
        self._orientation = self._places.get(_ORIENTATION)
        more = self._places.get(_MORE_TAGS)
        if more:
            self._places = self._listed(self._start + self._number("I", more + 8)) | self._places

    def _listed(self, at: int) -> dict[int, int]:
        """The tags of a list that begins ``at`` a place, and where the twelve bytes of each lie."""
        count = min(self._number("H", at), (len(self.data) - at - 2) // 12)
        places = range(at + 2, at + 2 + 12 * count, 12) if self._order else ()
        return {self._number("H", place): place for place in places}

    def _number(self, form: str, at: int) -> int:
        """A whole number, or 0 where there is none."""
        form = self._order + form
        if at + struct.calcsize(form) > len(self.data):
            return 0
        return int(struct.unpack_from(form, self.data, at)[0])

    @property
    def orientation(self) -> int | None:
        """What the tag says; None where there is none, or one that means nothing."""
        at = self._orientation
        form = _WHOLE_NUMBERS.get(self._number("H", at + 2)) if at else None
        number = self._number(form, at + 8) if at and form else None
        return number if number in SYMMETRIES else None

    def set_upright(self, transposed: bool) -> None:
        """Mend the tag, and those that were for columns and are for rows now.

        The small picture that a camera puts in is left behind: it would lie on its side.
        """
        if self._orientation is None:
            return
        at = self._orientation + 2
        struct.pack_into(f"{self._order}HIHH", self.data, at, 3, 1, UPRIGHT, 0)
        after = self._first + 2 + 12 * self._number("H", self._first)
        if after + 4 <= len(self.data):
            struct.pack_into("I", self.data, after, 0)
        for across, down in _ACROSS_AND_DOWN if transposed else ():
            if across in self._places and down in self._places:
                self._exchange(self._places[across], self._places[down])

    def _exchange(self, one: int, other: int) -> None:
        """Exchange what two tags say: its type, how many numbers, and these or their place."""
        first, second = (slice(at + 2, at + 12) for at in (one, other))
        self.data[first], self.data[second] = self.data[second], self.data[first]


def orientation_of(info: Mapping[str, Any]) -> int:
    """The orientation, 1 to 8, of a picture whose ``info`` is that of a Pillow image.

    EXIF is asked first, then XMP, as Pillow does; where neither says anything it is 1.
    """
    found = _Exif(info.get("exif") or b"").orientation
    return found or _xmp_orientation(info.get("xmp") or b"") or UPRIGHT


def _xmp_orientation(xmp: bytes | str) -> int | None:
    if not xmp:
        return None
    found = re.search(_XMP_ORIENTATION, xmp.encode() if isinstance(xmp, str) else xmp)
    return int(found[2]) if found else None


def as_seen(filters: Sequence[Filter], orientation: int) -> Sequence[Filter]:
    """Filters for the pixels as they are stored: shown upright, the result is that of ``filters``.

    A kernel laid over a picture that is turned is the kernel turned back, laid over the picture.
    """
    symmetry = SYMMETRIES[orientation]
    if not any(symmetry):
        return filters
    return [filter.change(lambda kernel: kernel.turned(symmetry)) for filter in filters]


def upright_array(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """An array of the shape (height, width, ...), turned so that it is upright: a view.

    A number that is no orientation turns nothing.
    """
    symmetry = SYMMETRIES.get(orientation, SYMMETRIES[UPRIGHT])
    array = array.swapaxes(0, 1) if symmetry.transposed else array
    array = array[::-1] if symmetry.upside_down else array
    return array[:, ::-1] if symmetry.mirrored else array


def upright_info(info: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a picture, as in a Pillow image's ``info``, once it has been made upright."""
    transposed = SYMMETRIES[orientation_of(info)].transposed
    mended = dict(info)
    if info.get("exif"):
        mended["exif"] = _upright_exif(info["exif"], transposed)
    if info.get("xmp"):
        xmp = info["xmp"]
        encoded = xmp.encode() if isinstance(xmp, str) else xmp
        encoded = _upright_xmp(encoded, transposed)
        mended["xmp"] = encoded.decode() if isinstance(xmp, str) else encoded
    if info.get("dpi") and transposed:
        mended["dpi"] = info["dpi"][::-1]
    return mended


def _upright_exif(data: bytes, transposed: bool) -> bytes:
    exif = _Exif(data)
    if exif.orientation != UPRIGHT:
        exif.set_upright(transposed)
    return bytes(exif.data)


def _upright_xmp(xmp: bytes, transposed: bool) -> bytes:
    xmp = re.sub(_XMP_ORIENTATION, rb"\g<1>1", xmp)
    if not transposed:
        return xmp
    exchanged = _XMP_ACROSS_AND_DOWN | {down: x for x, down in _XMP_ACROSS_AND_DOWN.items()}
    names = b"|".join(re.escape(name) for name in exchanged)
    return re.sub(names, lambda found: exchanged[found[0]], xmp)
