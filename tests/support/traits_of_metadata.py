"""Traits that are said of pictures beside their pixels: blocks, tags, texts, further pictures."""

from __future__ import annotations

import struct
from functools import partial

import numpy as np

from tests.support.containers import (
    avif_with_gain_map,
    block,
    bmp_with_profile,
    gif_application,
    gif_extension,
    gif_with,
    jp2_box,
    jp2_boxes,
    jp2_comments,
    jp2_uuid,
    jp2_with,
    jp2_with_comments,
    webp_with,
)
from tests.support.jpeg_specimens import (
    FILM,
    OTHER_VIEW,
    PREVIEW,
    behind,
    exif_with_thumbnail,
    further_pictures,
    jpeg_of_density,
    jpeg_with,
    jpeg_with_pictures,
    large_exif_jpeg,
    photoshop,
    segment,
    segments,
    thumbnail_fits,
    ultra_hdr,
    xmp_segment,
)
from tests.support.raster_specimens import (
    icon,
    icon_of_png,
    pam_of,
    pcx_with,
    pnm_comments,
    sgi_of,
    tga_area,
    tga_of,
    tga_packed,
    tga_texts,
)
from tests.support.specimens import (
    EXIF,
    ICC,
    IPTC,
    LARGE_EXIF,
    LARGE_ICC,
    TRAILER,
    XMP,
    animation,
    attribute,
    info,
    png_chunks,
    png_text,
    png_with,
    sample,
    saved,
)
from tests.support.survival import NAMED, REFUSED, Trait, saved_by_pillow
from tests.support.tiff_specimens import (
    IMAGEJ,
    PRIVATE_TAG,
    tiff_of,
    tiff_page,
    tiff_tags,
    tiff_with_sub_ifd,
)

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

TRAITS_OF_METADATA = (
    Trait(
        "ICC profile",
        saved_by_pillow(*_BLOCKS, icc_profile=ICC)
        | {
            "GIF": lambda: gif_with(gif_extension(b"ICCRGBG1012", ICC)),
            "BMP": lambda: bmp_with_profile(ICC),
            "JPEG2000": lambda: jp2_with(colour=b"\2\0\0" + ICC),
            "ICO": lambda: icon_of_png(saved(sample("RGBA"), "PNG", icc_profile=ICC)),
        },
        block("icc_profile"),
        {"ICO": lambda data: b"iCCP" in data},
        lost={"ICO": NAMED},
        word="chunk iCCP",
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
            "TGA": lambda: tga_of(np.asarray(sample()), footer=False) + TRAILER,
            "TGA packed": lambda: tga_packed() + TRAILER,
            "ICO": lambda: icon(16, 32) + TRAILER,
            "SGI": lambda: saved(sample(), "SGI") + TRAILER,
            "SGI packed": lambda: sgi_of(np.asarray(sample()), packed=True) + TRAILER,
            "PCX": lambda: saved(sample(), "PCX") + TRAILER,
            "PCX grey": lambda: saved(sample("L"), "PCX") + TRAILER,
            "QOI": lambda: saved(sample(), "QOI") + TRAILER,
            "PPM": lambda: saved(sample(), "PPM") + TRAILER,
            "PAM": lambda: pam_of(sample("RGBA")) + TRAILER,
            "TIFF": lambda: saved(sample(), "TIFF") + TRAILER,
            "TIFF tiles": lambda: tiff_of(3, tile=(16, 32))() + TRAILER,
            "PFM": lambda: saved(sample("F"), "PPM") + TRAILER,
        },
        lambda data: data[-len(TRAILER) :] == TRAILER,
        {"JPEG": behind},
        lost={"TIFF": NAMED},
        word="data behind its end",
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
        | {
            "JPEG2000": lambda: jp2_with(header=_JP2_RESOLUTION),
            "PCX": lambda: pcx_with(density=(300, 150)),
        },
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
            "PPM": lambda: b"P6\n# one, na\xefve\n#\n" + saved(sample(), "PPM")[3:],
            "PPM plain": lambda: b"P3 # one\n2 1 #two\n255 1 2 3 4 5 6\n",
            "PAM": lambda: b"P7\n# one\n" + pam_of(sample("RGBA"))[3:],
        },
        info("comment"),
        {
            "JPEG": segments("COM"),
            "PNG": png_chunks(b"tEXt"),
            "JPEG2000": jp2_comments,
            **dict.fromkeys(("PPM", "PAM"), pnm_comments),
        },
    ),
    Trait("text", {"PNG": png_text}, png_chunks(b"tEXt", b"zTXt", b"iTXt")),
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
        "names and texts of a header",
        {
            "TGA": saved_by_pillow("TGA", id_section=b"an identification")["TGA"],
            "TGA texts": lambda: tga_of(np.asarray(sample("RGBA")), tga_area(alpha_kind=3)),
            "SGI": lambda: sgi_of(np.asarray(sample()), name=b"a name"),
        },
        tga_texts,
        {"SGI": lambda data: data[24:104]},
    ),
    Trait(
        "thumbnails, and areas of programs",
        {"TGA": lambda: tga_of(np.asarray(sample()), tga_area(alpha_kind=0, stamp=9))},
        lambda data: any(data[-26 - 495 :][486:490]),
        lost={"TGA": NAMED},
        word="thumbnail",
    ),
    Trait(
        "place on a screen",
        {"PCX": lambda: pcx_with(place=(10, 20), screen=(640, 480))},
        lambda data: (data[4:12], data[70:74]),
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
)
