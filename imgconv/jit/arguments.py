"""The arguments of machine code: what it has to know of their types, and how it is given them."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Kind = tuple[str, int]

Kinds = tuple[Kind, ...]

_Byte = ctypes.c_char


def _kind(argument: Any) -> Kind:
    """The letter of an argument's element type and its dimensions; 0 for a plain number."""
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous, "loops take contiguous arrays"
        return argument.dtype.char, argument.ndim
    return ("f" if isinstance(argument, float) else "l"), 0


def kinds_of(arguments: Sequence[Any]) -> Kinds:
    """The types of arguments, as far as machine code depends on them."""
    return tuple([_kind(argument) for argument in arguments])


def block_of(arguments: Sequence[Any]) -> list[int]:
    """The arguments as an ``Entry`` takes them."""
    block: list[int] = []
    for argument in arguments:
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
