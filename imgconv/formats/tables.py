"""Tables of numbers as text: values apart by commas, semicolons, tabs or spaces, maybe a header."""

from __future__ import annotations

import csv
import re

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError

_DELIMITERS = (";", "\t", ",")


def parse_table(text: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return the numbers, float64 (rows, columns), and the names of the columns, if it has any.

    One line of names may come first. With semicolons a comma is a decimal comma. Raises
    ``ReadError``, which names line and column.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise ReadError("the table is empty", "give at least one number")
    delimiter = next((sign for sign in _DELIMITERS if sign in lines[0][1]), " ")
    rows = [(number, _cells(line, delimiter)) for number, line in lines]
    names = [] if all(map(_is_number, rows[0][1])) else rows.pop(0)[1]
    if not rows:
        raise ReadError("the table has a header only", "give at least one number")
    columns = len(names or rows[0][1])
    for number, cells in rows:
        if len(cells) != columns:
            raise ReadError(
                f"line {number} has {len(cells)} values, not {columns}", "give each line as many"
            )
    return np.array([[_number(*place) for place in _places(*row)] for row in rows]), names


def _cells(line: str, delimiter: str) -> list[str]:
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


def _places(line: int, cells: list[str]) -> list[tuple[str, int, int]]:
    return [(cell, line, column) for column, cell in enumerate(cells, 1)]


def _number(cell: str, line: int, column: int) -> float:
    if not _is_number(cell):
        raise ReadError(f"line {line}, column {column}: '{cell}' is no number", "correct it")
    return float(cell)
