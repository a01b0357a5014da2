"""Snapshots: layouts of plans that are saved, and replayed for other pictures without planning.

A schedule consists of tables and arrays, and only addresses in it depend on the picture. A snapshot
is an image of that memory for each band, with a list of the words that are addresses. Its replay
needs neither NumPy nor the planner. Without snapshots, runs over a JPEG of 640x480 take 1.79 times
as long (whole process, two cores, November 2026).
"""

import ctypes
import marshal
import struct
from collections.abc import Mapping
from typing import NamedTuple

from imgconv.execution.bands import run_again
from imgconv.jit import loader
from imgconv.planning.settings import Ran
from imgconv.system.threads import Progress

# The cache names of snapshots begin with this.
LABEL = "snapshot"

# Images begin at a cache line of this many bytes, since aligned loads take half the time.
LINE = 64

# Relocations: (offset of an 8-byte word in an image, value added to the base address).
Relocations = tuple[tuple[int, int], ...]

_WORD, _RANGE = struct.Struct("q"), struct.Struct("2q")


class BandImage(NamedTuple):
    """The image of a band's schedules and arrays, ``size`` bytes of memory.

    ``schedules`` has the number of iterations of each, and the offset of the arguments of
    ``run_schedule``. The last is the band's own; the others run once before. ``contents`` are the
    pieces that are not zero, with their offsets. Relocations of ``own`` are relative to the image
    itself, of ``picture`` and ``result`` to the pixels read and written. ``codes`` names machine
    code by its cache key. ``states`` are bytes to be restored before the first iteration. ``saved``
    lists rows of the picture to be copied before: (offset, first row, number of rows). ``clipped``
    is the offset of the count of clipped values.
    """

    schedules: tuple[tuple[int, int], ...]
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
    ``range`` and ``brightens`` are as in ``Plan``, ``orientation`` is the EXIF orientation of the
    picture, ``fingerprint`` that of the request in the manifest.
    """

    size: tuple[int, int]
    stride: int
    values: int
    overwrites: bool
    runner: str
    bands: tuple[BandImage, ...]
    range: str
    brightens: bool
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
    plain = snapshot._asdict()
    for name in ("bands", "ran"):
        plain[name] = tuple(tuple(each) for each in plain[name])
    return marshal.dumps(tuple(plain.values()))


def unpack(data: bytes) -> Snapshot:
    snapshot = Snapshot(*marshal.loads(data))
    bands = tuple(BandImage(*band) for band in snapshot.bands)
    return snapshot._replace(bands=bands, ran=tuple(Ran(*ran) for ran in snapshot.ran))


class _Band:
    """The image of a band in memory, ready to run."""

    def __init__(
        self, image: BandImage, codes: Mapping[str, int], runner: int, stride: int
    ) -> None:
        self._image, self._stride = image, stride
        *self._before, (self.iterations, self._block) = image.schedules
        memory = bytearray(image.size + LINE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        skipped = -address % LINE
        self._memory = memoryview(memory)[skipped : skipped + image.size]
        self._start = address + skipped
        self._runner = runner
        for offset, content in image.contents:
            self._memory[offset : offset + len(content)] = content
        self._relocate(image.own, self._start)
        for offset, name in image.codes:
            _WORD.pack_into(self._memory, offset, codes[name])

    def _relocate(self, relocations: Relocations, base: int) -> None:
        for offset, value in relocations:
            _WORD.pack_into(self._memory, offset, base + value)

    def bind(self, picture: int, result: int) -> None:
        """Bind the band to the addresses of a picture and its result."""
        self._relocate(self._image.picture, picture)
        self._relocate(self._image.result, result)
        for offset, state in self._image.states:
            self._memory[offset : offset + len(state)] = state
        for offset, first, count in self._image.saved:
            source = picture + first * self._stride
            ctypes.memmove(self._start + offset, source, count * self._stride)

    def run(self, first: int, last: int) -> None:
        """Run the iterations ``first .. last - 1``."""
        if first == 0:
            for iterations, block in self._before:
                self._run(0, iterations, block)
        self._run(first, last, self._block)

    def _run(self, first: int, last: int, block: int) -> None:
        _RANGE.pack_into(self._memory, block, first, last)
        loader.call(self._runner, self._start + block)

    @property
    def clipped(self) -> int:
        return int(_WORD.unpack_from(self._memory, self._image.clipped)[0])


class Replay:
    """A snapshot in memory, which filters one picture at a time.

    ``codes`` are the addresses of the machine code that the snapshot names.
    """

    def __init__(self, snapshot: Snapshot, codes: Mapping[str, int]) -> None:
        self.snapshot, runner = snapshot, codes[snapshot.runner]
        self._bands = [_Band(image, codes, runner, snapshot.stride) for image in snapshot.bands]

    def run(self, picture: int, result: int, threads: int, progress: Progress) -> float:
        """Filter the pixels at the address ``picture`` into those at ``result``, maybe the same.

        Returns the share of values that were clipped.
        """
        for band in self._bands:
            band.bind(picture, result)
        run_again(self._bands, threads, progress)
        return sum(band.clipped for band in self._bands) / self.snapshot.values
