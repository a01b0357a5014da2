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


@dataclass(frozen=True)
class Engine:
    """An algorithm: ``prepare`` lays a kernel out for ``loop``, which runs it.

    ``prepare(kernel, channels, length)`` gives what the loop takes between the rows and the sums,
    for rows of ``length`` values. ``scratch`` is how many more rows of that length it needs to work
    in. The loop is called as ``loop(rows, length, *prepared, sums, scratch)``, where ``rows``
    are all rows one after the other in one flat array.
    """

    summary: str
    prepare: Callable[[Kernel, int, int], tuple[Any, ...]]
    loop: MachineLoop
    scratch: int = 1
