"""The modules of Pillow that read and write each format, imported when one is met."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from imgconv import formats

# The modules of the formats that Pillow does not begin with.
_PLUGINS = {"TIFF": "Tiff", "WEBP": "WebP", "JPEG2000": "Jpeg2K", "AVIF": "Avif"}


def open_image(place: BytesIO | Path) -> Image.Image:
    """Recognise a picture by its content.

    Pillow begins with a few formats, and would import those of all others to look for one more.
    """
    try:
        return Image.open(place, formats=[name for name in formats.FORMATS if name not in _PLUGINS])
    except UnidentifiedImageError:
        for name in _PLUGINS:
            import_plugin(name)
        return Image.open(place, formats=list(formats.FORMATS))


def import_plugin(format: str) -> None:
    """Have Pillow know ``format``."""
    if format in _PLUGINS:
        import_module(f"PIL.{_PLUGINS[format]}ImagePlugin")
