"""Frames to and from bytes, by the plugins of Pillow."""

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import BytesIO
from threading import active_count, local
from typing import IO, Any, BinaryIO, cast

from PIL import Image, ImageFile

from imgconv.errors import WriteError
from imgconv.formats import Format, Metadata
from imgconv.formats.metadata import Picture
from imgconv.formats.registry import MAGIC_SIZE
from imgconv.images.frames import decoded
from imgconv.images.pillow_buffers import reuse_memory
from imgconv.images.pixels import Frame

# Bytes that decoders get at once. Pillow copies the unread rest of each block in front of the next,
# and its default of 64 KB is a fifth of a JPEG of a megapixel.
_BLOCK_SIZE = 1 << 20

# With every exception that Pillow's decoders have been seen to raise for a damaged file.
DECODING_ERRORS: tuple[type[Exception], ...] = (OSError, ValueError, TypeError, SyntaxError)
DECODING_ERRORS += (RuntimeError, ArithmeticError, EOFError, LookupError, AttributeError)
DECODING_ERRORS += (AssertionError, struct.error)

# Every exception that Pillow's encoders have been seen to raise for a picture they cannot write.
_ENCODING_ERRORS: tuple[type[Exception], ...] = (OSError, ValueError, TypeError, SyntaxError)
_ENCODING_ERRORS += (KeyError, RuntimeError, struct.error, MemoryError)


LONGEST_FILLING = 1 << 28  # bytes

_thread = local()


class _Lenience:
    """In place of Pillow's flag for all threads: it is true in threads that decode leniently."""

    def __bool__(self) -> bool:
        return filling() is not None


@contextmanager
def lenient(value: int) -> Iterator[None]:
    """Decode in this thread as much as there is; ``value``, a byte, stands for other pixels."""
    ImageFile.LOAD_TRUNCATED_IMAGES = _Lenience()  # type: ignore[assignment]
    _thread.filling = value
    try:
        yield
    finally:
        _thread.filling = None


def filling() -> int | None:
    """Return the value of pixels that are missing, or None where the thread is not lenient."""
    value: int | None = getattr(_thread, "filling", None)
    return value


def filled(data: bytes, length: int, value: int) -> bytes:
    """Return data with bytes of ``value`` up to a length, unless a header asks for very many."""
    missing = length - len(data)
    return data + bytes([value]) * missing if 0 < missing <= LONGEST_FILLING else data


def import_plugin(format: Format) -> None:
    import_module(f"PIL.{format.plugin}ImagePlugin")


def open_image(file: BinaryIO, format: Format) -> ImageFile.ImageFile:
    """Open an image without decoding it; raises its plugin's errors, which ``Image.open`` hides."""
    import_plugin(format)
    if format.name not in Image.OPEN:
        raise ValueError(f"this Pillow was built without {format.name}")
    factory, accept = Image.OPEN[format.name]
    if accept and isinstance(refusal := accept(file.read(MAGIC_SIZE)), str):
        raise ValueError(refusal)
    file.seek(0)
    image = factory(file, "")
    image.decodermaxblock = _BLOCK_SIZE
    return image


def decode_frames(
    image: ImageFile.ImageFile, format: Format, check_pixels: Callable[[int], None]
) -> tuple[list[Frame], Metadata]:
    """Decode all frames, and return them with the metadata of their animation.

    ``check_pixels`` gets the number of pixels so far, and raises where there are too many.
    """
    if getattr(image, "n_frames", 1) == 1:
        return [_decoded_alone(image)], {}
    from PIL import ImageSequence  # not needed by most pictures

    frames: list[Frame] = []
    durations, disposals, pixels = [], [], 0
    for frame, whole in _decoded_until_damage(ImageSequence.Iterator(image)):
        pixels += frame.width * frame.height
        check_pixels(pixels)
        frames.append(whole.copy() if whole is frame else whole)
        durations.append(frame.info.get("duration", 0))
        disposals += [format.disposal(frame)] if format.disposal else []
    if not format.is_film:
        return frames, {}
    return frames, {"durations": durations} | ({"disposals": disposals} if disposals else {})


def _decoded_alone(image: ImageFile.ImageFile) -> Image.Image:
    if (value := filling()) is None:
        reuse_memory(image)
        return decoded(image)
    values = (value,) * len(image.getbands())
    filled: Any = Image.new(image.mode, image.size, values if len(values) > 1 else value)
    image.im = filled.im
    try:
        return decoded(image)
    except DECODING_ERRORS:
        image.tile = []  # so that Pillow takes the memory for decoded
        if image.getcolors(1):
            raise
        return image


def _decoded_until_damage(
    frames: Iterator[Image.Image],
) -> Iterator[tuple[Image.Image, Image.Image]]:
    """Yield each frame and its picture; in a lenient thread, a frame that fails is the end."""
    first = True
    try:
        for frame in frames:
            yield frame, decoded(frame)
            first = False
    except DECODING_ERRORS:
        if first or filling() is None:
            raise


def encode_frame(frame: Image.Image, format: Format, **options: Any) -> bytes:
    """Return a file of the pixels of a frame; ``options`` are as for Pillow's ``save``.

    Metadata are written elsewhere, so Pillow's encoder gets a copy without ``info``. ``Image.save``
    would import the plugins of five formats before it calls one. Raises ``WriteError``.
    """
    import_plugin(format)
    frame.load()
    bare: Any = frame._new(frame.im)
    bare.info, bare.encoderinfo, bare.encoderconfig = {}, options, ()
    savers = Image.SAVE_ALL if options.get("save_all") else Image.SAVE
    try:
        with _memory_file(format) as file:
            savers[format.name](bare, file, "")
            file.seek(0)
            return file.read()
    except _ENCODING_ERRORS as error:
        raise WriteError(
            f"{format.name} cannot hold this picture ({error})", "choose another format"
        ) from error


def encode_with_pillow(picture: Picture, quality: int | None, **options: Any) -> bytes:
    """Return a file of the first frame, whose metadata Pillow writes; raises ``WriteError``."""
    (frame, *_), format = picture.frames, picture.format
    assert isinstance(frame, Image.Image)
    options |= {kind: picture.metadata[kind] for kind in format.kinds if kind in picture.metadata}
    if quality is not None and format.is_lossy:
        options["quality"] = quality
    return encode_frame(frame, format, **options)


def _memory_file(format: Format) -> IO[bytes]:
    """Return a file in memory, for JPEG one with a descriptor if other threads run.

    Pillow releases the interpreter lock only while it encodes a JPEG into a file with a descriptor.
    Without that, a folder took a quarter longer. PNG would not gain: it is encoded piece by piece.
    """
    others_work = active_count() > 2  # one filters, and one waits for a signal or the end
    if format.name == "JPEG" and others_work and hasattr(os, "memfd_create"):
        with suppress(OSError):  # the system may not allow it
            return cast(IO[bytes], os.fdopen(os.memfd_create("picture"), "w+b", buffering=0))
    return BytesIO()
