"""Tables of numbers as text: values apart by commas, semicolons, tabs or spaces, maybe a header."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterable, Sequence
from io import StringIO

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError

_DELIMITERS = (";", "\t", ",")

# A value takes many times its length in memory while its line is parsed.
MOST_VALUES = 5_000_000
_LONGEST_LINE = 8 * 2**20
_AS_ARRAY = "save them as .npy"


def parse_table(text: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return the numbers, float64 (rows, columns), and the names of the columns, if it has any.

    One line of names may come first. With semicolons a comma is a decimal comma. Raises
    ``ReadError``, which names line and column.
    """
    lines = ((number, line) for number, line in enumerate(StringIO(text), 1) if line.strip())
    number, first = next(lines, (0, ""))
    if not number:
        raise ReadError("the table is empty", "give at least one number")
    delimiter = next((sign for sign in _DELIMITERS if sign in first), " ")
    cells = _cells(first, delimiter)
    names = [] if all(map(_is_number, cells)) else cells
    values = array("d", [] if names else map(float, cells))
    for number, line in lines:
        row = _cells(line, delimiter)
        if len(row) != len(cells):
            raise ReadError(
                f"line {number} has {len(row)} values, not {len(cells)}", "give each line as many"
            )
        values.extend(_number(cell, number, column) for column, cell in enumerate(row, 1))
        if len(values) > MOST_VALUES:
            raise ReadError(f"there are more than {MOST_VALUES:,} values", _AS_ARRAY)
    if not values:
        raise ReadError("the table has a header only", "give at least one number")
    return np.array(values).reshape(-1, len(cells)), names


def csv_text(rows: Iterable[Sequence[float]], header: Sequence[str]) -> str:
    """Return rows of numbers with all their digits, behind a header."""
    lines = [",".join(header), *(",".join(map(_digits, row)) for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def _digits(value: float) -> str:
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _cells(line: str, delimiter: str) -> list[str]:
    if len(line) > _LONGEST_LINE:
        raise ReadError("a line is longer than 8 MiB", _AS_ARRAY)
    if delimiter == " ":
        return line.split()
    cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
    return [re.sub(r"^([-+]?\d*),(\d+)", r"\1.\2", c) for c in cells] if delimiter == ";" else cells


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, line: int, column: int) -> float:
    try:
        return float(cell)
    except ValueError as error:
        problem = f"line {line}, column {column}: '{cell}' is no number"
        raise ReadError(problem, "correct it") from error
