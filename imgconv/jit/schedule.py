"""Schedules: calls of loops that are made in many iterations, in machine code throughout.

A strip of rows takes a core some microseconds, no longer than Python takes to call a loop once, and
threads wait for each other's Python. So a schedule holds the calls that make a band, in order, and
a table with a row of numbers for each iteration, which select the rows of their arrays.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imgconv.jit.arguments import (
    SlidingView,
    Update,
    address_of,
    flattened,
    kinds_of,
    map_arguments,
    words_of,
)
from imgconv.jit.functions import invoke
from imgconv.jit.kernel_loop import JitLoop, Wanted, jit_loop, prepare
from imgconv.jit.loader import is_interpreted

Table = NDArray[np.int64]

# An array, and the one of the same type and shape that replaces it.
Swap = tuple[NDArray[Any], NDArray[Any]]

# An array, whether it is in a view, and the place of its address: in the updates or the blocks.
_Place = tuple[NDArray[Any], bool, tuple[int, int]]

# Loops compute this number of rows at once, since these need almost the same rows of the picture.
ROWS_AT_ONCE = 4

# The values of 16 bits in a cache line of 64 bytes; two lines hold as many float32.
CACHE_LINE = 32


def workspace(shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """Return zeros that begin at a cache line: loads that cross one take twice as long.

    Rows begin at one too if their length is a multiple of ``CACHE_LINE``.
    """
    memory = np.zeros(math.prod(shape) + CACHE_LINE, dtype)
    skipped = -address_of(memory) // memory.itemsize % CACHE_LINE
    return memory[skipped : skipped + math.prod(shape)].reshape(shape)


def whole_lines(length: int) -> int:
    """Return the next multiple of ``CACHE_LINE``."""
    return -(-length // CACHE_LINE) * CACHE_LINE


class Call(NamedTuple):
    """A call in every iteration in which the column ``condition`` is above 0."""

    loop: JitLoop
    arguments: tuple[Any, ...]
    condition: int


class Pointer(NamedTuple):
    """The (row, column) in a table of a schedule that holds the address of an array."""

    array: NDArray[Any]
    table: Table
    place: tuple[int, int]


class State(NamedTuple):
    """An array that calls read and write, and its values before the first iteration."""

    array: NDArray[Any]
    initial: NDArray[Any]


class Schedule:
    """Calls for a number of iterations; it may run again, also on other arrays: see ``replace``.

    The schedules in ``prologue`` are run before the first iteration. Once it is lowered, ``tables``
    are the iterations, the calls, the updates of their argument blocks and these blocks, and
    ``pointers`` the addresses in them.
    """

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        self.prologue: list[Schedule] = []
        self._columns: list[Any] = []
        self._calls: list[Call] = []
        self.states: list[State] = []
        self.tables: tuple[Table, ...] = ()
        self.pointers: list[Pointer] = []

    @property
    def table(self) -> Table:
        """int64 (iterations, columns)."""
        table = np.empty((self.iterations, len(self._columns)), np.int64)
        for number, values in enumerate(self._columns):
            table[:, number] = values
        return table

    def workspace(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray[Any]:
        return workspace(shape, dtype)

    def column(self, values: Any) -> int:
        """Add a column of the table, one value for each iteration; return its number."""
        self._columns.append(values)
        return len(self._columns) - 1

    def call(self, loop: JitLoop, *arguments: Any, when: int) -> None:
        """Add a call in all iterations in which the column ``when`` is above 0."""
        self._calls.append(Call(loop, arguments, when))

    def state(self, array: NDArray[Any]) -> NDArray[Any]:
        """Have ``array`` reset to its present values before the first iteration; return it."""
        self.states.append(State(array, array.copy()))
        return array

    def replace(self, *swaps: Swap) -> None:
        """Have calls work on the second array of each swap instead of the first.

        The first array of a swap is not the second of another one.
        """
        for schedule in self.prologue:
            schedule.replace(*swaps)
        self._calls = [
            call._replace(arguments=map_arguments(partial(_swapped, swaps), call.arguments))
            for call in self._calls
        ]
        for number, (array, table, place) in enumerate(self.pointers):
            for old, new in swaps:
                if array is old:
                    table[place] += address_of(new) - address_of(old)
                    self.pointers[number] = Pointer(new, table, place)

    def run(self, first: int, last: int) -> None:
        """Make the calls of the iterations ``first .. last - 1``."""
        if not is_interpreted():
            self.lower()
        if first == 0:
            for array, initial in self.states:
                array[...] = initial
            for schedule in self.prologue:
                schedule.run(0, schedule.iterations)
        if is_interpreted():
            for iteration in self.table[first:last]:
                self._interpret(iteration)
        else:
            run_schedule(first, last, *self.tables)

    def _interpret(self, iteration: Table) -> None:
        def rows(argument: Any) -> Any:
            return argument.rows_of(iteration) if isinstance(argument, SlidingView) else argument

        for loop, arguments, condition in self._calls:
            if iteration[condition] > 0:
                loop.interpret(*map_arguments(rows, arguments))

    def cache_keys(self) -> list[str]:
        """Return the cache key of the machine code of each call."""
        return [loop.cache_key(kinds) for loop, kinds in self._wanted()]

    def _wanted(self) -> list[Wanted]:
        return [(call.loop, kinds_of(call.arguments)) for call in self._calls]

    def lower(self) -> None:
        """Write the calls as tables, the arguments of ``run_schedule``, unless that is done."""
        if self.tables:
            return
        wanted = self._wanted()
        prepare([*wanted, (run_schedule, RUN_SCHEDULE_KINDS)])
        codes = [loop.addresses[kinds] for loop, kinds in wanted]
        lists, updates, ends, places = self._blocks()
        longest = max(len(block) for block in lists)
        blocks = np.array([block + [0] * (longest - len(block)) for block in lists])
        addresses = address_of(blocks) + blocks.strides[0] * np.arange(len(blocks))
        calls = np.column_stack([codes, [c.condition for c in self._calls], addresses, ends])
        table = np.array(updates, np.int64).reshape(-1, 4)
        self.tables = self.table, calls, table, blocks
        self.pointers = [
            Pointer(array, table if is_view else blocks, place) for array, is_view, place in places
        ]

    def _blocks(self) -> tuple[list[list[int]], list[Update], list[int], list[_Place]]:
        """Return each call's argument block, all updates, each call's end in them, and places."""
        blocks: list[list[int]] = []
        updates: list[Update] = []
        ends: list[int] = []
        places: list[_Place] = []
        for number, call in enumerate(self._calls):
            block: list[int] = []
            for argument in flattened(call.arguments):
                if isinstance(argument, SlidingView):
                    places.append((argument.array, True, (len(updates), 1)))
                    updates += argument.updates(len(block))
                elif isinstance(argument, np.ndarray):
                    places.append((argument, False, (number, len(block))))
                block += words_of(argument)
            blocks.append(block)
            ends.append(len(updates))
        return blocks, updates, ends, places


def _swapped(swaps: Sequence[Swap], argument: Any) -> Any:
    is_view = isinstance(argument, SlidingView)
    array = argument.array if is_view else argument
    for old, new in swaps:
        if array is old:
            return argument._replace(array=new) if is_view else new
    return argument


RUN_SCHEDULE_KINDS = kinds_of((0, 0, *[np.zeros((0, 0), np.int64)] * 4))


@jit_loop
def run_schedule(first, last, table, calls, updates, blocks):  # type: ignore[no-untyped-def]
    """In each iteration, for each call: update its block, then call it."""
    for iteration in range(first, last):
        update = 0
        for number in range(calls.shape[0]):
            end = calls[number, 3]
            if table[iteration, calls[number, 1]] > 0:
                for at in range(update, end):
                    place = table[iteration, updates[at, 3]]
                    blocks[number, updates[at, 0]] = updates[at, 1] + updates[at, 2] * place
                invoke(calls[number, 0], calls[number, 2])
            update = end
