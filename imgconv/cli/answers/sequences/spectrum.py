"""The amplitudes of a sequence by frequency, as an equalizer shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import numpy as np

from imgconv.cli.answers.sequences import results, sources
from imgconv.cli.answers.sequences.values import combined, is_plotted
from imgconv.cli.answers.tables import bars
from imgconv.cli.console import print_json, say
from imgconv.formats.tables import csv_text
from imgconv.study.numbers import number
from imgconv.study.sequences.frequencies import Amplitudes, amplitudes, bands
from imgconv.study.sequences.signal import Signal

if TYPE_CHECKING:
    from imgconv.cli.sequence import SequenceRequest

_BARS, _STRONGEST = 24, 5


def answer(request: SequenceRequest) -> None:
    """Print, write or draw the amplitudes; raises ``UsageError``."""
    output = request.writing.output
    results.check_output(request)
    found = amplitudes(combined(request, sources.signals(request)))
    if request.writing.as_json:
        print_json(
            {
                "unit": found.unit,
                "frequencies": found.frequencies,
                "amplitudes": found.amplitudes,
                "strongest": [_line(found, at) for at in found.strongest(_STRONGEST)],
            }
        )
    if output:
        step = float(found.frequencies[1]) if len(found.frequencies) > 1 else 1.0
        results.write(
            Signal(found.amplitudes, 0.0, step), output, request, "amplitudes of ", found.unit
        )
        say(f"{len(found.amplitudes):,} amplitudes; written to {output}")
    elif not request.writing.as_json:
        _print(found, request.writing.plot)


def _line(found: Amplitudes, at: int) -> dict[str, float]:
    return {"frequency": found.frequencies[at], "amplitude": found.amplitudes[at]}


def _print(found: Amplitudes, plot: bool | None) -> None:
    if not is_plotted(plot):
        rows = np.column_stack([found.frequencies, found.amplitudes])
        click.echo(csv_text(rows, ("frequency", "amplitude")), nl=False)
        return
    click.echo(f"mean {number(float(found.amplitudes[0]))}; strongest, in {found.unit}:")
    for at in found.strongest(_STRONGEST):
        frequency, amplitude = float(found.frequencies[at]), float(found.amplitudes[at])
        click.echo(f"  {number(frequency)}: {number(amplitude)}")
    entries = [
        (f"{number(low)} .. {number(high)}" if high > low else number(low), amplitude)
        for low, high, amplitude in bands(found, min(_BARS, len(found.amplitudes)))
    ]
    click.echo("\n".join(bars(entries, [number(amplitude) for _, amplitude in entries])))
