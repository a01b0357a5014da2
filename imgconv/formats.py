"""The picture formats: their names, their endings, and which pictures they can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from imgconv.errors import WordsError, WriteError


@dataclass(frozen=True)
class Format:
    """A format as Pillow calls it; ``modes`` are the pictures it can hold, in Pillow's terms.

    ``through`` names modes that it holds without loss as another one.
    """

    name: str
    suffixes: tuple[str, ...]
    modes: tuple[str, ...]
    through: Mapping[str, str] = field(default_factory=dict)
    is_lossy: bool = False
    holds_frames: bool = False


_JPEG = Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), ("L", "RGB", "CMYK"), is_lossy=True)
_PNG = Format("PNG", (".png", ".apng"), ("L", "LA", "RGB", "RGBA", "I;16"), holds_frames=True)
_TIFF = Format(
    "TIFF",
    (".tif", ".tiff"),
    ("L", "LA", "RGB", "RGBA", "CMYK", "I;16", "F"),
    holds_frames=True,
)
_WEBP = Format(
    "WEBP",
    (".webp",),
    ("RGB", "RGBA"),
    {"L": "RGB", "LA": "RGBA"},
    is_lossy=True,
    holds_frames=True,
)
_GIF = Format("GIF", (".gif",), ("L", "RGB", "RGBA"), {"LA": "RGBA"}, holds_frames=True)
_BMP = Format("BMP", (".bmp", ".dib"), ("L", "RGB"))
_PPM = Format("PPM", (".ppm", ".pgm", ".pnm", ".pbm", ".pfm"), ("L", "RGB", "I;16", "F"))
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
    """The format called ``name``, in any case; raises ``WordsError``."""
    name = name.upper()
    name = _SAME.get(name, name)
    if name not in _NAMED:
        raise WordsError(
            f"no format is called '{name.lower()}'", f"choose from {', '.join(_NAMED).lower()}"
        )
    return _NAMED[name]


def of_path(path: PurePath) -> Format:
    """The format that the ending of ``path`` stands for; raises ``WordsError``."""
    entry = _BY_SUFFIX.get(path.suffix.lower())
    if entry is None:
        raise WordsError(
            f"the ending of '{path}' names no picture format",
            f"end it in {', '.join(entry.suffixes[0] for entry in _NAMED.values())} "
            "or give --format",
        )
    return entry


def is_picture_name(path: PurePath) -> bool:
    """Whether the ending of ``path`` is that of a picture that can be read from a file."""
    entry = _BY_SUFFIX.get(path.suffix.lower())
    return entry is not None and entry.name in FORMATS


def mode_in(entry: Format, mode: str) -> str:
    """The mode in which a format holds a picture of ``mode``; raises ``WriteError`` if in none."""
    if entry.name in _FILMS:
        raise WriteError(
            f"{entry.name} is written only where a film of that form is piped in",
            f"choose from {', '.join(FORMATS)}",
        )
    mode = entry.through.get(mode, mode)
    if mode not in entry.modes:
        able = [other.name for other in FORMATS.values() if mode in other.modes]
        raise WriteError(
            f"{entry.name} cannot hold {_DESCRIPTIONS.get(mode, mode)}",
            f"choose {' or '.join(able)}",
        )
    return mode


_DESCRIPTIONS = {
    "LA": "transparency",
    "RGBA": "transparency",
    "CMYK": "the four inks of CMYK",
    "I;16": "16 bits of grey",
    "F": "float grey",
}
