"""Numbers as text, the same in tables, formulas and figures."""

import math

import numpy as np
from numpy.typing import NDArray


def number(value: float, digits: int = 4) -> str:
    """Return a number with up to ``digits`` digits behind the point, or as many significant ones.

    Whole numbers have no point; a number below 1 keeps its significant digits.
    """
    if not math.isfinite(value):
        return str(value)
    if value == round(value) and abs(value) < 1e15:
        return str(round(value))
    if not 1 <= abs(value) < 1e9:
        return f"{value:.{digits}g}"
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def signed(value: float) -> str:
    """Return a number that is added, with a space behind its sign: ``+ 128``, ``- 3``."""
    return f"{'-' if value < 0 else '+'} {number(abs(value))}"


def cell_numbers(values: NDArray[np.float64], significant: int = 3) -> list[list[str]]:
    """Return the numbers for the cells of a grid (height, width).

    Whole numbers have no point. Others have the same number of digits behind it, by which the
    largest has ``significant`` digits, so smaller ones may read 0.
    """
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max(initial=0.0))
    digits = max(0, significant - 1 - math.floor(math.log10(largest))) if largest else 0
    is_whole = bool(np.all(finite == np.rint(finite)))
    return [[_cell(v, 0 if is_whole else digits) for v in row] for row in values.tolist()]


def _cell(value: float, digits: int) -> str:
    if value == 0 or not math.isfinite(value):
        return f"{value:.0f}".replace("-0", "0")
    text = f"{value:.{digits}f}" if digits <= 6 else f"{value:.1e}"
    return text.removeprefix("-") if float(text) == 0 else text


def without_zero(text: str) -> str:
    """Return a number below 1 without the 0 before its point, where there is little room."""
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
