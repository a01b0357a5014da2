"""Deep pictures: those that Pillow would narrow or decode wrongly, mostly of more than 8 bits.

Pillow 13 drops the low byte of 16-bit colour without a warning. It decodes planar 16-bit TIFF and
12-bit TIFF wrongly, and has no mode for float colour. So the ``probe`` of a format reads the header
before Pillow decodes anything. Deep pictures go through the codecs of the extra ``deep``,
which are imported when one is met. Their frames are ``Pixels``; all others are Pillow images.
"""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any, BinaryIO, NamedTuple

from imgconv.errors import ReadError, WriteError
from imgconv.images.pixels import Frame

# The modules of the extra, and how to get them.
CODECS = ("imagecodecs", "tifffile")
INSTALL = f"pip install {' '.join(CODECS)}"

_DEPTH_SUFFIXES = {"uint8": "", "uint16": ";16", "float32": ";F"}
_PILLOW_NAMES = {"L;16": "I;16", "L;F": "F"}

_DEPTH_TEXTS = {"uint16": "16 bits", "float32": "floats"}
_LAYOUT_TEXTS = {"L": "grey", "LA": "grey with alpha", "RGB": "RGB", "RGBA": "RGB with alpha"}
_LAYOUT_TEXTS |= {"CMYK": "the four inks of CMYK", "CMYKA": "the four inks of CMYK with alpha"}


def mode_name(channels: Iterable[str], dtype: str) -> str:
    """Return the mode of pixels, named as Pillow would: "RGB;16" for 16 bits of RGB.

    X stands for any number of channels whose meaning is unknown.
    """
    mode = "".join(dict.fromkeys(channels)).upper() + _DEPTH_SUFFIXES[dtype]
    return _PILLOW_NAMES.get(mode, mode)


def split_mode(mode: str) -> tuple[str, str]:
    """Return the channels of a mode, as "RGB", and the type of its values."""
    mode = {pillow: name for name, pillow in _PILLOW_NAMES.items()}.get(mode, mode)
    layout, _, depth = mode.partition(";")
    return layout, {"16": "uint16", "F": "float32"}.get(depth, "uint8")


def describe_mode(mode: str) -> str:
    """Return a mode in words, as "16 bits of RGB"; for 8 bits only what is unusual in it."""
    layout, dtype = split_mode(mode)
    if "X" in layout:
        return "channels beside its colours"
    if dtype != "uint8":
        return f"{_DEPTH_TEXTS[dtype]} of {_LAYOUT_TEXTS.get(layout, layout)}"
    return "transparency" if layout.endswith("A") else _LAYOUT_TEXTS.get(layout, layout)


class DeepHeader(NamedTuple):
    """The header of a deep picture: of its first page, where it has several.

    ``description`` is for people. ``can_narrow`` says that Pillow decodes the upper 8 bits right.
    ``decode`` returns all frames of an open file, and raises whatever a codec raises; None where
    nothing decodes the picture. It needs the modules ``codecs``. Pillow opens the file first, for
    its metadata, if ``is_opened``. ``channels``, ``dtype`` and ``maxval`` describe the decoded
    pixels. ``further_pixels`` counts the pixels of all further pages.
    """

    description: str
    can_narrow: bool = False
    decode: Callable[[BinaryIO], Sequence[Frame]] | None = None
    codecs: tuple[str, ...] = ()
    is_opened: bool = True
    width: int = 0
    height: int = 0
    channels: tuple[str, ...] = ()
    dtype: str = "uint16"
    maxval: int | None = None
    further_pixels: int = 0

    @property
    def pixels(self) -> int:
        return self.width * self.height + self.further_pixels

    @property
    def decoded_bytes(self) -> int:
        return self.pixels * len(self.channels) * {"uint8": 1, "uint16": 2}.get(self.dtype, 4)


def select_decoder(header: DeepHeader | None, allow_8_bit: bool) -> DeepHeader | None:
    """Return the header if its own ``decode`` is to read the picture, None if Pillow is.

    ``allow_8_bit`` lets Pillow read 8 bits without the codec. Raises ``ReadError`` if none reads.
    """
    if header is None:
        return None
    if header.decode and have_codecs(header.codecs):
        return header
    if allow_8_bit and header.can_narrow:
        return None
    if header.decode:
        problem, remedy = "need a codec that is not installed", INSTALL
    else:
        problem, remedy = "cannot be filtered", "convert it to 16 bits in PNG or TIFF first"
    narrow = ", or give --allow-8-bit" if header.can_narrow else ""
    raise ReadError(f"{header.description} {problem}", remedy + narrow)


def require_codecs(names: Iterable[str], format: str) -> None:
    """Raise ``WriteError``, which names the format, unless the codecs are installed."""
    if not have_codecs(names):
        raise WriteError(
            f"{format} of more than 8 bits needs a codec that is not installed",
            f"{INSTALL}, or give --depth 8",
        )


def have_codecs(names: Iterable[str]) -> bool:
    try:
        for name in names:
            load_codec(name)
    except ImportError:
        return False
    return True


def load_codec(name: str) -> Any:
    """Import a codec, without libpng's advice on how to call it; raises ``ImportError``."""
    import logging

    logger = logging.getLogger("imagecodecs")
    logger.filters = [lambda record: "Interlace handling" not in record.getMessage()]
    return import_module(name)
