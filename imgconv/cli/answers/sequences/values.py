"""The values of a sequence, or of the convolution of several: bars, a curve, lines, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from imgconv.cli.answers.sequences import results, sources
from imgconv.cli.answers.sequences.curve import curve
from imgconv.cli.answers.tables import MOST_BARS, bars, is_terminal, width
from imgconv.cli.console import print_json, say
from imgconv.errors import UsageError
from imgconv.formats.tables import csv_text
from imgconv.study.numbers import number
from imgconv.study.sequences.chance import Moments, moments, probabilities, sums_of_points
from imgconv.study.sequences.convolution import chain, repeated
from imgconv.study.sequences.signal import Signal

if TYPE_CHECKING:
    from imgconv.cli.sequence import SequenceRequest


def answer(request: SequenceRequest) -> None:
    """Print or write the values; raises ``UsageError``."""
    output = request.writing.output
    results.check_output(request)
    given = sources.signals(request)
    totals = [1.0] * len(given)
    if request.arithmetic.probability:
        given, totals = map(list, zip(*map(probabilities, given), strict=True))
    result = combined(request, given)
    found = moments(result) if request.arithmetic.probability else None
    if request.writing.as_json:
        print_json(_document(request, given, result, found))
    if output:
        note = results.write(result, output, request)
        say(f"{_summary(result)}; written to {output}{note}")
    elif not request.writing.as_json:
        _print_values(result, request.writing.plot, bool(found))
    for text, total in zip(request.texts, totals, strict=True):
        if abs(total - 1) >= 1e-12:
            say(f"'{text}' had the sum {number(total)} and is divided by it")
    if found and not request.writing.as_json:
        tell = click.echo if not output and is_plotted(request.writing.plot) else say
        tell(f"mean {number(found.mean)}, variance {number(found.variance)}")


def combined(request: SequenceRequest, given: Sequence[Signal]) -> Signal:
    """Return the one sequence that several make, or copies of one; raises ``UsageError``."""
    arithmetic = request.arithmetic
    if arithmetic.times and len(given) > 1:
        raise UsageError("--times takes copies of one SEQ", "leave out the others")
    if arithmetic.times and (arithmetic.correlate or arithmetic.mode not in (None, "full")):
        raise UsageError("--times gives the whole convolution", "leave out --correlate and --mode")
    if request.samples.points:
        return _of_points(request, given)
    if arithmetic.times:
        return repeated(given[0], arithmetic.times)
    return chain(given, request.mode, arithmetic.correlate)


def _of_points(request: SequenceRequest, given: Sequence[Signal]) -> Signal:
    if request.arithmetic.mode not in (None, "full"):
        raise UsageError("--points makes all sums of places", "leave out --mode")
    first, *others = given
    others += [first] * ((request.arithmetic.times or 1) - 1)
    for each in others:
        first = sums_of_points(first, each, request.arithmetic.correlate)
    return first


def is_plotted(plot: bool | None) -> bool:
    """Return whether numbers are printed as bars: as ``plot`` says, or else on a terminal."""
    return is_terminal() if plot is None else plot


def _print_values(signal: Signal, plot: bool | None, is_chance: bool) -> None:
    """Print bars or a curve on a terminal or where ``plot`` says so, else lines of x,value."""
    values = signal.mono
    if not is_plotted(plot):
        results.check_text(signal)
        click.echo(csv_text(zip(signal.x, values, strict=True), ("x", "value")), nl=False)
    elif len(values) <= MOST_BARS:
        name = "P({})" if is_chance else "{}"
        entries = [
            (name.format(number(x)), value)
            for x, value in zip(signal.x.tolist(), values.tolist(), strict=True)
        ]
        click.echo("\n".join(bars(entries, [number(value, 5) for _, value in entries])))
    else:
        click.echo("\n".join(curve(signal.x, values, width())))


def _summary(signal: Signal) -> str:
    x = signal.x
    what = f"{signal.count:,} values"
    if signal.rate:
        return f"{what}, {number(signal.count / signal.rate)} s"
    return f"{what} from {number(float(x[0]))} to {number(float(x[-1]))}"


def _document(
    request: SequenceRequest, given: Sequence[Signal], result: Signal, found: Moments | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "sequences": [
            {"text": text, "count": each.count, "start": each.x[0]}
            for text, each in zip(request.texts, given, strict=True)
        ],
        "mode": request.mode,
        "correlate": request.arithmetic.correlate,
        **results.document(result),
    }
    if found:
        document |= {"mean": found.mean, "variance": found.variance}
    return document
