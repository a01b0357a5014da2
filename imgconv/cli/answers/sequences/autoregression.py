"""A sequence predicted from its own past: weights, their errors, and the prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from imgconv.cli.answers.sequences import results, sources
from imgconv.cli.answers.tables import aligned
from imgconv.cli.console import print_json, say
from imgconv.errors import UsageError
from imgconv.study.numbers import number
from imgconv.study.sequences.autoregression import Autoregression, fit
from imgconv.study.sequences.signal import Signal, check_spacing

if TYPE_CHECKING:
    from imgconv.cli.sequence import SequenceRequest


def answer(request: SequenceRequest) -> None:
    """Print the weights, and write the prediction; raises ``UsageError``."""
    output, order = request.writing.output, request.kind.ar
    assert order is not None
    if len(request.texts) != 1:
        raise UsageError("--ar predicts one sequence", "give one SEQ")
    results.check_output(request)
    (signal,) = sources.signals(request)
    check_spacing(signal)
    found = fit(signal.mono, order, request.kind.constant)
    start = signal.start + order * signal.step
    prediction = Signal(found.prediction, start, signal.step, signal.is_function, signal.rate)
    if request.writing.as_json:
        print_json(_document(found, prediction))
    elif not output:
        click.echo("\n".join(_lines(found, request.kind.constant)))
    if output:
        note = results.write(prediction, output, request, "prediction of ")
        say(f"the prediction of {prediction.count:,} values; written to {output}{note}")


def _lines(found: Autoregression, has_constant: bool) -> list[str]:
    names = [f"a_{lag}" for lag in range(1, len(found.weights) + 1)]
    values = found.weights.tolist()
    errors = [None] * len(values) if found.errors is None else found.errors.tolist()
    if has_constant:
        names, values = [*names, "c"], [*values, found.constant]
        errors.append(found.constant_error)
    rows = [
        [name, number(value, 8), "" if error is None else f"+- {number(error)}"]
        for name, value, error in zip(names, values, errors, strict=True)
    ]
    lag = "" if found.lag is None else f", its correlation with the next {number(found.lag)}"
    past = " + ".join(f"a_{lag} x[t-{lag}]" for lag in range(1, min(len(found.weights), 2) + 1))
    more = " + ..." if len(found.weights) > 2 else ""
    constant = "c + " if has_constant else ""
    return [
        f"x[t] = {constant}{past}{more} + rest[t]",
        *[line.rstrip() for line in aligned(rows)],
        f"standard deviation of the rest {number(found.deviation)}{lag}",
        f"next value {number(float(found.prediction[-1]))}",
    ]


def _document(found: Autoregression, prediction: Signal) -> dict[str, Any]:
    return {
        "weights": found.weights,
        "errors": found.errors,
        "constant": found.constant,
        "constant_error": found.constant_error,
        "deviation": found.deviation,
        "lag_1_correlation": found.lag,
        "prediction": results.document(prediction),
    }
