"""What survives: things that files have, where each is put in, and how it is found again.

The tests go through this table, and ``checks/faithful.py`` writes it down in docs/faithful.md.
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
from tests.support.deep_files import by_hand
from tests.support.pictures import noise
from tests.support.specimens import (
    EXIF,
    ICC,
    IPTC,
    LARGE_EXIF,
    LARGE_ICC,
    XMP,
    Find,
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

Make = Callable[[], bytes]

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
class Thing:
    """Something that is to survive.

    ``files`` are what has it: the key is a format, or a format and a kind, as in ``TIFF lzw``.
    ``find`` gives what is equal in two files if it has survived, and ``finds`` replaces it for some
    formats. ``filters`` are those that must leave it alone.
    """

    name: str
    files: Mapping[str, Make]
    find: Find
    finds: Mapping[str, Find] = field(default_factory=dict)
    filters: tuple[str, ...] = ("identity", "blur")

    def survives(self, key: str, filter: str, folder: Path) -> bool:
        """Whether it is in a file, and in what a filter makes of the file."""
        format = key.split()[0]
        find = self.finds.get(format, self.find)
        before, after = (folder / f"{name}{SUFFIXES[format]}" for name in ("before", "after"))
        before.write_bytes(self.files[key]())
        assert run(["apply", filter, str(before), str(after)]) == 0
        found = find(before.read_bytes())
        return found not in (None, [], {}) and found == find(after.read_bytes())


def written(*formats: str, mode: str = "RGB", **options: Any) -> dict[str, Make]:
    """Files that Pillow writes with some options."""

    def make(format: str) -> Make:
        return lambda: saved(sample(mode), format, **options)

    return {format: make(format) for format in formats}


def each(format: str, option: str, *choices: Any) -> dict[str, Make]:
    """A file for each choice of an option."""
    made = {}
    for choice in choices:
        made[f"{format} {choice}"] = written(format, **{option: choice})[format]
    return made


def in_modes(format: str, *modes: str, **options: Any) -> dict[str, Make]:
    """A file for each mode."""
    return {f"{format} {mode}": written(format, mode=mode, **options)[format] for mode in modes}


def moving(*formats: str, **options: Any) -> dict[str, Make]:
    """Animations that Pillow writes, of opaque and of transparent frames."""

    def make(format: str, mode: str) -> Make:
        return lambda: animation(format, mode, **({"lossless": True} | options))

    return {f"{name} {mode}": make(name, mode) for name in formats for mode in ("RGB", "RGBA")}


def deep(channels: str, dtype: str, *formats: str) -> dict[str, Make]:
    """Files of more than 8 bits a value."""

    def make(format: str) -> Make:
        return lambda: by_hand(format.lower(), noise(9, 13, channels, dtype))

    return {format: make(format) for format in formats}


def depth(data: bytes) -> object:
    """What a deep picture is made of, by its header."""
    header = open_header(BytesIO(data))
    assert isinstance(header, DeepHeader)
    return header.channels, header.dtype


def _plays() -> Iterator[tuple[str, Make]]:
    """Animations shown once, for ever, and three times."""
    for name in ("GIF", "PNG", "WebP"):
        for loop in (0, 3) if name != "GIF" else (None, 0, 3):
            yield f"{name} {loop}", moving(name, loop=loop, duration=40)[f"{name} RGB"]


_BLOCKS = ("JPEG", "PNG", "TIFF", "WebP", "AVIF")
_DURATIONS = [40, 70, 300, 1000]
_DISPOSALS = {"GIF": [1, 2, 1, 3], "PNG": [0, 1, 0, 2]}
_SAYS = (0x010E, 0x010F, 0x8298, 0x8769, 0x8825)
_CHROMATICITIES = {318: (0.31, 0.33), 319: (0.6, 0.3, 0.3, 0.6, 0.2, 0.1)}

THINGS = (
    Thing("ICC profile", written(*_BLOCKS, icc_profile=ICC), info("icc_profile")),
    Thing(
        "ICC profile of more than 64 KB",
        written(*_BLOCKS, icc_profile=LARGE_ICC),
        info("icc_profile"),
    ),
    Thing(
        "EXIF",
        written(*_BLOCKS, exif=b"Exif\0\0" + EXIF),
        info("exif"),
        {"TIFF": tiff_tags(*_SAYS)},
    ),
    Thing(
        "EXIF of more than 64 KB",
        written("PNG", "TIFF", "WebP", "AVIF", exif=LARGE_EXIF) | {"JPEG": large_exif_jpeg},
        info("exif"),
        {"TIFF": tiff_tags(*_SAYS)},
    ),
    Thing(
        "XMP",
        {
            **written("JPEG", "WebP", "AVIF", xmp=XMP),
            "PNG": lambda: png_with(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
            "TIFF": written("TIFF", tiffinfo={700: XMP})["TIFF"],
        },
        info("xmp"),
    ),
    Thing(
        "IPTC",
        {
            "JPEG": lambda: jpeg_with(segment(0xED, IPTC)),
            "TIFF": written("TIFF", tiffinfo={33723: IPTC})["TIFF"],
        },
        segments("APP13"),
        {"TIFF": tiff_tags(33723)},
    ),
    Thing("resolution", written("JPEG", "PNG", "TIFF", "BMP", dpi=(300, 150)), info("dpi")),
    Thing(
        "density in other units, or in none",
        {
            "JPEG cm": lambda: jpeg_of_density(2, 118, 59),
            "JPEG none": lambda: jpeg_of_density(0, 2, 1),
            "PNG none": lambda: png_with(b"pHYs", struct.pack(">IIB", 2, 1, 0)),
            "TIFF cm": written("TIFF", tiffinfo={282: 118.5, 283: 59, 296: 3})["TIFF"],
            "TIFF none": written("TIFF", tiffinfo={282: 2, 283: 1, 296: 1})["TIFF"],
        },
        attribute(lambda i: (i.info["jfif_unit"], i.info["jfif_density"])),
        {"PNG": png_chunks(b"pHYs"), "TIFF": tiff_tags(282, 283, 296)},
    ),
    Thing(
        "comments",
        {
            "JPEG": lambda: jpeg_with(segment(0xFE, b"one, na\xefve"), segment(0xFE, b"two")),
            "PNG": lambda: png_with(b"tEXt", b"Comment\0na\xefve"),
            "GIF": written("GIF", mode="P", comment=b"long " * 99)["GIF"],
        },
        info("comment"),
        {"JPEG": segments("COM"), "PNG": png_chunks(b"tEXt")},
    ),
    Thing("text", {"PNG": png_text}, png_chunks(b"tEXt", b"zTXt", b"iTXt")),
    Thing("gamma", {"PNG": lambda: png_with(b"gAMA", struct.pack(">I", 55000))}, info("gamma")),
    Thing(
        "chromaticities",
        {
            "PNG": lambda: png_with(b"cHRM", struct.pack(">8I", *range(31000, 39000, 1000))),
            "TIFF": written("TIFF", tiffinfo=_CHROMATICITIES)["TIFF"],
        },
        info("chromaticity"),
        {"TIFF": tiff_tags(318, 319)},
    ),
    Thing(
        "other chunks that are safe to copy",
        {"PNG": lambda: png_with(b"prVt", b"somebody's own")},
        png_chunks(b"prVt"),
    ),
    Thing(
        "quantisation tables",
        each("JPEG", "quality", 5, 37, 100),
        attribute(lambda image: image.quantization),
    ),
    Thing(
        "subsampling",
        each("JPEG", "subsampling", "4:4:4", "4:2:2", "4:2:0"),
        attribute(JpegImagePlugin.get_sampling),
    ),
    Thing("progressive mode", written("JPEG", progressive=True), info("progressive")),
    Thing("RGB that is stored as it is", written("JPEG", keep_rgb=True), info("adobe_transform")),
    Thing("lossless mode", written("WebP", lossless=True), lambda data: data[12:16] == b"VP8L"),
    Thing(
        "compression",
        each("TIFF", "compression", "raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"),
        info("compression"),
    ),
    Thing("16 bits of colour", deep("rgb", "uint16", "PNG", "TIFF", "PPM"), depth),
    Thing("16 bits of colour with alpha", deep("rgba", "uint16", "PNG", "TIFF"), depth),
    Thing("16 bits of grey with alpha", deep("la", "uint16", "PNG", "TIFF"), depth),
    Thing("16 bits of CMYK", deep("cmyk", "uint16", "TIFF"), depth),
    Thing("floats of colour", deep("rgb", "float32", "TIFF"), depth),
    Thing("each page's tags", {"TIFF": tiff_pages}, tiff_tags(259, 270, 285, 297, 305)),
    Thing(
        "each frame alone, transparency too",
        moving("GIF", "PNG", "WebP") | {"TIFF": tiff_pages},
        each_frame(shown),
        filters=("identity",),
    ),
    Thing(
        "durations of frames",
        moving("GIF", "PNG", "WebP", duration=_DURATIONS),
        each_frame(lambda frame: frame.info["duration"]),
    ),
    Thing(
        "disposal of frames",
        {f"{name}": moving(name, disposal=how)[f"{name} RGB"] for name, how in _DISPOSALS.items()},
        each_frame(lambda frame: getattr(frame, "disposal_method", frame.info.get("disposal"))),
    ),
    Thing("how often it is shown", dict(_plays()), attribute(lambda i: [i.info.get("loop")])),
    Thing(
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


def cells(thing: Thing) -> dict[str, bool]:
    """For each format that has it, whether a thing survives there."""
    found: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        for key in thing.files:
            kept = all(thing.survives(key, filter, Path(folder)) for filter in thing.filters)
            found[key.split()[0]] = found.get(key.split()[0], True) and kept
    return found


@dataclass(frozen=True)
class Carried:
    """Something that is carried from a JPEG or a PNG to other formats; ``find`` knows all."""

    name: str
    source: str
    make: Make
    find: Find

    def arrives(self, format: str, folder: Path) -> bool:
        """Whether it is in what becomes of the file in a format."""
        before = folder / f"before{SUFFIXES[self.source]}"
        after = folder / f"after{SUFFIXES[format]}"
        before.write_bytes(self.make())
        assert run(["apply", "identity", str(before), str(after)]) == 0
        return self.find(before.read_bytes()) == self.find(after.read_bytes())


CARRIED = (
    Carried("ICC profile", "PNG", written("PNG", icc_profile=ICC)["PNG"], info("icc_profile")),
    Carried("EXIF", "JPEG", written("JPEG", exif=b"Exif\0\0" + EXIF)["JPEG"], exif_tags),
    Carried("XMP", "JPEG", written("JPEG", xmp=XMP)["JPEG"], info("xmp")),
    Carried("resolution", "JPEG", written("JPEG", dpi=(300, 150))["JPEG"], resolution),
    Carried("comments", "JPEG", lambda: jpeg_with(segment(0xFE, b"words")), comments),
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


def document(cells: Callable[[Thing], Mapping[str, bool]], folder: Path) -> str:
    """The text of docs/faithful.md; ``cells`` says of a thing in which formats it survives."""
    between = [(thing.name, {f: thing.arrives(f, folder) for f in SUFFIXES}) for thing in CARRIED]
    own = [(thing.name, cells(thing)) for thing in THINGS]
    first = "".join(_table(own, {True: "yes", False: "**no**"}))
    second = "".join(_table(between, {True: "yes", False: "left out"}))
    return _TITLE + first + _BETWEEN + second + _REST


def _table(rows: Sequence[tuple[str, Mapping[str, bool]]], words: dict[bool, str]) -> Iterator[str]:
    yield f"| | {' | '.join(SUFFIXES)} |\n|---|{'---|' * len(SUFFIXES)}\n"
    for name, found in rows:
        shown = (words[found[format]] if format in found else "" for format in SUFFIXES)
        yield f"| {name} | {' | '.join(shown)} |\n"
