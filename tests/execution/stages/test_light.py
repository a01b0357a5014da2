"""Filtering linear light: against float64, in every depth, with alpha and borders."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.engines import ENGINES
from imgconv.errors import UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.images.transfer import SRGB, Curve, Power, Samples, curves_for, least_light
from imgconv.kernels.border import BORDERS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import box, gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.light import level_of, light_of
from tests.support.pictures import BLUR, SHARPEN, SOBEL_X, filtered, noise, pixels

pytestmark = pytest.mark.arithmetic

Array = NDArray[np.float64]
LINEAR = Settings(linear=True)


def expected(picture: Pixels, kernel: Kernel, border: str = "edge", constant: float = 0) -> Array:
    """Return every channel filtered in light by definition, neither rounded nor clamped."""
    shares = picture.array / picture.maximum
    planes = [
        oracle.correlate_quickly(
            light_of(shares[..., k].astype(np.float64)),
            kernel.weights,
            kernel.scale,
            kernel.offset / picture.maximum,
            kernel.origin,
            border,
            constant=float(light_of(np.array(constant / picture.maximum))),
        )
        for k in range(len(picture.channels))
    ]
    return level_of(np.stack(planes, axis=-1)) * picture.maximum


@pytest.mark.parametrize("dtype", MAXIMUM)
@pytest.mark.parametrize("channels", ["l", "rgb", "rgba", "la"])
def test_an_identity_kernel_in_linear_light_keeps_every_level(channels: str, dtype: str) -> None:
    picture = noise(40, 50, channels, dtype)
    same = filtered(picture, Kernel([[1]]), settings=LINEAR)
    np.testing.assert_allclose(same, picture.array, rtol=1e-6, atol=0)


def test_every_16_bit_level_survives_the_conversion_to_light_and_back() -> None:
    picture = pixels(np.arange(65536).reshape(256, 256), "uint16")
    same = filtered(picture, Kernel([[1]]), settings=LINEAR)
    np.testing.assert_array_equal(same[..., 0], picture.array[..., 0])


# By how much a result may be off, in levels: half a level to round, and what float32 loses where
# differences of bright values are nearly black.
OFF = {"uint8": 0.51, "uint16": 0.7}


@pytest.mark.parametrize("kernel", [BLUR, SHARPEN, SOBEL_X], ids=["blur", "sharpen", "sobel-x"])
@pytest.mark.parametrize("dtype", OFF)
def test_whole_numbers_are_rounded_once(dtype: str, kernel: Kernel) -> None:
    picture = noise(60, 70, "rgb", dtype)
    result = filtered(picture, kernel, settings=LINEAR)
    exact = expected(picture, kernel).clip(0, picture.maximum)
    assert np.abs(result - exact).max() <= OFF[dtype]


@pytest.mark.parametrize("kernel", [BLUR, SHARPEN, SOBEL_X], ids=["blur", "sharpen", "sobel-x"])
def test_floats_are_neither_rounded_nor_clamped(kernel: Kernel) -> None:
    picture = noise(60, 70, "rgb", "float32")
    picture.array[...] = picture.array * 4 - 1
    result = filtered(picture, kernel, settings=LINEAR)
    np.testing.assert_allclose(
        light_of(result), light_of(expected(picture, kernel)), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("border", BORDERS)
def test_padding_is_converted_to_light(border: str) -> None:
    picture, constant = noise(30, 20, "rgb"), 128.5 if border == "constant" else 0
    settings = Settings(Border(border, str(constant) if constant else ""), linear=True)
    kernel = Kernel(np.ones((5, 4)), 20, origin=(4, 1))
    exact = expected(picture, kernel, border, constant)
    assert np.abs(filtered(picture, kernel, settings=settings) - exact).max() <= 0.51


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_is_within_the_tolerance_in_levels(engine: str) -> None:
    """Dark pixels beside bright ones, where a little light is many levels."""
    values = np.full((90, 90), 3)
    values[40:50, 30:60] = 255
    kernel = gaussian(5) if engine != "running" else box(9)
    settings = Settings(linear=True, engine=engine, threads=1)
    try:
        result = filtered(pixels(values), kernel, settings=settings)
    except UsageError:
        assert engine in ("pyramid", "fourier"), "these may not be exact enough"
        return
    assert np.abs(result - expected(pixels(values), kernel)).max() <= 0.51 + 0.5


def test_planned_engines_are_within_the_tolerance_in_levels() -> None:
    values = np.full((300, 300), 2)
    values[140:160, 100:200] = 255
    for kernel in (gaussian(12), Kernel(np.ones((41, 41)), 1681), find("disk:16")[0].kernels[0]):
        result = filtered(pixels(values), kernel, settings=LINEAR)
        assert np.abs(result - expected(pixels(values), kernel)).max() <= 1


@pytest.mark.parametrize(
    "curve", [SRGB, Power(2.2), Power(1.8), Power(1.0), Samples((0, 0.1, 0.6, 1))]
)
def test_the_least_light_of_a_tolerance_holds_at_every_level(curve: Curve) -> None:
    apart = least_light([curve], 0.5) / 255
    at = np.random.default_rng(2).random(4000) * (1 - 1 / 255)
    assert (curve.light(at + 0.5 / 255) - curve.light(at) >= apart * (1 - 1e-9)).all()
    assert apart > 0
    if curve == SRGB:
        assert apart == pytest.approx(0.5 / 255 / 12.92)


def test_a_curve_that_falls_where_its_parts_meet_asks_for_exact_results() -> None:
    falling = Power(2.4, 0.94784, 0.05214, knee=0.04045, slope=0.0775)
    assert falling.light(np.array(0.04045)) < falling.light(np.array(0.0404499))
    assert least_light([falling], 1e-4) == 0
    picture = with_curves(noise(9, 9), k=falling)
    filtered(picture, BLUR, settings=LINEAR._replace(tolerance=1e-4))


def test_a_chain_stays_light_between_its_steps() -> None:
    picture = noise(50, 60, "rgb")
    both = filtered(picture, BLUR, SHARPEN, settings=LINEAR)
    middle = pixels(light_of(picture.array / 255), "float32", "rgb")
    exact = filtered(middle, BLUR, SHARPEN)
    assert np.abs(both - level_of(exact.clip(0, 1)) * 255).max() <= 0.51


def test_a_chain_of_several_lines_is_converted_to_light_once() -> None:
    picture, filters = noise(200, 300), find("disk:20,sharpen,disk:18")
    engines = Settings(linear=True, engine="fourier")
    direct = Settings(linear=True, engine="direct")
    result = filtered(picture, *filters, settings=engines)
    assert np.abs(result - filtered(picture, *filters, settings=direct)).max() <= 1


@pytest.mark.parametrize("dtype", MAXIMUM)
def test_alpha_weights_light_and_is_not_converted(dtype: str) -> None:
    picture = noise(30, 40, "rgba", dtype)
    result = filtered(picture, BLUR, settings=LINEAR)
    shares = picture.array / picture.maximum
    alpha = plain(shares[..., 3])
    np.testing.assert_allclose(
        result[..., 3], alpha * picture.maximum, rtol=1e-6, atol=0 if dtype == "float32" else 0.501
    )
    for k in range(3):
        weighed = plain(light_of(shares[..., k].astype(np.float64)) * shares[..., 3])
        exact = level_of(weighed / alpha) * picture.maximum
        atol = {"uint8": 0.51, "uint16": 0.6, "float32": 1e-6}[dtype]
        np.testing.assert_allclose(result[..., k], exact, rtol=0, atol=atol)


def plain(values: Array) -> Array:
    return oracle.correlate_quickly(values.astype(np.float64), BLUR.weights, BLUR.scale)


@pytest.mark.parametrize("dtype", MAXIMUM)
@pytest.mark.parametrize("text", ["blur", "sobel", "gaussian:2,emboss"])
def test_threads_and_overwriting_change_no_byte_in_linear_light(text: str, dtype: str) -> None:
    picture, filters = noise(211, 130, "rgba", dtype), find(text)
    alone = filter_pixels(picture, filters, Settings(linear=True, threads=1)).pixels.array
    for threads in (2, 5):
        own = Pixels(picture.array.copy(), picture.channels)
        settings = Settings(linear=True, threads=threads)
        result = filter_pixels(own, filters, settings, may_overwrite=True)
        np.testing.assert_array_equal(result.pixels.array, alone)


def test_range_rules_apply_to_light() -> None:
    picture = pixels([[0, 255, 0, 255]])
    difference = Filter("difference", (Kernel([[-1, 1]]),))
    half = filtered(picture, difference, settings=Settings(range="offset", linear=True))
    assert half[0, 0, 0] == 188, "zero becomes half of the light"
    stretched = filtered(picture, difference, settings=Settings(range="stretch", linear=True))
    assert stretched[0, :, 0].tolist() == [188, 255, 0, 255]


def test_clipped_values_are_counted_in_linear_light() -> None:
    picture = pixels([[0, 255, 0, 255]])
    result = filter_pixels(picture, [Filter("twice", (Kernel([[2, -1]], origin=(0, 0)),))], LINEAR)
    assert result.pixels.array[0, :, 0].tolist() == [0, 255, 0, 255]
    assert result.clipped == 0.75
    assert filter_pixels(picture, [Filter("blur", (BLUR,))], LINEAR).clipped == 0


def test_carried_channels_keep_their_levels_in_linear_light() -> None:
    picture = noise(30, 40, "rgb", "uint16")
    result = filtered(picture, BLUR, settings=Settings(linear=True, channels=frozenset("g")))
    np.testing.assert_array_equal(result[..., ::2], picture.array[..., ::2])


def with_curves(picture: Pixels, **curves: Curve) -> Pixels:
    return Pixels(picture.array, picture.channels, curves=curves)


CURVES = {
    "gamma": Power(2.2),
    "none": Power(1.0),
    "samples": Samples(tuple(np.linspace(0, 1, 300) ** 1.7)),
    "black that shines": Samples((0.02, 0.3, 1)),
    "flat ends": Samples((0, 0, 0, 0.2, 0.7, 1, 1)),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_any_transfer_function_is_rounded_exactly(dtype: str, curve: Curve) -> None:
    picture = with_curves(noise(40, 50, "l", dtype), k=curve)
    result = filtered(picture, BLUR, settings=LINEAR) / picture.maximum
    shares = picture.array[..., 0].astype(np.float64) / picture.maximum
    exact = plain(curve.light(shares))
    # The result's light lies between that of half a level less and half a level more.
    half = {"uint8": 0.51 / 255, "uint16": 0.6 / 65535, "float32": 1e-6}[dtype]
    below = curve.light((result[..., 0] - half).clip(0)) - 2e-7
    above = curve.light(result[..., 0] + half) + 2e-7
    assert (below <= exact).all() and (exact <= above).all()


def test_each_channel_has_its_own_transfer_function() -> None:
    curves = {"r": Power(1.0), "g": Power(2.0), "b": Power(3.0)}
    picture = with_curves(noise(40, 50, "rgba"), **curves)
    opaque = picture.array
    opaque[..., 3] = 255
    result = filtered(picture, BLUR, settings=LINEAR)
    for k, gamma in enumerate((1, 2, 3)):
        exact = 255 * plain((opaque[..., k] / 255) ** gamma) ** (1 / gamma)
        assert np.abs(result[..., k] - exact).max() <= 0.51


def test_channels_without_a_curve_take_the_nearest_one() -> None:
    red, green, grey = Power(1.1), Power(1.2), Power(1.3)
    assert curves_for("rgba", {}) == [SRGB, SRGB, SRGB, None]
    assert curves_for("rgb", {"k": grey}) == [grey] * 3
    assert curves_for("la", {"r": red, "g": green, "b": red}) == [green, None]
    assert curves_for(["0", "1"], {}) == [SRGB, SRGB]
    assert curves_for("lx", {}) == [SRGB, None]


@pytest.mark.parametrize("maximum", [100, 1023])
def test_the_maximum_of_a_picture_is_full_light(maximum: int) -> None:
    dtype = "uint8" if maximum < 256 else "uint16"
    values = np.random.default_rng(5).integers(0, maximum + 1, (40, 50, 1))
    picture = Pixels(values.astype(dtype), ("l",), maxval=maximum)
    result = filtered(picture, BLUR, settings=LINEAR)
    assert np.abs(result - expected(picture, BLUR)).max() <= 0.51


def test_inks_are_refused() -> None:
    with pytest.raises(UsageError, match="inks are no light"):
        filtered(noise(5, 5, "cmyk"), BLUR, settings=LINEAR)


def test_values_that_are_not_finite_are_kept() -> None:
    values = np.full((20, 30), 0.25, np.float32)
    values[10, 10], values[3, 20] = np.nan, np.inf
    result = filtered(pixels(values, "float32"), Kernel([[0, 1, 0]]), settings=LINEAR)[..., 0]
    np.testing.assert_allclose(result, values, rtol=1e-6)


def test_straight_alpha_weights_no_colour() -> None:
    picture = noise(30, 40, "rgba")
    result = filtered(picture, BLUR, settings=Settings(straight_alpha=True))
    for k in range(4):
        exact = plain(picture.array[..., k])
        assert np.abs(result[..., k] - exact).max() <= 0.51
    other = filtered(picture, SOBEL_X, settings=Settings(straight_alpha=True))
    np.testing.assert_array_equal(other, filtered(picture, SOBEL_X))


@pytest.mark.parametrize("straight", [False, True])
@pytest.mark.parametrize("kernel", [BLUR, SHARPEN], ids=["blur", "sharpen"])
def test_a_range_rule_leaves_averaged_alpha_alone(kernel: Kernel, straight: bool) -> None:
    picture = noise(30, 40, "rgba")
    alpha = filtered(picture, kernel, settings=Settings(straight_alpha=straight))[..., 3]
    for rule in ("abs", "offset"):
        settings = Settings(straight_alpha=straight, range=rule)
        shown = filtered(picture, kernel, settings=settings)[..., 3]
        np.testing.assert_array_equal(shown, alpha)
