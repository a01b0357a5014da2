"""Low rank: a kernel that is nearly a sum of a few separable ones runs as those.

weights  =  sum over r of columns[r] * rows[r]  +  what is left

The singular value decomposition gives the columns and rows, the weightiest first (Eckart and Young,
1936). What is left is left out where it changes the result by less than is allowed: see
``Kernel.of_rank``.
"""

from __future__ import annotations

from typing import Any

from imgconv.engines.engine import Engine
from imgconv.engines.separable import laid_out, scratch, separable
from imgconv.kernel import Kernel


def _prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    return laid_out(kernel.factors(), channels)


ENGINE = Engine("a few columns and rows", _prepare, separable, scratch)
