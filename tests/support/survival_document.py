"""The text of docs/faithful.md: tables of traits in each format, and of traits between formats."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import UnidentifiedImageError

from imgconv.cli.run import run
from tests.support.containers import (
    block,
)
from tests.support.jpeg_specimens import (
    jpeg_with,
    segment,
)
from tests.support.specimens import (
    EXIF,
    ICC,
    XMP,
    Extract,
    chromaticities,
    comments,
    exif_tags,
    png_with,
    resolution,
)
from tests.support.survival import KEPT, NAMED, SUFFIXES, MakeFile, saved_by_pillow
from tests.support.traits_of_metadata import TRAITS_OF_METADATA
from tests.support.traits_of_pixels import TRAITS_OF_PIXELS

TRAITS = (*TRAITS_OF_METADATA, *TRAITS_OF_PIXELS)


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
        try:
            return self.extract(before.read_bytes()) == self.extract(after.read_bytes())
        except UnidentifiedImageError:  # Pillow reads no PAM and no PFM of colours
            return False


CONVERTED_TRAITS = (
    ConvertedTrait(
        "ICC profile", "PNG", saved_by_pillow("PNG", icc_profile=ICC)["PNG"], block("icc_profile")
    ),
    ConvertedTrait(
        "EXIF", "JPEG", saved_by_pillow("JPEG", exif=b"Exif\0\0" + EXIF)["JPEG"], exif_tags
    ),
    ConvertedTrait("XMP", "JPEG", saved_by_pillow("JPEG", xmp=XMP)["JPEG"], block("xmp")),
    ConvertedTrait(
        "resolution", "JPEG", saved_by_pillow("JPEG", dpi=(300, 150))["JPEG"], resolution
    ),
    ConvertedTrait(
        "chromaticities",
        "PNG",
        lambda: png_with(b"cHRM", struct.pack(">8I", *range(31000, 39000, 1000))),
        chromaticities,
    ),
    ConvertedTrait("comments", "JPEG", lambda: jpeg_with(segment(0xFE, b"words")), comments),
)
_TITLE = """# What survives

Written by `checks/faithful.py` from the table in `tests/support/traits_of_*.py`, of which each cell
is tested with the filters `identity` and `blur`, from one file to another of the same format and in
place.

- *kept*: it is found again, byte for byte where it is a block of bytes.
- *named*: it is left out, and a line on standard error and in the report says so.
- *refused*: with `--in-place` the file is left as it is, unless `--drop-extras` allows the loss;
  into another file it is left out and named. Pictures that are too deep to be read are refused
  always.
- *none*: the format has no such thing.

"""

_BETWEEN = """
From one format to another, what the other can hold is carried along. So are the names of what is
left out: also of what only one format knows, as text, gamma and chromaticities of PNG, IPTC of JPEG
and TIFF, and what lies behind the picture in its file.

"""

_REST = """
`--strip` leaves out all that is said of a picture: EXIF, XMP, IPTC, comments, text. What it looks
like stays: its profile, gamma and chromaticities, its resolution, how its frames are shown, and
which side is up.

`--quality N` replaces the quantisation tables and the subsampling of JPEG, and makes a lossless
WebP lossy. `--quality lossless` makes any WebP lossless, and packs a page of TIFF without loss;
JPEG and AVIF are refused, and so is GIF where its 256 colours do not suffice. A WebP or a JPEG
that is made of another format is lossy, of quality 90. A lossy WebP, and a page of TIFF that is
packed as JPEG, does not say what its quality was: 90 is taken as well.

What cannot stay:

- Palettes and black and white become RGB and grey. GIF gets new palettes, a table for
  each frame, exact up to 256 colours; beyond that, errors are spread over the pixels beside. Its
  transparency is all or nothing.
- TIFF is written anew, as a little-endian file without BigTIFF's long offsets. Its compressions of
  faxes, WebP, JPEG 2000, JPEG XL, LERC and PNG become deflate, and fewer than 8 bits become 8.
- A TIFF with an orientation is turned upright and loses that tag, as a line says. Other formats
  stay as they are stored.
- SubIFDs of TIFF, where cameras keep raw pixels, and Photoshop's layers are left out and named.
  Such a file is replaced in place only with `--drop-extras`. Tiles packed as JPEG become strips,
  and so do all tiles and planes without imagecodecs and tifffile; a line says so. What lies behind
  all that the tags of a TIFF point to is left out and named: it may be an older picture.
- Pages of TIFF, and the views of a JPEG that has several (MPO), are no film. In TIFF they are
  pages. In other formats the first is written, or the one that `--frame` names, and a line counts
  the others.
- Every picture of an icon (ICO) is filtered. Smaller ones are written as bitmaps of 32 bits, those
  of 256 pixels a side as PNG, whose further chunks are left out and named.
- PSD, DDS and JPEG-LS are read, not written. Of a PSD the picture is read that Photoshop has
  merged. Layers, saved selections and IPTC of PSD, mipmaps, faces and slices of DDS, segments of
  JPEG-LS that programs have added, and data behind the end are left out and named.
- PFM holds floats: whole numbers become shares of white. Its scale stays in the file, and is not
  applied.
- Comments of further pictures in a PNM, and those among plain values, are left out and named.
- A film in YUV4MPEG2 (.y4m) is written as one, in files and in pipes; it cannot become pictures.
- Frames are written as the box in which they differ from the frame before. Frames of GIF that are
  transparent somewhere are written whole, and cleared afterwards.
- Subsampling that Pillow cannot write, such as 4:4:0, becomes 4:4:4, as does that of YCCK.
- Lossless and arithmetic coding of JPEG and its restart markers: it is written as most programs do.
- Thumbnails in EXIF are made anew from the result, and sizes in EXIF and XMP follow it. Thumbnails
  of Photoshop, XMP, JFIF and MPF, which show the picture as it was, are left out and named. A
  maker's note stays as it is, and some makers keep a small picture there.
- What lies behind a picture's end is carried along as it is, but in TIFF. A film of a motion photo,
  and other pictures that a JPEG lists (MPF), are not filtered; a line says so. `--strip` leaves
  them out, and `--frame` the other pictures. Chunks and boxes that the filter may make wrong, such
  as signatures, are left out and named.
- The gain map of an Ultra HDR picture fits only the pixels that it was made for. It is left out
  with every claim of it.
- A profile that is for other colours than the picture has now, as behind `--gray`, is left out.
- XMP of more than 64 KB does not fit into JPEG, and is left out there.
"""


def document(folder: Path) -> str:
    """Return the text of docs/faithful.md; the second of its tables is made by trying."""
    own = [(trait.name, [trait.cell(format) for format in SUFFIXES]) for trait in TRAITS]
    between = []
    for trait in CONVERTED_TRAITS:
        arrive = [trait.arrives(format, folder) for format in SUFFIXES]
        between.append((trait.name, [KEPT if arrives else NAMED for arrives in arrive]))
    return _TITLE + "".join(_table(own)) + _BETWEEN + "".join(_table(between)) + _REST


def _table(rows: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    yield f"| | {' | '.join(SUFFIXES)} |\n|---|{'---|' * len(SUFFIXES)}\n"
    for name, cells in rows:
        yield f"| {name} | {' | '.join(cells)} |\n"
