"""What every engine has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.kernel import Kernel
from imgconv.machine_code import MachineLoop

Rows = NDArray[np.float32]


def no_scratch(kernel: Kernel, channels: int, length: int) -> tuple[int, ...]:
    """One float, for loops that need none."""
    return (1,)


def any_rows(kernel: Kernel) -> int:
    """Strips of any height, though several rows at once are faster than one."""
    return 1


@dataclass(frozen=True)
class Engine:
    """An algorithm: ``prepare`` lays a kernel out for ``loop``, which runs it.

    ``prepare(kernel, channels, length)`` gives what the loop takes between the rows and the sums,
    for rows of ``length`` values. ``scratch`` gives, for the same, the shape of the floats that the
    loop needs to work in. The loop is called as ``loop(rows, length, *prepared, sums, scratch)``,
    where ``rows`` are all rows of the window one after the other in one flat array. ``grid`` is the
    number of rows that an engine makes at once: its strips begin at multiples of it.
    """

    summary: str
    prepare: Callable[[Kernel, int, int], tuple[Any, ...]]
    loop: MachineLoop
    scratch: Callable[[Kernel, int, int], tuple[int, ...]] = no_scratch
    grid: Callable[[Kernel], int] = any_rows
