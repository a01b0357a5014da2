"""Flat lists of weights, row by row; alone, ``0 -1 0 -1 5 -1 0 -1 0`` is a square kernel."""

from collections.abc import Callable
from math import isqrt
from typing import TypeVar

from imgconv.errors import KernelError
from imgconv.kernels.dialects.tokens import check_count, lines, number, words
from imgconv.kernels.kernel import Kernel

Entry = TypeVar("Entry")


def matches(text: str) -> bool:
    found = lines(text)
    first = next(found, "")
    return next(found, None) is None and _is_odd_square(len(words(first)))


def read(text: str) -> Kernel:
    return Kernel(folded(text, *square(len(words(text)))))


def square(count: int) -> tuple[int, int]:
    """Return width and height of a square of ``count`` weights; raises ``KernelError``."""
    if not _is_odd_square(count):
        raise KernelError(f"{count} numbers make no odd square", "give 9, 25 or 49 numbers")
    return isqrt(count), isqrt(count)


def folded(
    text: str, width: int, height: int, read_number: Callable[[str], float] = number
) -> list[list[float]]:
    """Return the numbers of a flat list as ``height`` rows of ``width``; raises ``KernelError``."""
    check_count(width * height)
    return in_rows([*map(read_number, checked_size(words(text), width, height))], width)


def checked_size(found: list[Entry], width: int, height: int) -> list[Entry]:
    """Return a flat list of ``width`` times ``height`` weights; raises ``KernelError``."""
    count = width * height
    if count == 0:
        raise KernelError(f"a kernel of {width}x{height} is empty", "give at least one weight")
    if len(found) != count:
        raise KernelError(
            f"a kernel of {width}x{height} needs {count} numbers, not {len(found)}",
            "give as many numbers as the size says",
        )
    return found


def in_rows(numbers: list[float], width: int) -> list[list[float]]:
    return [numbers[start : start + width] for start in range(0, len(numbers), width)]


def _is_odd_square(count: int) -> bool:
    return count >= 9 and count % 2 == 1 and isqrt(count) ** 2 == count
