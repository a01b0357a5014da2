"""Small pictures written and read again, which shows the formats that work on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from PIL import Image

from imgconv.errors import ImgconvError
from imgconv.formats import Format
from imgconv.formats.deep import CODECS, INSTALL, have_codecs, split_mode
from imgconv.formats.frame_codec import import_plugin
from imgconv.formats.metadata import Picture
from imgconv.formats.reader import read
from imgconv.formats.registry import FormatRow
from imgconv.formats.writer import adapt, encode
from imgconv.images.frames import pixels_frame
from imgconv.images.pixels import Pixels

# For each depth the modes that are tried: the first one that the format holds.
_DEPTHS = {
    "8 bits": ("RGB", "RGBA", "L"),
    "16 bits": ("RGB;16", "I;16"),
    "floats": ("RGB;F", "F"),
}
_SIDE = 8  # pixels


class SelfTest(NamedTuple):
    """The result for one depth of a format; ``problem`` says why it is not read or written.

    ``is_optional`` says that it needs a codec which is not installed.
    """

    depth: str
    reads: bool
    writes: bool
    problem: str = ""
    is_optional: bool = False


def self_tests(row: FormatRow) -> Iterator[SelfTest]:
    """Yield the result for each depth that a format holds; no error of a codec is raised."""
    format = row.load()
    if not row.is_written:
        yield _found(format)
        return
    if not format.modes:  # of films, which no library reads or writes
        yield SelfTest("8 bits", True, True)
    for depth, modes in _DEPTHS.items():
        for mode in [mode for mode in modes if format.holds(mode)][:1]:
            yield _tried(row, format, depth, mode)


def _tried(row: FormatRow, format: Format, depth: str, mode: str) -> SelfTest:
    frame = pixels_frame(_pixels(mode))
    try:
        data = encode(adapt(Picture([frame], format), format))
    except Exception as error:
        is_optional = depth != "8 bits" and not have_codecs(CODECS)
        return SelfTest(depth, False, False, _text(error), is_optional)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"picture{row.suffixes[0]}"
        path.write_bytes(data)
        try:
            found = read(str(path)).frames[0]
        except Exception as error:
            return SelfTest(depth, False, True, _text(error).replace(f"{path}: ", ""))
    is_same = found.size == frame.size
    return SelfTest(depth, is_same, True, "" if is_same else "another picture is read")


def _pixels(mode: str) -> Pixels:
    layout, dtype = split_mode(mode)
    channels = tuple(layout.lower())
    return Pixels(np.zeros((_SIDE, _SIDE, len(channels)), dtype), channels)


def _found(format: Format) -> SelfTest:
    """Return the result for a format that is only read: by Pillow, or by codecs."""
    reads = _has_reader(format) if format.plugin else have_codecs(CODECS)
    if reads:
        return SelfTest("8 bits", True, False)
    problem = _not_built(format) if format.plugin else f"a codec is not installed; {INSTALL}"
    return SelfTest("8 bits", False, False, problem, is_optional=not format.plugin)


def _has_reader(format: Format) -> bool:
    with suppress(ImportError):
        import_plugin(format)
    return format.name in Image.OPEN


def _text(error: Exception) -> str:
    return str(error) if isinstance(error, ImgconvError) else f"{type(error).__name__}: {error}"


def _not_built(format: Format) -> str:
    return f"this Pillow was built without {format.name}; pip install --force-reinstall pillow"
