"""The picture formats: their names, their endings, and which pictures they can hold.

Pictures in and out of files and pipes.

What is here is imported before a picture is read, and so without NumPy, which takes its time;
``images/transfer.py`` and ``formats/writer.py``, which need it, are imported by their own names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from imgconv.errors import UsageError, WriteError


class Format(NamedTuple):
    """A format as Pillow calls it; ``modes`` are the pictures it can hold, in Pillow's terms.

    ``deep`` are those that it can hold too and Pillow has no word for: see ``mode_of``.
    ``through`` names modes that it holds without loss as another one.
    """

    name: str
    suffixes: tuple[str, ...]
    modes: tuple[str, ...]
    deep: tuple[str, ...] = ()
    through: Mapping[str, str] = MappingProxyType({})
    is_lossy: bool = False
    holds_frames: bool = False


# What a value of the deep modes is called, and what stands behind the mode's name for it.
_DEPTHS = {"uint16": ";16", "float32": ";F"}

_PILLOWS_OWN = {"L;16": "I;16", "L;F": "F"}

# X is a channel of which the file does not say what it means.
_LAYOUTS = ("L", "LA", "LX", "RGB", "RGBA", "RGBX", "CMYK", "CMYKA", "CMYKX")


def mode_of(channels: Iterable[str], dtype: str) -> str:
    """What pixels of these channels and this type are called, in the manner of Pillow: RGB;16."""
    mode = "".join(channels).upper() + _DEPTHS.get(dtype, "")
    return _PILLOWS_OWN.get(mode, mode)


_JPEG = Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), ("L", "RGB", "CMYK"), is_lossy=True)

_PNG = Format(
    "PNG",
    (".png", ".apng"),
    ("L", "LA", "RGB", "RGBA", "I;16"),
    ("LA;16", "RGB;16", "RGBA;16"),
    holds_frames=True,
)

_TIFF = Format(
    "TIFF",
    (".tif", ".tiff"),
    ("L", "LA", "RGB", "RGBA", "CMYK", "I;16", "F"),
    tuple(mode_of(layout, dtype) for layout in _LAYOUTS for dtype in ("uint8", *_DEPTHS)),
    holds_frames=True,
)

_WEBP = Format(
    "WEBP",
    (".webp",),
    ("RGB", "RGBA"),
    through={"L": "RGB", "LA": "RGBA"},
    is_lossy=True,
    holds_frames=True,
)

_GIF = Format("GIF", (".gif",), ("L", "RGB", "RGBA"), through={"LA": "RGBA"}, holds_frames=True)

_BMP = Format("BMP", (".bmp", ".dib"), ("L", "RGB"))

_PPM = Format(
    "PPM", (".ppm", ".pgm", ".pnm", ".pbm", ".pfm"), ("L", "RGB", "I;16", "F"), ("RGB;16",)
)

_JPEG2000 = Format("JPEG2000", (".jp2", ".j2k"), ("L", "LA", "RGB", "RGBA", "I;16"), is_lossy=True)

_AVIF = Format("AVIF", (".avif",), ("L", "LA", "RGB", "RGBA"), is_lossy=True, holds_frames=True)

FORMATS = {
    entry.name: entry for entry in (_JPEG, _PNG, _TIFF, _WEBP, _GIF, _BMP, _PPM, _JPEG2000, _AVIF)
}

# What only a film is written as: see streams/.
_FILMS = {
    entry.name: entry
    for entry in (
        Format("PAM", (".pam",), (), holds_frames=True),
        Format("Y4M", (".y4m",), (), holds_frames=True),
    )
}

_SAME = {"JPG": "JPEG", "TIF": "TIFF", "PNM": "PPM", "PGM": "PPM", "APNG": "PNG", "JP2": "JPEG2000"}

_NAMED = FORMATS | _FILMS

_BY_SUFFIX = {suffix: entry for entry in _NAMED.values() for suffix in entry.suffixes}


def named(name: str) -> Format:
    """The format called ``name``, in any case; raises ``UsageError``."""
    name = name.upper()
    name = _SAME.get(name, name)
    if name not in _NAMED:
        raise UsageError(
            f"no format is called '{name.lower()}'", f"choose from {', '.join(_NAMED).lower()}"
        )
    return _NAMED[name]


def ending_of(path: str) -> str:
    """The ending of a path, as that of a ``Path`` is, in a fifth of the time."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


def of_path(path: str) -> Format:
    """The format that the ending of ``path`` stands for; raises ``UsageError``."""
    entry = _BY_SUFFIX.get(ending_of(path))
    if entry is None:
        raise UsageError(
            f"the ending of '{path}' names no picture format",
            f"end it in {', '.join(entry.suffixes[0] for entry in _NAMED.values())} "
            "or give --format",
        )
    return entry


def is_picture_name(path: str) -> bool:
    """Whether the ending of ``path`` is that of a picture that can be read from a file."""
    entry = _BY_SUFFIX.get(ending_of(path))
    return entry is not None and entry.name in FORMATS


def mode_in(entry: Format, mode: str) -> str:
    """The mode in which a format holds a picture of ``mode``; raises ``WriteError`` if in none."""
    if entry.name in _FILMS:
        raise WriteError(
            f"{entry.name} is written only where a film of that form is piped in",
            f"choose from {', '.join(FORMATS)}",
        )
    mode = entry.through.get(mode, mode)
    if not _holds(entry, mode):
        able = [other.name for other in FORMATS.values() if _holds(other, mode)]
        remedies = [f"choose {' or '.join(able)}"] if able else []
        remedies += _other_ways(entry, mode)
        raise WriteError(f"{entry.name} cannot hold {_described(mode)}", ", or ".join(remedies))
    return mode


# The most pixels in a row or a column, where a picture in memory may have more; what lies beyond
# them writes to standard error by itself.
_LONGEST_SIDES = {"JPEG": 65_500, "GIF": 65_535, "WEBP": 16_383}


def check_sides(entry: Format, width: int, height: int) -> None:
    """Raise ``WriteError`` for a picture that is longer than what a format can hold."""
    longest = _LONGEST_SIDES.get(entry.name)
    if longest is not None and max(width, height) > longest:
        raise WriteError(
            f"{entry.name} cannot hold a picture of {width}x{height}, only up to {longest} a side",
            "choose PNG or TIFF",
        )


def _holds(entry: Format, mode: str) -> bool:
    return mode in (*entry.modes, *entry.deep, *entry.through)


def _parts(mode: str) -> tuple[str, str]:
    """The channels of a mode, and the type of a value."""
    mode = {own: plain for plain, own in _PILLOWS_OWN.items()}.get(mode, mode)
    layout, _, depth = mode.partition(";")
    return layout, {"16": "uint16", "F": "float32"}.get(depth, "uint8")


def _other_ways(entry: Format, mode: str) -> list[str]:
    """What a person may say so that the format can hold the picture all the same."""
    layout, dtype = _parts(mode)
    layouts = ((layout, ""), (layout.removesuffix("A"), "--background COLOUR"))
    depths = ((dtype, ""), ("uint16", "--depth 16"), ("uint8", "--depth 8"))
    for (channels, background), (depth, bits) in product(layouts, depths):
        if _holds(entry, mode_of(channels, depth)):
            return ["give " + " and ".join(filter(None, (background, bits)))]
    return []


def _described(mode: str) -> str:
    layout, dtype = _parts(mode)
    if dtype != "uint8":
        return f"{_DEPTH_WORDS[dtype]} of {_LAYOUT_WORDS.get(layout, layout)}"
    return "transparency" if layout.endswith("A") else _LAYOUT_WORDS.get(layout, layout)


_DEPTH_WORDS = {"uint16": "16 bits", "float32": "floats"}

_LAYOUT_WORDS = {
    "L": "grey",
    "LA": "grey with alpha",
    "RGB": "RGB",
    "RGBA": "RGB with alpha",
    "CMYK": "the four inks of CMYK",
    "CMYKA": "the four inks of CMYK with alpha",
}
