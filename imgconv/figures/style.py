"""The style of all figures: sizes and fonts, and how a figure is written.

Figures are drawn by the Agg backend in pixels, without the state of ``pyplot``.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from imgconv.figures.colours import INK, PAPER
from imgconv.formats.registry import suffix_of
from imgconv.system import atomic

DOTS_PER_INCH = 100

TIMES, ARROW = "\N{MULTIPLICATION SIGN}", "\N{RIGHTWARDS ARROW}"

# The distance of texts and pictures from the edge of a figure, in pixels.
MARGIN = 22

# Sizes of text in points, of which 72 are an inch.
TITLE, LABEL, CELL, SMALLEST = 14.0, 10.0, 9.5, 5.5

_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # Matplotlib brings it along
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": LABEL,
    "axes.titlesize": LABEL,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": LABEL,
    "ytick.labelsize": LABEL,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "imgconv",  # the same figure has the same bytes
    "text.parse_math": False,  # a file may have a $ in its name
}

# The name of the program in a PNG, by which its figures are told from other pictures.
_SOFTWARE = "imgconv"

# For each format of Matplotlib, what it would add to a file otherwise: the time, or its version.
_METADATA: Mapping[str, Mapping[str, str | None]] = {
    "png": {"Software": _SOFTWARE},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "Producer": None},
}

mpl.rcParams.update(_SETTINGS)


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in pixels."""
    figure = Figure((width / DOTS_PER_INCH, height / DOTS_PER_INCH), dpi=DOTS_PER_INCH)
    figure.set_facecolor(PAPER)
    FigureCanvasAgg(figure)
    return figure


def whole_axes(figure: Figure) -> Axes:
    """Return axes without frame over the whole figure, in pixels from its upper left corner."""
    width, height = figure.get_size_inches() * DOTS_PER_INCH
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.autoscale(enable=False)
    return axes


def ink_on(colour: Any) -> str:
    """Return the colour of text that is legible on ``colour``, a name or values from 0 to 1."""
    red, green, blue = to_rgb(colour)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.45 else PAPER


def save(figure: Figure, path: str) -> None:
    """Write a figure in the format of the path's ending, whole or not at all.

    Raises ``WriteError``.
    """
    format = suffix_of(path).removeprefix(".")
    metadata = _METADATA.get(format)
    buffer = BytesIO()
    figure.savefig(buffer, format=format, dpi=DOTS_PER_INCH, metadata=metadata)
    atomic.write(buffer.getvalue(), path)


def is_figure(path: str) -> bool:
    """Return whether a picture is a PNG that ``save`` wrote."""
    with Image.open(path) as image:
        return image.info.get("Software") == _SOFTWARE
