"""Numbers as text, the same in tables, formulas and figures."""

from __future__ import annotations

import math


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


def json_number(value: float) -> float | int | None:
    """Return a number for JSON, which has neither NaN nor infinity: whole ones without a point."""
    value = float(value)
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
