"""The arguments of machine code: their types, and the block that holds them."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.jit.arguments import address_of, block_of, kinds_of


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "int64"])
def test_an_array_is_known_by_its_elements_and_dimensions(dtype: str) -> None:
    for shape in ((4,), (2, 3), (2, 3, 4)):
        values = np.zeros(shape, dtype)
        assert kinds_of([values]) == ((values.dtype.char, len(shape)),)
        assert block_of([values]) == [values.ctypes.data, *shape]


def test_numbers_are_floats_of_32_bits_or_whole() -> None:
    assert kinds_of([0.5, 7]) == (("f", 0), ("l", 0))
    bits, whole = block_of([0.1, 7])
    assert struct.unpack("f", struct.pack("i", bits)) == (np.float32(0.1),)
    assert whole == 7


def test_groups_keep_their_form_in_the_kinds_and_lie_flat_in_the_block() -> None:
    class Pair(NamedTuple):
        values: NDArray[Any]
        length: int

    values = np.zeros((2, 3), np.uint8)
    nested = (1, Pair(values, 7), ((), (8, 0.0)))
    assert kinds_of(nested) == (("l", 0), (("B", 2), ("l", 0)), ((), (("l", 0), ("f", 0))))
    assert block_of(nested) == [1, values.ctypes.data, 2, 3, 7, 8, 0]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_the_address_of_an_array_is_also_that_of_one_that_cannot_be_written(count: int) -> None:
    values = np.zeros(count)
    values.setflags(write=False)
    assert address_of(values) == values.ctypes.data
