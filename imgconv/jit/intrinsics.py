"""Functions for loops that are single instructions of LLVM, as Python that gives the same.

``jit/numba_intrinsics.py`` has what Numba compiles in their place.
"""

from __future__ import annotations

import numpy as np


def invoke(address: int, block: int) -> None:
    """Call the machine code at ``address`` with the argument block at the address ``block``."""
    raise NotImplementedError("interpreted loops call each other by name")


def upper_half(a: np.int16, b: np.int16) -> np.int16:
    """Return the upper 16 bits of the product of two numbers, both taken as unsigned.

    It is one instruction (vpmulhuw) for all values of a vector. LLVM finds that by itself only
    where it sees in one place that both have 16 bits, so not for a weight outside of the loop.
    """
    return np.uint16((int(a) & 0xFFFF) * (int(b) & 0xFFFF) >> 16).astype(np.int16)


INTRINSICS = {"invoke": invoke, "upper_half": upper_half}
