"""Snapshot a program: its tables and arrays as an image of memory that may lie elsewhere."""

from __future__ import annotations

import ctypes
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.execution.snapshot import LINE, Band
from imgconv.execution.sources import runs
from imgconv.jit.arguments import address_of, block_of
from imgconv.jit.schedule import Pointer, Schedule, Written

_WORD = 8

# So many bytes are looked through at once.
_PIECE = 1 << 14

# Programs that take more memory are not recorded: to plan them is a small part of what they take.
LARGEST = 32_000_000


class Scene(NamedTuple):
    """What a program works on that is not its own: the rows of a picture and those of its result.

    ``spare`` are copies of the rows ``protected``, and ``counts`` count what is clipped.
    """

    picture: NDArray[Any]
    result: NDArray[Any]
    protected: Sequence[int]
    spare: NDArray[Any]
    counts: Sequence[NDArray[np.int64]]


def recorded(program: Schedule, scene: Scene) -> Band | None:
    """The program as it is before its first turn; None if it is too large for that."""
    programs = [*_in_order(program)]
    written = [each.written() for each in programs]
    image = _Image(array for each in written for array in _own_arrays(each, scene))
    if image.size > LARGEST:
        return None
    blocks = [*_blocks(written, image.size)]
    places = [place for place, _ in blocks]
    states = [state for each in written for state in each.states]
    return Band(
        tuple(zip((each.turns for each in programs), places, strict=True)),
        places[-1] + len(blocks[-1][1]),
        (*image.contents(scene.spare), *blocks),
        tuple(_own_words(written, scene, image, places)),
        tuple(_code_words(written, image)),
        tuple(_foreign_words(written, image, scene.picture)),
        tuple(_foreign_words(written, image, scene.result)),
        tuple((image.of(array), was.tobytes()) for array, was in states),
        tuple(_saved(scene, image)),
        next(image.of(state.array) for state in states if _is_one_of(state, scene.counts)),
    )


def _in_order(program: Schedule) -> Iterator[Schedule]:
    """The programs that are run before it, and itself."""
    for before in program.before:
        yield from _in_order(before)
    yield program


def _own_arrays(written: Written, scene: Scene) -> list[NDArray[Any]]:
    """What a program works on beside the picture and its result, its tables among it."""
    foreign = (scene.picture, scene.result)
    arrays = [pointer.array for pointer in written.pointers]
    own = [array for array in arrays if not any(_within(other, array) for other in foreign)]
    states = [state.array for state in written.states]
    return [*written.tables, *own, *states, scene.spare]


def _within(outer: NDArray[Any], inner: NDArray[Any]) -> bool:
    """Whether an array lies in the memory of another one."""
    return 0 <= address_of(inner) - address_of(outer) < outer.nbytes


def _is_one_of(state: Any, arrays: Sequence[NDArray[Any]]) -> bool:
    return any(state.array is array for array in arrays)


class _Image:
    """Arrays in an image of memory, one behind the other; those that overlap stay together."""

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
        self._places = [*self._laid()]

    def _laid(self) -> Iterator[int]:
        for start, end in zip(self._starts, self._ends, strict=True):
            place = self.size + (start - self.size) % LINE
            self.size = place + (end - start) + LINE  # loops read ahead
            self.size += -self.size % LINE
            yield place

    def at(self, address: int) -> int:
        """The place of what lies at an address."""
        number = bisect_right(self._starts, address) - 1
        return self._places[number] + address - self._starts[number]

    def of(self, array: NDArray[Any]) -> int:
        """The place of an array."""
        return self.at(address_of(array))

    def contents(self, blank: NDArray[Any]) -> Iterator[tuple[int, bytes]]:
        """The bytes that are not zero, but for those of ``blank``, and where they begin."""
        for start, end, place in zip(self._starts, self._ends, self._places, strict=True):
            pieces = range(start, end, _PIECE) if start != address_of(blank) else ()
            for piece in pieces:
                held = ctypes.string_at(piece, min(_PIECE, end - piece))
                from_first = held.lstrip(b"\0")
                if from_first:
                    skipped = piece - start + len(held) - len(from_first)
                    yield place + skipped, from_first.rstrip(b"\0")


def _blocks(written: Sequence[Written], place: int) -> Iterator[tuple[int, bytes]]:
    """The arguments of ``run_schedule`` for each program, from a place on."""
    for each in written:
        block = block_of((0, 0, *each.tables))
        yield place, struct.pack(f"{len(block)}q", *block)
        place += _WORD * len(block)


def _own_words(
    written: Sequence[Written], scene: Scene, image: _Image, blocks: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """The words that are addresses in the image, and the places that they are addresses of."""
    foreign = (scene.picture, scene.result)
    for each, block in zip(written, blocks, strict=True):
        for pointer in each.pointers:
            if not any(_within(other, pointer.array) for other in foreign):
                offset = int(pointer.table[pointer.place]) - address_of(pointer.array)
                yield _word(pointer, image), image.of(pointer.array) + offset
        _, calls, _, _ = each.tables
        for number, (_, _, arguments, _) in enumerate(calls):
            yield image.of(calls) + number * calls.strides[0] + 2 * _WORD, image.at(int(arguments))
        for number, table in enumerate(each.tables):
            yield block + (2 + 3 * number) * _WORD, image.of(table)


def _foreign_words(
    written: Sequence[Written], image: _Image, array: NDArray[Any]
) -> Iterator[tuple[int, int]]:
    """The words that are addresses in ``array``, and how far behind its beginning.

    A result that takes the place of a picture is that picture's.
    """
    for pointer in (pointer for each in written for pointer in each.pointers):
        if _within(array, pointer.array):
            yield _word(pointer, image), int(pointer.table[pointer.place]) - address_of(array)


def _code_words(written: Sequence[Written], image: _Image) -> Iterator[tuple[int, str]]:
    """The words that are addresses of machine code, and what that is kept under."""
    for each in written:
        _, calls, _, _ = each.tables
        for number, code in enumerate(each.codes):
            yield image.of(calls) + number * calls.strides[0], code


def _word(pointer: Pointer, image: _Image) -> int:
    row, column = pointer.place
    return image.of(pointer.table) + row * pointer.table.strides[0] + column * _WORD


def _saved(scene: Scene, image: _Image) -> Iterator[tuple[int, int, int]]:
    """Where rows of the picture are copied to: the place, the first of them, how many."""
    number = 0
    for run in runs(scene.protected):
        yield image.of(scene.spare) + number * scene.spare.strides[0], run.start, len(run)
        number += len(run)
