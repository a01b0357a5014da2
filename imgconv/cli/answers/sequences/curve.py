"""A curve in the characters of a terminal: 60x8 cells of braille, each of 2x4 points."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from imgconv.study.numbers import number

Array = NDArray[np.float64]

_COLUMNS, _ROWS = 60, 8

# The bits of a cell's points, 4 rows of 2, in Unicode's block of braille patterns.
_BRAILLE = 0x2800
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


def curve(x: Array, values: Array, width: int) -> list[str]:
    """Return the lines of a curve, with the limits of both axes."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    limits = [number(high), number(low)]
    margin = max(map(len, limits))
    columns = max(10, min(_COLUMNS, width - margin - 1))
    cells = _cells(_points(values, columns * 2, low, (high - low) or 1.0))
    labels = [limits[0], *[""] * (_ROWS - 2), limits[1]]
    lines = [f"{label:>{margin}} {row}".rstrip() for label, row in zip(labels, cells, strict=True)]
    ends = number(float(x[0])), number(float(x[-1]))
    return [*lines, f"{'':{margin}} {ends[0]}{ends[1]:>{columns - len(ends[0])}}"]


def _points(values: Array, columns: int, low: float, span: float) -> NDArray[np.bool_]:
    """Return which points are set, from the smallest to the largest value of each column."""
    rows = 4 * _ROWS
    points = np.zeros((rows, columns), bool)
    heights = np.rint((values - low) / span * (rows - 1)).astype(int)
    edges = np.arange(columns + 1) * len(values) // columns
    before = heights[0]
    for column in range(columns):
        part = heights[edges[column] : edges[column + 1]]
        if not len(part):  # fewer values than columns: the value at this place
            part = heights[[min(column * len(values) // columns, len(values) - 1)]]
        bottom, top = min(part.min(), before + 1), max(part.max(), before - 1)
        points[rows - 1 - top : rows - bottom, column] = True
        before = part[-1]
    return points


def _cells(points: NDArray[np.bool_]) -> list[str]:
    rows, columns = points.shape
    parts = points.reshape(rows // 4, 4, columns // 2, 2)
    if not _has_braille():
        return ["".join(row) for row in np.where(parts.any(axis=(1, 3)), "*", " ").tolist()]
    bits = (parts * _BITS[:, None, :]).sum(axis=(1, 3))
    return ["".join(chr(_BRAILLE + code) if code else " " for code in row) for row in bits.tolist()]


def _has_braille() -> bool:
    try:
        chr(_BRAILLE + 1).encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True
