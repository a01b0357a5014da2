"""A drawn figure as pixels, and artists that are drawn over it without drawing it again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray


class Layers:
    """A figure, drawn once; artists that are added to its axes later are drawn one by one."""

    def __init__(self, figure: Figure):
        canvas = figure.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        canvas.draw()  # type: ignore[no-untyped-call]
        self._figure, self._canvas = figure, canvas
        self._passing: list[Artist] = []

    def draw(self, artists: Iterable[Artist]) -> None:
        """Draw artists that stay."""
        for artist in artists:
            self._figure.draw_artist(artist)

    def frame(self, artists: Iterable[Artist]) -> NDArray[np.uint8]:
        """Return the pixels with artists that the next frame does not have."""
        for artist in self._passing:
            artist.remove()
        self._passing = [*artists]
        below = self._canvas.copy_from_bbox(self._figure.bbox)  # type: ignore[no-untyped-call]
        self.draw(self._passing)
        pixels = self.pixels()
        self._canvas.restore_region(below)  # type: ignore[no-untyped-call]
        return pixels

    def pixels(self) -> NDArray[np.uint8]:
        """Return what is drawn now, shape (height, width, 3)."""
        pixels = self._canvas.buffer_rgba()  # type: ignore[no-untyped-call]
        return np.asarray(pixels)[..., :3].copy()
