"""Traits of pixels and frames: how levels are meant, coded and stored, how frames are shown."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from PIL import JpegImagePlugin

from tests.support.containers import (
    bmp_with_header,
    gif_interlacing,
    jp2_depths,
    jp2_of_bits,
    png_interlaced,
    png_interlacing,
    png_of,
)
from tests.support.jpeg_specimens import (
    jpeg_by_codec,
    jpeg_component_tables,
    jpeg_with_tables,
)
from tests.support.pictures import noise
from tests.support.raster_specimens import (
    icon,
    icon_pictures,
    pam_maker,
    pam_values,
    pfm_of_scale,
    pfm_scale,
    qoi_of_colours,
    sgi_of,
    tga_area,
    tga_of,
)
from tests.support.specimens import (
    attribute,
    avif_code_points,
    avif_of_10_bits,
    avif_of_code_points,
    each_frame,
    info,
    png_chunks,
    png_with,
    sample,
    saved,
    shown,
    values,
)
from tests.support.survival import (
    NAMED,
    REFUSED,
    MakeFile,
    Trait,
    animations,
    deep,
    depth,
    in_modes,
    one_per_choice,
    saved_by_pillow,
)
from tests.support.tiff_specimens import (
    tiff_of,
    tiff_page,
    tiff_pages,
    tiff_tags,
)


def _plays() -> Iterator[tuple[str, MakeFile]]:
    """Yield animations shown once, endlessly, and three times."""
    for name in ("GIF", "PNG", "WebP"):
        for loop in (0, 3) if name != "GIF" else (None, 0, 3):
            yield f"{name} {loop}", animations(name, loop=loop, duration=40)[f"{name} RGB"]


_DURATIONS = [40, 70, 300, 1000]
_DISPOSALS = {"GIF": [1, 2, 1, 3], "PNG": [0, 1, 0, 2]}
_CHROMATICITIES = {318: (0.31, 0.33), 319: (0.6, 0.3, 0.3, 0.6, 0.2, 0.1)}

TRAITS_OF_PIXELS = (
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
        "background and significant bits",
        {
            "PNG": lambda: png_of(8, 2, (b"bKGD", b"\0\1\0\2\0\3"), (b"sBIT", b"\5\6\5")),
            "PNG deep": lambda: png_of(16, 4, (b"bKGD", b"\x0c\1"), (b"sBIT", b"\x0c\1")),
        },
        png_chunks(b"bKGD", b"sBIT"),
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
        )
        | saved_by_pillow("TGA", rle=True)
        | {"SGI": lambda: sgi_of(np.asarray(sample()), packed=True)},
        info("compression"),
        {"SGI": lambda data: data[2]},
        lost={"SGI": NAMED},
        word="compression",
    ),
    Trait("order of rows", one_per_choice("TGA", "orientation", -1, 1), info("orientation")),
    Trait(
        "whether levels are light",
        {"QOI": lambda: qoi_of_colours(1), "QOI srgb": lambda: qoi_of_colours(0)},
        lambda data: data[13:14],
    ),
    Trait(
        "10 or 12 bits of colour",
        {
            "JPEG": lambda: jpeg_by_codec("rgb", "uint16", bitspersample=12),
            "AVIF": lambda: avif_of_10_bits(),
            "JPEG2000": lambda: jp2_of_bits("rgb", 12)[0],
            "JPEG2000 raw": lambda: jp2_of_bits("l", 10, raw=True)[0],
        },
        lambda data: True,
        {"JPEG2000": jp2_depths},
        lost={"JPEG": REFUSED, "AVIF": REFUSED},
        word="bits",
    ),
    Trait(
        "16 bits of colour",
        deep("rgb", "uint16", "PNG", "TIFF", "PPM", "PAM", "SGI")
        | {"JPEG2000": lambda: jp2_of_bits("rgb", 16)[0]},
        depth,
    ),
    Trait(
        "16 bits of colour with alpha",
        deep("rgba", "uint16", "PNG", "TIFF", "PAM", "SGI")
        | {"JPEG2000": lambda: jp2_of_bits("rgba", 16)[0]},
        depth,
    ),
    Trait(
        "16 bits of grey with alpha",
        deep("la", "uint16", "PNG", "TIFF", "PAM") | {"JPEG2000": lambda: jp2_of_bits("la", 16)[0]},
        depth,
    ),
    Trait("16 bits of CMYK", deep("cmyk", "uint16", "TIFF", "PAM"), depth),
    Trait("floats of colour", deep("rgb", "float32", "TIFF", "PFM"), depth),
    Trait("scale of floats", {"PFM": lambda: pfm_of_scale(b"-2.5")}, pfm_scale),
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
        {
            "TIFF": tiff_of(4, extrasamples=["assocalpha"]),
            "TGA": lambda: tga_of(np.asarray(sample("RGBA")), tga_area(alpha_kind=4)),
        },
        tiff_page(lambda page: page.extrasamples),
        {"TGA": lambda data: data[-26 - 495 :][494]},
    ),
    Trait(
        "tiles and planes",
        {
            "TIFF tiles": tiff_of(3, tile=(16, 32), planarconfig="contig"),
            "TIFF planes": tiff_of(3, planarconfig="separate"),
        },
        tiff_page(lambda page: (page.is_tiled, page.tile, page.planarconfig)),
    ),
    Trait("each page's tags", {"TIFF": tiff_pages}, tiff_tags(259, 270, 285, 297, 305)),
    Trait(
        "each frame alone, transparency too",
        animations("GIF", "PNG", "WebP") | {"TIFF": tiff_pages, "ICO": lambda: icon(16, 32, 256)},
        each_frame(shown),
        {"ICO": icon_pictures},
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
            **in_modes("TGA", "1", "L", "LA", "P", "RGB", "RGBA"),
            **in_modes("SGI", "L", "RGB", "RGBA"),
            **in_modes("PCX", "1", "L", "P", "RGB"),
            **in_modes("QOI", "RGB", "RGBA"),
            "ICO": lambda: icon(24),
            **{f"PAM {mode}": pam_maker(mode) for mode in ("L", "LA", "RGB", "RGBA", "CMYK")},
            "PFM": lambda: saved(sample("F"), "PPM"),
        },
        attribute(values),
        {"PAM": pam_values},
        filters=("identity",),
    ),
)
