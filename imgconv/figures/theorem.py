"""The figure of the convolution theorem: a product of two spectra is the spectrum of the result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from imgconv.figures.colours import signed_colours
from imgconv.figures.grids import Grid, draw_grid
from imgconv.figures.pictures import draw_picture, fitted, shown
from imgconv.figures.style import LABEL, MARGIN, TIMES, new_figure, whole_axes
from imgconv.figures.text import draw_caption, draw_lines, draw_title, line_height
from imgconv.images.pixels import Pixels
from imgconv.study.theorem import Theorem

Array = NDArray[np.float64]
Colours = Array | NDArray[np.uint8]
Show = Callable[[Array], Array]

# Lengths in pixels.
_HEAD, _PANEL, _LEAST, _GAP, _CAPTION = 66, 250, 120, 20, 24


def draw_theorem(
    title: str, lines: Sequence[str], theorem: Theorem, pixels: Pixels, stored: Show
) -> Figure:
    """Return the figure; ``stored`` turns values of the result into levels of ``pixels``."""
    width = 2 * MARGIN + 4 * _PANEL + 3 * _GAP
    high = _panel_height(theorem)
    row = high + _CAPTION + _GAP
    figure = new_figure(width, _HEAD + 2 * row + line_height(LABEL) * len(lines) + 4)
    axes = whole_axes(figure)
    draw_title(axes, title)
    power, difference = _difference(theorem, pixels.maximum)

    def picture(values: Array) -> Array:
        return shown(stored(values), pixels.channels, pixels.maximum)

    named: list[tuple[str, Colours | None]] = [
        ("picture", picture(theorem.picture)),
        ("spectrum of the picture", _spectrum(theorem.picture_spectrum)),
        (f"kernel {theorem.kernel.size}", None),
        ("spectrum of the kernel", _spectrum(theorem.kernel_spectrum[..., None])),
        ("product of the two spectra", _spectrum(theorem.product)),
        ("the product transformed back", picture(theorem.by_fourier)),
        ("the same by sums of products", picture(theorem.by_sums)),
        (f"difference {TIMES} 2^{power}; white is 0" if power else "no difference", difference),
    ]
    for position, (caption, colours) in enumerate(named):
        left = MARGIN + position % 4 * (_PANEL + _GAP)
        top = _HEAD + position // 4 * row
        draw_caption(axes, left, top, caption)
        if colours is None:
            _draw_kernel(axes, theorem, left, top + _CAPTION / 2, high)
        else:
            size = fitted(colours.shape, _PANEL)
            draw_picture(axes, colours, (left, top + _CAPTION / 2), size)
    draw_lines(axes, lines, _HEAD + 2 * row)
    return figure


def _panel_height(theorem: Theorem) -> float:
    """Return the height in pixels of the highest panel, which is also the room for the kernel."""
    pictures = theorem.picture, theorem.by_sums, theorem.product
    return max(_LEAST, *(fitted(each.shape, _PANEL)[1] for each in pictures))


def _spectrum(values: NDArray[np.complex128]) -> Array:
    """Return ln(1 + |F|) as grey, the mean of all channels, frequency 0 in the middle."""
    magnitude = np.log1p(np.abs(values).mean(axis=2))
    share: Array = np.fft.fftshift(magnitude / (magnitude.max() or 1.0))
    return share


def _difference(theorem: Theorem, maximum: float) -> tuple[int, NDArray[np.uint8]]:
    """Return the power of two that makes the difference visible, and it in signed colours."""
    away = theorem.by_fourier - theorem.by_sums
    channel = int(np.abs(away).max(axis=(0, 1)).argmax())
    largest = theorem.difference
    power = math.floor(math.log2(maximum / 2 / largest)) if largest else 0
    return power, signed_colours(away[..., channel], maximum / 2 ** (power + 1))


def _draw_kernel(axes: Axes, theorem: Theorem, left: float, top: float, high: float) -> None:
    """Draw the weights as large as a panel has room for."""
    weights = theorem.kernel.weights
    rows, columns = weights.shape
    side = min(high / rows, _PANEL / columns)
    draw_grid(axes, Grid.signed(weights), left, top, side)
