"""A result mixed with the picture, by a percentage, a mask and a region: against the formula."""

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.engines import ENGINES
from imgconv.execution.context import StepContext
from imgconv.execution.executor import filter_pixels
from imgconv.execution.layout import Layout
from imgconv.execution.pipeline import line_of
from imgconv.execution.snapshot_cache import FreeList
from imgconv.execution.sources import PixelSource
from imgconv.images.blend import Blend, Region
from imgconv.images.mask import Mask
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.filter import RANGES, Filter
from imgconv.kernels.generators import gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.kernels.library import find
from imgconv.planning.planner import plan_of
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import covering
from tests.support.light import level_of, light_of
from tests.support.pictures import BLUR, SHARPEN, filtered, noise, pixels

Array = NDArray[np.float64]

# Pillow's layout of RGB, with four values for three channels, is the last.
LAYOUTS = [("l", 1), ("la", 2), ("rgb", 3), ("rgba", 4), ("cmyk", 4), ("rgb", 4)]


def picture(channels: str, stored: int, dtype: str = "uint8", size: int = 40) -> Pixels:
    values = noise(size, size + 5, "x" * stored, dtype).array
    return Pixels(values, tuple(channels))


def mask(height: int, width: int) -> Mask:
    """Return a mask of noise between a half that is black and a quarter that is white."""
    values = noise(height, width).array[..., 0].copy()
    values[:, : width // 2] = 0
    values[: height // 3] = 0
    values[-height // 4 :, width // 2 :] = 255
    return Mask(values, 255)


def blended(
    before: Pixels, blend: Blend, *steps: Filter | Kernel, how: Settings | None = None
) -> Array:
    settings = (how or Settings())._replace(blend=blend)
    return filtered(before, *steps, settings=settings)[..., : len(before.channels)]


def whole(before: Pixels, kernel: Kernel) -> Array:
    """Return the result by definition, neither rounded nor clamped."""
    planes = np.moveaxis(before.array.astype(np.float64), -1, 0)
    numbers = (kernel.weights, kernel.scale, kernel.offset, kernel.origin)
    return np.stack([oracle.correlate(plane, *numbers) for plane in planes], axis=-1)


def mixed(before: Pixels, after: Array, weights: Array | float) -> Array:
    return (1 - weights) * before.array + weights * after


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("kernel", [BLUR, SHARPEN], ids=["blur", "sharpen"])
@pytest.mark.parametrize("percent", [0, 1, 30, 50, 99.5, 100])
def test_a_percentage_is_mixed_before_the_result_is_rounded_once(
    percent: float, kernel: Kernel, dtype: str
) -> None:
    before = noise(13, 17, "rgb", dtype)
    exact = mixed(before, whole(before, kernel), percent / 100)
    result = blended(before, Blend(percent), kernel)
    if dtype == "uint8":
        np.testing.assert_array_equal(result, oracle.to_levels(np.round(exact, 6), 255))
    else:  # float32 has 8 bits behind the point of 16-bit levels
        assert np.abs(result - exact.clip(0, 65535)).max() <= 0.5 + 2**-8


def test_floats_are_mixed_and_neither_rounded_nor_clamped() -> None:
    before = noise(13, 17, "rgb", "float32")
    exact = mixed(before, whole(before, SHARPEN), 0.3)
    assert exact.max() > 1 and exact.min() < 0
    np.testing.assert_allclose(blended(before, Blend(30), SHARPEN), exact, rtol=0, atol=1e-6)


@pytest.mark.parametrize("percent", [40, 100])
def test_a_mask_is_a_weight_for_each_pixel(percent: float) -> None:
    before, through = noise(13, 17, "rgb"), noise(13, 17).array[..., 0]
    weights = percent / 100 * through[..., None] / 255.0
    exact = mixed(before, whole(before, SHARPEN), weights)
    result = blended(before, Blend(percent, Mask(through, 255)), SHARPEN)
    np.testing.assert_array_equal(result, oracle.to_levels(np.round(exact, 6), 255))


def check_ends(before: Pixels, how: Settings, *steps: Filter | Kernel, overwrites: bool) -> None:
    """Compare where the mask is black with the picture, where it is white with the result."""
    through = mask(before.height, before.width)
    original = before.array[..., : len(before.channels)].copy()
    expected = filtered(before, *steps, settings=how)[..., : len(before.channels)]
    place = Region(4, 9, before.width - 14, before.height - 13)
    settings = how._replace(blend=Blend(mask=through, region=place))
    filters = [step if isinstance(step, Filter) else Filter("k", (step,)) for step in steps]
    copied = before._replace(array=before.array.copy())
    made = filter_pixels(copied, filters, settings, may_overwrite=overwrites).pixels.array
    made = made[..., : len(before.channels)]
    inside = np.zeros((before.height, before.width), bool)
    inside[9:-4, 4:-10] = True
    kept, replaced = ~inside | (through.values == 0), inside & (through.values == 255)
    assert kept.any() and replaced.any() and not (kept | replaced).all()
    assert made[kept].tobytes() == original[kept].tobytes()
    np.testing.assert_array_equal(made[replaced], expected[replaced])


@pytest.mark.parametrize(
    ("layout", "dtype", "linear", "overwrites"),
    covering(LAYOUTS, MAXIMUM, [True, False], [True, False]),
)
def test_black_keeps_the_picture_to_the_bit_and_white_takes_the_result(
    layout: tuple[str, int], dtype: str, linear: bool, overwrites: bool
) -> None:
    how = Settings(linear=linear and layout[0] != "cmyk", threads=3)
    for steps in ([BLUR], [SHARPEN, BLUR], [BLUR, SHARPEN]):
        check_ends(picture(*layout, dtype), how, *steps, overwrites=overwrites)


@pytest.mark.parametrize("name", ENGINES)
def test_it_is_so_with_every_engine(name: str) -> None:
    how = Settings(engine=name, tolerance=5)
    filters = find(ENGINES[name].samples[0])
    for layout in (("rgba", 4), ("rgb", 4)):
        for overwrites in (True, False):
            check_ends(picture(*layout, size=60), how, *filters, overwrites=overwrites)


@pytest.mark.parametrize("range", RANGES)
@pytest.mark.parametrize("text", ["sobel", "emboss", "gaussian:1,laplacian", "unsharp:2:1:9"])
def test_it_is_so_with_every_range_rule_and_combination(text: str, range: str) -> None:
    for channels in (None, frozenset("ga")):
        how = Settings(range=range, channels=channels)
        check_ends(picture("rgba", 4), how, *find(text), overwrites=True)


@pytest.mark.parametrize("dtype", MAXIMUM)
def test_a_region_is_a_white_rectangle(dtype: str) -> None:
    before, place = noise(50, 41, "rgba", dtype), Region(3, 11, 20, 30)
    white = np.zeros((50, 41), np.uint8)
    white[11:41, 3:23] = 255
    for text in ("blur:5", "gaussian:9,sobel", "laplacian"):
        for how in (Settings(), Settings(range="stretch", threads=3), Settings(linear=True)):
            by_region = blended(before, Blend(70, region=place), *find(text), how=how)
            by_mask = blended(before, Blend(70, Mask(white, 255)), *find(text), how=how)
            np.testing.assert_array_equal(by_region, by_mask)


@pytest.mark.parametrize("rows", [range(0), range(1), range(700, 2000), range(3999, 4000)])
def test_only_the_strips_that_hold_rows_of_a_region_are_made(rows: range) -> None:
    before = noise(4000, 100)
    context = StepContext.of(before, Settings(), None)
    steps = plan_of(before, find("blur"), Settings()).lines[0]
    last = line_of(PixelSource(before), steps, context)[-1]
    edges = last.band_edges(3, rows)
    assert edges == sorted({*edges}) and len(edges) <= 4
    assert not rows or edges[0] <= rows.start < rows.stop <= edges[-1]
    assert edges[-1] - edges[0] < len(rows) + 2 * last.strip < 4000


def over(ground: float, colours: Array, alpha: Array) -> Array:
    return ground + (colours - ground) * alpha / 255


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("text", ["blur:3", "gaussian:2,sharpen", "sharpen,blur"])
def test_a_mixed_sprite_over_a_flat_ground_is_the_mixture_of_the_flat_pictures(
    text: str, linear: bool
) -> None:
    before, through = noise(30, 33, "la", "float32"), noise(30, 33).array[..., 0]
    before.array[:, :12, 1] = 0
    before = before._replace(array=before.array * np.float32(255), maxval=255)
    how = Settings(linear=linear)
    result = blended(before, Blend(80, Mask(through, 255)), *find(text), how=how)
    after = filtered(before, *find(text), settings=how)
    weights = 0.8 * through / 255.0

    def lit(levels: Array) -> Array:
        return 255 * light_of(levels / 255) if linear else levels

    for ground in (0.0, 255.0):
        flat = [over(ground, lit(each[..., 0]), each[..., 1]) for each in (before.array, after)]
        expected = (1 - weights) * flat[0] + weights * flat[1]
        got = over(ground, lit(result[..., 0]), result[..., 1])
        np.testing.assert_allclose(got, expected, rtol=0, atol=0.01)


def test_colours_are_none_where_mixed_alpha_rounds_to_nothing() -> None:
    values = np.full((9, 9, 2), 200)
    values[..., 1] = 0
    values[4, 4, 1] = 1
    picture = pixels(values, channels="la")
    assert blended(picture, Blend(60), BLUR)[4, 4].tolist() == [200, 1], "0.4 + 0.6 / 4 is 0.55"
    assert blended(picture, Blend(90), BLUR)[4, 4].tolist() == [0, 0], "0.1 + 0.9 / 4 is 0.325"


def test_straight_alpha_mixes_every_channel_alike() -> None:
    before = noise(13, 17, "la")
    exact = mixed(before, whole(before, BLUR), 0.5)
    result = blended(before, Blend(50), BLUR, how=Settings(straight_alpha=True))
    colour = oracle.to_levels(np.round(exact[..., 0], 6), 255)
    np.testing.assert_array_equal(result[..., 0], colour)


def test_linear_light_is_mixed_as_light() -> None:
    before = noise(13, 17, "rgb")
    shares = before.array / 255.0
    planes = [
        oracle.correlate(light_of(shares[..., k]), BLUR.weights, BLUR.scale) for k in range(3)
    ]
    exact = 255 * level_of(0.7 * light_of(shares) + 0.3 * np.stack(planes, axis=-1))
    result = blended(before, Blend(30), BLUR, how=Settings(linear=True))
    assert np.abs(result - exact).max() <= 0.501


def test_numbers_that_are_none_stay_outside_of_a_mask() -> None:
    before = noise(20, 20, "l", "float32")
    before.array[3, 3], before.array[12, 12], before.array[15, 4] = np.nan, np.inf, -np.inf
    before.array[0, 0] = -0.0
    through = np.zeros((20, 20), np.uint8)
    through[14:16, 10:12] = 255
    made = blended(before, Blend(mask=Mask(through, 255)), BLUR).astype(np.float32)
    kept = through == 0
    assert made[kept].tobytes() == before.array[kept].tobytes()
    assert np.isfinite(made[~kept]).all()


@pytest.mark.parametrize("blend", [Blend(0), Blend(mask=Mask(np.zeros((30, 20), np.uint8), 255))])
def test_nothing_of_the_result_leaves_the_picture(blend: Blend) -> None:
    before = noise(30, 20, "rgb")
    for text in ("blur", "gaussian:9,sobel"):
        np.testing.assert_array_equal(blended(before, blend, *find(text)), before.array)


@pytest.mark.parametrize(
    ("rows", "border", "threads"),
    covering(
        [(0, 7), (1, 30), (57, 3), (59, 1), (0, 60), (20, 39)],
        ["edge", "reflect", "mirror", "wrap", "constant"],
        [1, 2, 3],
    ),
)
def test_a_picture_in_its_own_memory_is_read_before_it_is_overwritten(
    rows: tuple[int, int], border: str, threads: int
) -> None:
    before, how = noise(60, 300, "rgba", "uint16"), Settings().border._replace(name=border)
    blend = Blend(region=Region(5, rows[0], 250, rows[1]))
    settings = Settings(how, threads=threads, blend=blend)
    for filters in ([Filter("g", (gaussian(2),))], find("blur:5,sharpen")):
        apart = filter_pixels(before, filters, settings).pixels.array
        copied = before._replace(array=before.array.copy())
        inside = filter_pixels(copied, filters, settings, may_overwrite=True).pixels.array
        np.testing.assert_array_equal(inside, apart)


@pytest.mark.parametrize("overwrites", [True, False])
def test_a_layout_serves_further_pictures_with_the_same_mask(overwrites: bool) -> None:
    layouts = FreeList[Layout]()
    masks = [mask(40, 45), Mask(mask(40, 45).values[::-1], 255)]
    for number, through in enumerate((*masks, masks[1], masks[0])):
        before = picture("rgb", 4)
        before.array[:] ^= np.uint8(number)
        settings = Settings(blend=Blend(60, through))
        expected = filter_pixels(before, find("blur"), settings).pixels.array.copy()
        copied = before._replace(array=before.array.copy())
        how = (settings, lambda done, total: None, overwrites, layouts)
        got = filter_pixels(copied, find("blur"), *how).pixels.array
        np.testing.assert_array_equal(got[..., :3], expected[..., :3])
