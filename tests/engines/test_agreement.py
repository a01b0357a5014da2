"""Every engine agrees with the definition, for every border, extent, pixel type and size."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import cycle, product
from typing import NamedTuple

import numpy as np
import pytest

from imgconv.engines import ENGINES
from imgconv.execution.executor import Filtered, filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import covering
from tests.support.oracle import Array

pytestmark = pytest.mark.arithmetic

Size = tuple[int, int]
Draw = Callable[[int], Array]

CONSTANT = 37.0
PICTURE_SIZES = list(product(range(1, 9), range(1, 9)))
KERNEL_SIZES = list(product(range(1, 8), range(1, 8)))
# Smaller than most kernels, about as large.
SOME_PICTURE_SIZES = [(2, 3), (7, 5)]


def bell(length: int) -> Array:
    """Return a Gaussian cut off at four sigma."""
    sigma = (length // 2) / 4
    weights = np.exp(-((np.arange(length) - length // 2) ** 2) / 2 / sigma**2)
    normalised: Array = weights / weights.sum()
    return normalised


class Drawn(NamedTuple):
    """The most general weights that an engine takes, of a size, from numbers that are drawn.

    An engine with ``whole_sums`` only adds and multiplies whole numbers where all of them are.
    """

    weights: Callable[[Size, Draw], Array]
    sizes: list[Size] = KERNEL_SIZES
    whole_sums: bool = False


def any_grid(size: Size, draw: Draw) -> Array:
    return draw(size[0] * size[1]).reshape(size)


def outer(size: Size, draw: Draw) -> Array:
    return np.outer(draw(size[0]), draw(size[1]))


def equal(size: Size, draw: Draw) -> Array:
    return np.full(size, draw(1)[0])


def bells(size: Size, draw: Draw) -> Array:
    weights: Array = draw(1)[0] * np.outer(bell(size[0]), bell(size[1]))
    return weights


# A new engine has its row here.
DRAWN = {
    "direct": Drawn(any_grid, whole_sums=True),
    "separable": Drawn(outer, whole_sums=True),
    "low-rank": Drawn(any_grid),
    "running": Drawn(equal, whole_sums=True),
    "fourier": Drawn(any_grid),
    "pyramid": Drawn(bells, [(65, 65), (81, 73)]),
}


@cache
def plane(size: Size, channel: int = 0) -> Array:
    """Return one channel of a picture: whole numbers of 0 .. 255."""
    return np.random.default_rng([*size, channel]).integers(0, 256, size).astype(np.float64)


@cache
def whole_kernel(engine: str, size: Size) -> Kernel:
    """Return whole weights whose sums are exact in float32.

    Sums of 8-bit values stay below 2^24, and the scale is a power of two; it and the offset bring
    most results to 0 .. 255.
    """
    random = np.random.default_rng(size)
    weights = DRAWN[engine].weights(
        size, lambda length: random.choice([-3.0, -2, -1, 1, 2, 3], length)
    )
    return Kernel(weights, 2.0 ** (1 + weights.size.bit_length() // 2), 128)


@cache
def expected_in_full(engine: str, kernel_size: Size, picture_size: Size, border: str) -> Array:
    kernel = whole_kernel(engine, kernel_size)
    facts = (kernel.weights, kernel.scale, kernel.offset, kernel.origin)
    return oracle.correlate(plane(picture_size), *facts, border, "full", CONSTANT)


def part(full: Array, extent: str, kernel_size: Size, picture_size: Size) -> Array:
    """Return the part of the full result that an extent keeps, for an origin in the middle."""
    cuts = []
    for length, size in zip(kernel_size, picture_size, strict=True):
        after = length - 1 - length // 2
        ends = {
            "full": (0, size + length - 1),
            "same": (after, after + size),
            "valid": (length - 1, size),
        }
        cuts.append(slice(*ends[extent]))
    return full[cuts[0], cuts[1]]


def filtered(
    picture: Pixels, kernel: Kernel, engine: str, border: str, extent: str, constant: float
) -> Filtered:
    around = Border(border, repr(constant) if border == "constant" else "")
    settings = Settings(around, extent, engine=engine, threads=1)
    return filter_pixels(picture, [Filter("kernel", (kernel,))], settings)


def fits(kernel_size: Size, picture_size: Size, extent: str) -> bool:
    return extent != "valid" or all(np.less_equal(kernel_size, picture_size))


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", BORDERS)
def test_the_quick_oracle_is_the_plain_one(border: str, extent: str) -> None:
    picture = plane((6, 7))
    for kernel_size in [(1, 1), (2, 5), (4, 3)]:
        facts = (general_kernel("direct", kernel_size, 255).weights, 1.5, 3.0, None, border, extent)
        slowly = oracle.correlate(picture, *facts, 37.0)
        np.testing.assert_allclose(oracle.correlate_quickly(picture, *facts, 37.0), slowly)


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", BORDERS)
def test_every_extent_is_a_part_of_the_full_one(border: str, extent: str) -> None:
    picture = plane((7, 8))
    for kernel_size in KERNEL_SIZES:
        weights = whole_kernel("direct", kernel_size).weights
        full = oracle.correlate(picture, weights, border=border, extent="full")
        alone = oracle.correlate(picture, weights, border=border, extent=extent)
        np.testing.assert_array_equal(alone, part(full, extent, kernel_size, (7, 8)))


@pytest.mark.slow
@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("engine", [name for name in DRAWN if DRAWN[name].whole_sums])
def test_whole_kernels_are_exact_to_the_last_bit_at_all_small_sizes(
    engine: str, border: str, extent: str
) -> None:
    """Each pair of sizes comes with every second border, and with one type at a time."""
    types = [*MAXIMUM.items()]
    shift = [*BORDERS].index(border) + [*EXTENTS].index(extent)
    pairs = [*enumerate(product(PICTURE_SIZES, KERNEL_SIZES))]
    for number, (picture_size, kernel_size) in pairs[shift % 2 :: 2]:
        if not fits(kernel_size, picture_size, extent):
            continue
        kernel = whole_kernel(engine, kernel_size)
        full = expected_in_full(engine, kernel_size, picture_size, border)
        wanted = part(full, extent, kernel_size, picture_size)
        dtype, maximum = types[(number + shift) % len(types)]
        picture = Pixels(plane(picture_size).astype(dtype)[..., None], ("0",))
        found = filtered(picture, kernel, engine, border, extent, CONSTANT)
        result = found.pixels.array[..., 0]
        levels = wanted if picture.is_float else oracle.to_levels(wanted, maximum)
        is_right = np.array_equal(result, levels)
        if border == "none":
            # The weights inside divide to no whole numbers: floats are rounded to 24 bits, and a
            # half may be one for the oracle only.
            near = 2e-7 * (np.abs(wanted).max() + kernel.offset) if picture.is_float else 0.5 + 1e-9
            off = result - (wanted if picture.is_float else wanted.clip(0, maximum))
            is_right = bool((np.abs(off) <= near).all())
        assert is_right, f"{kernel_size} on {picture_size}, {dtype}"


def general_kernel(engine: str, size: Size, maximum: float) -> Kernel:
    """Return real weights, any scale and offset, the origin in one of the corners."""
    height, width = size
    weights = DRAWN[engine].weights(size, np.random.default_rng(size).standard_normal)
    scale = np.abs(weights).sum() * (-1.3 if height == width else 0.7)
    origin = (height % 2 * (height - 1), width % 3 // 2 * (width - 1))
    return Kernel(weights, scale, 0.4 * maximum, origin)


def general_picture(size: Size, channels: int, stored: int, dtype: str) -> Pixels:
    """Return values of the whole range of a type, in several channels, with or without gaps."""
    values = np.random.default_rng([*size, stored]).random((*size, stored)) * MAXIMUM[dtype]
    array = (values if dtype == "float32" else np.rint(values)).astype(dtype)
    return Pixels(array, tuple("0123"[:channels]))


def check_general(
    engine: str, border: str, extent: str, kernel_size: Size, picture: Pixels
) -> None:
    """Check that results are within the plan's error and 0.51 levels, of which rounding takes 0.5.

    Much closer where nothing is rounded.
    """
    maximum, constant = picture.maximum, 0.3 * picture.maximum
    kernel = general_kernel(engine, kernel_size, maximum)
    found = filtered(picture, kernel, engine, border, extent, constant)
    result, stated = found.pixels.array, found.plan.error * maximum
    facts = (kernel.weights, kernel.scale, kernel.offset, kernel.origin)
    for channel in range(len(picture.channels)):
        values = picture.array[..., channel].astype(np.float64)
        wanted = oracle.correlate_quickly(values, *facts, border, extent, constant)
        wanted = wanted if picture.is_float else wanted.clip(0, maximum)
        near = 1e-5 if picture.is_float else 0.51
        np.testing.assert_allclose(result[..., channel], wanted, rtol=0, atol=near + stated)


@pytest.mark.parametrize(
    ("engine", "border", "extent", "dtype", "first"),
    covering(ENGINES, BORDERS, EXTENTS, MAXIMUM, (0, 1, 2)),
)
def test_real_kernels_with_any_origin_are_within_a_level_in_every_channel(
    engine: str, border: str, extent: str, dtype: str, first: int
) -> None:
    """Check every third case of picture and kernel size, from ``first`` on."""
    if (engine, border) == ("pyramid", "none"):
        return  # so small pictures lie under too few weights for the pyramid's error
    layouts = cycle([(1, 1), (2, 2), (3, 3), (3, 4), (4, 4)])
    cases = list(product(DRAWN[engine].sizes, SOME_PICTURE_SIZES))
    for kernel_size, picture_size in cases[first::3]:
        picture = general_picture(picture_size, *next(layouts), dtype)
        if fits(kernel_size, picture_size, extent):
            check_general(engine, border, extent, kernel_size, picture)


@pytest.mark.parametrize(
    ("engine", "border", "kernel_size"), covering(ENGINES, BORDERS, [(1, 1), (5, 4), (3, 7)])
)
def test_rows_longer_than_the_blocks_of_an_engine_are_without_seam(
    engine: str, border: str, kernel_size: Size
) -> None:
    if kernel_size not in DRAWN[engine].sizes:
        kernel_size = DRAWN[engine].sizes[0]
    if (engine, border) == ("pyramid", "none"):
        return  # of six rows too few lie under the kernel for the pyramid's error
    check_general(engine, border, "full", kernel_size, general_picture((6, 801), 3, 3, "uint8"))
