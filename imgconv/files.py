"""Pictures in and out of files and pipes: Pillow, ``-``, metadata, and replacing a file whole."""

from __future__ import annotations

import os
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageSequence, UnidentifiedImageError

from imgconv import formats
from imgconv.errors import ImgconvError, ReadError, WriteError
from imgconv.formats import Format
from imgconv.pairing import PIPE

MOST_PIXELS = 500_000_000
JPEG_QUALITY = 90

# Compressions of TIFF that hold nothing but black and white, which filtering makes grey.
_FAX = ("group3", "group4", "tiff_ccitt")

# The modules of the formats that Pillow does not begin with.
_PLUGINS = {"TIFF": "Tiff", "WEBP": "WebP", "JPEG2000": "Jpeg2K", "AVIF": "Avif"}

# Everything that Pillow's decoders have been seen to raise for a file that is no good.
_DECODING_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    RuntimeError,
    OverflowError,
    MemoryError,
    EOFError,
    KeyError,
    IndexError,
    AttributeError,
    struct.error,
    Image.DecompressionBombError,
)


@dataclass
class Picture:
    """The frames of a picture, its format, and what must survive: keyword arguments for saving."""

    frames: list[Image.Image]
    format: str
    keep: dict[str, Any] = field(default_factory=dict)


def read(source: str) -> Picture:
    """Read the picture at the path ``source``, or from standard input for ``-``.

    Raises ``ReadError`` for whatever goes wrong.
    """
    with _reading(source):
        # In one block, a picture can be filtered where it lies: see pillow_memory.py.
        Image.core.set_use_block_allocator(1)  # type: ignore[attr-defined]
        # The limit is ours, see _check_size. It is not put back: other threads may be reading.
        Image.MAX_IMAGE_PIXELS = None
        place = BytesIO(sys.stdin.buffer.read()) if source == PIPE else Path(source)
        with _open(place) as image:
            _check_size(image)
            frames = _frames(image)
            return Picture(frames, _format_name(image), _kept(image))


def _open(place: BytesIO | Path) -> Image.Image:
    """Recognise a picture by its content.

    Pillow begins with a few formats, and would import those of all others to look for one more.
    """
    try:
        return Image.open(place, formats=[name for name in formats.FORMATS if name not in _PLUGINS])
    except UnidentifiedImageError:
        for name in _PLUGINS:
            _import_plugin(name)
        return Image.open(place, formats=list(formats.FORMATS))


def _import_plugin(format: str) -> None:
    if format in _PLUGINS:
        import_module(f"PIL.{_PLUGINS[format]}ImagePlugin")


def _frames(image: Image.Image) -> list[Image.Image]:
    if getattr(image, "n_frames", 1) == 1:
        image.load()
        return [image]
    return [frame.copy() for frame in ImageSequence.Iterator(image)]


def _check_size(image: Image.Image) -> None:
    pixels = image.width * image.height * getattr(image, "n_frames", 1)
    if pixels > MOST_PIXELS:
        raise ReadError(
            f"{pixels:,} pixels are more than {MOST_PIXELS:,}", "is this a decompression bomb?"
        )


def _format_name(image: Image.Image) -> str:
    return "JPEG" if image.format == "MPO" else str(image.format)


def _kept(image: Image.Image) -> dict[str, Any]:
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


@contextmanager
def _reading(source: str) -> Iterator[None]:
    name = "standard input" if source == PIPE else source
    try:
        yield
    except ImgconvError as error:
        raise ReadError(f"{name}: {error.problem}", error.remedy) from error
    except FileNotFoundError as error:
        raise ReadError(f"{name}: there is no such file", "check the path") from error
    except (IsADirectoryError, PermissionError) as error:
        raise ReadError(f"{name}: {error.strerror}", "check the path") from error
    except UnidentifiedImageError as error:
        raise ReadError(
            f"{name}: not a picture in a known format", "give a JPEG, PNG, TIFF, WebP or the like"
        ) from error
    except _DECODING_ERRORS as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ReadError(
            f"{name}: the picture is damaged ({reason})", "restore the file or leave it out"
        ) from error


def encode(picture: Picture, target: Format, quality: int | None = None) -> bytes:
    """The bytes of a picture in the format ``target``; raises ``WriteError``."""
    frames = [_in_mode(frame, formats.mode_in(target, frame.mode)) for frame in picture.frames]
    options = _options(picture, target, quality)
    if len(frames) > 1 and target.holds_frames:
        options |= {"save_all": True, "append_images": frames[1:]}
    else:
        options.pop("duration", None)
    buffer = BytesIO()
    _import_plugin(target.name)
    try:
        frames[0].save(buffer, target.name, **options)
    except (OSError, ValueError, TypeError, KeyError, struct.error, MemoryError) as error:
        raise WriteError(
            f"{target.name} cannot hold this picture ({error})", "choose another format"
        ) from error
    return buffer.getvalue()


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)


def _options(picture: Picture, target: Format, quality: int | None) -> dict[str, Any]:
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


def write(data: bytes, target: str, makes_folder: bool = False) -> None:
    """Put ``data`` at the path ``target`` in one stroke, or on standard output: see ``writing``."""
    with writing(target, makes_folder) as file:
        file.write(data)


@contextmanager
def writing(target: str, makes_folder: bool = False) -> Iterator[BinaryIO]:
    """Give a file for what belongs at the path ``target``, or standard output for ``-``.

    What was at the path stays until all is written beside it, and for good where writing fails;
    ``makes_folder`` makes the folder around it where there is none. Raises ``WriteError``; a reader
    that went away raises ``BrokenPipeError``.
    """
    with _blaming(target):
        if target == PIPE:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        path = Path(os.path.realpath(target))
        if makes_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as file:
            yield file


@contextmanager
def _blaming(target: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name, remedy = target, "check the place"
        if target == PIPE:
            name, remedy = "standard output", "check where it leads"
        elif not Path(os.path.realpath(target)).parent.is_dir():
            remedy = "make the folder first"
        raise WriteError(f"{name}: cannot be written ({error.strerror})", remedy) from error


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    beside = path.with_name(f".{path.name[:40]}.{os.getpid()}.{threading.get_ident()}")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
