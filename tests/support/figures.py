"""Checks of figures: where their texts lie."""

from __future__ import annotations

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox, BboxBase


def texts_of(figure: Figure) -> list[tuple[str, Bbox]]:
    """Return each text that can be seen, and its box in pixels."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    figure.draw_without_rendering()
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    texts = [artist for artist in found if isinstance(artist, Text) and artist.get_text().strip()]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def misplaced_texts(figure: Figure) -> list[str]:
    """Return each text that reaches outside of the figure, or covers a part of another one."""
    texts = texts_of(figure)
    found = [text for text, box in texts if _is_cut(box, figure.bbox)]
    for (one, box), (other, second) in combinations(texts, 2):
        if box.padded(-0.5).overlaps(second.padded(-0.5)):
            found.append(f"{one} and {other}")
    return found


def _is_cut(box: Bbox, edge: BboxBase) -> bool:
    return bool(box.x0 < edge.x0 or box.y0 < edge.y0 or box.x1 > edge.x1 or box.y1 > edge.y1)
