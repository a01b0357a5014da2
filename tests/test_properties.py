"""Properties that hold for every picture and every kernel."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from imgconv.engines import ENGINES
from imgconv.execution import pipeline
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.execution.test_pipeline import Chosen, choose, chosen
from tests.support.covering import covering, with_slow
from tests.support.oracle import Array
from tests.support.pictures import BLUR, SHARPEN, SOBEL, SOBEL_X, filtered, noise, pixels
from tests.support.strategies import examples

pytestmark = pytest.mark.arithmetic

# Few enough values, and small enough, that float32 computes with them exactly.
whole = st.integers(-9, 9)
pictures = arrays(
    np.float64, st.tuples(st.integers(1, 10), st.integers(1, 10)), elements=st.integers(0, 255)
)
weights = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=whole)


@st.composite
def kernels(draw: st.DrawFn, offset: bool = True) -> Kernel:
    grid = draw(weights)
    origin = tuple(draw(st.integers(0, size - 1)) for size in grid.shape)
    return Kernel(
        grid,
        draw(st.sampled_from([1, 2, -4, 0.5])),
        draw(whole) if offset else 0,
        (origin[0], origin[1]),
    )


def on_floats(
    picture: Array,
    *steps: Kernel,
    border: str = "edge",
    extent: str = "same",
    engine: str | None = "direct",
) -> Array:
    """Return the result for a picture of one channel, neither rounded nor clamped.

    Every weight meets every pixel, unless another engine or, with None, the planner is asked for.
    """
    how = Settings(Border.parse(border), extent, engine=engine, threads=1)
    return filtered(pixels(picture, "float32", "0"), *steps, settings=how)[..., 0]


@pytest.mark.parametrize("border", BORDERS)
@given(picture=pictures, kernel=kernels(offset=False), factor=whole, data=st.data())
@examples(40)
def test_filtering_is_linear(
    border: str, picture: Array, kernel: Kernel, factor: int, data: st.DataObject
) -> None:
    other = data.draw(arrays(np.float64, picture.shape, elements=whole))
    together = on_floats(picture + factor * other, kernel, border=border)
    apart = on_floats(picture, kernel, border=border), on_floats(other, kernel, border=border)
    # Quotients by the weights inside are rounded, all other numbers are whole.
    rounding = 1e-6 * (1 + np.abs(apart[0]) + np.abs(factor * apart[1])) * (border == "none")
    assert (np.abs(together - (apart[0] + factor * apart[1])) <= rounding).all()


@given(picture=pictures, kernel=kernels(), down=whole, right=whole)
@examples(100)
def test_a_shift_of_the_picture_shifts_the_result(
    picture: Array, kernel: Kernel, down: int, right: int
) -> None:
    shifted = on_floats(np.roll(picture, (down, right), (0, 1)), kernel, border="wrap")
    result = on_floats(picture, kernel, border="wrap")
    np.testing.assert_array_equal(shifted, np.roll(result, (down, right), (0, 1)))


@given(kernel=kernels(offset=False))
@examples(100)
def test_a_dot_becomes_the_kernel_turned_by_180_degrees(kernel: Kernel) -> None:
    result = on_floats(np.ones((1, 1)), kernel.flip(), border="constant", extent="full")
    np.testing.assert_array_equal(result, kernel.weights / kernel.scale)


# Engines that multiply floats by 1; the others round them first, or transform them.
PLAIN = {"direct", "separable", "low-rank"}


@pytest.mark.parametrize(
    ("dtype", "channels", "engine"),
    covering(
        MAXIMUM, ["l", "la", "rgb", "rgba"], [engine for engine in ENGINES if engine != "pyramid"]
    ),
)
def test_a_kernel_of_a_single_1_changes_nothing(dtype: str, channels: str, engine: str) -> None:
    picture = noise(9, 11, channels, dtype)
    alone = filtered(picture, Kernel([[1]]), settings=Settings(engine=engine))
    near = 1e-6 if dtype == "float32" and engine not in PLAIN else 0
    np.testing.assert_allclose(alone, picture.array, rtol=0, atol=near)


@given(picture=pictures, first=kernels(), then=kernels())
@examples(100)
def test_composed_kernels_equal_a_chain_inside_the_picture(
    picture: Array, first: Kernel, then: Kernel
) -> None:
    picture = np.pad(picture, 6, "wrap")
    both = on_floats(picture, first.compose(then), extent="valid")
    np.testing.assert_array_equal(both, on_floats(picture, first, then, extent="valid"))


@given(picture=pictures, first=kernels(offset=False), then=kernels(offset=False))
@examples(100)
def test_composed_kernels_equal_a_chain_on_a_zero_border(
    picture: Array, first: Kernel, then: Kernel
) -> None:
    both = on_floats(picture, first.compose(then), border="constant", extent="full")
    after = on_floats(picture, first, then, border="constant", extent="full")
    np.testing.assert_array_equal(both, after)


@pytest.mark.parametrize(("border", "extent"), list(product(BORDERS, EXTENTS)))
@given(picture=pictures, first=kernels(), then=kernels())
@examples(20)
def test_a_chain_equals_its_steps_one_after_the_other(
    border: str, extent: str, picture: Array, first: Kernel, then: Kernel
) -> None:
    picture = np.pad(picture, 6, "edge") if extent == "valid" else picture
    middle = on_floats(picture, first, border=border, extent=extent)
    after = on_floats(middle, then, border=border, extent=extent)
    together = on_floats(picture, first, then, border=border, extent=extent)
    np.testing.assert_array_equal(together, after)
    planned = on_floats(picture, first, then, border=border, extent=extent, engine=None)
    gains = [max(1, np.abs(kernel.weights).sum() / abs(kernel.scale)) for kernel in (first, then)]
    near = 1e-6 * 255 * gains[0] * gains[1]
    np.testing.assert_allclose(planned, after, rtol=0, atol=near)


# Rows in flight: one, a few, and all.
@pytest.mark.parametrize(
    ("border", "extent", "strip_bytes"), covering(BORDERS, EXTENTS, [1, 9_000, 2**18])
)
def test_threads_and_strip_heights_change_no_byte(
    border: str, extent: str, strip_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = noise(53, 37, "rgba")
    wide = Kernel.outer(np.hanning(11)[1:-1], np.hanning(13)[1:-1]).normalised()
    chain = [Filter("wide", (wide,)), SOBEL, Filter("sharpen", (SHARPEN,), range="stretch")]

    def run(threads: int) -> bytes:
        how = Settings(Border(border), extent, threads=threads)
        return filter_pixels(picture, chain, how).pixels.array.tobytes()

    expected = run(1)
    monkeypatch.setattr(pipeline, "STRIP_BYTES", strip_bytes)
    assert [run(threads) == expected for threads in (1, 2, 3, 7, 64)] == [True] * 5


@st.composite
def steps(draw: st.DrawFn) -> Chosen:
    """Draw a filter of one or two kernels, each with an engine that can run it."""
    names, range = draw(st.lists(st.sampled_from([*ENGINES]), min_size=1, max_size=2)), "clamp"
    if "pyramid" not in names:
        range = draw(st.sampled_from(["clamp", "clamp", "abs", "offset", "stretch"]))
    kernels = []
    for name in names:
        height, width = draw(st.integers(1, 12)), draw(st.integers(1, 9))
        origin = (draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1)))
        random = np.random.default_rng([height, width])
        grid = {
            "running": np.ones((height, width)),
            "separable": np.outer(random.standard_normal(height), random.random(width)),
        }.get(name, random.standard_normal((height, width)))
        kernel = Kernel(grid, np.abs(grid).sum(), 0, origin)
        kernels.append(gaussian(6 + height / 10) if name == "pyramid" else kernel)
    return chosen(
        " ".join(names), *kernels, combine="max" if len(names) > 1 else "none", range=range
    )


@given(chain=st.lists(steps(), min_size=1, max_size=3), data=st.data())
@examples(150)
def test_threads_strips_and_overwriting_change_no_byte_with_any_engines(
    chain: list[Chosen], data: st.DataObject
) -> None:
    height, width = data.draw(st.integers(1, 150)), data.draw(st.integers(1, 20))
    channels = data.draw(st.sampled_from(["l", "la", "rgb", "rgba", "0123"]))
    picture = noise(height, width, channels, data.draw(st.sampled_from([*MAXIMUM])))
    around = Border(data.draw(st.sampled_from([*BORDERS])))
    extent = data.draw(st.sampled_from(["same", "same", "full"]))
    filtered_ones = data.draw(st.sampled_from([None, frozenset(channels[-1:])]))
    filters = [filter for filter, _ in chain]

    def run(threads: int, may_overwrite: bool) -> Pixels:
        copied = Pixels(picture.array.copy(), picture.channels)
        how = Settings(around, extent, channels=filtered_ones, threads=threads, tolerance=50)
        return filter_pixels(copied, filters, how, may_overwrite=may_overwrite).pixels

    with pytest.MonkeyPatch.context() as patch:
        choose(patch, chain)
        patch.setattr("imgconv.planning.plan.SMALL", 0)
        expected = run(1, False).array
        for threads in (1, data.draw(st.integers(2, 5)), 64):
            strip_bytes = data.draw(st.sampled_from([1, 500, 3_000, 20_000, 2**18]))
            patch.setattr(pipeline, "STRIP_BYTES", strip_bytes)
            result = run(threads, data.draw(st.booleans())).array
            np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    "border", with_slow(["edge", "wrap"], sorted({*BORDERS} - {"edge", "wrap"}))
)
def test_rows_are_read_before_they_are_overwritten_at_every_small_size(
    border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "STRIP_BYTES", 1)
    for height, length in product(range(1, 14), range(1, 5)):
        picture = noise(height, 2)
        for row in range(length):
            kernel = Kernel(1.5 + np.arange(length)[:, None], 20, 0, (row, 0))
            how = Settings(Border(border), threads=1)
            expected = filtered(picture, kernel, settings=how)
            copied = Pixels(picture.array.copy(), picture.channels)
            chain = [Filter("column", (kernel,))]
            result = filter_pixels(copied, chain, how, may_overwrite=True).pixels.array
            assert np.array_equal(result, expected), (height, length, row)


def over(picture: Array, background: Array, maximum: float) -> Array:
    """Return an RGBA picture (height, width, 4) composited over a flat background."""
    share = picture[..., 3:] / maximum
    return picture[..., :3] * share + background * (1 - share)


@pytest.mark.parametrize("border", ["edge", "reflect", "mirror", "wrap"])
@pytest.mark.parametrize(("dtype", "near"), [("uint8", 1.01), ("uint16", 1.01), ("float32", 1e-5)])
def test_averaging_before_or_after_compositing_is_the_same(
    dtype: str, near: float, border: str
) -> None:
    picture = noise(20, 30, "rgba", dtype)
    maximum, how = picture.maximum, Settings(Border(border))
    background = np.array([0.9, 0.2, 0.6]) * maximum
    composited = pixels(
        over(picture.array.astype(np.float64), background, maximum), "float32", "rgb"
    )
    before = filtered(composited, BLUR, settings=how)
    after = over(filtered(picture, BLUR, settings=how), background, maximum)
    np.testing.assert_allclose(after, before, rtol=0, atol=near)


@pytest.mark.parametrize(
    ("dtype", "border", "filter"),
    covering(MAXIMUM, BORDERS, [Filter("blur", (BLUR,)), Filter("sharpen", (SHARPEN,))]),
)
def test_the_colour_of_transparent_pixels_never_leaks(
    dtype: str, border: str, filter: Filter
) -> None:
    picture = noise(20, 30, "rgba", dtype)
    picture.array[4:12, 5:20, 3] = 0
    repainted = Pixels(picture.array.copy(), picture.channels)
    repainted.array[4:12, 5:20, :3] = picture.maximum
    how = Settings(Border(border))
    result = filtered(picture, filter, settings=how)
    np.testing.assert_array_equal(filtered(repainted, filter, settings=how), result)
    assert not result[7, 10].any()


def test_a_flat_picture_with_any_alpha_keeps_its_colour_under_an_average() -> None:
    picture = noise(20, 30, "rgba")
    picture.array[..., :3] = [200, 30, 90]
    picture.array[..., 3] = picture.array[..., 3].clip(1)
    result = filtered(picture, BLUR)
    np.testing.assert_array_equal(result[..., :3], picture.array[..., :3])


def test_differences_ignore_alpha_and_keep_it() -> None:
    picture = noise(20, 30, "rgba")
    opaque = Pixels(np.ascontiguousarray(picture.array[..., :3]), ("r", "g", "b"))
    result = filtered(picture, SOBEL_X)
    np.testing.assert_array_equal(result[..., 3], picture.array[..., 3])
    np.testing.assert_array_equal(result[..., :3], filtered(opaque, SOBEL_X))
