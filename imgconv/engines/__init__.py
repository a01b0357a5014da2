"""The engines: one algorithm a file, each a formula, a loop, and how the loop is set up.

An engine turns padded rows into sums::

    sums[y, i] = sum over taps of weight * rows[y + tap row, i + tap column]

``rows`` are float32, shape (n + height - 1, row length); they reach beyond the edge already. A row
is flat: pixels of several channels lie interleaved, so a tap one pixel to the right lies
``channels`` values further on. Borders, colour and pixel types are unknown here.
"""

from imgconv.engines import box, direct, fourier, pyramid, separable
from imgconv.engines.base import Engine, PyramidEngine, Rows, RunningSumEngine

ENGINES: dict[str, Engine | RunningSumEngine | PyramidEngine] = {
    "direct": direct.ENGINE._replace(fixed=direct.FORM),
    "separable": separable.ENGINE._replace(fixed=separable.FORM),
    "low-rank": separable.LOW_RANK,
    "running": box.ENGINE,
    "pyramid": pyramid.ENGINE,
    "fourier": fourier.ENGINE,
}

__all__ = ["ENGINES", "Engine", "PyramidEngine", "Rows", "RunningSumEngine"]
