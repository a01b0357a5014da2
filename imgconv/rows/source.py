"""Where rows come from: a picture, part of which may be overwritten while others still read it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from imgconv.picture import Pixels
from imgconv.rows.fetch import load

Rows = NDArray[np.float32]


class Source(Protocol):
    """Something that has rows: a picture, or the result of an earlier step."""

    @property
    def height(self) -> int:
        """The number of rows."""

    @property
    def width(self) -> int:
        """The number of pixels in a row."""

    @property
    def channels(self) -> int:
        """The number of channels of a pixel."""

    def read(self, first: int, last: int, rows: Rows, left: int) -> None:
        """Fill ``rows`` with the rows ``first .. last - 1``, ``left`` pixels from their start."""


class Block(NamedTuple):
    """Neighbouring rows of pixels, of which ``start`` is the first."""

    start: int
    pixels: NDArray[Any]


class PixelSource:
    """The rows of a picture, laid together from blocks that follow each other."""

    def __init__(self, picture: Pixels, blocks: Sequence[Block] | None = None) -> None:
        self.height, self.width = picture.height, picture.width
        self.channels, self._stored = len(picture.channels), picture.array.shape[2]
        self._blocks = blocks or [Block(0, picture.flat_rows)]
        self._starts = [block.start for block in self._blocks]

    def read(self, first: int, last: int, rows: Rows, left: int) -> None:
        """Turn pixels into float32."""
        row = first
        while row < last:
            start, pixels = self._blocks[bisect_right(self._starts, row) - 1]
            stop = min(last, start + len(pixels))
            into = rows[row - first : stop - first]
            load(pixels[row - start : stop - start], self._stored, self.channels, into, left)
            row = stop


def blocks_for_overwriting(
    picture: Pixels, edges: Sequence[int], reach: int
) -> Sequence[Block] | None:
    """Blocks that let bands be overwritten while their neighbours still read across the ``edges``.

    The rows within ``reach`` of an edge are copied. Rows elsewhere are read once, in order, before
    their own band overwrites them. None where most of the picture would be copied.
    """
    rows = picture.flat_rows
    blocks: list[Block] = []
    free = copied = 0
    for edge in edges:
        start, stop = max(edge - reach, free), min(edge + reach, picture.height)
        if start > free:
            blocks.append(Block(free, rows[free:start]))
        if stop > start:
            blocks.append(Block(start, rows[start:stop].copy()))
            copied += stop - start
        free = max(free, stop)
    return blocks if 2 * copied < picture.height else None
