"""The divisor of sums with the border ``none``: the weights inside of the picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.base import LARGEST_WHOLE, Pass
from imgconv.execution.context import StepInput
from imgconv.kernels.coverage import coverage
from imgconv.kernels.kernel import Kernel


class Divisor(NamedTuple):
    """The weights inside as ``finish.divide`` takes them, and the scale that is left after it."""

    down: NDArray[np.float32]
    case: NDArray[np.int64]
    across: NDArray[np.float32]
    scale: float

    @classmethod
    def of(cls, kernel: Kernel, each: Pass, step_input: StepInput) -> Divisor:
        """Return the divisor of the sums of a pass, whose filter has the ``kernel``.

        Whole weights are divided by whole sums, so that halves are exact. An engine may give sums
        of other weights, which differ from the kernel's by a factor.
        """
        source, factor = step_input.padded.source, each.scale / each.kernel.scale
        size = (source.height, source.width)
        down, across, case = coverage(kernel, size, step_input.down, step_input.across)
        scale = kernel.scale * factor
        if factor == 1 and kernel.is_integer and kernel.magnitude < LARGEST_WHOLE:
            scale = kernel.scale / kernel.sum
        elif kernel.factor:
            down, across = (
                sums / part.sum() for sums, part in zip((down, across), kernel.factor, strict=True)
            )
        else:
            across = across / kernel.sum
        return cls(_divisors(down), case, _divisors(across), scale)


def _divisors(sums: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return sums by which nothing is divided where they are 0."""
    return np.ascontiguousarray(np.where(sums == 0, np.inf, sums), np.float32)
