"""The figure of correlation, which is convolution with the template turned by 180 degrees."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from imgconv.figures.colours import largest_of, signed_colours
from imgconv.figures.pictures import draw_picture, fitted, shown
from imgconv.figures.style import MARGIN, new_figure, whole_axes
from imgconv.figures.text import draw_caption, draw_lines, draw_title
from imgconv.images.pixels import Pixels
from imgconv.study.numbers import number

Array = NDArray[np.float64]

# Lengths in pixels.
_HEAD, _PICTURE, _TEMPLATE, _GAP, _CAPTION, _FOOT = 66, 360, 180, 24, 24, 30

_CAPTIONS = (
    ("template", "correlation with the template"),
    ("template turned by 180°", "convolution with the turned template"),
)


def draw_flipped(
    title: str, template: Pixels, picture: Pixels, scores: tuple[Array, Array]
) -> Figure:
    """Return the figure: picture, and in a row each template and its scores in signed colours."""
    sizes = [fitted(each.shape, _PICTURE) for each in (picture.array, *scores)]
    row = max(_TEMPLATE, *(high for _, high in sizes)) + _CAPTION + _GAP
    width = 2 * MARGIN + 2 * _PICTURE + _TEMPLATE + 2 * _GAP
    figure = new_figure(width, _HEAD + 2 * row + _FOOT)
    axes = whole_axes(figure)
    draw_title(axes, title)
    middle = _HEAD + row - (sizes[0][1] + _CAPTION + _GAP) / 2
    _draw_panel(axes, "picture", _colours(picture), (MARGIN, middle), _PICTURE)
    largest, left = largest_of(*scores), MARGIN + _PICTURE + _GAP
    templates = _colours(template), _colours(template)[::-1, ::-1]
    for at, (first, second) in enumerate(_CAPTIONS):
        top = _HEAD + at * row
        _draw_panel(axes, first, templates[at], (left, top), _TEMPLATE)
        place = left + _TEMPLATE + _GAP, top
        _draw_panel(axes, second, signed_colours(scores[at], largest), place, _PICTURE)
    away = number(float(np.abs(scores[0] - scores[1]).max()))
    foot = f"largest difference of the two: {away}; white is 0, blue is negative, "
    foot += f"full orange is {number(largest)}"
    draw_lines(axes, [foot], _HEAD + 2 * row + 4)
    return figure


def _colours(pixels: Pixels) -> Array:
    return shown(pixels.array.astype(np.float64), pixels.channels, pixels.maximum)


def _draw_panel(
    axes: Axes,
    caption: str,
    colours: Array | NDArray[np.uint8],
    corner: tuple[float, float],
    side: float,
) -> None:
    left, top = corner
    draw_caption(axes, left, top, caption)
    draw_picture(axes, colours, (left, top + _CAPTION / 2), fitted(colours.shape, side))
