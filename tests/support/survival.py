"""Traits of files that survive filtering, or are named: their outcome, and makers of files.

``traits_of_metadata.py`` and ``traits_of_pixels.py`` list them, ``survival_document.py`` makes a
document of the lists.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from imgconv.cli.run import run
from imgconv.formats.deep import DeepHeader
from imgconv.formats.reader import open_header
from tests.support.deep_files import encode
from tests.support.pictures import noise
from tests.support.specimens import Extract, animation, sample, saved

MakeFile = Callable[[], bytes]

SUFFIXES = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "TIFF": ".tif",
    "WebP": ".webp",
    "GIF": ".gif",
    "BMP": ".bmp",
    "AVIF": ".avif",
    "JPEG2000": ".jp2",
    "PPM": ".pnm",
    "PAM": ".pam",
    "PFM": ".pfm",
    "TGA": ".tga",
    "ICO": ".ico",
    "SGI": ".sgi",
    "PCX": ".pcx",
    "QOI": ".qoi",
}


KEPT, NAMED, REFUSED, NONE = "kept", "named", "refused", "none"


@dataclass(frozen=True)
class Trait:
    """A trait of files that must survive the ``filters``, or whose loss must be reported.

    ``files`` have it; the key is a format, or a format and a kind, as in ``TIFF lzw``. What
    ``extract`` reads is equal in two files if the trait is kept. ``extract_by_format`` replaces it
    for some formats, and ``lost`` says what becomes of the trait in those that cannot keep it:
    ``named``, or ``refused`` and named where a file is not replaced. ``word`` names it in messages.
    """

    name: str
    files: Mapping[str, MakeFile]
    extract: Extract
    extract_by_format: Mapping[str, Extract] = field(default_factory=dict)
    filters: tuple[str, ...] = ("identity", "blur")
    lost: Mapping[str, str] = field(default_factory=dict)
    word: str = ""

    def outcome(self, key: str, filter: str, folder: Path, in_place: bool = False) -> str:
        """Return what becomes of the trait of a file once it is filtered, or how it is lost.

        A loss counts as named if it is both on standard error and in the report.
        """
        format, data = key.split()[0], self.files[key]()
        extract = self.extract_by_format.get(format, self.extract)
        before, after = (folder / f"{name}{SUFFIXES[format]}" for name in ("before", "after"))
        before.write_bytes(data)
        found = extract(data)
        assert found is not False
        assert found not in (None, [], {}, b"")
        after = before if in_place else after
        places = [str(before)] + (["--in-place"] if in_place else [str(after)])
        report = folder / "report"
        with redirect_stderr(StringIO()) as errors:
            code = run(["apply", filter, *places, "--report", str(report)])
        line = json.loads(report.read_text())
        told = [text for text in [*line["warnings"], line["error"]] if text]
        is_named = any(self.word in text and text in errors.getvalue() for text in told)
        if code:
            assert not in_place or before.read_bytes() == data
            return REFUSED if is_named else f"failed: {told}"
        if extract(after.read_bytes()) == found:
            return KEPT
        return NAMED if self.word and is_named else f"lost: {told}"

    def expected(self, key: str, in_place: bool = False) -> tuple[str, ...]:
        """Return the outcomes that are right."""
        lost = self.lost.get(key.split()[0], KEPT)
        return (NAMED, REFUSED) if lost == REFUSED and not in_place else (lost,)

    def cell(self, format: str) -> str:
        """Return what becomes of the trait in a format, as docs/faithful.md says it."""
        has_it = any(key.split()[0] == format for key in self.files)
        return self.lost.get(format, KEPT) if has_it else NONE


def saved_by_pillow(*formats: str, mode: str = "RGB", **options: Any) -> dict[str, MakeFile]:
    """Return makers of files that Pillow writes with some options, by format."""

    def make(format: str) -> MakeFile:
        return lambda: saved(sample(mode), format, **options)

    return {format: make(format) for format in formats}


def one_per_choice(format: str, option: str, *choices: Any) -> dict[str, MakeFile]:
    """Return makers of a file for each choice of an option."""
    made = {}
    for choice in choices:
        made[f"{format} {choice}"] = saved_by_pillow(format, **{option: choice})[format]
    return made


def in_modes(format: str, *modes: str, **options: Any) -> dict[str, MakeFile]:
    """Return makers of a file for each mode."""
    return {
        f"{format} {mode}": saved_by_pillow(format, mode=mode, **options)[format] for mode in modes
    }


def animations(*formats: str, **options: Any) -> dict[str, MakeFile]:
    """Return makers of opaque and of transparent animations."""

    def make(format: str, mode: str) -> MakeFile:
        return lambda: animation(format, mode, **({"lossless": True} | options))

    return {f"{name} {mode}": make(name, mode) for name in formats for mode in ("RGB", "RGBA")}


def deep(channels: str, dtype: str, *formats: str) -> dict[str, MakeFile]:
    """Return makers of files of more than 8 bits a value."""

    def make(format: str) -> MakeFile:
        return lambda: encode(format.lower(), noise(9, 13, channels, dtype))

    return {format: make(format) for format in formats}


def depth(data: bytes) -> object:
    """Return the channels and the type of a deep picture, by its header."""
    header = open_header(BytesIO(data))
    assert isinstance(header, DeepHeader)
    return header.channels, header.dtype
