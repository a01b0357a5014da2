"""Direct: every weight that is not zero meets every pixel.

sums[y, i] = sum over runs r, j of weights[r][j] * rows[y + down[r] + j, i + right[r]]

A run is a piece of a column of the kernel without zeros: the rows that one output row needs from it
are almost those that the next one needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from imgconv.engines.engine import Engine
from imgconv.engines.taps import BLOCK, add_down
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop


@machine_loop
def direct(rows, length, offsets, firsts, weights, sums, scratch):  # type: ignore[no-untyped-def]
    """Sum the runs of each block of each row; run r is weights[firsts[r] : firsts[r + 1]]."""
    for y in range(0, sums.shape[0], 4):
        for start in range(0, sums.shape[1], BLOCK):
            n = min(BLOCK, sums.shape[1] - start)
            for k in range(4):
                sums[y + k, start : start + n] = 0
            for r in range(offsets.shape[0]):
                at, first = y * length + start + offsets[r], firsts[r]
                taps = firsts[r + 1] - first
                add_down(sums, y, start, n, rows, at, length, weights, first, taps)


def runs(kernel: Kernel, channels: int, length: int) -> tuple[Any, Any]:
    """Where in the rows each run lies, and which of the weights is its first."""
    right, down = np.nonzero(kernel.weights.T)
    begins = np.flatnonzero(np.diff(right, prepend=-1) | (np.diff(down, prepend=-1) != 1))
    offsets = down[begins] * length + right[begins] * channels
    return offsets, np.append(begins, len(right))


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    weights = kernel.weights.T
    return *runs(kernel, channels, length), weights[weights != 0].astype(np.float32)


ENGINE = Engine("every weight meets every pixel", _prepare, direct)
