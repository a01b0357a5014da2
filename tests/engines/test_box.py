"""Running sums: boxes of any size, exact wherever the sums began."""

from __future__ import annotations

from functools import cache
from itertools import cycle, product

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.engines import box as box_module
from imgconv.engines.base import PlanOptions, RowLayout
from imgconv.execution import pipeline
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.oracle import Array
from tests.support.pictures import noise, pixels

pytestmark = pytest.mark.arithmetic

Size = tuple[int, int]

SIZES = list(product(range(1, 10), range(1, 10)))
LARGE = [(1, 301), (301, 1), (201, 201), (150, 61)]
CONSTANT = 37.0
CHANNELS = "01234"


def box(size: Size, origin: Size | None = None) -> Kernel:
    return Kernel(np.ones(size), size[0] * size[1], origin=origin)


@cache
def plane(size: Size, channel: int) -> Array:
    random = np.random.default_rng([*size, channel])
    return random.integers(0, 256, size).astype(np.float64)


@cache
def sums(size: Size, picture_size: Size, channel: int, border: str) -> Array:
    """Return the sums of the extent ``full``, with ``none`` divided by the share inside."""
    picture = plane(picture_size, channel)
    if border != "none":
        return whole_sums(picture, size, border, CONSTANT)
    inside = whole_sums(np.ones(picture_size), size, "constant", 0)
    return whole_sums(picture, size, "constant", 0) * np.prod(size) / inside


def whole_sums(picture: Array, size: Size, border: str, constant: float) -> Array:
    """Return the sums of the extent ``full``; they are whole, so exact in any order."""
    height, width = size
    down = oracle.correlate_quickly(
        picture, np.ones((height, 1)), border=border, extent="full", constant=constant
    )
    return oracle.correlate_quickly(
        down, np.ones((1, width)), border=border, extent="full", constant=height * constant
    )


def part(full: Array, extent: str, kernel: Kernel) -> Array:
    """Return the part of the full result that an extent keeps, for any origin."""
    cuts = []
    for length, origin, axis in zip(
        (kernel.height, kernel.width), kernel.origin, (0, 1), strict=True
    ):
        size = full.shape[axis] - length + 1
        after = length - 1 - origin
        spans = {
            "full": (0, size + length - 1),
            "same": (after, after + size),
            "valid": (length - 1, size),
        }
        cuts.append(slice(*spans[extent]))
    return full[cuts[0], cuts[1]]


def fits(size: Size, picture_size: Size, extent: str) -> bool:
    return extent != "valid" or all(np.less_equal(size, picture_size))


def run(picture: Pixels, kernel: Kernel, border: str, extent: str, **more: object) -> Array:
    around = Border(border, str(CONSTANT) if border == "constant" else "")
    how = Settings(around, extent, engine="running", **more)  # type: ignore[arg-type]
    result = filter_pixels(picture, [Filter("box", (kernel,))], how).pixels.array
    return result.astype(np.float64)


def check(kernel: Kernel, picture_size: Size, dtype: str, channels: int, border: str) -> None:
    """Compare every extent and channel, to the last bit where the result is rounded."""
    size = (kernel.height, kernel.width)
    planes = [plane(picture_size, channel) for channel in range(channels)]
    picture = pixels(np.dstack(planes), dtype, CHANNELS[:channels])
    for extent in EXTENTS:
        if not fits(size, picture_size, extent):
            continue
        # The bound of errors at the border ``none`` is far above them where little lies inside.
        result = run(picture, kernel, border, extent, threads=1, tolerance=5)
        for channel in range(channels):
            full = sums(size, picture_size, channel, border) / kernel.scale
            wanted = part(full, extent, kernel)
            if dtype == "float32":
                np.testing.assert_allclose(result[..., channel], wanted, rtol=2e-7)
            else:
                levels = oracle.to_levels(wanted, MAXIMUM[dtype])
                np.testing.assert_array_equal(result[..., channel], levels, f"{size} {extent}")


def check_small_boxes(border: str, chosen: slice) -> None:
    cases = []
    layouts = cycle(product(MAXIMUM, range(1, 6)))
    for (height, width), picture_size in product(SIZES, [(11, 10), (3, 5)]):
        row, column = height * width % height, (height + width) % width
        for origin in [None, (row, column), (height - 1, 0)]:
            cases.append((box((height, width), origin), picture_size, *next(layouts)))
    for case in cases[chosen]:
        check(*case, border)


@pytest.mark.parametrize("border", BORDERS)
def test_boxes_of_small_sizes_are_exact(border: str) -> None:
    """Check every 13th case, with all origins, as each size comes with six cases."""
    check_small_boxes(border, slice(2 * list(BORDERS).index(border), None, 13))


@pytest.mark.slow
@pytest.mark.parametrize("border", BORDERS)
def test_boxes_of_all_small_sizes_are_exact(border: str) -> None:
    check_small_boxes(border, slice(None))


@pytest.mark.parametrize("dtype", MAXIMUM)
@pytest.mark.parametrize("border", BORDERS)
def test_large_boxes_are_exact_on_pictures_smaller_than_they_are(border: str, dtype: str) -> None:
    for size, channels in zip(LARGE, (1, 3, 1, 2), strict=True):
        check(box(size, (size[0] // 3, size[1] - 1)), (50, 60), dtype, channels, border)


@pytest.mark.parametrize("picture_size", [(1, 1), (1, 9), (9, 1), (2, 2)])
@pytest.mark.parametrize("border", BORDERS)
def test_the_smallest_pictures_are_exact_too(border: str, picture_size: Size) -> None:
    for size in [(1, 1), (2, 3), (31, 1), (1, 31), (64, 64)]:
        check(box(size), picture_size, "uint8", 4, border)


@pytest.mark.parametrize("weight", [1.0, -1.0, 0.3])
@pytest.mark.parametrize("scale", [1, -7.5, 35])
def test_boxes_have_any_weight_scale_and_offset(weight: float, scale: float) -> None:
    kernel = Kernel(np.full((5, 7), weight), 35 * scale, 0.4, (4, 6))
    picture = noise(20, 23, "l", "float32")
    wanted = oracle.correlate_quickly(
        picture.array[..., 0].astype(np.float64), *(kernel.weights, kernel.scale, 0.4, (4, 6))
    )
    np.testing.assert_allclose(run(picture, kernel, "edge", "same")[..., 0], wanted, atol=1e-6)


def test_means_of_an_even_number_of_pixels_round_halves_up() -> None:
    for width in range(2, 260, 2):
        rows = np.repeat(np.arange(256)[:, None], width, axis=1)
        rows[:, : width // 2] += 1  # so that every mean but that of 255 ends in a half
        result = run(pixels(rows[:255]), box((1, width)), "edge", "valid")
        np.testing.assert_array_equal(result[:, 0, 0], np.arange(1, 256), f"{width}")


@pytest.mark.parametrize("size", [(3, 3), (41, 41), (201, 201)])
def test_16_bit_means_are_exact_to_a_hundredth_of_a_level(size: Size) -> None:
    picture = noise(60, 50, "la", "uint16")
    picture.array[:9] = 65535
    how = frozenset("la")
    result = run(picture, box(size), "reflect", "same", channels=how)[..., 1]
    values = picture.array[..., 1].astype(np.float64)
    exact = oracle.correlate_quickly(values, np.ones(size), size[0] * size[1], border="reflect")
    np.testing.assert_allclose(result, exact, rtol=0, atol=0.51)


@pytest.mark.parametrize("dtype", MAXIMUM)
def test_bright_rows_leave_no_error_in_later_rows(dtype: str) -> None:
    picture = noise(400, 30, "rgb", dtype)
    picture.array[200:, 15:] = grey = picture.array[0, 0, 0]
    result = run(picture, box((25, 5)), "edge", "same", threads=1)
    assert (result[213:, 18:] == grey).all()


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", BORDERS)
def test_floats_give_the_same_bytes_for_any_threads_and_strips(
    border: str, extent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.planning.plan.SMALL", 0)
    picture = noise(67, 31, "rgb", "float32")
    picture.array[::7] *= 1000
    picture.array[5:9] *= -1
    kernel = box((9, 6), (8, 1))
    expected = run(picture, kernel, border, extent, threads=1)
    for strip_bytes, threads in product((1, 3_000, 2**18), (1, 2, 3, 7, 64)):
        monkeypatch.setattr(pipeline, "STRIP_BYTES", strip_bytes)
        result = run(picture, kernel, border, extent, threads=threads)
        np.testing.assert_array_equal(result, expected, f"{strip_bytes} {threads}")


@pytest.mark.parametrize("colour", ["37.3", "300.7", "100000.7"])
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_the_border_may_have_any_colour(
    dtype: str, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.planning.plan.SMALL", 0)
    monkeypatch.setattr(pipeline, "STRIP_BYTES", 1)
    picture, around = noise(150, 60, "l", dtype), Border("constant", colour)
    kernel = box((41, 41))

    def with_threads(threads: int) -> NDArray[np.float64]:
        how = Settings(around, engine="running", threads=threads)
        result = filter_pixels(picture, [Filter("box", (kernel,))], how).pixels.array
        return result[..., 0].astype(np.float64)

    values = picture.array[..., 0].astype(np.float64)
    wanted = oracle.correlate_quickly(
        values, kernel.weights, kernel.scale, border="constant", constant=float(colour)
    )
    alone = with_threads(1)
    if dtype == "float32":
        np.testing.assert_allclose(alone, wanted, rtol=0, atol=1e-6 * float(colour))
    else:
        wanted = wanted.clip(0, picture.maximum)
        np.testing.assert_allclose(alone, wanted, rtol=0, atol=0.51)
    for threads in (2, 3, 7):
        np.testing.assert_array_equal(with_threads(threads), alone)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_colours_are_weighted_by_alpha(dtype: str, border: str) -> None:
    picture = noise(30, 26, "rgba", dtype)
    picture.array[10:20, 4:16, 3] = 0
    values, maximum = picture.array.astype(np.float64), picture.maximum
    facts = (np.ones((5, 5)), 25, 0, None, border)
    alpha = oracle.correlate_quickly(values[..., 3], *facts)
    around = Settings(Border(border), engine="running", threads=1)
    mean = Filter("box", (box((5, 5)),))
    result = filter_pixels(picture, [mean], around).pixels.array.astype(np.float64)
    near = 2e-6 if dtype == "float32" else 0.51
    np.testing.assert_allclose(result[..., 3], alpha, rtol=0, atol=near)
    for channel in range(3):
        weighted = oracle.correlate_quickly(values[..., channel] * values[..., 3], *facts)
        wanted = np.divide(weighted, alpha, where=alpha > 0, out=np.zeros_like(alpha))
        np.testing.assert_allclose(result[..., channel], wanted, rtol=0, atol=near)
    assert not result[13:17, 7:13].any()
    assert maximum >= result.max()


@pytest.mark.parametrize("chosen", ["r", "gb", "a", "rgba"])
@pytest.mark.parametrize("extent", EXTENTS)
def test_channels_that_are_not_chosen_are_carried(extent: str, chosen: str) -> None:
    picture, kernel = noise(30, 26, "rgba"), box((6, 3), (5, 0))
    around, channels = Border("wrap"), frozenset(chosen)
    mean = [Filter("box", (kernel,))]
    with_running = Settings(around, extent, channels=channels, engine="running", threads=1)
    directly = Settings(around, extent, channels=channels, engine="direct", threads=1)
    result = filter_pixels(picture, mean, with_running).pixels.array
    wanted = filter_pixels(picture, mean, directly).pixels.array
    carried = [channel for channel, name in enumerate("rgba") if name not in chosen]
    np.testing.assert_array_equal(result[..., carried], wanted[..., carried])
    assert np.abs(result.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("border", BORDERS)
def test_boxes_of_one_filter_may_reach_differently(border: str, extent: str) -> None:
    picture = noise(25, 28, "rgb", "float32")
    boxes = (box((3, 4)), box((9, 2), (0, 1)), box((2, 11), (1, 9)))
    filter = Filter("largest", boxes, "max")
    running, direct = (Settings(Border(border), extent, engine=e) for e in ("running", "direct"))
    result = filter_pixels(picture, [filter], running).pixels.array
    wanted = filter_pixels(picture, [filter], direct).pixels.array
    np.testing.assert_allclose(result, wanted, rtol=0, atol=1e-6)


def test_the_planner_runs_large_boxes_by_running_sums_but_not_on_floats() -> None:
    filters = [Filter("box", (box((41, 41)),))]
    for is_float in (False, True):
        (step,) = make_plan(filters, PlanOptions(is_float=is_float)).steps
        assert (step.passes[0].engine == "running") is not is_float


@pytest.mark.parametrize("value", [1.0, 1000.0, 1e6, -9999.0, -1e38])
def test_the_stated_error_of_floats_grows_with_the_largest(value: float) -> None:
    values = np.random.default_rng(6).random((30, 40))
    values[10, 10] = value
    kernel, how = box((5, 5)), Settings(Border("edge"), engine="running")
    found = filter_pixels(pixels(values, "float32"), [Filter("box", (kernel,))], how)
    single = values.astype(np.float32).astype(float)
    exact = oracle.correlate_quickly(single, kernel.weights, kernel.scale)
    difference = np.abs(found.pixels.array[..., 0] - exact)
    assert (difference <= found.plan.error + 3e-7 * np.abs(exact)).all()
    assert found.plan.error < 1e-8 * abs(value)


def test_running_sums_are_not_offered_where_no_bound_of_the_values_is_known() -> None:
    sharpen = Filter("sharpen", (Kernel([[-1, 3, -1]]),))  # it may bring alpha near to 0
    filters = [sharpen, Filter("box", (Kernel(np.ones((41, 41)), 3000),))]
    planned, directly = (
        filter_pixels(noise(50, 60, "rgba"), filters, Settings(engine=engine)).pixels.array
        for engine in (None, "direct")
    )
    assert directly.any()
    assert np.abs(planned.astype(int) - directly).max() <= 1


@pytest.mark.parametrize(
    ("size", "maximum", "is_whole", "dtype", "is_zero"),
    [
        ((9, 9), 255, True, "float32", True),
        ((257, 257), 255, True, "float64", True),
        ((9, 9), 65535, True, "float32", True),
        ((17, 17), 65535, True, "float64", True),
        ((9, 9), 255, False, "float64", False),
        ((9, 9), 1, False, "float64", False),
    ],
)
def test_sums_have_a_type_that_holds_them_exactly(
    size: Size, maximum: float, is_whole: bool, dtype: str, is_zero: bool
) -> None:
    rounder = box_module.rounder(box(size), RowLayout(1, 1, maximum=maximum, is_whole=is_whole))
    assert (rounder.dtype, rounder.shape) == (np.dtype(dtype), (1,))
    assert (rounder[0] == 0) is np.bool(is_zero)


@pytest.mark.parametrize("maximum", [1.0, 255.0, 65535.0, 1000.0])
def test_values_are_rounded_to_whole_quanta(maximum: float) -> None:
    big = box_module.rounder(box((3, 3)), RowLayout(1, 1, maximum=maximum))[0]
    quantum = np.spacing(big)
    assert 0.5 <= quantum / (maximum / 2**30) <= 2
    values = np.random.default_rng(2).random(1000) * maximum * [[1], [-1], [1e-6], [1e3]]
    np.testing.assert_array_equal((values + big) - big, np.rint(values / quantum) * quantum)
