"""One value of a convolution: every a + b = c, with its product, and their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgconv.cli.answers.sequences import sources
from imgconv.cli.answers.tables import MOST_ROWS, aligned
from imgconv.cli.console import print_json
from imgconv.errors import UsageError
from imgconv.study.numbers import number
from imgconv.study.sequences.chance import probabilities
from imgconv.study.sequences.convolution import flipped, terms_at

if TYPE_CHECKING:
    from imgconv.cli.sequence import SequenceRequest

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
        (f, _), (g, _) = map(probabilities, (f, g))
    correlates = request.arithmetic.correlate
    unit = f.step if f.is_function and g.is_function else 1.0
    rows = terms_at(f, flipped(g) if correlates else g, place)
    terms = [(a, b, p, q, p * q) for a, b, p, q in rows]
    total = sum(product for *_, product in terms) * unit
    if request.writing.as_json:
        fields = [dict(zip(_FIELDS, term, strict=True)) for term in terms]
        print_json({"at": place, "terms": fields, "step": unit, "sum": total})
        return
    sign, turn = ("-", -1) if correlates else ("+", 1)
    cells = []
    for a, b, p, q, product in terms[:MOST_ROWS]:
        cells.append([number(a), sign, number(turn * b), "=", number(place), " "])
        cells[-1] += [number(p), "x", number(q), "=", number(product)]
    click.echo("\n".join(aligned(cells)))
    if len(terms) > MOST_ROWS:
        click.echo(f"(the first {MOST_ROWS} of {len(terms):,} products)")
    times = f" x step {number(unit)}" if unit != 1 else ""
    click.echo(f"sum{times} = {number(total)}")
