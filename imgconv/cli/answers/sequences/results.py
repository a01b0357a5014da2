"""A sequence as a file: a table, an array, JSON, a sound, or a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from imgconv import figures, formats
from imgconv.cli.answers.sequences import sources
from imgconv.cli.console import json_text
from imgconv.cli.study_options import check_figure
from imgconv.errors import LimitError
from imgconv.formats.registry import suffix_of
from imgconv.formats.sounds.wav import Sound, wav_bytes
from imgconv.formats.tables import MOST_VALUES, csv_text
from imgconv.study.numbers import number
from imgconv.study.sequences.signal import Signal
from imgconv.system import atomic

if TYPE_CHECKING:
    from imgconv.cli.sequence import SequenceRequest

_NUMBERS = (".csv", ".npy", ".json", ".wav")

# The samples of a second, and the bytes of one, of a sound that is made of numbers only.
_RATE, _WIDTH = 44100, 2


def check_output(request: SequenceRequest) -> None:
    """Raise ``UsageError`` where a sequence cannot be written to OUTPUT."""
    if output := request.writing.output:
        check_figure(output, sources.files(request), _NUMBERS)


def document(signal: Signal) -> dict[str, Any]:
    """Return places and values for JSON; raises ``LimitError`` for too many."""
    check_text(signal)
    fields: dict[str, Any] = {"start": signal.start}
    if signal.places is None:
        fields["step"] = signal.step
    if signal.rate:
        fields["rate"] = signal.rate
    return {
        **fields,
        "x": signal.x,
        "values": signal.values.T,
        "sum": signal.values.sum(),
    }


def write(
    signal: Signal, output: str, request: SequenceRequest, what: str = "", unit: str = "x"
) -> str:
    """Write a sequence in the format of an ending; return a note on the file.

    A figure has the title ``what`` of the sequences, and ``unit`` below its axis.
    """
    suffix = suffix_of(output)
    if suffix == ".wav":
        return _write_wav(signal, output, request.writing.fit)
    if suffix == ".npy":
        formats.number_files.write_npy(output, signal.values)
    elif suffix == ".csv":
        atomic.write(_csv(signal).encode(), output)
    elif suffix == ".json":
        atomic.write(f"{json_text(document(signal))}\n".encode(), output)
    else:
        drawn = figures.sequence.draw_sequence(f"{what}{title(request)}", signal, unit)
        figures.style.save(drawn, output)
    return ""


def check_text(signal: Signal) -> None:
    """Raise ``LimitError`` for more values than a text may have."""
    if signal.values.size > MOST_VALUES:
        raise LimitError(f"{signal.values.size:,} values are too many for text", "write .npy")


def _csv(signal: Signal) -> str:
    check_text(signal)
    values = signal.values.reshape(signal.count, -1)
    count = values.shape[1]
    names = ("value",) if count == 1 else tuple(f"value{at}" for at in range(1, count + 1))
    return csv_text(np.column_stack([signal.x, values]), ("x", *names))


def _write_wav(signal: Signal, output: str, fits: bool) -> str:
    values = signal.values.reshape(signal.count, -1)
    largest = float(np.abs(values).max())
    note = ""
    if fits and largest > 1:
        values, note = values / largest, f", divided by {number(largest)}"
    rate = round(signal.rate or _RATE)
    data, clipped = wav_bytes(Sound(values, rate, signal.width or _WIDTH))
    atomic.write(data, output)
    return f"{note}, {clipped:,} values clipped (--fit divides)" if clipped else note


def title(request: SequenceRequest) -> str:
    """Return the computation in one line."""
    sign = " correlated with " if request.arithmetic.correlate else " * "
    text = sign.join(request.texts)
    times = f", {request.arithmetic.times} times" if request.arithmetic.times else ""
    mode = f", {request.mode}" if request.mode != "full" else ""
    what = "probabilities of " if request.arithmetic.probability else ""
    return f"{what}{text}{times}{mode}"
