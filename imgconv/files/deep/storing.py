"""A deep frame to the bytes of a file that holds its pixels and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgconv.errors import WriteError

if TYPE_CHECKING:
    from imgconv.picture import Pixels


def still(pixels: Pixels, name: str, **options: Any) -> bytes:
    """The bytes of a frame in the format ``name``, which is PNG, TIFF or PPM.

    ``options`` are those of a TIFF: see ``tiff_pages.still``. Raises ``WriteError`` where the codec
    is not installed.
    """
    if name == "PPM":
        from imgconv import netpbm

        return b"".join(netpbm.written(pixels))
    from imgconv.files.deep import codecs

    if not codecs.are_installed(codecs.TIFF if name == "TIFF" else codecs.PNG):
        raise WriteError(
            f"{name} of more than 8 bits needs a codec that is not installed",
            f"pip install '{codecs.EXTRA}', or give --depth 8",
        )
    if name == "TIFF":
        from imgconv.files.deep import tiff_pages

        return tiff_pages.still(pixels, **options)
    from imgconv.files.deep import png

    return png.still(pixels)
