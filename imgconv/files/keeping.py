"""What of a picture survives: found where it is read, put back where it is written."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageSequence

from imgconv.files.picture import Picture
from imgconv.formats import Format

JPEG_QUALITY = 90

# Compressions of TIFF that hold nothing but black and white, which filtering makes grey.
_FAX = ("group3", "group4", "tiff_ccitt")


def kept_of(image: Image.Image) -> dict[str, Any]:
    """What of a picture's information is to be written again, as Pillow's savers take it."""
    keys = ("icc_profile", "exif", "dpi", "xmp", "comment")
    kept = {key: image.info[key] for key in keys if image.info.get(key)}
    if image.format == "JPEG":
        from PIL import JpegImagePlugin

        kept["qtables"] = getattr(image, "quantization", None)
        kept["subsampling"] = JpegImagePlugin.get_sampling(image)
        kept["progressive"] = bool(image.info.get("progressive"))
    if "loop" in image.info:
        kept["loop"] = image.info["loop"]
    if getattr(image, "n_frames", 1) > 1:
        kept["duration"] = [
            frame.info.get("duration", 0) for frame in ImageSequence.Iterator(image)
        ]
    return kept


def saving_options(picture: Picture, target: Format, quality: int | None) -> dict[str, Any]:
    """The keyword arguments with which Pillow writes a picture in the format ``target``."""
    options = dict(picture.keep)
    tables = {key: options.pop(key, None) for key in ("qtables", "subsampling", "progressive")}
    if quality is not None and target.is_lossy:
        options["quality"] = quality
    elif target.name == "JPEG":
        options |= tables if tables["qtables"] else {"quality": JPEG_QUALITY}
    if target.name == "GIF":
        options["optimize"] = False
    if target.name == "PPM":
        return {}
    if target.name == "TIFF" and picture.frames[0].info.get("compression") in _FAX:
        options["compression"] = "tiff_adobe_deflate"
    return {key: value for key, value in options.items() if value is not None}
