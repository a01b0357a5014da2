"""A picture as a file holds it: frames, a format, and what must survive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from PIL import Image

from imgconv.errors import ReadError
from imgconv.named_tuple import NamedTuple

if TYPE_CHECKING:
    from imgconv.picture import Pixels

# One of Pillow's images, or the pixels of what Pillow has no mode for: see deep/.
Frame: TypeAlias = "Image.Image | Pixels"


class Header(NamedTuple):
    """What of a frame is known before it is decoded, as Pillow's images have it."""

    mode: str
    size: tuple[int, int]
    info: dict[str, Any]


class Picture:
    """The frames of a picture, its format, and what must survive.

    ``keep`` is what many formats know: ``icc_profile``, ``exif`` and ``xmp`` as bytes, ``dpi`` as
    two numbers, ``comments`` as a list of bytes; of an animation ``durations`` in milliseconds and
    ``disposals`` (see animation.py), one for each frame, and ``plays``, how often it is shown, 0
    for ever. ``own`` is what only its own format knows, in the form that its module gives it, where
    ``pages`` is a list with an entry for each frame. ``notes`` is what a person should know of the
    file that it was read from, and ``content`` all of that file, where it was read at once.
    """

    def __init__(
        self,
        frames: list[Frame],
        format: str,
        keep: dict[str, Any] | None = None,
        own: dict[str, Any] | None = None,
        notes: list[str] | None = None,
    ) -> None:
        self.frames, self.format = frames, format
        self.keep, self.own, self.notes = keep or {}, own or {}, notes or []
        self.content: bytes | None = None

    def only(self, number: int) -> Picture:
        """The picture that one frame is, counted from 0; raises ``ReadError``."""
        if number >= len(self.frames):
            raise ReadError(
                f"there is no frame {number}", f"the last one is frame {len(self.frames) - 1}"
            )
        keep = {key: value for key, value in self.keep.items() if key not in ANIMATED}
        own = dict(self.own)
        if "pages" in own:
            own["pages"] = own["pages"][number : number + 1]
        return Picture([self.frames[number]], self.format, keep, own, self.notes)


ANIMATED = ("durations", "disposals", "plays")
