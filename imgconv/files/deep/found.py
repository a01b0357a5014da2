"""What a file's header says of a picture that is deep."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from imgconv.named_tuple import NamedTuple

if TYPE_CHECKING:
    from imgconv.picture import Pixels


class Deep(NamedTuple):
    """A deep picture, before any pixel is decoded; of several pages, the first.

    ``words`` say what it is; ``narrows`` that Pillow would give its upper bits right. ``decode``
    gives all frames of an open file, and raises whatever a codec raises; it is None where nothing
    reads such a picture. ``needs`` are the modules for it: see codecs.py. ``introduce`` has Pillow
    open the file where it would not, for the sake of what else is in it. ``channels``, ``dtype``
    and ``maxval`` are those of its pixels, as they will be; ``later`` is how many pixels the pages
    after the first have.
    """

    words: str
    narrows: bool = False
    decode: Callable[[BinaryIO], list[Pixels]] | None = None
    needs: tuple[str, ...] = ()
    introduce: Callable[[], None] = lambda: None
    width: int = 0
    height: int = 0
    channels: tuple[str, ...] = ()
    dtype: str = "uint16"
    maxval: int | None = None
    later: int = 0

    @property
    def pixels(self) -> int:
        """How many there are, all pages counted."""
        return self.width * self.height + self.later

    @property
    def bytes(self) -> int:
        """How much memory they take."""
        return self.pixels * len(self.channels) * {"uint8": 1, "uint16": 2}.get(self.dtype, 4)
