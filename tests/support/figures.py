"""Checks of figures: where their texts lie."""

from __future__ import annotations

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def texts_of(figure: Figure) -> list[tuple[str, Bbox]]:
    """Return each text that can be seen, and its box in pixels."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()  # type: ignore[no-untyped-call]
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    texts = [artist for artist in found if isinstance(artist, Text) and artist.get_text().strip()]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def covered_texts(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts of which one covers a part of the other."""
    boxes = [(text, box.padded(-0.5)) for text, box in texts_of(figure)]
    return [
        (one, other)
        for (one, box), (other, second) in combinations(boxes, 2)
        if box.overlaps(second)
    ]


def cut_texts(figure: Figure) -> list[str]:
    """Return the texts that reach outside of the figure."""
    edge = figure.bbox
    return [
        text
        for text, box in texts_of(figure)
        if box.x0 < edge.x0 or box.y0 < edge.y0 or box.x1 > edge.x1 or box.y1 > edge.y1
    ]
