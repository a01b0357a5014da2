"""The loops that mix rows of a result with the rows of the input that they stand for.

    row = (1 - weight) * input + weight * row       weight = weights * inside * mix / (100 * white)

Products are of float64, so that whole levels mixed by a whole percentage are rounded exactly.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.jit.arguments import SlidingView
from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import jit_loop


class Weights(NamedTuple):
    """The weights of an iteration's rows: ``weights``, the same row for all if ``step`` is 0.

    ``inside`` is 0 for rows that keep the input. ``share`` holds the percentage of the result, and
    100 times the white of the weights, as float64.
    """

    weights: SlidingView
    step: int
    inside: SlidingView
    share: NDArray[np.float64]


class Visibility(NamedTuple):
    """How colours are weighted by alpha: those marked in ``colours``, by the channel ``alpha``.

    Alpha between ``low`` and ``high`` shows no colour.
    """

    colours: NDArray[np.uint8]
    alpha: int
    low: float
    high: float


@jit_inline
def mixed(before, after, weight):  # type: ignore[no-untyped-def]
    """Return the mean of two numbers, the second of this weight."""
    return np.float32((1 - weight) * np.float64(before) + weight * np.float64(after))


@jit_loop
def mix(rows, original, weighting, channels, spread):  # type: ignore[no-untyped-def]
    """rows = rows mixed with ``original``, by ``Weights``, the same for all channels.

    ``spread`` has room for the weight of each value of a row, without which no loop over values
    would be vectorised.
    """
    weights, step, inside, share = weighting
    for y in range(rows.shape[0]):
        row, before, line = rows[y], original[y], weights[y * step]
        percent, white = share[0] * inside[y, 0], share[1]
        for x in range(row.shape[0] // channels):
            weight = line[x] * percent / white
            for k in range(channels):
                spread[x * channels + k] = weight
        for i in range(row.shape[0]):
            old, new, weight = before[i], row[i], spread[i]
            between = mixed(old, new, weight)
            row[i] = old if weight <= 0 else (new if weight >= 1 else between)


@jit_loop
def mix_visible(rows, original, weighting, visibility):  # type: ignore[no-untyped-def]
    """``mix`` where colours count by their alpha, as when both are laid over a ground.

    Colours are 0 where changed alpha becomes too little to show them: see ``Visibility``.
    """
    (weights, step, inside, share), (colours, alpha, low, high) = weighting, visibility
    channels = colours.shape[0]
    for y in range(rows.shape[0]):
        row, before, line = rows[y], original[y], weights[y * step]
        percent, white = share[0] * inside[y, 0], share[1]
        for x in range(row.shape[0] // channels):
            weight, first = line[x] * percent / white, x * channels
            if weight <= 0:
                for i in range(first, first + channels):
                    row[i] = before[i]
            elif weight < 1:
                old, new = before[first + alpha], row[first + alpha]
                by_alpha, is_hidden = weight, False
                if old != new:
                    seen = np.float64(0 if low < new < high else new)
                    both = (1 - weight) * np.float64(old) + weight * seen
                    by_alpha = weight * seen / both if both != 0 else weight
                    is_hidden = low < mixed(old, new, weight) < high
                for k in range(channels):
                    i = first + k
                    if colours[k] and is_hidden:
                        row[i] = 0
                    else:
                        row[i] = mixed(before[i], row[i], by_alpha if colours[k] else weight)


@jit_loop
def keep(rows, original, weighting, channels):  # type: ignore[no-untyped-def]
    """rows = ``original`` where the weight is 0."""
    weights, step, inside, _ = weighting
    for y in range(rows.shape[0]):
        row, before, line = rows[y], original[y], weights[y * step]
        for x in range(row.shape[0] // channels):
            if line[x] * inside[y, 0] <= 0:
                for i in range(x * channels, (x + 1) * channels):
                    row[i] = before[i]
