"""The small picture of the pyramid: the part of it that is wanted, and its making."""

from __future__ import annotations

import math
from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.engines.pyramid import Axis, level_kernel, spline
from imgconv.execution.pyramid_level import PyramidLevel
from imgconv.execution.sources import PixelSource
from imgconv.execution.window import AlphaWeighting, PaddedSource, Padding
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.border import BORDERS, Border
from tests.support.oracle import Array, walk
from tests.support.pictures import noise

pytestmark = pytest.mark.arithmetic

COLOUR = 0.25
# The first pixel of a result, its number of pixels, and that of the picture.
AXES = [
    (0, 50, 50),
    (7, 30, 44),
    (-30, 110, 50),
    (0, 1, 1),
    (25, 3, 200),
    (90, 20, 20),
    (-80, 5, 9),
]


@pytest.mark.parametrize("is_flat", [False, True])
@pytest.mark.parametrize("d", [4, 7, 32])
@pytest.mark.parametrize(("first", "made", "size"), AXES)
def test_all_small_pixels_that_are_enlarged_are_wanted(
    first: int, made: int, size: int, d: int, is_flat: bool
) -> None:
    axis = Axis.of(d, 2.0 * d, first, made, size, is_flat)
    assert (axis.d, axis.first) == (d, first)
    for place in (first, first + made - 1):
        assert place // d - 1 in axis.wanted and place // d + 2 in axis.wanted


@pytest.mark.parametrize("is_flat", [False, True])
@pytest.mark.parametrize("d", [4, 7, 32])
@pytest.mark.parametrize(("first", "made", "size"), AXES)
def test_columns_of_the_whole_picture_lie_within_those_that_are_read(
    first: int, made: int, size: int, d: int, is_flat: bool
) -> None:
    axis = Axis.of(d, 2.0 * d, first, made, size, is_flat)
    assert axis.wanted[0] * d - axis.reach <= 0
    assert axis.wanted[-1] * d + axis.reach + 1 >= size


@pytest.mark.parametrize("d", [4, 7, 32])
@pytest.mark.parametrize(("first", "made", "size"), AXES)
def test_the_outermost_small_pixels_see_only_a_border_that_is_flat(
    first: int, made: int, size: int, d: int
) -> None:
    axis = Axis.of(d, 2.0 * d, first, made, size, is_flat=True)
    assert axis.wanted[0] * d + axis.reach < 0
    assert axis.wanted[-1] * d - axis.reach >= size


@pytest.mark.parametrize("d", [4, 7, 32])
@pytest.mark.parametrize(("first", "made", "size"), AXES)
def test_with_other_borders_all_pixels_within_the_blur_are_wanted(
    first: int, made: int, size: int, d: int
) -> None:
    axis = Axis.of(d, 2.0 * d, first, made, size, is_flat=False)
    radius = len(axis.weights) // 2
    np.testing.assert_array_equal(axis.weights, level_kernel(2.0 * d, d))
    assert first // d - 1 - radius in axis.wanted
    assert (first + made - 1) // d + 2 + radius in axis.wanted


def level_of(
    picture: Pixels, border: str, weighting: AlphaWeighting | None, d: int, c: int
) -> PyramidLevel:
    channels = len(picture.channels)
    colour = np.full(channels, COLOUR * picture.maximum, np.float32)
    is_flat = border in ("edge", "constant")
    down = Axis.of(d, 1.6 * d, -3, picture.height + 9, picture.height, is_flat)
    across = Axis.of(c, 1.9 * c, 2, picture.width, picture.width, is_flat)
    padding = Padding(Border(border), colour, 0, picture.width)
    return PyramidLevel(PaddedSource(PixelSource(picture), padding, weighting), down, across)


def made(small: PyramidLevel, bands: int) -> NDArray[np.float32]:
    """Return the small picture, made in bands one after the other, the last one first."""
    wanted = small.down.wanted
    edges = [wanted.start + len(wanted) * band // bands for band in range(bands + 1)]
    for first, end in reversed(list(pairwise(edges))):
        schedule = small.schedule(range(first, end))
        schedule.run(0, schedule.iterations)
    return small.rows.copy()


def shrunk(plane: Array, axis: Axis, border: str, outside: float) -> Array:
    """Apply the formula on the first axis: small[m] = sum over v of b[v - m d] * picture[v]."""
    rows = []
    for m in axis.wanted:
        at = [walk(border, m * axis.d + j, len(plane)) for j in range(-axis.reach, axis.reach + 1)]
        values = [np.full(plane.shape[1], outside) if y is None else plane[y] for y in at]
        rows.append(spline(axis.d) @ np.array(values))
    return np.array(rows)


def expected(small: PyramidLevel, values: Array, border: str, outside: Array) -> Array:
    planes = []
    for channel in range(values.shape[2]):
        colour = float(outside[channel])
        once = shrunk(values[..., channel], small.down, border, colour)
        planes.append(shrunk(once.T, small.across, border, colour).T)
    return np.dstack(planes).reshape(len(small.down.wanted), -1)


@pytest.mark.parametrize("channels", ["l", "la", "rgb", "0123"])
@pytest.mark.parametrize("border", BORDERS)
def test_the_small_picture_follows_the_formula(border: str, channels: str) -> None:
    sizes = [(1, 1), (23, 31), (40, 5)]
    for (size, dtype), (d, c) in zip(
        product(sizes, MAXIMUM), [(4, 5), (6, 4), (9, 11)] * 3, strict=True
    ):
        picture = noise(*size, channels, dtype)
        small = level_of(picture, border, None, d, c)
        outside = np.full(len(channels), COLOUR * picture.maximum)
        wanted = expected(small, picture.array.astype(np.float64), border, outside)
        near = 1e-6 * picture.maximum
        np.testing.assert_allclose(made(small, 1), wanted, rtol=0, atol=near)


@pytest.mark.parametrize("d", [4, 5, 8, 13, 32])
@pytest.mark.parametrize("border", BORDERS)
def test_bands_make_no_difference(border: str, d: int) -> None:
    picture = noise(83, 19, "rgb", "float32")
    picture.array[40] = np.nan
    alone = made(level_of(picture, border, None, d, 4), 1)
    small = level_of(picture, border, None, d, 4)
    for bands in {2, 3, 7, len(small.down.wanted)}:
        small.rows[:] = 7
        np.testing.assert_array_equal(made(small, bands), alone, f"{bands} bands")


@pytest.mark.parametrize("border", BORDERS)
def test_colours_are_weighted_before_they_are_mixed(border: str) -> None:
    picture = noise(23, 31, "rgba", "float32")
    colours = np.array([1, 1, 1, 0], np.uint8)
    small = level_of(picture, border, AlphaWeighting(colours, 3, 1.0), 5, 4)
    values = picture.array.astype(np.float64)
    values[..., :3] *= values[..., 3:]
    # The colour of the border is weighted by the caller.
    wanted = expected(small, values, border, np.full(4, COLOUR))
    np.testing.assert_allclose(made(small, 2), wanted, rtol=0, atol=1e-6)


def test_the_small_picture_can_be_filtered_as_a_picture() -> None:
    small = level_of(noise(50, 60, "rgb"), "wrap", None, 4, 5)
    shown = small.pixels
    assert (shown.height, shown.width) == (len(small.down.wanted), len(small.across.wanted))
    assert shown.is_float and shown.alpha is None and len(shown.channels) == 3
    made(small, 1)
    np.testing.assert_array_equal(shown.flat_rows, small.rows)
    assert (small.kernel.height, small.kernel.width) == tuple(
        2 * (math.ceil(4.5 * ratio) + 1) + 1 for ratio in (1.6, 1.9)
    )
    assert small.kernel.is_average
