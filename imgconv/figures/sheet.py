"""A contact sheet: maps as grey tiles with their numbers, ranges and kernels, drawn by Pillow."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from imgconv.errors import LimitError
from imgconv.figures.colours import FAINT, INK, PAPER, signed_colours

Array = NDArray[np.float32]
Kernels = Sequence[NDArray[np.float64]]

# Sizes in pixels: of a tile that is magnified or reduced to fit, of text, and of gaps. Many tiles
# are smaller, so that a sheet is no wider than a page on which its text can be read.
_NARROWEST, _LONGEST, _LONGEST_OF_MANY, _MANY = 132, 360, 200, 10
_FONT, _LINE, _GAP = 13, 17, 10

# The kernels that are drawn in a tile, and their side at least.
_MOST_KERNELS, _SMALLEST_KERNEL = 3, 24

_MOST_PIXELS = 100_000_000


class Scale(NamedTuple):
    """The values of black and of white, as levels of 255: ``offset + value * factor``."""

    offset: float
    factor: float

    @classmethod
    def of(cls, values: Array) -> Scale:
        """Return the scale in which 0 is middle grey if any value is negative, else black."""
        low, high = value_range(values)
        largest = max(-low, high) or 1.0
        return cls(127.5, 127.5 / largest) if low < 0 else cls(0.0, 255 / largest)

    def levels(self, values: Array) -> NDArray[np.uint8]:
        """Return the levels, rounded half up; NaN is drawn as zero."""
        shown = self.offset + np.nan_to_num(values).astype(np.float64) * self.factor
        return np.floor(shown.clip(0, 255) + 0.5).astype(np.uint8)


def value_range(values: Array) -> tuple[float, float]:
    """Return the smallest and largest finite value, 0 without one."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


class Tile(NamedTuple):
    """A map (height, width), the lines of its caption, and the kernels that made it."""

    values: Array
    caption: tuple[str, str]
    kernels: Kernels


class _Grid(NamedTuple):
    """The places of tiles: sizes in pixels, ``tile`` as (width, height)."""

    columns: int
    rows: int
    cell: int
    row: int
    tile: tuple[int, int]

    @classmethod
    def of(cls, tiles: Sequence[Tile], columns: int | None, group: int) -> _Grid:
        """Return a grid that is about as wide as high; it has whole groups of tiles in a row."""
        texts = [text for tile in tiles for text in tile.caption]
        wide, high = _shown_size(len(tiles), *tiles[0].values.shape)
        cell = max(wide, *(math.ceil(_font().getlength(text)) for text in texts)) + _GAP
        row = high + 2 * _LINE + _GAP
        if columns is None:
            columns = group * math.ceil(math.sqrt(len(tiles) * row / cell) / group)
        columns = min(columns, len(tiles))
        return cls(columns, math.ceil(len(tiles) / columns), cell, row, (wide, high))


def draw_sheet(
    tiles: Sequence[Tile],
    title: str,
    scale: Scale | None = None,
    columns: int | None = None,
    group: int = 1,
) -> NDArray[np.uint8]:
    """Return the colours of a sheet, shape (height, width, 3).

    Each tile has its own scale unless there is a common ``scale``. By default a row has whole
    groups of tiles. Raises ``LimitError`` for a sheet that is too large.
    """
    grid = _Grid.of(tiles, columns, group)
    width = grid.columns * grid.cell + _GAP
    heading = [*_wrapped(title, width - 2 * _GAP)]
    top = _GAP + len(heading) * _LINE + _GAP
    height = top + grid.rows * grid.row
    if width * height > _MOST_PIXELS:
        raise _too_large(len(tiles))
    sheet = Image.new("RGB", (width, height), PAPER)
    _write(sheet, (_GAP, _GAP), heading, (INK,) * len(heading))
    for position, tile in enumerate(tiles):
        down, across = divmod(position, grid.columns)
        left, upper = _GAP + across * grid.cell, top + down * grid.row
        sheet.paste(_drawn(tile, scale or Scale.of(tile.values), grid.tile), (left, upper))
        _write(sheet, (left, upper + grid.tile[1] + 1), tile.caption, (INK, FAINT))
    return np.asarray(sheet)


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_FONT)


def _write(
    sheet: Image.Image, place: tuple[int, int], lines: Sequence[str], colours: Sequence[str]
) -> None:
    draw = ImageDraw.Draw(sheet)
    for number, (line, colour) in enumerate(zip(lines, colours, strict=True)):
        draw.text((place[0], place[1] + number * _LINE), line, colour, _font())


def check_size(count: int, height: int, width: int) -> None:
    """Raise ``LimitError`` where tiles of maps of a size are more than a sheet holds."""
    if count * math.prod(_shown_size(count, height, width)) > _MOST_PIXELS:
        raise _too_large(count)


def _too_large(count: int) -> LimitError:
    return LimitError(
        f"a sheet of {count} tiles is too large", "write .npy, or fewer or smaller maps"
    )


def _shown_size(count: int, height: int, width: int) -> tuple[int, int]:
    """Return the width and height of a tile: small maps are magnified by a whole number."""
    most = _LONGEST_OF_MANY if count >= _MANY else _LONGEST
    longest = max(width, height)
    if longest > most:
        return max(1, width * most // longest), max(1, height * most // longest)
    factor = max(1, min(math.ceil(_NARROWEST / width), most // longest))
    return width * factor, height * factor


def _drawn(tile: Tile, scale: Scale, size: tuple[int, int]) -> Image.Image:
    """Return a tile with the kernels in its upper left corner."""
    levels = Image.fromarray(scale.levels(tile.values))
    drawn = _resized(levels, size).convert("RGB")
    side = min(max(min(size) // 4, _SMALLEST_KERNEL), *size)
    left = 0
    for kernel in tile.kernels[:_MOST_KERNELS]:
        factor = side / max(kernel.shape)
        shape = tuple(max(1, round(length * factor)) for length in kernel.shape[::-1])
        if left + shape[0] + 1 > size[0]:
            break
        grid = _resized(Image.fromarray(signed_colours(kernel)), (shape[0], shape[1]))
        drawn.paste(PAPER, (left, 0, left + shape[0] + 1, shape[1] + 1))
        drawn.paste(grid, (left, 0))
        left += shape[0] + 1
    return drawn


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return an image magnified in squares, or reduced by averages."""
    is_smaller = size[0] < image.width or size[1] < image.height
    return image.resize(size, Image.Resampling.BOX if is_smaller else Image.Resampling.NEAREST)


def _wrapped(text: str, width: float) -> Iterator[str]:
    """Yield lines of words, and parts of words that are wider than a line."""
    line, length = "", _font().getlength
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and length(longer) > width:
            yield line
            longer = word
        while length(longer) > width:
            beginnings = [longer[:size] for size in range(1, len(longer))]
            fitting = max(1, bisect(beginnings, width, key=length))
            yield longer[:fitting]
            longer = longer[fitting:]
        line = longer
    yield line
