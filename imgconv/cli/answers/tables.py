"""Tables, grids and bars of numbers on a terminal or in a pipe.

Colour is used only where standard output is a terminal and ``NO_COLOR`` is not set.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from shutil import get_terminal_size

import click

PIPE_WIDTH = 80

# Rows of a table or a matrix; more are counted.
MOST_ROWS = 100

# Rows and columns of a grid; of a larger one the middle is shown.
LARGEST_GRID = 11

# The longest bar, and the most bars.
_BAR, MOST_BARS = 40, 40


def is_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def width() -> int:
    """Return the columns of the terminal, or 80 in a pipe."""
    if not is_terminal():
        return PIPE_WIDTH
    return get_terminal_size((PIPE_WIDTH, 24)).columns


def style(text: str, **styles: object) -> str:
    """Return text with a colour or weight, as for ``click.style``, where colour is used."""
    is_coloured = is_terminal() and not os.environ.get("NO_COLOR")
    return click.style(text, **styles) if is_coloured else text  # type: ignore[arg-type]


def visible(text: str) -> int:
    """Return the columns that a text takes, without the codes of its colours."""
    return len(click.unstyle(text))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines whose cells are right-aligned in columns, one space apart."""
    widths = [max(map(visible, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        " ".join(
            " " * (size - visible(cell)) + cell for cell, size in zip(row, widths, strict=False)
        )
        for row in rows
    ]


def beside(*blocks: Sequence[str]) -> list[str]:
    """Return the lines of several blocks beside each other, the shorter ones in the middle."""
    height = max(map(len, blocks))
    columns = []
    for block in blocks:
        size = max(map(visible, block), default=0)
        above = (height - len(block)) // 2
        lines = [*[""] * above, *block, *[""] * (height - len(block) - above)]
        columns.append([line + " " * (size - visible(line)) for line in lines])
    return ["   ".join(cells).rstrip() for cells in zip(*columns, strict=True)]


def bars(entries: Iterable[tuple[str, float]], labels: Iterable[str]) -> list[str]:
    """Return a line for each (label, value): the label, the number, and a bar of ``#``."""
    entries = list(entries)
    largest = max((abs(value) for _, value in entries), default=0) or 1
    lengths = [round(_BAR * abs(value) / largest) for _, value in entries]
    rows = [[name, text] for (name, _), text in zip(entries, labels, strict=True)]
    return [
        f"{line} {'#' * length}".rstrip()
        for line, length in zip(aligned(rows), lengths, strict=True)
    ]
