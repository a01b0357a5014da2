"""Plain rows, and the rectangle of numbers that every form ends in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from imgconv.errors import KernelError
from imgconv.kernels.dialects.tokens import lines, number, too_large, words
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel

Rows = list[list[float]]


def read(text: str) -> Kernel:
    """The kernel that ``text`` writes as plain rows; raises ``KernelError``."""
    return Kernel(rows(lines(text)))


def rows(texts: Iterable[str], width: int | None = None) -> Rows:
    """The numbers of each line, ``width`` of them if given; raises ``KernelError``."""
    return rectangle(([number(word) for word in words(text)] for text in texts), width)


def rectangle(found: Iterable[list[float]], width: int | None = None) -> Rows:
    """The rows themselves; raises ``KernelError`` unless there are some, all equally long."""
    checked: Rows = []
    for row in found:
        width = len(row) if width is None else width
        if len(row) != width:
            raise KernelError(
                f"row {len(checked) + 1} has {len(row)} number{'s' * (len(row) != 1)}"
                f" instead of {width}",
                "give every row as many numbers",
            )
        checked.append(row)
        if len(checked) * width > MOST_WEIGHTS:
            raise too_large()
    if not checked:
        raise KernelError("the kernel is empty", "write rows of numbers, as in '0 1; 2 3'")
    return checked


def folded(
    text: str, width: int, height: int, read_number: Callable[[str], float] = number
) -> Rows:
    """The numbers of a flat list as ``height`` rows of ``width``; raises ``KernelError``."""
    count = width * height
    if count == 0:
        raise KernelError(f"a kernel of {width}x{height} is empty", "give at least one weight")
    if count > MOST_WEIGHTS:
        raise too_large()
    found = words(text)
    if len(found) != count:
        raise KernelError(
            f"a kernel of {width}x{height} needs {count} numbers, not {len(found)}",
            "give as many numbers as the size says",
        )
    numbers = [read_number(word) for word in found]
    return [numbers[start : start + width] for start in range(0, len(numbers), width)]


def sum_or_one(kernel: Kernel) -> float:
    """The divisor that several tools take by themselves: the sum of the weights, or 1 for 0."""
    try:
        return 1.0 if kernel.is_zero_sum else kernel.sum
    except OverflowError as error:
        raise KernelError(
            "the weights are too large for a divisor to be found", "give one"
        ) from error
