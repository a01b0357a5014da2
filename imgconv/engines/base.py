"""What every engine has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.jit.kernel_loop import JitLoop
from imgconv.kernels.kernel import Kernel

Rows = NDArray[np.float32]


def no_scratch(kernel: Kernel, channels: int, length: int) -> tuple[int, ...]:
    """One float, for loops that need none."""
    return (1,)


def any_rows(kernel: Kernel) -> int:
    """Strips may begin at any row."""
    return 1


class FixedForm(NamedTuple):
    """The form of an ``Engine`` in fixed point: its parts mean the same, in 16 bits."""

    prepare: Callable[[Kernel, int, int], tuple[Any, ...]]
    loop: JitLoop
    scratch: Callable[[Kernel, int, int], tuple[int, ...]] = no_scratch


class Engine(NamedTuple):
    """An algorithm: ``prepare`` lays a kernel out for ``loop``, which runs it.

    ``prepare(kernel, channels, length)`` gives what the loop takes between the rows and the sums,
    for rows of ``length`` values. ``scratch`` gives, for the same, the shape of the floats that the
    loop needs to work in. The loop is called as ``loop(rows, length, *prepared, sums, scratch)``,
    where ``rows`` are all rows of the window one after the other in one flat array. Where ``grid``
    is 1, strips may begin anywhere, and sums come in multiples of ``TOGETHER`` rows, of which the
    last may not count. Else it is the number of rows that the engine makes at once, and strips
    begin at multiples of it. Some engines have a form in ``fixed`` point.
    """

    summary: str
    prepare: Callable[[Kernel, int, int], tuple[Any, ...]]
    loop: JitLoop
    scratch: Callable[[Kernel, int, int], tuple[int, ...]] = no_scratch
    grid: Callable[[Kernel], int] = any_rows
    fixed: FixedForm | None = None


class RunningSumEngine(NamedTuple):
    """An algorithm that needs of each row only when it comes into the kernel and when it goes.

    ``prepare(kernel, channels)`` lays a box out for ``loop``. The array of one value that
    ``rounder(kernel, maximum, is_whole)`` gives makes sums exact for values up to ``maximum``; its
    type is that of the sums. ``enter(rows, rounder, column)`` takes in the rows that the first
    result spans but for its last, then come ``loop(coming, going, rounder, *prepared, column, sums,
    tall)``.
    """

    summary: str
    prepare: Callable[[Kernel, int], tuple[Any, ...]]
    rounder: Callable[[Kernel, float, bool], NDArray[Any]]
    enter: JitLoop
    loop: JitLoop


class PyramidEngine(NamedTuple):
    """An algorithm that looks over the whole picture first, and makes a small one of it."""

    summary: str
    shrink_down: JitLoop
    shrink_across: JitLoop
    enlarge: JitLoop
