"""The arguments of loops: their types, their groups, and the block that hands them to machine code.

Arguments are C-contiguous arrays, floats and ints. A tuple groups arguments, so that a loop of many
values has few parameters; it unpacks the group, and its machine code is the same as without.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Of an array or a number: the type character of its elements and its dimensions, 0 for a number.
# Of a group: the kinds of its members.
Kind = tuple[Any, ...]
Kinds = tuple[Kind, ...]

_Byte = ctypes.c_char


class SlidingView(NamedTuple):
    """An argument of a scheduled call: other rows of ``array`` (rows, values) in each iteration.

    ``first`` and ``height`` are columns of the schedule's table: the first row, counted from
    ``start``, and the number of rows. Each row begins ``offset`` values into that of the array.
    With ``flat`` the loop gets everything from the first row on as one flat array, and has to know
    the number of rows itself.
    """

    array: NDArray[Any]
    first: int
    height: int
    start: int = 0
    flat: bool = False
    offset: int = 0

    def rows_of(self, iteration: NDArray[np.int64]) -> NDArray[Any]:
        """Return the view in an iteration, given as its row of the schedule's table."""
        first = self.start + iteration[self.first]
        if self.flat:
            return self.array[first:].reshape(-1)[self.offset :]
        rows = self.array[first : first + iteration[self.height]]
        return rows[:, self.offset :] if self.offset else rows

    def sample(self) -> NDArray[Any]:
        """Return an array of the view's kind."""
        return self.array.reshape(-1) if self.flat else self.array

    def base_address(self) -> int:
        """Return the address of a view whose first row is 0."""
        skipped = self.start * self.array.strides[0] + self.offset * self.array.itemsize
        return address_of(self.array) + skipped


def is_group(argument: Any) -> bool:
    """Return whether an argument is a tuple of arguments; named tuples count as plain ones."""
    return isinstance(argument, tuple) and not isinstance(argument, SlidingView)


def flattened(arguments: Iterable[Any]) -> Iterator[Any]:
    """Yield arguments in order, the members of groups in place of the groups."""
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
    """Return the types of arguments, which select the machine code; groups stay groups."""
    return tuple([map_arguments(_kind, argument) for argument in arguments])


def _kind(argument: Any) -> Kind:
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous, "loops take contiguous arrays"
        return argument.dtype.char, argument.ndim
    return ("f" if isinstance(argument, float) else "l"), 0


def block_of(arguments: Sequence[Any]) -> list[int]:
    """Return the words of an argument block: see ``Entry`` in jit/kernel_loop.py."""
    block: list[int] = []
    for argument in flattened(arguments):
        if isinstance(argument, np.ndarray):
            block.append(address_of(argument))
            block += argument.shape
        elif isinstance(argument, float):
            block += struct.unpack("i", struct.pack("f", argument))
        else:
            block.append(argument)
    return block


def address_of(array: NDArray[Any]) -> int:
    """Return the address of an array, in a quarter of the time of ``array.ctypes.data``."""
    try:
        return ctypes.addressof(_Byte.from_buffer(array.data))
    except (TypeError, ValueError):  # the array is read-only or empty
        return int(array.__array_interface__["data"][0])
