"""Orientation: the symmetry of the square that makes stored pixels upright (EXIF tag 0x0112).

A filter is laid over the upright picture, though its pixels stay as they are stored: the kernel is
turned instead. With ``--upright`` the picture is turned, and its tags are changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from imgconv.images.exif import Exif
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

_XMP_ORIENTATION = rb"(tiff:Orientation\s*(?:=\s*[\"']|>)\s*)([1-8])"

_TRANSPOSED_XMP = {
    b"tiff:ImageWidth": b"tiff:ImageLength",
    b"tiff:XResolution": b"tiff:YResolution",
    b"exif:PixelXDimension": b"exif:PixelYDimension",
    b"exif:FocalPlaneXResolution": b"exif:FocalPlaneYResolution",
}


def orientation_of(info: Mapping[str, Any]) -> int:
    """Return the orientation, 1 to 8, in the ``info`` of a Pillow image.

    EXIF comes before XMP, as in Pillow; without either the picture is upright.
    """
    orientation = Exif(info.get("exif") or b"").orientation
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
    return [filter.turned(symmetry) for filter in filters]


def upright_array(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return an upright view of an array (height, width, ...); itself for no orientation."""
    symmetry = SYMMETRIES.get(orientation, SYMMETRIES[UPRIGHT])
    array = array.swapaxes(0, 1) if symmetry.transposed else array
    array = array[::-1] if symmetry.upside_down else array
    return array[:, ::-1] if symmetry.mirrored else array


def stored_array(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return a view of an upright array as it is stored, which ``upright_array`` undoes."""
    symmetry = SYMMETRIES[orientation]
    array = array[:, ::-1] if symmetry.mirrored else array
    array = array[::-1] if symmetry.upside_down else array
    return array.swapaxes(0, 1) if symmetry.transposed else array


def upright_info(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``info`` of a Pillow image for its pixels once they are upright."""
    transposed = SYMMETRIES[orientation_of(info)].transposed
    upright = dict(info)
    if info.get("exif"):
        exif = Exif(info["exif"])
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
