"""The weight matrix of a sequence: each result is a row of weights times all values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imgconv.cli.answers import matrix as answers
from imgconv.cli.answers.sequences import sources
from imgconv.cli.console import say
from imgconv.errors import LimitError, UsageError
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.matrix import counting_pixels, weight_matrix
from imgconv.study.numbers import number
from imgconv.study.sequences.convolution import full_sums, part_of
from imgconv.study.sequences.signal import Array

if TYPE_CHECKING:
    from imgconv.cli.sequence import SequenceRequest

_LONGEST = 1_000_000


def answer(request: SequenceRequest) -> None:
    """Print, draw or write the matrix; raises ``UsageError``."""
    writing, letters = request.writing, request.kind.letters
    columns = "values of the sequence"
    shown = answers.Presentation(writing.output, letters, writing.as_json, columns)
    if len(request.texts) != 2:
        raise UsageError("--matrix shows the weights of one sequence", "write 5 '2 3' --matrix")
    answers.check(shown.output, sources.files(request))
    first, second = (signal.mono for signal in sources.signals(request))
    values = _values(first)
    mode = request.arithmetic.mode or "valid"
    chain = _chain(request.texts[1], len(values), second, mode)
    matrix = weight_matrix(chain)
    turned = second[::-1]
    start, count = part_of(mode, len(values), len(second))
    away = matrix.times(values) - full_sums(values, turned)[start : start + count]
    difference = float(np.abs(away).max())
    document = {
        "convolved_with": turned,
        "mode": mode,
        "difference": difference,
        **answers.weights(matrix),
    }
    answers.present(matrix, chain, document, shown)
    weights = " ".join(map(number, turned[:6].tolist())) + (" ..." if len(turned) > 6 else "")
    say(
        f"{answers.counts(matrix)}; W x is the convolution of x with {weights} ({mode}): "
        f"largest difference {number(difference)}"
    )


def _values(given: Array) -> Array:
    """Return the values; a single whole number is the number of values."""
    if len(given) > 1:
        return given
    size = given[0]
    if size != int(size) or size < 1:
        raise UsageError(f"{number(size)} is no length of a sequence", "give a whole number")
    if size > _LONGEST:
        raise LimitError(f"a matrix of {int(size):,} columns is too large", "give a shorter length")
    return counting_pixels(int(size), 1).array.ravel().astype(np.float64)


def _chain(name: str, length: int, weights: Array, mode: str) -> Chain:
    """Return a picture of one row, and the weights as a kernel of one row, with zeros outside.

    The origin is where the mode ``same`` begins: see ``part_of``.
    """
    if mode == "valid" and len(weights) > length:
        raise UsageError(
            f"{len(weights)} weights do not fit into {length} values",
            "give a longer SEQ first, or --mode full",
        )
    origin = len(weights) - 1 - part_of("same", length, len(weights)).first
    kernel = Kernel(weights[None, :], origin=(0, origin))
    settings = Settings(border=Border("constant"), extent=mode, straight_alpha=True)
    return Chain(counting_pixels(length, 1), [Filter(name, (kernel,))], settings)
