"""The weight matrix of a filter as text, as a figure, and as a file of numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import numpy as np

from imgconv import figures
from imgconv.cli.answers.tables import MOST_ROWS, style, width
from imgconv.cli.console import print_json, say, show_line
from imgconv.cli.study_options import check_figure, is_given
from imgconv.errors import LimitError, UsageError
from imgconv.formats.number_files import ARRAYS, write_npy, write_npz
from imgconv.formats.registry import suffix_of
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import check_kernels
from imgconv.study.chain import Chain
from imgconv.study.matrix import Matrix, counting_pixels, difference, weight_matrix
from imgconv.study.numbers import number

if TYPE_CHECKING:
    from imgconv.cli.explain import ExplainRequest

# Cells of a matrix that is drawn, or written with its zeros.
_MOST_CELLS = 4_000_000

_SIZE = re.compile(r"(\d{1,9})x(\d{1,9})")


class Presentation(NamedTuple):
    """Where a matrix goes: to a file or to standard output, as text with letters, or as JSON.

    ``columns`` says in a figure what its columns are.
    """

    output: str | None
    letters: bool
    as_json: bool
    columns: str = "pixels of the picture"


def answer(request: ExplainRequest) -> None:
    """Print, draw or write the matrix; raises ``UsageError``."""
    check(request.output, request.inputs)
    filters = request.filtering.filters()
    check_kernels(filters, "leave out --matrix to see the four steps of a mask")
    settings = request.filtering.settings()._replace(straight_alpha=True)
    if not is_given("extent"):
        settings = settings._replace(extent="valid")
    chain = Chain(_pixels(request), filters, settings)
    matrix = weight_matrix(chain)
    away = difference(matrix, chain)
    shown = Presentation(request.output, request.kind.letters, request.as_json)
    present(matrix, chain, _document(matrix, chain, away), shown)
    say(f"{counts(matrix)}; largest difference between W x and the filter: {number(away)}")


def check(output: str | None, inputs: Sequence[str]) -> None:
    """Raise ``UsageError`` where a matrix cannot be written or drawn."""
    if output:
        check_figure(output, inputs, ARRAYS)


def present(matrix: Matrix, chain: Chain, document: dict[str, Any], shown: Presentation) -> None:
    """Write, draw or print a matrix; raises ``LimitError``."""
    if shown.output:
        _write(matrix, chain, shown.output, shown)
    if shown.as_json:
        print_json(document)
    elif not shown.output:
        _print(matrix, shown.letters)


def _pixels(request: ExplainRequest) -> Pixels:
    size = _SIZE.fullmatch(request.source)
    if not size or Path(request.source).exists():
        return request.pixels()
    wide, high = map(int, size.groups())
    if not 0 < wide * high <= _MOST_CELLS:
        raise UsageError(f"{request.source} is no size of a matrix", "give one as 5x5")
    return counting_pixels(wide, high)


def counts(matrix: Matrix) -> str:
    """Return the size, and how many weights are not zero."""
    return f"{_size(matrix)}, {matrix.nonzero} of {math.prod(matrix.shape)} are not zero"


def _print(matrix: Matrix, letters: bool) -> None:
    """Print rows of weights, . for 0: the first ones, in the columns of the terminal."""
    rows = [matrix.row(number) for number in range(min(matrix.shape[0], MOST_ROWS))]
    cells = [{at: _cell(*entry, letters) for at, entry in row.items()} for row in rows]
    size = max((len(text) for row in cells for text in row.values()), default=1)
    shown = max(1, min(matrix.shape[1], (width() + 1) // (size + 1)))
    for row in cells:
        texts = [row.get(column, ".") for column in range(shown)]
        click.echo(" ".join(_styled(text, size) for text in texts))
    if (len(rows), shown) != matrix.shape:
        show_line(f"(the first {len(rows)} rows and {shown} columns of {_size(matrix)})")


def _size(matrix: Matrix) -> str:
    return f"{matrix.shape[0]} x {matrix.shape[1]}"


def _styled(text: str, size: int) -> str:
    padded = f"{text:>{size}}"
    return style(padded, dim=True) if text == "." else padded


def _cell(value: float, taps: list[int], letters: bool) -> str:
    if letters:
        return "+".join(f"w{tap}" for tap in taps)
    return number(value) if value else "."


def _write(matrix: Matrix, chain: Chain, output: str, shown: Presentation) -> None:
    if suffix_of(output) == ".npz":
        write_npz(output, {**matrix.csr(), "format": np.array(b"csr")})  # as SciPy reads it
        return
    if matrix.shape[0] * matrix.shape[1] > _MOST_CELLS:
        raise LimitError(
            f"a matrix of {_size(matrix)} has more than {_MOST_CELLS:,} cells",
            "write it as .npz, which leaves out zeros",
        )
    if suffix_of(output) == ".npy":
        write_npy(output, matrix.dense())
        return
    step = chain.steps[0]
    title = f"{step.filter.name} as a matrix: {counts(matrix)}"
    names = None
    if shown.letters:
        names = [
            {at: _cell(*entry, True) for at, entry in matrix.row(row).items()}
            for row in range(min(matrix.shape[0], MOST_ROWS))
        ]
    sizes = (step.source.width, step.width)
    drawn = figures.matrix.draw_matrix(title, matrix.dense(), sizes, names, shown.columns)
    figures.style.save(drawn, output)


def _document(matrix: Matrix, chain: Chain, away: float) -> dict[str, Any]:
    step = chain.steps[0]
    return {
        "filter": step.filter.name,
        "input_size": [step.source.width, step.source.height],
        "result_size": [step.width, step.height],
        "border": chain.settings.border.text,
        "extent": chain.settings.extent,
        "difference": away,
        **weights(matrix),
    }


def weights(matrix: Matrix) -> dict[str, Any]:
    """Return a matrix for JSON, in compressed sparse rows."""
    return {"nonzero": matrix.nonzero, **matrix.csr(), "constant": matrix.constant}
