"""Direct: every weight that is not zero meets every pixel.

sums[y, i] = sum over taps t of weights[t] * rows[y + down[t], i + right[t]]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from imgconv.engines.engine import Engine
from imgconv.engines.weighted_sum import BLOCK, weighted_sum
from imgconv.kernel import Kernel
from imgconv.machine_code import machine_loop


@machine_loop
def direct(rows, length, offsets, weights, sums, scratch):  # type: ignore[no-untyped-def]
    """Sum the taps of each block of each row."""
    for y in range(sums.shape[0]):
        for start in range(0, sums.shape[1], BLOCK):
            out = sums[y, start : start + BLOCK]
            weighted_sum(out, rows, y * length + start, offsets, weights)


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    down, right = np.nonzero(kernel.weights)
    weights = kernel.weights[down, right].astype(np.float32)
    return down * length + right * channels, weights


ENGINE = Engine("every weight meets every pixel", _prepare, direct)
