"""Pillow's modes: a row of ``MODES`` says how pictures of a mode are filtered."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from imgconv.errors import ReadError
from imgconv.images.pixels import Header

if TYPE_CHECKING:
    from PIL.Image import Image


# The most bytes that Pillow puts into one block: see pillow_buffers.py.
LARGEST_BLOCK = (1 << 31) - 1


class Mode(NamedTuple):
    """A mode of Pillow, which converts a picture to the mode ``filtered_as`` first.

    ``pixel_bytes`` is the larger size of a pixel in Pillow's memory, before or after that. The
    other fields describe modes that are filtered as they are: ``channels`` and ``dtype`` of
    ``Pixels``; ``in_place`` if the memory can be had as an array; the mode ``with_alpha`` that a
    transparent colour needs; and the mode ``gray`` for ``--gray``.
    """

    filtered_as: str
    pixel_bytes: int
    channels: str = ""
    dtype: str = "uint8"
    in_place: bool = False
    with_alpha: str = ""
    gray: str = ""


# Pillow stores grey with alpha as four bytes whose middle two are unused, and shares no 16 bits.
MODES = {
    "L": Mode("L", 1, "l", in_place=True, with_alpha="LA"),
    "LA": Mode("LA", 4, "la"),
    "RGB": Mode("RGB", 4, "rgb", in_place=True, with_alpha="RGBA", gray="L"),
    "RGBA": Mode("RGBA", 4, "rgba", in_place=True, gray="LA"),
    "CMYK": Mode("CMYK", 4, "cmyk", in_place=True, gray="L"),
    "I;16": Mode("I;16", 2, "l", "uint16"),
    "F": Mode("F", 4, "l", "float32", in_place=True),
    "1": Mode("L", 1),
    "La": Mode("LA", 4),
    **dict.fromkeys(("P", "RGBX", "YCbCr", "HSV"), Mode("RGB", 4)),
    **dict.fromkeys(("PA", "RGBa"), Mode("RGBA", 4)),
    "I": Mode("I;16", 4),
    **dict.fromkeys(("I;16L", "I;16B", "I;16N"), Mode("I;16", 2)),
}


def filtered_mode(image: "Image | Header", gray: bool = False) -> str:
    """Return the mode in which a picture is filtered, with ``gray`` once it is made grey.

    A transparent colour becomes an alpha channel. Raises ``ReadError`` for a mode without a row,
    and for 16-bit grey with a transparent colour.
    """
    if image.mode not in MODES:
        raise ReadError(
            f"pictures of the kind {image.mode} cannot be filtered", "convert it to RGB first"
        )
    mode = MODES[image.mode].filtered_as
    if "transparency" in image.info:
        if mode == "I;16":
            raise ReadError(
                "no mode holds 16-bit grey with transparency", "filter its pixels as an array"
            )
        mode = MODES[mode].with_alpha or mode
    return MODES[mode].gray or mode if gray else mode


def mode_of_pixels(channels: Iterable[str], dtype: str) -> str | None:
    """Return the mode that holds pixels of these channels and this type, None without one."""
    wanted = ("".join(channels), dtype)
    return next(
        (name for name, mode in MODES.items() if (mode.channels, mode.dtype) == wanted), None
    )
