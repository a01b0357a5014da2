"""The arguments of loops: their types, their groups, and the block that hands them to machine code.

Arguments are C-contiguous arrays, floats and ints. A tuple groups arguments, so that a loop of many
values has few parameters; it unpacks the group, and its machine code is the same as without.
"""

import ctypes
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# The type character of an array's elements or of a number, and its dimensions; a group's kinds.
Kind = tuple[Any, ...]
Kinds = tuple[Kind, ...]

# A word of an argument block in each iteration: (slot, base, stride, column of the schedule's
# table) for base + stride * the value in the column.
Update = tuple[int, int, int, int]


class SlidingView(NamedTuple):
    """An argument of a scheduled call: other rows of ``array`` (rows, values) in each iteration.

    ``first`` and ``height`` are columns of the schedule's table: the first row, counted from
    ``start``, and the number of rows. The first ``offset`` values of each row are left out. With
    ``flat`` the loop gets one flat array that begins with the first row, of any length.
    """

    array: NDArray[Any]
    first: int
    height: int
    start: int = 0
    flat: bool = False
    offset: int = 0

    def rows_of(self, iteration: NDArray[np.int64]) -> NDArray[Any]:
        """Return the rows for an iteration, given as its row of the schedule's table."""
        first = self.start + iteration[self.first]
        if self.flat:
            return self.array[first:].reshape(-1)[self.offset :]
        rows = self.array[first : first + iteration[self.height]]
        return rows[:, self.offset :] if self.offset else rows

    def sample(self) -> NDArray[Any]:
        return self.array.reshape(-1) if self.flat else self.array

    def updates(self, slot: int) -> list[Update]:
        """Return the changes of the words from ``slot`` on of an argument block."""
        stride = self.array.strides[0]
        base = address_of(self.array) + self.start * stride + self.offset * self.array.itemsize
        address = (slot, base, stride, self.first)
        return [address] if self.flat else [address, (slot + 1, 0, 1, self.height)]


def is_group(argument: Any) -> bool:
    """Return whether an argument is a tuple of arguments; named tuples count as plain ones."""
    return isinstance(argument, tuple) and not isinstance(argument, SlidingView)


def flattened(arguments: Iterable[Any]) -> Iterator[Any]:
    """Yield arguments in order, and the members of a group in its place."""
    for argument in arguments:
        if is_group(argument):
            yield from flattened(argument)
        else:
            yield argument


def map_arguments(change: Callable[[Any], Any], argument: Any) -> Any:
    """Return ``change(argument)``; of a group, the tuple of its changed members."""
    if is_group(argument):
        return tuple([map_arguments(change, member) for member in argument])
    return change(argument)


def kinds_of(arguments: Sequence[Any]) -> Kinds:
    """Return the types of arguments, which select the machine code."""
    return tuple([map_arguments(_kind, argument) for argument in arguments])


def _kind(argument: Any) -> Kind:
    if isinstance(argument, SlidingView):
        argument = argument.sample()
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous, "loops take contiguous arrays"
        return argument.dtype.char, argument.ndim
    return ("f" if isinstance(argument, float) else "l"), 0


def block_of(arguments: Sequence[Any]) -> list[int]:
    """Return the int64 words of all arguments, for machine code.

    Of an array, they are its address and shape; of a float, the bits of a float32.
    """
    return [word for argument in flattened(arguments) for word in words_of(argument)]


def words_of(argument: Any) -> tuple[int, ...]:
    if isinstance(argument, SlidingView):
        argument = argument.sample()
    if isinstance(argument, np.ndarray):
        return address_of(argument), *argument.shape
    if isinstance(argument, float):
        return struct.unpack("i", struct.pack("f", argument))
    return (argument,)


def address_of(array: NDArray[Any]) -> int:
    """Return the address of an array, in a quarter of the time of ``array.ctypes.data``."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array.data))
    except (TypeError, ValueError):  # the array is read-only or empty
        return int(array.__array_interface__["data"][0])
