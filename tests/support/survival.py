"""Traits of files that survive filtering, or are named: files that have them, and their readers.

The tests check every row of this table, and ``checks/faithful.py`` writes docs/faithful.md from it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from PIL import JpegImagePlugin

from imgconv.cli.run import run
from imgconv.formats.deep import DeepHeader
from imgconv.formats.reader import open_header
from tests.support.containers import (
    avif_with_gain_map,
    block,
    bmp_with_header,
    bmp_with_profile,
    gif_application,
    gif_extension,
    gif_interlacing,
    gif_with,
    jp2_box,
    jp2_boxes,
    jp2_comments,
    jp2_uuid,
    jp2_with,
    jp2_with_comments,
    png_interlaced,
    png_interlacing,
    png_of,
    webp_with,
)
from tests.support.deep_files import encode
from tests.support.pictures import noise
from tests.support.specimens import (
    EXIF,
    FILM,
    ICC,
    IMAGEJ,
    IPTC,
    LARGE_EXIF,
    LARGE_ICC,
    OTHER_VIEW,
    PREVIEW,
    PRIVATE_TAG,
    TRAILER,
    XMP,
    Extract,
    animation,
    attribute,
    avif_code_points,
    avif_of_10_bits,
    avif_of_code_points,
    behind,
    chromaticities,
    comments,
    each_frame,
    exif_tags,
    exif_with_thumbnail,
    further_pictures,
    info,
    jpeg_by_codec,
    jpeg_component_tables,
    jpeg_of_density,
    jpeg_with,
    jpeg_with_pictures,
    jpeg_with_tables,
    large_exif_jpeg,
    photoshop,
    png_chunks,
    png_text,
    png_with,
    resolution,
    sample,
    saved,
    segment,
    segments,
    shown,
    thumbnail_fits,
    tiff_of,
    tiff_page,
    tiff_pages,
    tiff_tags,
    tiff_with_sub_ifd,
    ultra_hdr,
    values,
    xmp_segment,
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


def _plays() -> Iterator[tuple[str, MakeFile]]:
    """Yield animations shown once, endlessly, and three times."""
    for name in ("GIF", "PNG", "WebP"):
        for loop in (0, 3) if name != "GIF" else (None, 0, 3):
            yield f"{name} {loop}", animations(name, loop=loop, duration=40)[f"{name} RGB"]


XMP_THUMBNAIL = b"<a><xmp:Thumbnails>/9j/</xmp:Thumbnails></a>"
TURNED_EXIF = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\6\0\0\0\0\0\0\0"
SMALL = saved(sample(), "JPEG", quality=90)

# Pillow writes the EXIF of an AVIF anew if it has an orientation; a unit of resolution is as long.
UPRIGHT_EXIF = exif_with_thumbnail(SMALL).replace(b"\x01\x12", b"\x01\x28", 1)
_BLOCKS = ("JPEG", "PNG", "TIFF", "WebP", "AVIF")
_DURATIONS = [40, 70, 300, 1000]
_DISPOSALS = {"GIF": [1, 2, 1, 3], "PNG": [0, 1, 0, 2]}
_EXIF_TAGS = (0x010E, 0x010F, 0x8298, 0x8769, 0x8825)
_JP2_RESOLUTION = jp2_box(b"res ", jp2_box(b"resd", struct.pack(">4H2b", 3, 1, 3, 2, 3, 3)))
_CHROMATICITIES = {318: (0.31, 0.33), 319: (0.6, 0.3, 0.3, 0.6, 0.2, 0.1)}

TRAITS = (
    Trait(
        "ICC profile",
        saved_by_pillow(*_BLOCKS, icc_profile=ICC)
        | {
            "GIF": lambda: gif_with(gif_extension(b"ICCRGBG1012", ICC)),
            "BMP": lambda: bmp_with_profile(ICC),
            "JPEG2000": lambda: jp2_with(colour=b"\2\0\0" + ICC),
        },
        block("icc_profile"),
    ),
    Trait(
        "ICC profile of more than 64 KB",
        saved_by_pillow(*_BLOCKS, icc_profile=LARGE_ICC),
        info("icc_profile"),
    ),
    Trait(
        "EXIF",
        saved_by_pillow(*_BLOCKS, exif=b"Exif\0\0" + EXIF)
        | {"JPEG2000": lambda: jp2_with(jp2_uuid("exif", EXIF))},
        block("exif"),
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
            "GIF": lambda: gif_with(gif_extension(b"XMP DataXMP", XMP)),
            "JPEG2000": lambda: jp2_with(jp2_uuid("xmp", XMP)),
        },
        block("xmp"),
    ),
    Trait(
        "IPTC",
        {
            "JPEG": lambda: jpeg_with(segment(0xED, IPTC)),
            "TIFF": saved_by_pillow("TIFF", tiffinfo={33723: IPTC})["TIFF"],
            "JPEG2000": lambda: jp2_with(jp2_uuid("iptc", IPTC)),
        },
        segments("APP13"),
        {"TIFF": tiff_tags(33723), "JPEG2000": jp2_boxes(b"uuid")},
    ),
    Trait(
        "orientation",
        saved_by_pillow("JPEG", "PNG", "WebP", "AVIF", exif=TURNED_EXIF)
        | saved_by_pillow("TIFF", tiffinfo={274: 6}),
        attribute(lambda image: image.getexif().get(0x0112)),
        {"TIFF": tiff_tags(274)},
        lost={"TIFF": NAMED},
        word="turned upright",
    ),
    Trait(
        "a thumbnail of the picture in EXIF, made anew",
        {
            format: partial(saved, sample(), format, exif=b"Exif\0\0" + UPRIGHT_EXIF)
            for format in ("JPEG", "PNG", "WebP", "AVIF")
        },
        thumbnail_fits,
    ),
    Trait(
        "thumbnails of Photoshop and XMP",
        {
            "JPEG": lambda: jpeg_with(segment(0xED, photoshop(1036, bytes(28) + SMALL))),
            "JPEG xmp": lambda: jpeg_with(xmp_segment(XMP_THUMBNAIL)),
            "PNG": lambda: png_with(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP_THUMBNAIL),
            "TIFF": saved_by_pillow(
                "TIFF", tiffinfo={34377: photoshop(1036, bytes(28) + SMALL)[14:]}
            )["TIFF"],
            "TIFF xmp": saved_by_pillow("TIFF", tiffinfo={700: XMP_THUMBNAIL})["TIFF"],
            **saved_by_pillow("WebP", "AVIF", xmp=XMP_THUMBNAIL),
        },
        lambda data: SMALL in data or b"/9j/" in data,
        lost=dict.fromkeys(_BLOCKS, NAMED),
        word="thumbnail",
    ),
    Trait(
        "other resources of Photoshop",
        {
            "JPEG": lambda: jpeg_with(
                segment(0xED, photoshop(1036, bytes(28) + SMALL) + photoshop(1028, b"words")[14:])
            )
        },
        lambda data: photoshop(1028, b"words")[14:] in data,
    ),
    Trait(
        "extended XMP, and segments of others",
        {
            "JPEG": lambda: jpeg_with(
                segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + XMP), segment(0xEB, b"own")
            )
        },
        attribute(lambda image: [s for s in image.applist if s[1][:3] in (b"htt", b"own")]),
    ),
    Trait(
        "data behind its end",
        {
            **{
                format: partial(lambda format: saved(sample(), format) + bytes(4) + TRAILER, format)
                for format in ("PNG", "WebP", "GIF", "BMP", "AVIF", "JPEG2000")
            },
            "JPEG": lambda: saved(sample(), "JPEG") + b"a maker's own",
            "BMP profile": lambda: bmp_with_profile(ICC) + TRAILER,
            "BMP grey": lambda: saved(sample("L"), "BMP") + TRAILER,
        },
        lambda data: data[-len(TRAILER) :] == TRAILER,
        {"JPEG": behind},
    ),
    Trait(
        "film of a motion photo",
        {"JPEG": lambda: saved(sample(), "JPEG") + FILM},
        lambda data: data[-len(FILM) :] == FILM,
    ),
    Trait(
        "further pictures",
        {
            "JPEG": lambda: jpeg_with_pictures(
                (OTHER_VIEW, SMALL), (OTHER_VIEW, SMALL), trailer=FILM
            )
        },
        further_pictures,
    ),
    Trait(
        "previews beside the picture",
        {"JPEG": lambda: jpeg_with_pictures((PREVIEW, SMALL))},
        further_pictures,
        lost={"JPEG": NAMED},
        word="preview",
    ),
    Trait(
        "gain map",
        {"JPEG": ultra_hdr, "AVIF": avif_with_gain_map},
        further_pictures,
        {"AVIF": lambda data: b"tmap" in data},
        lost={"JPEG": REFUSED, "AVIF": REFUSED},
        word="gain map",
    ),
    Trait(
        "resolution",
        saved_by_pillow("JPEG", "PNG", "TIFF", "BMP", dpi=(300, 150))
        | {"JPEG2000": lambda: jp2_with(header=_JP2_RESOLUTION)},
        info("dpi"),
        {"JPEG2000": jp2_boxes(b"res ")},
    ),
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
            "JPEG2000": lambda: jp2_with_comments((1, b"one, na\xefve"), (1, b"two"), (0, b"\0\1")),
            "JPEG2000 raw": lambda: jp2_with_comments((1, b"one"), (0, b"two"), raw=True),
        },
        info("comment"),
        {"JPEG": segments("COM"), "PNG": png_chunks(b"tEXt"), "JPEG2000": jp2_comments},
    ),
    Trait("text", {"PNG": png_text}, png_chunks(b"tEXt", b"zTXt", b"iTXt")),
    Trait(
        "code points of colour",
        {
            "PNG": lambda: png_with(b"cICP", bytes((9, 16, 0, 1))),
            "AVIF": lambda: avif_of_code_points(9, 16),
        },
        png_chunks(b"cICP"),
        {"AVIF": avif_code_points},
    ),
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
        {
            "PNG": lambda: png_with(b"prVt", b"somebody's own"),
            "WebP": lambda: webp_with(b"prVt", b"somebody's own"),
            "WebP film": lambda: webp_with(b"prVt", b"own", animation("WebP")),
        },
        png_chunks(b"prVt"),
        {"WebP": lambda data: data[data.index(b"prVt") :]},
    ),
    Trait(
        "chunks and boxes that the filter may make wrong",
        {
            "PNG": lambda: png_with(b"dSIG", b"a signature"),
            "AVIF": lambda: saved(sample(), "AVIF") + jp2_box(b"uuid", bytes(16) + b"own"),
            "JPEG2000": lambda: jp2_with(jp2_box(b"jpch", b"")),
        },
        lambda data: any(kind in data for kind in (b"dSIG", b"uuid", b"jpch")),
        lost=dict.fromkeys(("PNG", "AVIF", "JPEG2000"), NAMED),
        word="cannot be carried along",
    ),
    Trait(
        "background and significant bits",
        {
            "PNG": lambda: png_of(8, 2, (b"bKGD", b"\0\1\0\2\0\3"), (b"sBIT", b"\5\6\5")),
            "PNG deep": lambda: png_of(16, 4, (b"bKGD", b"\x0c\1"), (b"sBIT", b"\x0c\1")),
        },
        png_chunks(b"bKGD", b"sBIT"),
    ),
    Trait(
        "other extensions",
        {"GIF": lambda: gif_with(gif_extension(b"SOMEBODY1.0", bytes(range(256)) * 3))},
        gif_application(b"SOMEBODY1.0"),
    ),
    Trait(
        "other boxes",
        {"JPEG2000": lambda: jp2_with(jp2_box(b"xml ", b"<x/>"), jp2_box(b"asoc", b"\0" * 9))},
        lambda data: [jp2_boxes(kind)(data) for kind in (b"xml ", b"asoc")],
    ),
    Trait(
        "calibrated colour space",
        {"BMP": lambda: bmp_with_header(108, bytes(4) + bytes(range(1, 49)))},
        lambda data: data[70:122],
    ),
    Trait(
        "interlacing",
        one_per_choice("GIF", "interlace", 0, 1)
        | {"PNG": lambda: png_interlaced(noise(9, 13, "rgb").array)},
        gif_interlacing,
        {"PNG": png_interlacing},
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
    Trait(
        "each component's table, and YCCK",
        {
            "JPEG": lambda: jpeg_with_tables("RGB", 1, 0, 2),
            "JPEG grey": lambda: jpeg_with_tables("L", 2),
            "JPEG inks": lambda: jpeg_with_tables("CMYK", 0, 2, 0, 3),
            "JPEG ycck": lambda: jpeg_with_tables("CMYK", 0, 1, 1, 0, ycck=True),
        },
        jpeg_component_tables,
    ),
    Trait(
        "subsampling that Pillow cannot write",
        {"JPEG 4:4:0": lambda: jpeg_by_codec("rgb", subsampling="440")},
        attribute(lambda image: [layer[1:3] for layer in image.layer]),
        lost={"JPEG": NAMED},
        word="subsampling",
    ),
    Trait(
        "lossless coding",
        {"JPEG": lambda: jpeg_by_codec("rgb", lossless=True)},
        lambda data: b"\xff\xc3" in data,
        lost={"JPEG": NAMED},
        word="lossless coding",
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
    Trait(
        "10 or 12 bits of colour",
        {
            "JPEG": lambda: jpeg_by_codec("rgb", "uint16", bitspersample=12),
            "AVIF": lambda: avif_of_10_bits(),
        },
        lambda data: True,
        lost={"JPEG": REFUSED, "AVIF": REFUSED},
        word="bits",
    ),
    Trait("16 bits of colour", deep("rgb", "uint16", "PNG", "TIFF", "PPM"), depth),
    Trait("16 bits of colour with alpha", deep("rgba", "uint16", "PNG", "TIFF"), depth),
    Trait("16 bits of grey with alpha", deep("la", "uint16", "PNG", "TIFF"), depth),
    Trait("16 bits of CMYK", deep("cmyk", "uint16", "TIFF"), depth),
    Trait("floats of colour", deep("rgb", "float32", "TIFF"), depth),
    Trait(
        "signed integers",
        {f"TIFF {dtype}": tiff_of(1, dtype=dtype) for dtype in ("int8", "int16")},
        tiff_page(lambda page: page.dtype.name),
    ),
    Trait(
        "channels beside the colours",
        {
            "TIFF x": tiff_of(4, extrasamples=["unspecified"]),
            "TIFF ax": tiff_of(5, extrasamples=["unassalpha", "unspecified"]),
        },
        tiff_page(lambda page: page.extrasamples),
    ),
    Trait(
        "premultiplied alpha",
        {"TIFF": tiff_of(4, extrasamples=["assocalpha"])},
        tiff_page(lambda page: page.extrasamples),
    ),
    Trait(
        "tiles and planes",
        {
            "TIFF tiles": tiff_of(3, tile=(16, 32), planarconfig="contig"),
            "TIFF planes": tiff_of(3, planarconfig="separate"),
        },
        tiff_page(lambda page: (page.is_tiled, page.tile, page.planarconfig)),
    ),
    Trait(
        "private tags",
        {"TIFF": tiff_of(3, extratags=[PRIVATE_TAG])},
        tiff_page(lambda page: page.tags.valueof(65000)),
    ),
    Trait(
        "metadata of ImageJ",
        {
            f"TIFF {order}": tiff_of(1, imagej=True, byteorder=order, metadata=IMAGEJ)
            for order in "<>"
        },
        tiff_page(lambda page: page.parent.imagej_metadata["Info"]),
    ),
    Trait(
        "SubIFDs, and layers of Photoshop",
        {
            "TIFF": tiff_with_sub_ifd,
            "TIFF layers": tiff_of(3, extratags=[(37724, 7, 9, b"layers...", True)]),
        },
        tiff_page(lambda page: [tag for tag in (330, 37724) if tag in page.tags]),
        lost={"TIFF": REFUSED},
        word="cannot be carried along",
    ),
    Trait("each page's tags", {"TIFF": tiff_pages}, tiff_tags(259, 270, 285, 297, 305)),
    Trait(
        "each frame alone, transparency too",
        animations("GIF", "PNG", "WebP") | {"TIFF": tiff_pages},
        each_frame(shown),
        filters=("identity",),
    ),
    Trait(
        "durations of frames",
        animations("GIF", "PNG", "WebP", "AVIF", duration=_DURATIONS),
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

Written by `checks/faithful.py` from the table in `tests/support/survival.py`, of which each cell
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

`--quality` replaces the quantisation tables and the subsampling of JPEG, and makes WebP lossy. A
lossy WebP, and a page of TIFF that is packed as JPEG, does not say what its quality was: 90 is
taken, as for a JPEG that is made of another format.

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
  and so do all tiles and planes without imagecodecs and tifffile; a line says so.
- Pages of TIFF, and the views of a JPEG that has several (MPO), are no film. In TIFF they are
  pages. In other formats the first is written, or the one that `--frame` names, and a line counts
  the others.
- Frames are written as the box in which they differ from the frame before. Frames of GIF that are
  transparent somewhere are written whole, and cleared afterwards.
- Subsampling that Pillow cannot write, such as 4:4:0, becomes 4:4:4, as does that of YCCK.
- Lossless and arithmetic coding of JPEG and its restart markers: it is written as most programs do.
- Thumbnails in EXIF are made anew from the result, and sizes in EXIF and XMP follow it. Thumbnails
  of Photoshop, XMP, JFIF and MPF, which show the picture as it was, are left out and named. A
  maker's note stays as it is, and some makers keep a small picture there.
- What lies behind a picture's end is carried along as it is. A film of a motion photo, and other
  pictures that a JPEG lists (MPF), are not filtered; a line says so. `--strip` leaves them out, and
  `--frame` the other pictures. Chunks and boxes that the filter may make wrong, such as signatures,
  are left out and named.
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
