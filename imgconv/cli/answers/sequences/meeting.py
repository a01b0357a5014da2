"""One value of a convolution: every a + b = c, with its product, and their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgconv.cli.answers.sequences import sources
from imgconv.cli.answers.tables import aligned
from imgconv.cli.console import print_json
from imgconv.errors import UsageError
from imgconv.study.numbers import number
from imgconv.study.sequences.convolution import flipped, meetings

if TYPE_CHECKING:
    from imgconv.cli.sequence import SequenceRequest

_MOST_ROWS = 100
_FIELDS = ("a", "b", "f", "g", "product")


def answer(request: SequenceRequest) -> None:
    """Print the table; raises ``UsageError``."""
    place = request.kind.at
    assert place is not None
    if request.writing.output or len(request.texts) != 2:
        problem = "--at lists the products of two sequences on standard output"
        raise UsageError(problem, "give two SEQ, and no -o")
    f, g = sources.signals(request)
    if request.arithmetic.probability:
        (f, _), (g, _) = sources.divided([f, g])
    correlates = request.arithmetic.correlate
    rows = meetings(f, flipped(g) if correlates else g, place)
    unit = f.step if f.is_function and g.is_function else 1.0
    products = [p * q for _, _, p, q in rows]
    total = sum(products) * unit
    if request.writing.as_json:
        terms = [
            dict(zip(_FIELDS, (*row, product), strict=True))
            for row, product in zip(rows, products, strict=True)
        ]
        print_json({"at": place, "terms": terms, "step": unit, "sum": total})
        return
    cells = [
        [number(a), sign, number(b), "=", number(place), " ", number(p), "x", number(q), "="]
        for sign in ["-" if correlates else "+"]
        for a, b, p, q in ((a, -b if correlates else b, p, q) for a, b, p, q in rows[:_MOST_ROWS])
    ]
    shown = [[*row, number(product)] for row, product in zip(cells, products, strict=False)]
    click.echo("\n".join(aligned(shown)))
    if len(rows) > _MOST_ROWS:
        click.echo(f"(the first {_MOST_ROWS} of {len(rows):,} products)")
    times = f" x step {number(unit)}" if unit != 1 else ""
    click.echo(f"sum{times} = {number(total)}")
