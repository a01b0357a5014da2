"""Pictures in figures: levels as red, green and blue, and where they are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imgconv.figures.colours import LINE

Array = NDArray[np.float64]


def fitted(shape: tuple[int, ...], side: float) -> tuple[float, float]:
    """Return the width and height in pixels of a picture whose longer side is drawn as ``side``."""
    scale = side / max(shape[:2])
    return scale * shape[1], scale * shape[0]


def draw_picture(
    axes: Axes,
    colours: Array | NDArray[np.uint8],
    corner: tuple[float, float],
    size: tuple[float, float],
    edge: str = LINE,
) -> Rectangle:
    """Draw colours as uint8, or from 0 to 1; return the line around them.

    Their shape is (height, width, 3 or 4), or (height, width) of greys.
    ``corner`` is the upper left one, in pixels. Pixels are squares, or averages where they are
    smaller than pixels of the figure.
    """
    (left, top), (wide, high) = corner, size
    unit = 1 if colours.dtype == np.uint8 else 255
    values: Array = np.multiply(colours, unit, dtype=np.float64)
    values = values if values.ndim == 3 else np.repeat(values[..., None], 3, axis=2)
    most = 2 * math.ceil(max(size))  # Matplotlib would take 30 s for 12 megapixels
    levels = np.rint(reduced(values, most)).astype(np.uint8)
    axes.imshow(
        levels,
        extent=(left, left + wide, top + high, top),
        interpolation="nearest" if wide >= levels.shape[1] else "antialiased",
        aspect="auto",
    )
    line = Rectangle(corner, wide, high, fill=False, edgecolor=edge)
    axes.add_patch(line)
    return line


def shown(levels: Array, channels: Sequence[str], maximum: float) -> Array:
    """Return levels (..., channels) as (..., 4): red, green, blue and alpha from 0 to 1.

    Levels outside 0 .. ``maximum`` are clamped. Inks become light as Pillow converts them; a
    channel of unknown meaning is left out.
    """
    shares = np.nan_to_num(levels / maximum).clip(0, 1)
    by_name = {name: shares[..., position] for position, name in enumerate(channels)}
    if {"c", "m", "y", "k"} <= by_name.keys():
        colours = [(1 - by_name[ink]) * (1 - by_name["k"]) for ink in "cmy"]
    elif {"r", "g", "b"} <= by_name.keys():
        colours = [by_name[name] for name in "rgb"]
    else:
        colours = [shares[..., 0]] * 3
    alpha = by_name.get("a", np.ones_like(colours[0]))
    return np.stack([*colours, alpha], axis=-1)


def tint(share: float, channel: str) -> tuple[float, float, float]:
    """Return the colour of one channel's value from 0 to 1: red of ``r``, grey of others."""
    share = min(max(share, 0.0), 1.0)
    if channel in ("r", "g", "b"):
        red, green, blue = (share if name == channel else 0.0 for name in "rgb")
        return red, green, blue
    if channel in ("c", "m", "y"):
        red, green, blue = (1 - share if name == channel else 1.0 for name in "cmy")
        return red, green, blue
    return (1 - share,) * 3 if channel == "k" else (share,) * 3


def reduced(values: Array, most: int) -> Array:
    """Return values (height, width, ...) as means of square blocks, up to ``most`` to a side."""
    height, width = values.shape[:2]
    block = -(-max(height, width) // most)
    if block == 1:
        return values
    rows, columns = np.arange(0, height, block), np.arange(0, width, block)
    sums = np.add.reduceat(np.add.reduceat(values, rows, 0), columns, 1)
    counts = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
    means: Array = sums / counts.reshape(*counts.shape, *[1] * (values.ndim - 2))
    return means
