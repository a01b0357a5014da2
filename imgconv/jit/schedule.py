"""A program: calls of loops that are made turn after turn in machine code, without Python between.

A strip of rows takes a core some microseconds, no longer than Python takes to call a loop once, and
threads wait for each other's Python. So what a band of a picture needs is written down before: the
calls of a turn, in order, and a table of numbers, one row a turn, which says where in their arrays
the calls find their rows this time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imgconv.jit.arguments import (
    SlidingView,
    address_of,
    block_of,
    flattened,
    for_each,
    kinds_of,
)
from imgconv.jit.intrinsics import invoke
from imgconv.jit.kernel_loop import JitLoop, Wanted, jit_loop, prepare
from imgconv.jit.loader import is_interpreted

Table = NDArray[np.int64]

Swap = tuple[NDArray[Any], NDArray[Any]]

# Loops make so many rows at once, which need almost the same rows of the picture.
TOGETHER = 4

# How many values of 16 bits a line of the processor's cache holds; half as many floats fill one.
LINE = 32


def workspace(shape: tuple[int, ...], numbers: DTypeLike = np.float32) -> NDArray[Any]:
    """Zeros that begin at a line of the processor's cache: loads that cross one take twice as long.

    Rows do so too where their length is a multiple of ``LINE``.
    """
    memory = np.zeros(math.prod(shape) + LINE, numbers)
    skipped = -address_of(memory) // memory.itemsize % LINE
    return memory[skipped : skipped + math.prod(shape)].reshape(shape)


def whole_lines(length: int) -> int:
    """The next multiple of ``LINE``."""
    return -(-length // LINE) * LINE


class Pointer(NamedTuple):
    """Where in which table of a program the address of an array stands."""

    array: NDArray[Any]
    table: Table
    place: tuple[int, int]


class State(NamedTuple):
    """An array that calls read and write, and what is in it whenever the first turn begins."""

    array: NDArray[Any]
    beginning: NDArray[Any]


class Written(NamedTuple):
    """A program as ``run_schedule`` reads it.

    ``tables`` are the turns, the calls, what moves, and blocks of arguments; ``pointers`` says
    where in them arrays are named, and ``codes`` what the machine code of each call is kept under.
    """

    tables: tuple[Table, ...]
    pointers: list[Pointer]
    states: list[State]
    codes: list[str]


class Schedule:
    """Calls for each of ``turns`` turns. All arrays must stay where they are while it runs.

    Those in ``before`` are run before its first turn. It may be run again, also on other arrays:
    see ``state`` and ``replace``.
    """

    def __init__(self, turns: int) -> None:
        self.turns = turns
        self.before: list[Schedule] = []
        self._columns: list[Any] = []
        self._calls: list[tuple[JitLoop, tuple[Any, ...], int]] = []
        self._states: list[State] = []
        self._tables: tuple[Table, ...] = ()
        self._pointers: list[Pointer] = []

    @property
    def table(self) -> Table:
        """One row a turn, one column for each that was asked for."""
        table = np.empty((self.turns, len(self._columns)), np.int64)
        for number, values in enumerate(self._columns):
            table[:, number] = values
        return table

    def workspace(self, shape: tuple[int, ...], numbers: DTypeLike = np.float32) -> NDArray[Any]:
        """Return an array of zeros for calls to work in; see ``workspace``."""
        return workspace(shape, numbers)

    def column(self, values: Any) -> int:
        """A column of the table, one value a turn; gives its number."""
        self._columns.append(values)
        return len(self._columns) - 1

    def call(self, loop: JitLoop, *arguments: Any, when: int) -> None:
        """Call ``loop`` in all turns in which the column ``when`` holds more than 0."""
        self._calls.append((loop, arguments, when))

    def state(self, array: NDArray[Any]) -> NDArray[Any]:
        """An array that calls read and write; it is as it is now whenever the first turn begins."""
        self._states.append(State(array, array.copy()))
        return array

    def replace(self, *swaps: Swap) -> None:
        """Have the calls that were given the first array of a swap work on its second.

        Both are of the same kind, and the first of another swap is none of these.
        """
        for program in self.before:
            program.replace(*swaps)
        self._calls = [
            (loop, for_each(partial(_replaced, swaps), arguments), when)
            for loop, arguments, when in self._calls
        ]
        for number, (array, table, place) in enumerate(self._pointers):
            for old, new in swaps:
                if array is old:
                    table[place] += address_of(new) - address_of(old)
                    self._pointers[number] = Pointer(new, table, place)

    def run(self, first: int, last: int) -> None:
        """Make the calls of the turns ``first .. last - 1``."""
        if not is_interpreted():
            self._write_down()
        if first == 0:
            self._begin()
        if is_interpreted():
            for turn in self.table[first:last]:
                self._interpret(turn)
        else:
            run_schedule(first, last, *self._tables)

    def _begin(self) -> None:
        for array, beginning in self._states:
            array[...] = beginning
        for program in self.before:
            program.run(0, program.turns)

    def written(self) -> Written:
        """What runs: the tables, and what they depend on."""
        self._write_down()
        codes = [loop.name(kinds) for loop, kinds in self._wanted(self._samples())]
        return Written(self._tables, self._pointers, self._states, codes)

    def _write_down(self) -> None:
        self._tables = self._tables or self._written_down()

    def _interpret(self, turn: Table) -> None:
        for loop, arguments, when in self._calls:
            if turn[when] > 0:
                loop.interpret(*for_each(partial(_part, turn), arguments))

    def _written_down(self) -> tuple[Table, ...]:
        """The tables that ``run_schedule`` reads."""
        samples = self._samples()
        addresses = self._addresses(samples)
        lists = [block_of(sample) for sample in samples]
        longest = max(len(block) for block in lists)
        blocks = np.array([block + [0] * (longest - len(block)) for block in lists])
        found = [m for n, (_, arguments, _) in enumerate(self._calls) for m in _moves(n, arguments)]
        moves = np.array(found)
        places = address_of(blocks) + blocks.strides[0] * np.arange(len(blocks))
        when = [column for _, _, column in self._calls]
        calls = np.column_stack([addresses, when, places, _ends(found, len(blocks))])
        self._pointers = list(self._found_pointers(blocks, moves))
        return self.table, calls, moves, blocks

    def _found_pointers(self, blocks: Table, moves: Table) -> Iterator[Pointer]:
        """Where in the tables the addresses of arrays stand."""
        move = 0
        for number, (_, arguments, _) in enumerate(self._calls):
            for argument, slot in _slots(arguments):
                if isinstance(argument, SlidingView):
                    yield Pointer(argument.array, moves, (move, 2))
                    move += 1 if argument.flat else 2
                elif isinstance(argument, np.ndarray):
                    yield Pointer(argument, blocks, (number, slot))

    def _addresses(self, samples: Sequence[Sequence[Any]]) -> list[int]:
        """Where the machine code of each call lies; what is missing is compiled together."""
        wanted = self._wanted(samples)
        prepare([*wanted, (run_schedule, TURNS_AND_TABLES)])
        return [loop.entries[kinds].address for loop, kinds in wanted]

    def _samples(self) -> list[tuple[Any, ...]]:
        """For each call arguments of the types that it is given."""
        return [for_each(_sample, arguments) for _, arguments, _ in self._calls]

    def _wanted(self, samples: Sequence[Sequence[Any]]) -> list[Wanted]:
        """The loops that are called, and the types that each is given."""
        loops = [loop for loop, _, _ in self._calls]
        return [(loop, kinds_of(sample)) for loop, sample in zip(loops, samples, strict=True)]


def _part(turn: Table, argument: Any) -> Any:
    return argument.part(turn) if isinstance(argument, SlidingView) else argument


def _sample(argument: Any) -> Any:
    return argument.sample() if isinstance(argument, SlidingView) else argument


def _slots(arguments: tuple[Any, ...]) -> Iterator[tuple[Any, int]]:
    """Each argument, also those in groups, with the slot of a block where it begins."""
    slot = 0
    for argument in flattened(arguments):
        yield argument, slot
        if isinstance(argument, SlidingView):
            slot += 2 if argument.flat else 1 + argument.array.ndim
        else:
            slot += 1 + argument.ndim if isinstance(argument, np.ndarray) else 1


def _moves(call: int, arguments: tuple[Any, ...]) -> list[tuple[int, int, int, int, int]]:
    """The numbers of a block that change: (call, slot, base, scale, column)."""
    found = []
    for argument, slot in _slots(arguments):
        if isinstance(argument, SlidingView):
            start, step = argument.address(), argument.array.strides[0]
            found.append((call, slot, start, step, argument.first))
            if not argument.flat:
                found.append((call, slot + 1, 0, 1, argument.height))
    return found


def _replaced(swaps: Sequence[Swap], argument: Any) -> Any:
    """An argument with other arrays in the place of some."""
    is_moving = isinstance(argument, SlidingView)
    array = argument.array if is_moving else argument
    for old, new in swaps:
        if array is old:
            return argument._replace(array=new) if is_moving else new
    return argument


def _ends(moves: list[tuple[int, int, int, int, int]], calls: int) -> Table:
    """Where the moves of each call end."""
    return np.searchsorted([move[0] for move in moves], np.arange(calls), side="right")


# What ``run_schedule`` is given, as far as types go.
TURNS_AND_TABLES = kinds_of((0, 0, *[np.zeros((0, 0), np.int64)] * 4))


@jit_loop
def run_schedule(first, last, table, calls, moves, blocks):  # type: ignore[no-untyped-def]
    """For each turn, for each call: write what has moved into its block, then call it."""
    for turn in range(first, last):
        move = 0
        for number in range(calls.shape[0]):
            end = calls[number, 3]
            if table[turn, calls[number, 1]] > 0:
                for at in range(move, end):
                    place = table[turn, moves[at, 4]]
                    blocks[number, moves[at, 1]] = moves[at, 2] + moves[at, 3] * place
                invoke(calls[number, 0], calls[number, 2])
            move = end
