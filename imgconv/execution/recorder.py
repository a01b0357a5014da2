"""The recorder of snapshots: a schedule's tables and arrays become a relocatable image."""

import ctypes
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.execution.snapshot import LINE, BandImage
from imgconv.execution.sources import runs
from imgconv.jit.arguments import address_of, block_of
from imgconv.jit.schedule import Pointer, Schedule

_WORD = 8

# The zeros at both ends of each piece of this many bytes are left out of an image.
_PIECE = 1 << 14

# Larger images are not saved: planning is a small part of the time that such a picture takes.
LARGEST = 32_000_000


class PictureArrays(NamedTuple):
    """The arrays of a band that belong to a picture: its rows, and the rows of its result.

    ``copies`` are the rows ``protected`` of the picture; ``clipped`` counts clipped values.
    """

    picture: NDArray[Any]
    result: NDArray[Any]
    protected: Sequence[int]
    copies: NDArray[Any]
    clipped: NDArray[np.int64]

    def include(self, array: NDArray[Any]) -> bool:
        """Return whether ``array`` lies in the picture or its result."""
        return _lies_within(self.picture, array) or _lies_within(self.result, array)


def band_image(schedule: Schedule, arrays: PictureArrays) -> BandImage | None:
    """Return the image of a schedule before its first iteration; None if it is too large."""
    schedules = [*_in_order(schedule)]
    for each in schedules:
        each.lower()
    image = _Image(array for each in schedules for array in _own_arrays(each, arrays))
    if image.size > LARGEST:
        return None
    blocks = [*_blocks(schedules, image.size)]
    offsets = [offset for offset, _ in blocks]
    states = [state for each in schedules for state in each.states]
    return BandImage(
        tuple(zip((each.iterations for each in schedules), offsets, strict=True)),
        offsets[-1] + len(blocks[-1][1]),
        (*image.contents(arrays.copies), *blocks),
        tuple(_own_relocations(schedules, arrays, image, offsets)),
        tuple(_code_words(schedules, image)),
        tuple(_relocations_into(arrays.picture, schedules, image)),
        tuple(_relocations_into(arrays.result, schedules, image)),
        tuple((image.offset_of(array), initial.tobytes()) for array, initial in states),
        tuple(_saved_rows(arrays, image)),
        image.offset_of(arrays.clipped),
    )


def _in_order(schedule: Schedule) -> Iterator[Schedule]:
    """Yield the schedules that run before this one, then itself."""
    for before in schedule.prologue:
        yield from _in_order(before)
    yield schedule


def _own_arrays(schedule: Schedule, arrays: PictureArrays) -> list[NDArray[Any]]:
    pointed = [pointer.array for pointer in schedule.pointers]
    own = [array for array in pointed if not arrays.include(array)]
    return [*schedule.tables, *own, *(state.array for state in schedule.states), arrays.copies]


def _lies_within(outer: NDArray[Any], inner: NDArray[Any]) -> bool:
    return 0 <= address_of(inner) - address_of(outer) < outer.nbytes


class _Image:
    """An image of memory with arrays one behind the other; arrays that overlap stay together."""

    def __init__(self, arrays: Iterable[NDArray[Any]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted((address_of(a), address_of(a) + a.nbytes) for a in arrays):
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)
        self.size = 0
        self._offsets = [*self._place()]

    def _place(self) -> Iterator[int]:
        for start, end in zip(self._starts, self._ends, strict=True):
            offset = self.size + (start - self.size) % LINE
            self.size = offset + (end - start) + LINE  # loops read ahead
            self.size += -self.size % LINE
            yield offset

    def offset_at(self, address: int) -> int:
        number = bisect_right(self._starts, address) - 1
        return self._offsets[number] + address - self._starts[number]

    def offset_of(self, array: NDArray[Any]) -> int:
        return self.offset_at(address_of(array))

    def contents(self, blank: NDArray[Any]) -> Iterator[tuple[int, bytes]]:
        """Yield the pieces that are not zero with their offsets, but nothing of ``blank``."""
        for start, end, offset in zip(self._starts, self._ends, self._offsets, strict=True):
            pieces = range(start, end, _PIECE) if start != address_of(blank) else ()
            for piece in pieces:
                content = ctypes.string_at(piece, min(_PIECE, end - piece))
                from_first = content.lstrip(b"\0")
                if from_first:
                    skipped = piece - start + len(content) - len(from_first)
                    yield offset + skipped, from_first.rstrip(b"\0")


def _blocks(schedules: Sequence[Schedule], offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield the argument block of ``run_schedule`` for each schedule, from an offset on."""
    for each in schedules:
        block = block_of((0, 0, *each.tables))
        yield offset, struct.pack(f"{len(block)}q", *block)
        offset += _WORD * len(block)


def _own_relocations(
    schedules: Sequence[Schedule], arrays: PictureArrays, image: _Image, blocks: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield the words that are addresses in the image itself."""
    for each, block in zip(schedules, blocks, strict=True):
        for pointer in each.pointers:
            if not arrays.include(pointer.array):
                distance = int(pointer.table[pointer.place]) - address_of(pointer.array)
                yield _word(pointer, image), image.offset_of(pointer.array) + distance
        _, calls, _, _ = each.tables
        for number, (_, _, arguments, _) in enumerate(calls):
            word = image.offset_of(calls) + number * calls.strides[0] + 2 * _WORD
            yield word, image.offset_at(int(arguments))
        for number, table in enumerate(each.tables):
            yield block + (2 + 3 * number) * _WORD, image.offset_of(table)


def _relocations_into(
    array: NDArray[Any], schedules: Sequence[Schedule], image: _Image
) -> Iterator[tuple[int, int]]:
    """Yield the words that are addresses in ``array``, and the distance from its beginning.

    Where a result takes the place of a picture, a word is listed for both.
    """
    for pointer in (pointer for each in schedules for pointer in each.pointers):
        if _lies_within(array, pointer.array):
            yield _word(pointer, image), int(pointer.table[pointer.place]) - address_of(array)


def _code_words(schedules: Sequence[Schedule], image: _Image) -> Iterator[tuple[int, str]]:
    """Yield the words that are addresses of machine code, and its cache key."""
    for each in schedules:
        _, calls, _, _ = each.tables
        for number, code in enumerate(each.cache_keys()):
            yield image.offset_of(calls) + number * calls.strides[0], code


def _word(pointer: Pointer, image: _Image) -> int:
    row, column = pointer.place
    return image.offset_of(pointer.table) + row * pointer.table.strides[0] + column * _WORD


def _saved_rows(arrays: PictureArrays, image: _Image) -> Iterator[tuple[int, int, int]]:
    """Yield where rows of the picture are copied: (offset, first row, number of rows)."""
    start, number = image.offset_of(arrays.copies), 0
    for run in runs(arrays.protected):
        yield start + number * arrays.copies.strides[0], run.start, len(run)
        number += len(run)
