"""Plain rows, ``0 -1 0; -1 5 -1; 0 -1 0``, the form that is tried last."""

from collections.abc import Iterable

from imgconv.errors import KernelError
from imgconv.kernels.dialects.tokens import check_count, lines, number, words
from imgconv.kernels.kernel import Kernel

Rows = list[list[float]]


def matches(text: str) -> bool:
    return True  # its errors are for any text


def read(text: str) -> Kernel:
    return Kernel(rows(lines(text)))


def rows(texts: Iterable[str], width: int | None = None) -> Rows:
    """Return the numbers of each line, ``width`` of them if given; raises ``KernelError``."""
    return rectangle(([number(word) for word in words(text)] for text in texts), width)


def rectangle(found: Iterable[list[float]], width: int | None = None) -> Rows:
    """Return the rows as a list; raises ``KernelError`` if it is empty or lengths differ."""
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
        check_count(len(checked) * width)
    if not checked:
        raise KernelError("the kernel is empty", "write rows of numbers, as in '0 1; 2 3'")
    return checked


def sum_or_one(kernel: Kernel) -> float:
    """Return the default divisor of several tools: the sum of the weights, or 1 where it is 0."""
    try:
        return 1.0 if kernel.is_zero_sum else kernel.sum
    except OverflowError as error:
        raise KernelError(
            "the weights are too large for a divisor to be found", "give one"
        ) from error
