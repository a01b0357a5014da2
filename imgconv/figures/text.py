"""Text in figures and its width, so that no label is cut and none covers another."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from functools import cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import get_hinting_flag
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import FT2Font

from imgconv.figures.colours import FAINT
from imgconv.figures.style import DOTS_PER_INCH, LABEL, MARGIN, TITLE

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
    """Return the size in points, up to ``most``, at which text fits into ``width`` pixels.

    Glyphs are as wide as whole pixels, so the width of a text is not proportional to its size.
    """
    size = min(most, most * width / max(text_width(text, most), 1))
    while size > 1 and text_width(text, size) > width:
        size -= 0.1
    return size


def shortened(text: str, width: float, points: float) -> str:
    """Return text that is no wider than ``width`` pixels, with an ellipsis in its middle.

    Of each text at least 8 characters are kept.
    """
    if text_width(text, points) <= width:
        return text

    def is_too_wide(kept: int) -> bool:
        return text_width(_elided(text, kept), points) > width

    return _elided(text, 8 + bisect(range(9, len(text)), False, key=is_too_wide))


def _elided(text: str, kept: int) -> str:
    if kept >= len(text):
        return text
    half = (kept - 1) // 2
    return f"{text[: kept - 1 - half]}…{text[len(text) - half :]}"


def draw_title(axes: Axes, title: str, top: float = 30.0) -> None:
    """Draw the title of a figure in pixels, shortened to the room between its margins."""
    room = axes.get_xlim()[1] - 2 * MARGIN
    axes.text(MARGIN, top, shortened(title, room, TITLE), fontsize=TITLE, va="center")


def draw_lines(axes: Axes, lines: Sequence[str], top: float) -> None:
    """Draw lines between the margins, shortened to the room, the middle of the first at ``top``."""
    room = axes.get_xlim()[1] - 2 * MARGIN
    for number, line in enumerate(lines):
        at, shown = top + line_height(LABEL) * number, shortened(line, room, LABEL)
        axes.text(MARGIN, at, shown, fontsize=LABEL, va="center")


def draw_caption(axes: Axes, left: float, top: float, text: str, **how: Any) -> None:
    """Draw a line that explains, in pale ink, with the middle of its height at ``top``."""
    axes.text(left, top, text, **{"fontsize": LABEL, "color": FAINT, "va": "center", **how})
