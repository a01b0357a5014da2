"""Checks of figures: where their texts lie."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


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
    boxes = np.array([box.extents for _, box in texts]).reshape(-1, 4)
    low, high = boxes[:, :2], boxes[:, 2:]
    is_cut = (low < figure.bbox.min).any(axis=1) | (high > figure.bbox.max).any(axis=1)
    found = [texts[at][0] for at in np.flatnonzero(is_cut)]
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)  # width and height
    is_covered = np.triu((shared >= 1).all(axis=2), 1)  # they may share half a pixel at each side
    return found + [f"{texts[i][0]} and {texts[j][0]}" for i, j in np.argwhere(is_covered)]
