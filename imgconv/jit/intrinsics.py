"""Functions that Numba has no words for."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np


def invoke(address: int, block: int) -> None:
    """For loops: call the machine code at ``address`` with the block of arguments at ``block``."""
    raise NotImplementedError("loops that run as Python call each other by name")


def upper_half(a: np.int16, b: np.int16) -> np.int16:
    """For loops: a * b / 2^16, rounded down, of numbers of 16 bits, taken as without a sign.

    One instruction for all values of a vector. LLVM finds it by itself only where it sees at the
    same place that both have 16 bits, so not for a weight that all values are multiplied with.
    """
    return np.uint16((int(a) & 0xFFFF) * (int(b) & 0xFFFF) >> 16).astype(np.int16)


# Functions that Numba has no words for, by name.
_SPECIAL = {"invoke": invoke, "upper_half": upper_half}


@cache
def _array_at(dtype: str, dimensions: int) -> Any:
    """For Numba: the array that begins at an address and has a shape.

    Its own ``carray`` is compiled anew for each type, as long as a small loop takes.
    """
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic
    from numba.np import arrayobj

    made: Any = types.Array(getattr(types, dtype), dimensions, "C")

    @intrinsic
    def array_at(typing: Any, address: Any, shape: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array: Any = arrayobj.make_array(made)(context, builder)  # type: ignore[no-untyped-call]
            shape: Any = cgutils.unpack_tuple(builder, values[1])  # type: ignore[no-untyped-call]
            size = arrayobj.get_itemsize(context, made)  # type: ignore[no-untyped-call]
            strides = [cgutils.intp_t(size)]
            for values_along in reversed(shape[1:]):
                strides.insert(0, builder.mul(strides[0], values_along))
            start = builder.inttoptr(values[0], array.data.type)
            arrayobj.populate_array(  # type: ignore[no-untyped-call]
                array, data=start, shape=shape, strides=strides, itemsize=size, meminfo=None
            )
            return array._getvalue()

        lengths: Any = types.UniTuple(types.int64, dimensions)  # type: ignore[no-untyped-call]
        return made(types.int64, lengths), build

    return array_at


@cache
def _primitives() -> dict[str, Any]:
    """What Numba has no words for: numbers as floats, as functions to call, and the upper half of
    a product."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    number, byte = ir.IntType(64), ir.IntType(8).as_pointer()

    @intrinsic
    def real(typing: Any, bits: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.bitcast(builder.trunc(values[0], ir.IntType(32)), ir.FloatType())

        return types.float32(types.int64), build

    @intrinsic
    def invoke(typing: Any, address: Any, block: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            function = ir.FunctionType(ir.VoidType(), [byte, byte, byte]).as_pointer()
            place: Any = cgutils.alloca_once(builder, number)  # type: ignore[no-untyped-call]
            place = builder.bitcast(place, byte)
            block = builder.inttoptr(values[1], byte)
            builder.call(builder.inttoptr(values[0], function), [place, place, block])
            return context.get_dummy_value()

        return types.none(types.int64, types.int64), build

    @intrinsic
    def upper_half(typing: Any, a: Any, b: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kind, scale = ir.IntType(16), ir.IntType(32)
            function = ir.FunctionType(kind, [kind, kind, scale])
            product = builder.module.declare_intrinsic("llvm.umul.fix", [kind], function)
            return builder.call(product, [*values, ir.Constant(scale, 16)])

        return types.int16(types.int16, types.int16), build

    return {"real": real, "invoke": invoke, "upper_half": upper_half}
