"""Whether an ICC profile is one for the colours of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgconv.files.picture import Frame

# The colour space that a profile is for (ICC.1:2022, 7.2.6), and how many channels it has.
_CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}
_SPACE = slice(16, 20)


def suits(profile: bytes, frame: Frame) -> bool:
    """Whether a profile can be that of a frame; one for an unknown space is believed."""
    channels = frame.channels if hasattr(frame, "channels") else frame.getbands()
    colours = [name for name in channels if name.lower() not in "ax"]
    return _CHANNELS.get(profile[_SPACE], len(colours)) == len(colours)
