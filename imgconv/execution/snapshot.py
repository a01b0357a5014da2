"""The format of a snapshot: the layout of a plan, so that other pictures need no planning.

A schedule consists of tables and arrays, and only addresses in it depend on the picture. A snapshot
is an image of that memory for each band, with a list of the words that are addresses. Its replay
needs neither NumPy nor the planner. Without snapshots, runs over a JPEG of 640x480 take 1.79 times
as long (whole process, two cores, November 2026).
"""

from __future__ import annotations

import marshal
from typing import NamedTuple

from imgconv.planning.settings import Ran

# The cache names of snapshots begin with this.
LABEL = "snapshot"

# Images begin at a cache line of this many bytes, since aligned loads take half the time.
LINE = 64

# Relocations: (offset of an 8-byte word in an image, value added to the base address).
Relocations = tuple[tuple[int, int], ...]


class BandImage(NamedTuple):
    """The image of a band's schedules and arrays, ``size`` bytes of memory.

    ``contents`` are the pieces that are not zero, with their offsets. Relocations of ``own`` are
    relative to the image itself, those of ``picture`` and ``result`` to the pixels read and
    written; ``codes`` names machine code by its cache key. ``states`` are bytes to be restored
    before the first iteration. ``saved`` lists rows of the picture to be copied before: (offset,
    first row, number of rows). ``clipped`` is the offset of the count of clipped values.
    ``programs`` has the number of iterations of each schedule, and the offset of the arguments of
    ``run_schedule``. The last is the band's own; the others run once before.
    """

    programs: tuple[tuple[int, int], ...]
    size: int
    contents: tuple[tuple[int, bytes], ...]
    own: Relocations
    codes: tuple[tuple[int, str], ...]
    picture: Relocations
    result: Relocations
    states: tuple[tuple[int, bytes], ...]
    saved: tuple[tuple[int, int, int], ...]
    clipped: int


class Snapshot(NamedTuple):
    """The layout of a plan for pictures of one kind, and the facts that are reported of a run.

    ``size`` is the width and height of the result, ``stride`` the bytes of a row of the picture,
    ``values`` the number of values of the result. ``runner`` is the cache key of ``run_schedule``.
    ``range`` is the range rule of the last filter, ``orientation`` the EXIF orientation of the
    picture, ``fingerprint`` that of the request in the manifest.
    """

    size: tuple[int, int]
    stride: int
    values: int
    overwrites: bool
    runner: str
    bands: tuple[BandImage, ...]
    range: str
    ran: tuple[Ran, ...]
    orientation: int = 1
    fingerprint: str = ""

    @property
    def memory(self) -> int:
        """The bytes that a replay takes beside the picture and its result."""
        return sum(band.size for band in self.bands)

    @property
    def codes(self) -> set[str]:
        """The cache keys of all machine code that a replay needs."""
        return {self.runner, *(name for band in self.bands for _, name in band.codes)}


def pack(snapshot: Snapshot) -> bytes:
    """Return the snapshot as bytes."""
    plain = snapshot._asdict()
    for name in ("bands", "ran"):
        plain[name] = tuple(tuple(each) for each in plain[name])
    return marshal.dumps(tuple(plain.values()))


def unpack(data: bytes) -> Snapshot:
    """Return the snapshot that was packed."""
    snapshot = Snapshot(*marshal.loads(data))
    bands = tuple(BandImage(*band) for band in snapshot.bands)
    return snapshot._replace(bands=bands, ran=tuple(Ran(*ran) for ran in snapshot.ran))
