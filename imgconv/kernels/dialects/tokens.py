"""Tokens of a kernel text: its lines, their words, and numbers.

Texts may come from anyone: at most ``MOST_WEIGHTS`` tokens are read, by patterns of linear time.
"""

import math
import re
from collections.abc import Iterator

from imgconv.errors import KernelError
from imgconv.kernels.kernel import MOST_WEIGHTS
from imgconv.system.diagnostics import printable

_LINE = re.compile(r"[^\n;]+")
_GAP = re.compile(r"\s*,\s*|\s+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

_MOST_SHOWN = 20


def lines(text: str) -> Iterator[str]:
    """Yield the lines of ``text`` that are not blank; newlines and ``;`` end a line."""
    stripped = (found[0].strip() for found in _LINE.finditer(text))
    for position, line in enumerate(filter(None, stripped)):
        check_count(position + 1)
        yield line


def words(text: str) -> list[str]:
    """Return the words of ``text``, parted by blanks or a comma; empty ones between two commas."""
    found = _GAP.split(text.strip(), MOST_WEIGHTS) if text.strip() else []
    check_count(len(found))
    return found


def number(word: str) -> float:
    """Return the finite number that ``word`` writes, as 1, -0.5, 1e-3 or 1/9."""
    # Fractions are tried last: they are rare, and a file may hold millions of numbers.
    if _NUMBER.fullmatch(word):
        value = float(word)
    else:
        numerator, denominator = ratio(word)
        value = numerator / denominator
    if not math.isfinite(value):
        raise KernelError(f"{quoted(word)} is too large", "give finite numbers")
    return value


def ratio(word: str) -> tuple[float, float]:
    """Return numerator and denominator of the number ``word``; raises ``KernelError``.

    Unlike 1/49 in float64, the reciprocal 49 is exact.
    """
    if not word:
        raise KernelError("a number is missing between commas", "separate numbers by single commas")
    parts = word.split("/", 1)
    if not all(map(_NUMBER.fullmatch, parts)):
        raise KernelError(f"{quoted(word)} is not a number", "write numbers as 1, -0.5 or 1/9")
    numerator, denominator = float(parts[0]), float(parts[1]) if len(parts) == 2 else 1.0
    if denominator == 0:
        raise KernelError(f"{quoted(word)} divides by zero", "give another fraction")
    return numerator, denominator


def whole(word: str) -> int:
    """Return the size or position that ``word`` writes; raises ``KernelError``."""
    value = number(word)
    if not (value.is_integer() and 0 <= value <= MOST_WEIGHTS):
        raise KernelError(
            f"{quoted(word)} is not a size or a position",
            f"give a whole number from 0 to {MOST_WEIGHTS:,}",
        )
    return int(value)


def quoted(text: str) -> str:
    """Return ``text`` in quotes, short and printable, for a message of one line."""
    short = text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."
    return f"'{printable(short)}'"


def check_count(weights: int) -> None:
    if weights > MOST_WEIGHTS:
        raise KernelError("the kernel is too large", f"at most {MOST_WEIGHTS:,} weights are read")
