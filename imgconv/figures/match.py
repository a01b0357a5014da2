"""The figure of correlation, which is convolution with the template turned by 180 degrees."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.pictures import shown
from imgconv.figures.style import (
    FAINT,
    INK,
    LABEL,
    LINE,
    SIGNED,
    TITLE,
    new_figure,
    signed_limits,
    whole_axes,
)
from imgconv.figures.text import shortened
from imgconv.images.pixels import Pixels
from imgconv.study.numbers import number

Array = NDArray[np.float64]

# Lengths in pixels.
_MARGIN, _HEAD, _PICTURE, _TEMPLATE, _GAP, _CAPTION, _FOOT = 22, 66, 360, 130, 24, 24, 30


def draw_flipped(
    title: str, template: Pixels, picture: Pixels, scores: tuple[Array, Array]
) -> Figure:
    """Return the figure: picture, and in a row each template and its scores in signed colours."""
    sizes = [_fitted(each.shape, _PICTURE) for each in (picture.array, *scores)]
    row = max(_TEMPLATE, *(high for _, high in sizes)) + _CAPTION + _GAP
    width = 2 * _MARGIN + 2 * _PICTURE + _TEMPLATE + 2 * _GAP
    figure = new_figure(width, _HEAD + 2 * row + _FOOT)
    axes = whole_axes(figure)
    room = width - 2 * _MARGIN
    axes.text(_MARGIN, 30, shortened(title, room, TITLE), fontsize=TITLE, va="center")
    _draw_panel(axes, "picture", _colours(picture), (_MARGIN, _HEAD), _PICTURE)
    shapes = _colours(template), _colours(template)[::-1, ::-1]
    captions = ("template", "turned by 180°"), ("correlation with it", "convolution with it")
    limits = signed_limits(*scores)
    for at in range(2):
        top = _HEAD + at * row
        left = _MARGIN + _PICTURE + _GAP
        _draw_panel(axes, captions[0][at], shapes[at], (left, top), _TEMPLATE)
        colours = SIGNED((scores[at] - limits[0]) / (limits[1] - limits[0]))[..., :3]
        place = left + _TEMPLATE + _GAP, top
        _draw_panel(axes, captions[1][at], colours, place, _PICTURE)
    away = number(float(np.abs(scores[0] - scores[1]).max()))
    foot = f"largest difference {away}; white is 0, blue below, orange up to {number(limits[1])}"
    axes.text(_MARGIN, _HEAD + 2 * row + 4, foot, fontsize=LABEL, color=INK, va="center")
    return figure


def _colours(pixels: Pixels) -> Array:
    return shown(pixels.array.astype(np.float64), pixels.channels, pixels.maximum)


def _fitted(shape: tuple[int, ...], side: float) -> tuple[float, float]:
    """Return the width and height in pixels of a panel whose longer side is ``side``."""
    scale = side / max(shape[:2])
    return scale * shape[1], scale * shape[0]


def _draw_panel(
    axes: Axes, caption: str, colours: Array, corner: tuple[float, float], side: float
) -> None:
    left, top = corner
    axes.text(left, top, caption, fontsize=LABEL, color=FAINT, va="center")
    wide, high = _fitted(colours.shape, side)
    top += _CAPTION / 2
    axes.imshow(
        colours,
        extent=(left, left + wide, top + high, top),
        interpolation="nearest" if wide >= colours.shape[1] else "antialiased",
        aspect="auto",
    )
    axes.add_patch(Rectangle((left, top), wide, high, fill=False, edgecolor=LINE))
