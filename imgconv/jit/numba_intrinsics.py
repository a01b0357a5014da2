"""The intrinsics of ``jit/functions.py`` as LLVM's instructions, and views of memory as arrays.

Importing this module imports Numba, so only ``jit/compiler.py`` does.
"""

from functools import cache
from importlib import import_module
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from imgconv.jit.functions import invoke, upper_half

# Imported like this, their functions have no types that mypy could miss.
arrayobj: Any = import_module("numba.np.arrayobj")
cgutils: Any = import_module("numba.core.cgutils")

_WORD, _POINTER = ir.IntType(64), ir.IntType(8).as_pointer()


@cache
def array_at(dtype: str, dimensions: int) -> Any:
    """Return the function (address, shape) -> array of that type, for loops.

    Numba's own ``carray`` is compiled for each type, which takes as long as a small loop.
    """
    made: Any = types.Array(getattr(types, dtype), dimensions, "C")

    @intrinsic
    def array_at(typing: Any, address: Any, shape: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array = arrayobj.make_array(made)(context, builder)
            shape = cgutils.unpack_tuple(builder, values[1])
            size = arrayobj.get_itemsize(context, made)
            strides = [cgutils.intp_t(size)]
            for length in reversed(shape[1:]):
                strides.insert(0, builder.mul(strides[0], length))
            start = builder.inttoptr(values[0], array.data.type)
            arrayobj.populate_array(
                array, data=start, shape=shape, strides=strides, itemsize=size, meminfo=None
            )
            return array._getvalue()

        lengths: Any = types.UniTuple(types.int64, dimensions)  # type: ignore[no-untyped-call]
        return made(types.int64, lengths), build

    return array_at


@intrinsic
def real(typing: Any, word: Any) -> Any:
    """Return the float32 in the lower half of a word."""

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(builder.trunc(values[0], ir.IntType(32)), ir.FloatType())

    return types.float32(types.int64), build


@intrinsic
def _invoke(typing: Any, address: Any, block: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        function = ir.FunctionType(ir.VoidType(), [_POINTER] * 3).as_pointer()
        unused = builder.bitcast(cgutils.alloca_once(builder, _WORD), _POINTER)
        block = builder.inttoptr(values[1], _POINTER)
        builder.call(builder.inttoptr(values[0], function), [unused, unused, block])
        return context.get_dummy_value()

    return types.none(types.int64, types.int64), build


@intrinsic
def _upper_half(typing: Any, a: Any, b: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind, scale = ir.IntType(16), ir.IntType(32)
        function = ir.FunctionType(kind, [kind, kind, scale])
        product = builder.module.declare_intrinsic("llvm.umul.fix", [kind], function)
        return builder.call(product, [*values, ir.Constant(scale, 16)])

    return types.int16(types.int16, types.int16), build


COMPILED: dict[Any, Any] = {invoke: _invoke, upper_half: _upper_half}
