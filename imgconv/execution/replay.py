"""The replay of a snapshot: other pictures of its kind are filtered without a plan or NumPy."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping

from imgconv.execution.bands import Progress, run_again
from imgconv.execution.snapshot import LINE, BandImage, Relocations, Snapshot
from imgconv.jit import loader

_WORD = struct.Struct("q")

_RANGE = struct.Struct("2q")


class _Band:
    """The image of a band in memory, ready to run."""

    def __init__(
        self, image: BandImage, codes: Mapping[str, int], runner: int, stride: int
    ) -> None:
        self._image, self._stride = image, stride
        *self._before, (self.iterations, self._block) = image.programs
        memory = bytearray(image.size + LINE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        skipped = -address % LINE
        self._memory = memoryview(memory)[skipped : skipped + image.size]
        self._start = address + skipped
        self._run_schedule = loader.Function(runner)
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
        self._run_schedule(*loader.UNUSED, self._start + block)

    @property
    def clipped(self) -> int:
        """The number of values that were clipped."""
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
