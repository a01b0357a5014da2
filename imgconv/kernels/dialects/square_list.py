"""A square kernel as one flat list, row by row: ``0 -1 0 -1 5 -1 0 -1 0``."""

from __future__ import annotations

from math import isqrt

from imgconv.errors import KernelError
from imgconv.kernels.dialects.grid import folded
from imgconv.kernels.dialects.tokens import lines, words
from imgconv.kernels.kernel import Kernel


def matches(text: str) -> bool:
    """Return whether ``text`` is one line of 9, 25, 49, ... words."""
    found = lines(text)
    first = next(found, "")
    return next(found, None) is None and _is_odd_square(len(words(first)))


def read(text: str) -> Kernel:
    """Return the square kernel that a flat list writes; raises ``KernelError``."""
    return Kernel(folded(text, *square(len(words(text)))))


def square(count: int) -> tuple[int, int]:
    """Return width and height of a square of ``count`` weights; raises ``KernelError``."""
    if not _is_odd_square(count):
        raise KernelError(f"{count} numbers make no odd square", "give 9, 25 or 49 numbers")
    return isqrt(count), isqrt(count)


def _is_odd_square(count: int) -> bool:
    return count >= 9 and count % 2 == 1 and isqrt(count) ** 2 == count
