"""The arguments of machine code: what it has to know of their types, and how it is given them."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# An array or a number: the letter of its element type and its dimensions, 0 for a plain number. A
# group of arguments: the kinds of its members.
Kind = tuple[Any, ...]

Kinds = tuple[Kind, ...]

_Byte = ctypes.c_char


class SlidingView(NamedTuple):
    """An argument that is another part of ``array`` every turn.

    ``first`` and ``height`` are columns of the program's table: the first row, to which ``start``
    is added, and the number of rows, which begin ``offset`` values into those of the array. With
    ``flat`` the rows are handed over one after the other in one flat array; how many there are is
    then for the loop to know.
    """

    array: NDArray[Any]
    first: int
    height: int
    start: int = 0
    flat: bool = False
    offset: int = 0

    def part(self, turn: NDArray[np.int64]) -> NDArray[Any]:
        """What the loop is given in a turn."""
        first = self.start + turn[self.first]
        if self.flat:
            return self.array[first:].reshape(-1)[self.offset :]
        rows = self.array[first : first + turn[self.height]]
        return rows[:, self.offset :] if self.offset else rows

    def sample(self) -> NDArray[Any]:
        """An array of the same kind."""
        return self.array.reshape(-1) if self.flat else self.array

    def address(self) -> int:
        """Where the part would begin whose first row is 0."""
        skipped = self.start * self.array.strides[0] + self.offset * self.array.itemsize
        return address_of(self.array) + skipped


def flattened(arguments: Iterable[Any]) -> Iterator[Any]:
    """Yield the arrays and numbers among ``arguments`` and in their groups, in order."""
    for argument in arguments:
        if is_group(argument):
            yield from flattened(argument)
        else:
            yield argument


def for_each(change: Callable[[Any], Any], argument: Any) -> Any:
    """Return ``change`` of an argument, or the group of what it makes of each member."""
    if is_group(argument):
        return tuple([for_each(change, member) for member in argument])
    return change(argument)


def is_group(argument: Any) -> bool:
    """Whether it is a tuple of arguments; named tuples count as plain ones."""
    return isinstance(argument, tuple) and not isinstance(argument, SlidingView)


def _kind(argument: Any) -> Kind:
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous, "loops take contiguous arrays"
        return argument.dtype.char, argument.ndim
    return ("f" if isinstance(argument, float) else "l"), 0


def kinds_of(arguments: Sequence[Any]) -> Kinds:
    """The types of arguments, as far as machine code depends on them; groups stay groups."""
    return tuple([for_each(_kind, argument) for argument in arguments])


def block_of(arguments: Sequence[Any]) -> list[int]:
    """The arguments as an ``Entry`` takes them, one after the other, also those in groups."""
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
    """Where an array lies. This way takes a quarter of the time of ``array.ctypes.data``."""
    try:
        return ctypes.addressof(_Byte.from_buffer(array.data))
    except (TypeError, ValueError):  # it is read-only, or empty
        return int(array.__array_interface__["data"][0])
