"""The figure of a mask in the frequency domain: picture, spectrum, what is kept, picture back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.colours import EMPHASIS
from imgconv.figures.pictures import draw_picture, reduced, shown
from imgconv.figures.style import LABEL, MARGIN, new_figure, whole_axes
from imgconv.figures.text import draw_caption, draw_lines, draw_title, line_height
from imgconv.kernels.border import Span
from imgconv.study.chain import Chain, Source, Step
from imgconv.study.masked import Masked
from imgconv.study.pixel import Explanation
from imgconv.study.surroundings import levels_of

Array = NDArray[np.float64]

# Lengths in pixels. The mark is a square round the explained pixel.
_HEAD, _PANEL, _GAP, _CAPTION, _MARK = 62, 256, 16, 32, 13

# The most values to a side of a panel, so that of large pictures no colours are computed.
_MOST = 2 * _PANEL


def draw_masked(title: str, lines: Sequence[str], explanation: Explanation) -> Figure:
    """Return the figure, with ``lines`` of text below; the explained pixel is marked."""
    chain, step = explanation.chain, explanation.step
    masked = step.source
    assert isinstance(masked, Masked)
    before, after = _spectra(masked)
    panels = {
        "picture" if isinstance(masked.source, Source) else "result of the step before": _picture(
            chain, masked.source
        ),
        "its spectrum, ln(1 + |F|)": before,
        "the part that the mask keeps": after,
        f"back to a picture{_range(step)}": _picture(chain, step),
    }
    width = 2 * MARGIN + 4 * _PANEL + 3 * _GAP
    scale = _PANEL / max(step.height, step.width)
    foot = _HEAD + scale * step.height + _CAPTION + 4
    figure = new_figure(width, foot + line_height(LABEL) * len(lines) + MARGIN / 2)
    axes = whole_axes(figure)
    draw_title(axes, title)
    for position, (caption, colours) in enumerate(panels.items()):
        left = MARGIN + position * (_PANEL + _GAP)
        draw_caption(axes, left, _HEAD, caption)
        top = _HEAD + _CAPTION / 2
        draw_picture(axes, colours, (left, top), (scale * step.width, scale * step.height))
        if position in (0, 3):
            _mark(axes, left + scale * (explanation.x + 0.5), top + scale * (explanation.y + 0.5))
    draw_lines(axes, lines, foot + line_height(LABEL) / 2)
    return figure


def _range(step: Step) -> str:
    return ", 0 as middle grey" if step.filter.range == "offset" else ""


def _picture(chain: Chain, source: Source | Step) -> Array:
    """Return all levels of the picture, or of a step, as colours."""
    levels = levels_of(chain, source, Span(0, source.height), Span(0, source.width))
    return shown(reduced(levels, _MOST), chain.pixels.channels, chain.pixels.maximum)


def _spectra(masked: Masked) -> tuple[Array, Array]:
    """Return ln(1 + |F|) before and after as grey, equally bright, frequency 0 in the middle."""
    spectra = masked.spectra.values()
    means = (
        sum(each.whole(np.abs) for each in some) / len(spectra)
        for some in (spectra, map(masked.kept_of, spectra))
    )
    before, after = (reduced(np.log1p(each), _MOST) for each in means)
    white = float(before.max()) or 1.0
    return np.fft.fftshift(before / white), np.fft.fftshift(after / white)


def _mark(axes: Axes, x: float, y: float) -> None:
    corner = x - _MARK / 2, y - _MARK / 2
    axes.add_patch(Rectangle(corner, _MARK, _MARK, fill=False, edgecolor=EMPHASIS, linewidth=1.2))
