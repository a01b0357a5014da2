"""A recording: what was laid out to filter a picture, so that others of its kind need no planning.

A program is tables and arrays, and nothing in them depends on the picture but where it lies. So a
recording is an image of that memory for each band, and a list of the words in it that are
addresses. To play it takes neither NumPy nor a planner.
"""

from __future__ import annotations

import marshal
from typing import NamedTuple

from imgconv.planning.settings import Ran

# What recordings are kept under begins with this.
LABEL = "recording"

# Images begin at a line of the processor's cache, of so many bytes, and what is in them keeps its
# place in such lines.
LINE = 64

# A word in an image at the first place, and what its address is counted from: the second.
Words = tuple[tuple[int, int], ...]


class Band(NamedTuple):
    """What makes some rows of a result, in an image of ``size`` bytes.

    ``contents`` are the bytes that are not zero, and the places where they begin. The words at the
    places in ``own`` are addresses in the image itself, those in ``picture`` and ``result`` in the
    pixels that are read and written, and those in ``codes`` of machine code, by what it is kept
    under. ``states`` are bytes that have to be there whenever the first turn begins; ``saved`` says
    which rows of the picture have to be copied before: to what place, the first of them, how many.
    The clipped values are counted at the place ``clipped``. Of each program, ``programs`` has the
    number of turns and the place of the arguments of ``run_schedule``: the last is the band's own,
    and those before it are run before its first turn.
    """

    programs: tuple[tuple[int, int], ...]
    size: int
    contents: tuple[tuple[int, bytes], ...]
    own: Words
    codes: tuple[tuple[int, str], ...]
    picture: Words
    result: Words
    states: tuple[tuple[int, bytes], ...]
    saved: tuple[tuple[int, int, int], ...]
    clipped: int


class Snapshot(NamedTuple):
    """How pictures of one kind are filtered, and what is to be told of that.

    ``size`` is the width and height of the result and ``row`` the bytes of a row of the picture,
    whose place the result takes if it ``overwrites``. ``turner`` is what the machine code is kept
    under that takes the turns. ``orientation`` is how the picture was held, ``range`` the rule
    by which the result is shown, ``key`` what runs remember the request by.
    """

    size: tuple[int, int]
    row: int
    values: int
    overwrites: bool
    turner: str
    bands: tuple[Band, ...]
    range: str
    ran: tuple[Ran, ...]
    orientation: int = 1
    key: str = ""

    @property
    def memory(self) -> int:
        """The bytes that it takes to play it, beside the picture and its result."""
        return sum(band.size for band in self.bands)

    @property
    def codes(self) -> set[str]:
        """What all machine code that it needs is kept under."""
        return {self.turner, *(name for band in self.bands for _, name in band.codes)}


def pack(recording: Snapshot) -> bytes:
    """The recording as bytes."""
    plain = recording._asdict()
    for name in ("bands", "ran"):
        plain[name] = tuple(tuple(each) for each in plain[name])
    return marshal.dumps(tuple(plain.values()))


def unpack(data: bytes) -> Snapshot:
    """The recording that was packed."""
    recording = Snapshot(*marshal.loads(data))
    bands = tuple(Band(*band) for band in recording.bands)
    return recording._replace(bands=bands, ran=tuple(Ran(*ran) for ran in recording.ran))
