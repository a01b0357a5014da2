"""The width of text in figures, so that no label is cut and none covers another."""

from __future__ import annotations

from functools import cache

from matplotlib.backends.backend_agg import get_hinting_flag
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import FT2Font

from imgconv.figures.style import DOTS_PER_INCH

_PIXELS_A_POINT = DOTS_PER_INCH / 72


@cache
def _font() -> FT2Font:
    return get_font(fontManager.findfont(FontProperties()))


def text_width(text: str, points: float) -> float:
    """Return the width in pixels of one line of text."""
    font = _font()
    font.set_size(points, DOTS_PER_INCH)
    font.set_text(text, flags=get_hinting_flag())  # type: ignore[no-untyped-call]
    width: float = font.get_width_height()[0] / 64
    return width + 1  # where a glyph begins between two pixels


def line_height(points: float) -> float:
    """Return the distance in pixels between the baselines of two lines."""
    return 1.5 * points * _PIXELS_A_POINT


def fitting_size(text: str, width: float, most: float) -> float:
    """Return the size in points, up to ``most``, at which text fits into ``width`` pixels."""
    return min(most, most * width / max(text_width(text, most), 1))


def shortened(text: str, width: float, points: float) -> str:
    """Return text that is no wider than ``width`` pixels, with an ellipsis in its middle."""
    kept = len(text)
    while kept > 8 and text_width(short := _elided(text, kept), points) > width:
        kept -= 1
    return text if kept == len(text) else short


def _elided(text: str, kept: int) -> str:
    if kept >= len(text):
        return text
    half = (kept - 1) // 2
    return f"{text[: kept - 1 - half]}…{text[len(text) - half :]}"
