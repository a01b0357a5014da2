"""The figure of the convolution theorem: a product of two spectra is the spectrum of the result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.grids import Grid, draw_grid
from imgconv.figures.pictures import shown
from imgconv.figures.style import FAINT, LABEL, LINE, SIGNED, TITLE, new_figure, whole_axes
from imgconv.figures.text import line_height, shortened
from imgconv.images.pixels import Pixels
from imgconv.study.theorem import Theorem

Array = NDArray[np.float64]
Show = Callable[[Array], Array]

# Lengths in pixels.
_MARGIN, _HEAD, _PANEL, _LEAST, _GAP, _CAPTION = 22, 66, 250, 120, 20, 24


def draw_theorem(
    title: str, lines: Sequence[str], theorem: Theorem, pixels: Pixels, stored: Show
) -> Figure:
    """Return the figure; ``stored`` turns values of the result into levels of ``pixels``."""
    width = 2 * _MARGIN + 4 * _PANEL + 3 * _GAP
    high = _panel_height(theorem)
    row = high + _CAPTION + _GAP
    figure = new_figure(width, _HEAD + 2 * row + line_height(LABEL) * len(lines) + _MARGIN)
    axes = whole_axes(figure)
    room = width - 2 * _MARGIN
    axes.text(_MARGIN, 30, shortened(title, room, TITLE), fontsize=TITLE, va="center")
    power, difference = _difference(theorem, pixels.maximum)

    def picture(values: Array) -> Array:
        return shown(stored(values), pixels.channels, pixels.maximum)

    named: list[tuple[str, Array | None]] = [
        ("picture", picture(theorem.picture)),
        ("its spectrum", _spectrum(theorem.picture_spectrum)),
        (f"kernel {theorem.kernel.size}", None),
        ("its spectrum", _spectrum(theorem.kernel_spectrum[..., None])),
        ("product of the spectra", _spectrum(theorem.product)),
        ("back from the product", picture(theorem.by_fourier)),
        ("by sums", picture(theorem.by_sums)),
        (f"difference x 2^{power}" if power else "no difference", difference),
    ]
    for position, (caption, colours) in enumerate(named):
        left = _MARGIN + position % 4 * (_PANEL + _GAP)
        top = _HEAD + position // 4 * row
        axes.text(left, top, caption, fontsize=LABEL, color=FAINT, va="center")
        if colours is None:
            _draw_kernel(axes, theorem, left, top + _CAPTION / 2, high)
        else:
            _draw_panel(axes, colours, left, top + _CAPTION / 2)
    for number, line in enumerate(lines):
        at = _HEAD + 2 * row + line_height(LABEL) * number
        axes.text(_MARGIN, at, shortened(line, room, LABEL), fontsize=LABEL, va="center")
    return figure


def _panel_height(theorem: Theorem) -> float:
    """Return the height in pixels of the highest panel but the kernel, which gets as much."""
    sizes = (each.shape[:2] for each in (theorem.picture, theorem.by_sums, theorem.product))
    return max(_LEAST, *(float(_PANEL * height / max(height, width)) for height, width in sizes))


def _spectrum(values: NDArray[np.complex128]) -> Array:
    """Return ln(1 + |F|) as grey, the mean of all channels, frequency 0 in the middle."""
    magnitude = np.log1p(np.abs(values).mean(axis=2))
    share = np.fft.fftshift(magnitude / (magnitude.max() or 1.0))
    return np.repeat(share[..., None], 3, axis=2)


def _difference(theorem: Theorem, maximum: float) -> tuple[int, Array]:
    """Return the power of two that makes the difference visible, and it in signed colours."""
    away = theorem.by_fourier - theorem.by_sums
    channel = int(np.abs(away).max(axis=(0, 1)).argmax())
    largest = theorem.difference
    power = math.floor(math.log2(maximum / 2 / largest)) if largest else 0
    shares = away[..., channel] * 2.0**power / maximum + 0.5
    return power, SIGNED(shares)[..., :3]


def _draw_panel(axes: Axes, colours: Array, left: float, top: float) -> None:
    height, width = colours.shape[:2]
    scale = _PANEL / max(height, width)
    wide, high = scale * width, scale * height
    axes.imshow(
        colours,
        extent=(left, left + wide, top + high, top),
        interpolation="nearest" if scale >= 1 else "antialiased",
        aspect="auto",
    )
    axes.add_patch(Rectangle((left, top), wide, high, fill=False, edgecolor=LINE))


def _draw_kernel(axes: Axes, theorem: Theorem, left: float, top: float, side: float) -> None:
    weights = theorem.kernel.weights
    largest = float(np.abs(weights).max()) or 1.0
    draw_grid(axes, Grid.signed(weights, largest), left, top, side / max(weights.shape))
