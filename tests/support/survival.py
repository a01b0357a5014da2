"""Traits of files that survive filtering: the files that have each, and how it is read again.

The tests check every row of this table, and ``checks/faithful.py`` writes docs/faithful.md from it.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import JpegImagePlugin

from imgconv.cli.run import run
from imgconv.formats.deep import DeepHeader
from imgconv.formats.reader import open_header
from tests.support.deep_files import encode
from tests.support.pictures import noise
from tests.support.specimens import (
    EXIF,
    ICC,
    IPTC,
    LARGE_EXIF,
    LARGE_ICC,
    XMP,
    Extract,
    animation,
    attribute,
    comments,
    each_frame,
    exif_tags,
    info,
    jpeg_of_density,
    jpeg_with,
    large_exif_jpeg,
    png_chunks,
    png_text,
    png_with,
    resolution,
    sample,
    saved,
    segment,
    segments,
    shown,
    tiff_pages,
    tiff_tags,
    values,
)

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
}


@dataclass(frozen=True)
class Trait:
    """A trait of files that must survive the ``filters``.

    ``files`` have it; the key is a format, or a format and a kind, as in ``TIFF lzw``. What
    ``extract`` reads is equal in two files if the trait has survived. ``extract_by_format``
    replaces it for some formats.
    """

    name: str
    files: Mapping[str, MakeFile]
    extract: Extract
    extract_by_format: Mapping[str, Extract] = field(default_factory=dict)
    filters: tuple[str, ...] = ("identity", "blur")

    def survives(self, key: str, filter: str, folder: Path) -> bool:
        """Return whether a file has the trait, and still has it once filtered."""
        format = key.split()[0]
        extract = self.extract_by_format.get(format, self.extract)
        before, after = (folder / f"{name}{SUFFIXES[format]}" for name in ("before", "after"))
        before.write_bytes(self.files[key]())
        assert run(["apply", filter, str(before), str(after)]) == 0
        found = extract(before.read_bytes())
        return found not in (None, [], {}) and found == extract(after.read_bytes())


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


def _plays() -> Iterator[tuple[str, MakeFile]]:
    """Yield animations shown once, endlessly, and three times."""
    for name in ("GIF", "PNG", "WebP"):
        for loop in (0, 3) if name != "GIF" else (None, 0, 3):
            yield f"{name} {loop}", animations(name, loop=loop, duration=40)[f"{name} RGB"]


_BLOCKS = ("JPEG", "PNG", "TIFF", "WebP", "AVIF")
_DURATIONS = [40, 70, 300, 1000]
_DISPOSALS = {"GIF": [1, 2, 1, 3], "PNG": [0, 1, 0, 2]}
_EXIF_TAGS = (0x010E, 0x010F, 0x8298, 0x8769, 0x8825)
_CHROMATICITIES = {318: (0.31, 0.33), 319: (0.6, 0.3, 0.3, 0.6, 0.2, 0.1)}

TRAITS = (
    Trait("ICC profile", saved_by_pillow(*_BLOCKS, icc_profile=ICC), info("icc_profile")),
    Trait(
        "ICC profile of more than 64 KB",
        saved_by_pillow(*_BLOCKS, icc_profile=LARGE_ICC),
        info("icc_profile"),
    ),
    Trait(
        "EXIF",
        saved_by_pillow(*_BLOCKS, exif=b"Exif\0\0" + EXIF),
        info("exif"),
        {"TIFF": tiff_tags(*_EXIF_TAGS)},
    ),
    Trait(
        "EXIF of more than 64 KB",
        saved_by_pillow("PNG", "TIFF", "WebP", "AVIF", exif=LARGE_EXIF) | {"JPEG": large_exif_jpeg},
        info("exif"),
        {"TIFF": tiff_tags(*_EXIF_TAGS)},
    ),
    Trait(
        "XMP",
        {
            **saved_by_pillow("JPEG", "WebP", "AVIF", xmp=XMP),
            "PNG": lambda: png_with(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
            "TIFF": saved_by_pillow("TIFF", tiffinfo={700: XMP})["TIFF"],
        },
        info("xmp"),
    ),
    Trait(
        "IPTC",
        {
            "JPEG": lambda: jpeg_with(segment(0xED, IPTC)),
            "TIFF": saved_by_pillow("TIFF", tiffinfo={33723: IPTC})["TIFF"],
        },
        segments("APP13"),
        {"TIFF": tiff_tags(33723)},
    ),
    Trait("resolution", saved_by_pillow("JPEG", "PNG", "TIFF", "BMP", dpi=(300, 150)), info("dpi")),
    Trait(
        "density in other units, or in none",
        {
            "JPEG cm": lambda: jpeg_of_density(2, 118, 59),
            "JPEG none": lambda: jpeg_of_density(0, 2, 1),
            "PNG none": lambda: png_with(b"pHYs", struct.pack(">IIB", 2, 1, 0)),
            "TIFF cm": saved_by_pillow("TIFF", tiffinfo={282: 118.5, 283: 59, 296: 3})["TIFF"],
            "TIFF none": saved_by_pillow("TIFF", tiffinfo={282: 2, 283: 1, 296: 1})["TIFF"],
        },
        attribute(lambda i: (i.info["jfif_unit"], i.info["jfif_density"])),
        {"PNG": png_chunks(b"pHYs"), "TIFF": tiff_tags(282, 283, 296)},
    ),
    Trait(
        "comments",
        {
            "JPEG": lambda: jpeg_with(segment(0xFE, b"one, na\xefve"), segment(0xFE, b"two")),
            "PNG": lambda: png_with(b"tEXt", b"Comment\0na\xefve"),
            "GIF": saved_by_pillow("GIF", mode="P", comment=b"long " * 99)["GIF"],
        },
        info("comment"),
        {"JPEG": segments("COM"), "PNG": png_chunks(b"tEXt")},
    ),
    Trait("text", {"PNG": png_text}, png_chunks(b"tEXt", b"zTXt", b"iTXt")),
    Trait("gamma", {"PNG": lambda: png_with(b"gAMA", struct.pack(">I", 55000))}, info("gamma")),
    Trait(
        "chromaticities",
        {
            "PNG": lambda: png_with(b"cHRM", struct.pack(">8I", *range(31000, 39000, 1000))),
            "TIFF": saved_by_pillow("TIFF", tiffinfo=_CHROMATICITIES)["TIFF"],
        },
        info("chromaticity"),
        {"TIFF": tiff_tags(318, 319)},
    ),
    Trait(
        "other chunks that are safe to copy",
        {"PNG": lambda: png_with(b"prVt", b"somebody's own")},
        png_chunks(b"prVt"),
    ),
    Trait(
        "quantisation tables",
        one_per_choice("JPEG", "quality", 5, 37, 100),
        attribute(lambda image: image.quantization),
    ),
    Trait(
        "subsampling",
        one_per_choice("JPEG", "subsampling", "4:4:4", "4:2:2", "4:2:0"),
        attribute(JpegImagePlugin.get_sampling),
    ),
    Trait("progressive mode", saved_by_pillow("JPEG", progressive=True), info("progressive")),
    Trait(
        "RGB that is stored as it is",
        saved_by_pillow("JPEG", keep_rgb=True),
        info("adobe_transform"),
    ),
    Trait(
        "lossless mode", saved_by_pillow("WebP", lossless=True), lambda data: data[12:16] == b"VP8L"
    ),
    Trait(
        "compression",
        one_per_choice(
            "TIFF", "compression", "raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"
        ),
        info("compression"),
    ),
    Trait("16 bits of colour", deep("rgb", "uint16", "PNG", "TIFF", "PPM"), depth),
    Trait("16 bits of colour with alpha", deep("rgba", "uint16", "PNG", "TIFF"), depth),
    Trait("16 bits of grey with alpha", deep("la", "uint16", "PNG", "TIFF"), depth),
    Trait("16 bits of CMYK", deep("cmyk", "uint16", "TIFF"), depth),
    Trait("floats of colour", deep("rgb", "float32", "TIFF"), depth),
    Trait("each page's tags", {"TIFF": tiff_pages}, tiff_tags(259, 270, 285, 297, 305)),
    Trait(
        "each frame alone, transparency too",
        animations("GIF", "PNG", "WebP") | {"TIFF": tiff_pages},
        each_frame(shown),
        filters=("identity",),
    ),
    Trait(
        "durations of frames",
        animations("GIF", "PNG", "WebP", duration=_DURATIONS),
        each_frame(lambda frame: frame.info["duration"]),
    ),
    Trait(
        "disposal of frames",
        {
            f"{name}": animations(name, disposal=how)[f"{name} RGB"]
            for name, how in _DISPOSALS.items()
        },
        each_frame(lambda frame: getattr(frame, "disposal_method", frame.info.get("disposal"))),
    ),
    Trait("how often it is shown", dict(_plays()), attribute(lambda i: [i.info.get("loop")])),
    Trait(
        "every pixel under identity",
        {
            **in_modes("PNG", "1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
            **in_modes("TIFF", "1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"),
            **in_modes("WebP", "RGB", "RGBA", lossless=True, exact=True),
            **in_modes("GIF", "L", "P"),
            **in_modes("BMP", "1", "L", "P", "RGB"),
            **in_modes("JPEG2000", "L", "LA", "RGB", "RGBA", "I;16"),
            **in_modes("PPM", "1", "L", "RGB", "I;16", "F"),
        },
        attribute(values),
        filters=("identity",),
    ),
)


def cells(trait: Trait) -> dict[str, bool]:
    """Return whether a trait survives, for each format that can have it."""
    found: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        for key in trait.files:
            kept = all(trait.survives(key, filter, Path(folder)) for filter in trait.filters)
            found[key.split()[0]] = found.get(key.split()[0], True) and kept
    return found


@dataclass(frozen=True)
class ConvertedTrait:
    """A trait that is converted from JPEG or PNG to others; ``extract`` reads it from all."""

    name: str
    source: str
    make: MakeFile
    extract: Extract

    def arrives(self, format: str, folder: Path) -> bool:
        """Return whether a converted file has the trait."""
        before = folder / f"before{SUFFIXES[self.source]}"
        after = folder / f"after{SUFFIXES[format]}"
        before.write_bytes(self.make())
        assert run(["apply", "identity", str(before), str(after)]) == 0
        return self.extract(before.read_bytes()) == self.extract(after.read_bytes())


CONVERTED_TRAITS = (
    ConvertedTrait(
        "ICC profile", "PNG", saved_by_pillow("PNG", icc_profile=ICC)["PNG"], info("icc_profile")
    ),
    ConvertedTrait(
        "EXIF", "JPEG", saved_by_pillow("JPEG", exif=b"Exif\0\0" + EXIF)["JPEG"], exif_tags
    ),
    ConvertedTrait("XMP", "JPEG", saved_by_pillow("JPEG", xmp=XMP)["JPEG"], info("xmp")),
    ConvertedTrait(
        "resolution", "JPEG", saved_by_pillow("JPEG", dpi=(300, 150))["JPEG"], resolution
    ),
    ConvertedTrait("comments", "JPEG", lambda: jpeg_with(segment(0xFE, b"words")), comments),
)

_TITLE = """# What survives

Written by `checks/faithful.py` from the table in `tests/support/survival.py`. *yes*
means that it is found again, byte for byte where it is a block of bytes, in what the filters
`identity` and `blur` make of a file, in the same format. Where there is nothing, the format has no
such thing, or Pillow cannot write it.

"""

_BETWEEN = """
From one format to another, what the other can hold is carried along. Where it says *left out*, a
line on standard error says so too. So it does for what only one format knows: text, gamma and
chromaticities of PNG, IPTC of JPEG and TIFF.

"""

_REST = """
`--strip` leaves out all that is said of a picture: EXIF, XMP, IPTC, comments, text. What it looks
like stays: its profile, gamma and chromaticities, its resolution, how its frames are shown, and
which side is up.

`--quality` replaces the quantisation tables and the subsampling of JPEG, and makes WebP lossy. A
lossy WebP, and a page of TIFF that is packed as JPEG, does not say what its quality was: 90 is
taken, as for a JPEG that is made of another format.

What cannot stay:

- Palettes and black and white become RGB and grey, and the compressions of faxes become deflate.
  GIF gets new palettes, a table for each frame, exact up to 256 colours; beyond that, errors are
  spread over the pixels beside. Its transparency is all or nothing.
- Frames are written as the box in which they differ from the frame before. Frames of GIF that are
  transparent somewhere are written whole, and cleared afterwards.
- Subsampling that Pillow cannot write, such as 4:4:0, becomes 4:4:4.
- A profile that is for other colours than the picture has now, as behind `--gray`, is left out.
- XMP of more than 64 KB does not fit into JPEG, and is left out there.
"""


def document(cells: Callable[[Trait], Mapping[str, bool]], folder: Path) -> str:
    """Return the text of docs/faithful.md; ``cells`` gives the cells of a row."""
    between = [
        (trait.name, {f: trait.arrives(f, folder) for f in SUFFIXES}) for trait in CONVERTED_TRAITS
    ]
    own = [(trait.name, cells(trait)) for trait in TRAITS]
    first = "".join(_table(own, {True: "yes", False: "**no**"}))
    second = "".join(_table(between, {True: "yes", False: "left out"}))
    return _TITLE + first + _BETWEEN + second + _REST


def _table(rows: Sequence[tuple[str, Mapping[str, bool]]], words: dict[bool, str]) -> Iterator[str]:
    yield f"| | {' | '.join(SUFFIXES)} |\n|---|{'---|' * len(SUFFIXES)}\n"
    for name, found in rows:
        shown = (words[found[format]] if format in found else "" for format in SUFFIXES)
        yield f"| {name} | {' | '.join(shown)} |\n"
