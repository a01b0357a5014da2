"""From a text to its lines, their words, and the numbers that these stand for.

Texts come from anywhere: what is read of them is bounded by ``MOST_WEIGHTS``, and the patterns
take time in proportion to the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from imgconv.errors import KernelError
from imgconv.kernels.kernel import MOST_WEIGHTS

_COMMENT = re.compile(r"#[^\n]*")

_LINE = re.compile(r"[^\n;]+")

_GAP = re.compile(r"\s*,\s*|\s+")

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

_MOST_SHOWN = 20


def without_comments(text: str) -> str:
    """``text`` without what follows ``#`` in a line.

    Markup is left alone: there ``#`` begins a colour or a name.
    """
    return text if text.lstrip().startswith("<") else _COMMENT.sub("", text)


def lines(text: str) -> Iterator[str]:
    """The lines of ``text`` that are not blank; newlines and ``;`` end a line."""
    stripped = (found[0].strip() for found in _LINE.finditer(text))
    for position, line in enumerate(filter(None, stripped)):
        if position == MOST_WEIGHTS:
            raise too_large()
        yield line


def words(text: str) -> list[str]:
    """The words of ``text``, parted by blanks or a comma; empty ones where commas follow on."""
    stripped = text.strip()
    found = _GAP.split(stripped, MOST_WEIGHTS) if stripped else []
    if len(found) > MOST_WEIGHTS:
        raise too_large()
    return found


def number(word: str) -> float:
    """The finite number that ``word`` writes: 1, -0.5, 1e-3 or 1/9; raises ``KernelError``."""
    # Fractions are rare and a kernel file may hold millions of numbers: look for those last.
    if _NUMBER.fullmatch(word):
        value = float(word)
    else:
        numerator, denominator = ratio(word)
        value = numerator / denominator
    if not math.isfinite(value):
        raise KernelError(f"{quoted(word)} is too large", "give finite numbers")
    return value


def ratio(word: str) -> tuple[float, float]:
    """Numerator and denominator of the number that ``word`` writes; raises ``KernelError``.

    Its reciprocal is exact where that of 1/49 in float64 is not.
    """
    if not word:
        raise KernelError("a number is missing beside a comma", "part numbers by single commas")
    parts = word.split("/", 1)
    if not all(map(_NUMBER.fullmatch, parts)):
        raise KernelError(f"{quoted(word)} is not a number", "write numbers as 1, -0.5 or 1/9")
    numerator, denominator = float(parts[0]), float(parts[1]) if len(parts) == 2 else 1.0
    if denominator == 0:
        raise KernelError(f"{quoted(word)} divides by zero", "give another fraction")
    return numerator, denominator


def whole(word: str) -> int:
    """The size or position that ``word`` writes; raises ``KernelError``."""
    value = number(word)
    if not (value.is_integer() and 0 <= value <= MOST_WEIGHTS):
        raise KernelError(
            f"{quoted(word)} is not a size or a position",
            f"give a whole number from 0 to {MOST_WEIGHTS:,}",
        )
    return int(value)


def quoted(text: str) -> str:
    """``text`` in quotes, short and printable, for a message of one line."""
    short = text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."
    return "'" + "".join(char if char.isprintable() else "?" for char in short) + "'"


def too_large() -> KernelError:
    """What is said of a kernel with too many weights."""
    return KernelError("the kernel is too large", f"at most {MOST_WEIGHTS:,} weights are read")
