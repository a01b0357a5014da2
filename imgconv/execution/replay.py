"""Playing a recording: other pictures of its kind are filtered as the recorded one was."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping

from imgconv.execution.bands import Progress, itself, run_bands
from imgconv.execution.snapshot import LINE, Band, Snapshot, Words
from imgconv.jit import loader

_WORD = struct.Struct("q")

_RANGE = struct.Struct("2q")


class _Part:
    """A band in memory, ready to run."""

    def __init__(self, band: Band, codes: Mapping[str, int], turner: int, row: int) -> None:
        self._band, self._row = band, row
        *self._before, (self.turns, self._block) = band.programs
        memory = bytearray(band.size + LINE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        skipped = -address % LINE
        self._memory = memoryview(memory)[skipped : skipped + band.size]
        self._start = address + skipped
        self._take_turns = loader.Function(turner)
        for place, content in band.contents:
            self._memory[place : place + len(content)] = content
        self._point(band.own, self._start)
        for place, name in band.codes:
            _WORD.pack_into(self._memory, place, codes[name])

    def _point(self, words: Words, start: int) -> None:
        for place, offset in words:
            _WORD.pack_into(self._memory, place, start + offset)

    def show(self, picture: int, result: int) -> None:
        """Be given the addresses of a picture and its result."""
        self._point(self._band.picture, picture)
        self._point(self._band.result, result)
        for place, state in self._band.states:
            self._memory[place : place + len(state)] = state
        for place, first, count in self._band.saved:
            source = picture + first * self._row
            ctypes.memmove(self._start + place, source, count * self._row)

    def run(self, first: int, last: int) -> None:
        """Take some turns."""
        if first == 0:
            for turns, block in self._before:
                self._take(0, turns, block)
        self._take(first, last, self._block)

    def _take(self, first: int, last: int, block: int) -> None:
        _RANGE.pack_into(self._memory, block, first, last)
        self._take_turns(*loader.NOWHERE, self._start + block)

    @property
    def clipped(self) -> int:
        """How many values were clipped."""
        return int(_WORD.unpack_from(self._memory, self._band.clipped)[0])


class Replay:
    """A recording in memory; it filters one picture at a time."""

    def __init__(self, recording: Snapshot, codes: Mapping[str, int]) -> None:
        """``codes`` are the addresses of the machine code that the recording names."""
        self.recording, turner = recording, codes[recording.turner]
        self._parts = [_Part(band, codes, turner, recording.row) for band in recording.bands]

    def play(self, picture: int, result: int, threads: int, progress: Progress) -> float:
        """Filter the pixels at one address into those at another, or the same one, on ``threads``.

        Gives the share of values that were clipped.
        """
        for part in self._parts:
            part.show(picture, result)
        run_bands([itself(part) for part in self._parts], threads, progress)
        return sum(part.clipped for part in self._parts) / self.recording.values
