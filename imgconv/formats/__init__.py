"""Picture files: a module for each format, which ends in a record of what the format can do."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeAlias

from imgconv.errors import UsageError
from imgconv.kernels import library
from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from PIL import Image

    from imgconv.formats import damage as damage
    from imgconv.formats import number_files as number_files
    from imgconv.formats import self_test as self_test
    from imgconv.formats.deep import DeepHeader
    from imgconv.formats.metadata import Picture

Metadata: TypeAlias = dict[str, Any]
__getattr__ = lazy_modules(__name__)


def _read_weights(path: Path) -> Any:
    return import_module("imgconv.formats.number_files").read_weights(path)


def _read_shares(path: Path) -> Any:
    return import_module("imgconv.formats.number_files").read_shares(path)


# Kernels lie below formats.
library.read_weights, library.read_shares = _read_weights, _read_shares

# The quality, 1..100, where neither the user nor the original says one, and what is better than any
# number: a file that decodes to the same levels.
DEFAULT_QUALITY, LOSSLESS = 90, 101

ReadMetadata: TypeAlias = "Callable[[BinaryIO, Image.Image], tuple[Metadata, Metadata]]"


class Format(NamedTuple):
    """A picture format: what it can hold, and the functions that read and write it.

    ``name`` is Pillow's; Pillow's module is called ``PIL.<plugin>ImagePlugin``. ``modes`` are
    Pillow's, ``deep_modes`` further ones that ``deep.mode_name`` names. ``lossless_as`` maps a mode
    to another one that holds it without loss. ``kinds`` are the keys of ``metadata.KINDS`` that the
    format holds, ``kind_limits`` the most bytes of some, and ``longest_side`` is in pixels.
    ``ignores_orientation`` says that programs do not turn its pictures as their EXIF says.
    A format that ``holds_frames`` holds several in one file, and one that ``holds_pictures`` those
    of its own format only. The frames of one that ``is_film`` follow each other in time; others
    hold pages, which no animation shows. One that ``is_lossy`` never keeps levels as they are.

    ``encode`` takes a picture and a quality, 1..100, ``LOSSLESS`` or None; raises ``WriteError``.
    A format that is only read has no ``modes`` and no ``encode``.
    ``probe`` reads the header of an open file and returns what is deep in it, else None; it raises
    ``ReadError`` for a deep picture that nothing can filter. ``read_metadata`` takes an open file
    and Pillow's image, and returns common and native metadata: see ``metadata.Picture``.
    ``strip_native`` removes descriptions of the picture from native metadata, and ``native_names``
    yields names for the parts that no other format can hold. ``disposal`` returns the disposal of a
    frame that Pillow has read: see ``animation.py``.

    ``complete`` returns a file that breaks off with an end, where bytes of a filling stand for
    missing ones, or else the file as it is. ``lost_end`` names what is missing beside the rows
    that ``complete`` fills, "" for nothing.
    """

    name: str
    plugin: str
    modes: tuple[str, ...] = ()
    encode: "Callable[[Picture, int | None], bytes] | None" = None
    deep_modes: tuple[str, ...] = ()
    lossless_as: Mapping[str, str] = MappingProxyType({})
    kinds: tuple[str, ...] = ()
    kind_limits: Mapping[str, int] = MappingProxyType({})
    longest_side: int | None = None
    ignores_orientation: bool = False
    is_lossy: bool = False
    holds_frames: bool = False
    holds_pictures: bool = False
    is_film: bool = False
    probe: "Callable[[BinaryIO], DeepHeader | None]" = lambda file: None
    read_metadata: ReadMetadata = lambda file, image: ({}, {})
    strip_native: Callable[[Metadata], Metadata] = lambda native: native
    native_names: Callable[[Metadata], Iterable[str]] = lambda native: ()
    disposal: Callable[[Any], int] | None = None
    complete: Callable[[bytes, int], bytes] = lambda data, filling: data
    lost_end: Callable[[bytes], str] = lambda data: ""

    def holds_frames_of(self, format: "Format") -> bool:
        """Return whether the format holds all frames of a picture that was in ``format``."""
        if self.name == format.name:
            return self.holds_frames or self.holds_pictures
        return self.holds_frames and (format.is_film or not self.is_film)

    def holds(self, mode: str) -> bool:
        """Return whether the format holds a mode, as it is or as another one without loss."""
        return mode in (*self.modes, *self.deep_modes, *self.lossless_as)


def parse_quality(text: str) -> int:
    """Parse a quality, as 90 or lossless; raises ``UsageError``."""
    word = text.strip().lower()
    if word == "lossless":
        return LOSSLESS
    if word.isascii() and word.isdigit() and 1 <= int(word) <= 100:
        return int(word)
    raise UsageError(f"'{word}' is no quality", "give a whole number from 1 to 100, or lossless")
