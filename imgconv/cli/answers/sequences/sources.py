"""Sequences from the texts on a command line: numbers, files, standard input, or names."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from imgconv import formats
from imgconv.cli.inputs import check_source
from imgconv.cli.option_groups import given_one
from imgconv.errors import ReadError, UsageError, suggestion
from imgconv.formats.sounds.wav import MAGIC, read_wav
from imgconv.study.sequences.named import NAMED, Grid, is_named, named
from imgconv.study.sequences.signal import (
    MOST_VALUES,
    Array,
    Signal,
    check_size,
    check_spacing,
    check_values,
    placed,
    resampled,
    standardized,
)
from imgconv.system.places import PIPE, peek

if TYPE_CHECKING:
    from imgconv.cli.sequence import SampleOptions, SequenceRequest

_TABLES, _WAV = (".csv", ".tsv", ".txt", ".npy"), (".wav", ".wave")

# Bytes of a sound in a pipe.
_LONGEST_PIPE = 256 * 2**20

_NUMBERS = re.compile(r"[-+\d.eE,;/\s]+")

# The ending of a file's name.
_ENDING = re.compile(r"\.[a-z]{3,4}$", re.IGNORECASE)

# A die as players write it.
_DIE = re.compile(r"d(\d+)", re.IGNORECASE)


def signals(request: SequenceRequest) -> list[Signal]:
    """Return all sequences, as the options say; raises ``UsageError`` and ``ReadError``."""
    texts, samples, arithmetic = request.texts, request.samples, request.arithmetic
    if texts.count(PIPE) > 1:
        raise UsageError("standard input can be read once", "name a file for the other SEQ")
    given_one(samples, ("points", "resample"))
    _check_output(texts)
    read = {text: _read(text, samples) for text in texts if not is_named(text)}
    grid = _grid(list(read.values()), samples.step)
    found = [read[text] if text in read else named(text, grid) for text in texts]
    for each in found:
        check_values(each.values)
    if samples.start is not None:
        check_spacing(found[0])
        found[0] = replace(found[0], start=samples.start)
    if arithmetic.standardize:
        found[0] = standardized(found[0])
    return found


def _check_output(texts: Sequence[str]) -> None:
    """Raise ``ReadError`` for an output where other commands have it: behind the inputs."""
    *before, last = texts
    if before and _ENDING.search(last) and not Path(last).exists():
        raise ReadError(
            f"{last}: there is no such file", f"check the path, or write -o {last} for an output"
        )


def files(request: SequenceRequest) -> list[str]:
    """Return the files that no output may overwrite."""
    return [text for text in request.texts if not is_named(text) and _is_file(text)]


def _grid(read: Sequence[Signal], step: float | None) -> Grid:
    """Return where named functions are sampled: as --step says, or as functions in files."""
    steps = [each.step for each in read if each.is_function]
    rates = [each.rate for each in read if each.rate]
    return Grid(step or (steps[0] if steps else None), rates[0] if rates else None)


def _read(text: str, samples: SampleOptions) -> Signal:
    signal = _source(text, samples)
    has_x = signal.is_function or signal.places is not None
    if samples.resample and has_x:
        return resampled(signal, samples.resample)
    step = samples.step or samples.resample
    if step is None:
        return signal
    if signal.rate or has_x:
        kind = "samples in a second" if signal.rate else "a column x"
        raise UsageError(f"'{text}' has {kind} already", "leave out --step")
    return replace(signal, start=signal.start * step, step=step, is_function=True)


def _source(text: str, samples: SampleOptions) -> Signal:
    if text == PIPE:
        check_source(text)
        is_sound = peek(sys.stdin.buffer, 4).startswith(MAGIC)
        return _from_wav(text) if is_sound else _from_table(text, samples)
    if _is_file(text):
        if text.lower().endswith(_WAV):
            return _from_wav(text)
        return _from_table(text, samples)
    return Signal(_numbers(text))


def _is_file(text: str) -> bool:
    with suppress(OSError, ValueError):
        is_named_so = text.lower().endswith(_TABLES + _WAV) or "/" in text.strip()
        is_text = _NUMBERS.fullmatch(text) is not None
        return (is_named_so and not is_text) or Path(text).is_file()
    return False


def _numbers(text: str) -> Array:
    """Return the numbers of a text, apart by spaces, commas or semicolons; also as 1/6."""
    words = [word for word in re.split(r"[\s,;]+", text.strip()) if word]
    check_size(len(words))
    if not words:
        raise UsageError("a SEQ is empty", "give numbers, a file or a name")
    return np.array([_number(word, text) for word in words])


def _number(word: str, text: str) -> float:
    above, slash, below = word.partition("/")
    try:
        value = float(above) / (float(below) if slash else 1)
    except (ValueError, ZeroDivisionError):
        raise _unknown(word, text) from None
    if not math.isfinite(value):
        raise UsageError(f"'{word}' is no finite number", "correct it")
    return value


def _unknown(word: str, text: str) -> UsageError:
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    if shown[:1].isalpha():
        die = _DIE.fullmatch(shown)
        remedy = f"write die:{die[1]}" if die else suggestion(shown.partition(":")[0], NAMED)
        return UsageError(f"'{shown}' is neither a file nor the name of a sequence", remedy)
    return UsageError(f"'{word[:40]}' in '{shown}' is no number", 'write numbers as "1 2 3"')


def _from_table(path: str, samples: SampleOptions) -> Signal:
    """Return the values of a column, at the places of a column x if there is one."""
    table, names = formats.number_files.read_columns(path)
    if table.dtype.kind == "c" or table.ndim > 2:
        raise ReadError(f"{path}: {table.ndim} dimensions of {table.dtype}", "give real numbers")
    check_size(table.size)
    table = table.astype(np.float64)
    if table.ndim == 1:
        return Signal(table)
    if table.shape[0] == 1 and samples.column is None:
        return Signal(table[0])
    x, values = _columns(path, table, names, samples.column)
    if x is None:
        return Signal(values)
    check_values(x)
    return Signal(values, float(x[0]), places=x) if samples.points else placed(x, values)


def _columns(
    path: str, table: Array, names: Sequence[str], chosen: str | None
) -> tuple[Array | None, Array]:
    """Return the column x, if there is one, and the column of values."""
    count = table.shape[1]
    lower = [name.strip().lower() for name in names]
    x = lower.index("x") if "x" in lower else None
    if chosen is not None:
        at = _position(chosen, names, count)
        return (table[:, x] if x is not None and x != at else None), table[:, at]
    if count == 1:
        return None, table[:, 0]
    if count > 2:
        known = ", ".join(names) or f"1 to {count}"
        raise UsageError(f"{path} has {count} columns", f"choose one with --column: {known}")
    x = x or 0
    return table[:, x], table[:, 1 - x]


def _position(chosen: str, names: Sequence[str], count: int) -> int:
    if chosen in names:
        return list(names).index(chosen)
    if chosen.isdecimal() and 1 <= int(chosen[:9]) <= count:
        return int(chosen[:9]) - 1
    known = names or [f"1 to {count}"]
    raise UsageError(f"no column is called '{chosen}'", suggestion(chosen, known))


def _from_wav(path: str) -> Signal:
    numbers = formats.number_files
    with numbers.naming_errors(path), numbers.opened(path) as file:
        whole = BytesIO(file.read(_LONGEST_PIPE)) if path == PIPE else file
        sound = read_wav(whole, MOST_VALUES)
    values = sound.values[:, 0] if sound.values.shape[1] == 1 else sound.values
    return Signal(values, rate=sound.rate, width=sound.width)
