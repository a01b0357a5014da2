"""Masks in the frequency domain, through whole runs, compared with numpy.fft."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.errors import LimitError, UsageError
from imgconv.execution import estimate
from imgconv.execution.executor import Filtered, filter_pixels
from imgconv.execution.frequencies import COLUMNS, ROWS, keep_frequencies
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.library import find
from imgconv.kernels.mask_picture import AnyMask
from imgconv.planning.settings import Settings, make_settings
from tests.support.covering import covering
from tests.support.pictures import noise, pixels, ramp

Array = NDArray[np.float64]

CAMERA = Path(__file__).parents[2] / "sample_images" / "camera.png"
SIZES = [(1, 1), (1, 7), (6, 1), (5, 8), (12, 16), (ROWS + 3, 2 * COLUMNS + 5)]
FILTERS = [
    "freq-low:0.2",
    "freq-low:1/5:butterworth:3",
    "freq-high:0.2:gaussian",
    "freq-band:0.1:0.3",
    "freq-stop:0.1:0.3:butterworth",
    "freq-notch:0.25:-0.125:0.1",
    "freq-notch:0.5:0.1:0.2:gaussian",
]


def camera() -> Array:
    return np.asarray(Image.open(CAMERA).convert("L"), np.float64)


def mask_of(text: str) -> AnyMask:
    (filter,) = find(text)
    assert filter.mask
    return filter.mask


def kept(values: Array, mask: AnyMask, border: str = "wrap") -> Array:
    """Return what a mask keeps, by the transform of the whole picture."""
    height, width = values.shape
    if border == "reflect":
        values = np.pad(values, ((0, height), (0, width)), mode="symmetric")
    down, across = (np.fft.fftfreq(size).astype(float) for size in values.shape)
    back = np.fft.ifft2(np.fft.fft2(values) * mask.weights(down[:, None], across))
    assert np.abs(back.imag).max() < 1e-9
    return back.real[:height, :width]


def run(picture: Pixels, text: str | list[Filter], **options: object) -> Filtered:
    filters = find(text) if isinstance(text, str) else text
    return filter_pixels(picture, filters, make_settings(**options))  # type: ignore[arg-type]


def floats(values: Array, channels: str = "l") -> Pixels:
    return pixels(values / 255, "float32", channels)


@pytest.mark.parametrize(("text", "border", "size"), covering(FILTERS, ["wrap", "reflect"], SIZES))
def test_frequencies_are_those_of_the_whole_transform(
    text: str, border: str, size: tuple[int, int]
) -> None:
    values = np.random.default_rng(1).random(size)
    found = values.copy()
    result = keep_frequencies([found], mask_of(text), border, 2)
    np.testing.assert_allclose(found, kept(values, mask_of(text), border), atol=1e-13)
    times = 4 if border == "reflect" else 1
    assert 0 <= result.number <= result.size == times * values.size


@pytest.mark.parametrize(
    ("edge", "inner", "corner", "energy"),
    [
        ("hard", 132.876782, 99.957656, 0.0373379),
        ("butterworth:2", 115.232603, 91.901856, 0.0332617),
        ("gaussian", 113.726127, 92.418385, 0.0313192),
    ],
)
def test_known_numbers(edge: str, inner: float, corner: float, energy: float) -> None:
    values = ramp()
    found = keep_frequencies([values], mask_of(f"freq-low:0.2:{edge}"), "wrap", 1)
    assert (found.number, found.size) == (23, 192)
    assert values[4, 5] == pytest.approx(inner, abs=1e-6)
    assert values[0, 0] == pytest.approx(corner, abs=1e-6)
    assert found.energies[2] / found.energies[3] == pytest.approx(energy, abs=1e-7)


def test_known_numbers_of_a_photograph() -> None:
    values = camera()
    found = keep_frequencies([values], mask_of("freq-low:0.1"), "wrap", 2)
    assert (found.number, found.size) == (8245, 262144)
    assert values[100, 200] == pytest.approx(59.624136, abs=1e-6)
    assert values[0, 0] == pytest.approx(146.354525, abs=1e-6)
    assert values.min() == pytest.approx(-20.879335, abs=1e-6)
    kept_energy, energy, kept_rest, rest = found.energies
    assert kept_energy / energy == pytest.approx(0.9905462, abs=1e-7)
    assert kept_rest / rest == pytest.approx(0.9615120, abs=1e-7)
    for edge, value in (("gaussian", 57.070505), ("butterworth", 58.216409)):
        values = camera()
        keep_frequencies([values], mask_of(f"freq-low:0.1:{edge}"), "wrap", 2)
        assert values[100, 200] == pytest.approx(value, abs=1e-6)
    values = camera()
    found = keep_frequencies([values], mask_of("freq-band:0.05:0.2"), "wrap", 2)
    assert values[100, 200] == pytest.approx(25.124835, abs=1e-6)
    assert found.energies[2] / found.energies[3] == pytest.approx(0.0541456, abs=1e-7)


def test_low_and_high_together_are_the_picture() -> None:
    low, high = camera(), camera()
    keep_frequencies([low], mask_of("freq-low:0.1"), "wrap", 2)
    keep_frequencies([high], mask_of("freq-high:0.1"), "wrap", 2)
    assert np.abs(low + high - camera()).max() < 2e-13


def test_a_gaussian_mask_is_a_gaussian_kernel() -> None:
    values = camera()
    cutoff = float(np.sqrt(np.log(2) / 2) / (2 * np.pi))
    assert cutoff == pytest.approx(0.0936953, abs=1e-7)
    keep_frequencies([values], mask_of(f"freq-low:{cutoff!r}:gaussian"), "wrap", 2)
    down = np.exp(-((np.arange(-24, 25) / 2) ** 2) / 2)
    down /= down.sum()
    padded = np.pad(camera(), 24, mode="wrap")
    rows = np.apply_along_axis(np.convolve, 1, padded, down, "valid")
    blurred = np.apply_along_axis(np.convolve, 0, rows, down, "valid")
    assert np.abs(values - blurred).max() < 2e-8


def test_a_notch_removes_stripes() -> None:
    y, x = np.mgrid[:512, :512]
    before = camera() * 0.8 + 25
    values = before + 20 * np.cos(2 * np.pi * (64 * x + 32 * y) / 512)
    assert np.sqrt(np.mean((values - before) ** 2)) == pytest.approx(14.142, abs=5e-4)
    keep_frequencies([values], mask_of("freq-notch:0.125:0.0625:0.004"), "wrap", 2)
    assert np.sqrt(np.mean((values - before) ** 2)) == pytest.approx(0.210, abs=5e-4)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", ["l", "rgb", "cmyk"])
def test_each_channel_is_rounded_once(channels: str, dtype: str) -> None:
    picture = noise(13, 18, channels, dtype)
    found = run(picture, "freq-low:0.2").pixels
    for at in range(len(channels)):
        values = kept(picture.array[..., at].astype(np.float64), mask_of("freq-low:0.2"))
        if dtype != "float32":
            values = np.floor(values.clip(0, MAXIMUM[dtype]) + 0.5)
        atol = 1e-5 if dtype == "float32" else 0 if dtype == "uint8" else 1
        np.testing.assert_allclose(found.array[..., at], values, atol=atol)


def test_range_rules_show_signs() -> None:
    values = noise(13, 18)
    signed = kept(values.array[..., 0].astype(np.float64), mask_of("freq-high:0.2"))
    expected = np.floor((signed + 128).clip(0, 255) + 0.5)
    assert np.array_equal(run(values, "freq-high:0.2").pixels.array[..., 0], expected)
    expected = np.floor(np.abs(signed).clip(0, 255) + 0.5)
    found = run(values, "freq-high:0.2", range="abs").pixels.array[..., 0]
    assert np.array_equal(found, expected)
    found = run(values, "freq-high:0.2", range="stretch").pixels.array
    assert (found.min(), found.max()) == (0, 255)


def test_alpha_weights_colours_where_the_mean_is_kept() -> None:
    picture = noise(13, 18, "rgba")
    picture.array[:4, :4, 3] = 0
    found = run(picture, "freq-low:0.2:gaussian").pixels.array
    levels = picture.array.astype(np.float64)
    mask = mask_of("freq-low:0.2:gaussian")
    alpha = kept(levels[..., 3], mask)
    assert np.abs(found[..., 3] - alpha).max() <= 0.5 + 1e-4
    for at in range(3):
        colour = kept(levels[..., at] * levels[..., 3], mask) / alpha
        assert np.abs(found[..., at] - colour.clip(0, 255)).max() <= 0.5 + 1e-3


def test_alpha_is_carried_where_the_mean_is_removed() -> None:
    picture = noise(13, 18, "la")
    found = run(picture, "freq-high:0.2").pixels.array
    assert np.array_equal(found[..., 1], picture.array[..., 1])
    signed = kept(picture.array[..., 0].astype(np.float64), mask_of("freq-high:0.2"))
    assert np.array_equal(found[..., 0], np.floor((signed + 128).clip(0, 255) + 0.5))


def test_chosen_channels_are_filtered() -> None:
    picture = noise(13, 18, "rgb")
    found = run(picture, "freq-low:0.2", channels="g").pixels.array
    assert np.array_equal(found[..., 0], picture.array[..., 0])
    assert np.array_equal(found[..., 2], picture.array[..., 2])
    values = kept(picture.array[..., 1].astype(np.float64), mask_of("freq-low:0.2"))
    assert np.array_equal(found[..., 1], np.floor(values.clip(0, 255) + 0.5))


@pytest.mark.parametrize("channels", ["l", "rgb", "rgba"])
@pytest.mark.parametrize("text", ["gaussian:1", "blur,sobel", "sharpen"])
def test_chains_are_not_rounded_between(text: str, channels: str) -> None:
    picture = floats(noise(23, 38, channels).array.astype(np.float64), channels)
    options = {"border": "wrap", "tolerance": 0.0, "straight_alpha": True}
    low = "freq-low:0.2"
    before, after = (run(picture, each, **options).pixels for each in (text, low))
    together = run(picture, f"{text},{low}", **options).pixels.array
    np.testing.assert_allclose(together, run(before, low, **options).pixels.array, atol=1e-5)
    together = run(picture, f"{low},{text}", **options).pixels.array
    np.testing.assert_allclose(together, run(after, text, **options).pixels.array, atol=2e-5)


def test_averages_before_and_behind_keep_colours_multiplied_by_alpha() -> None:
    picture = noise(23, 38, "rgba")
    picture.array[:9, :9, 3] = 0
    picture.array[:9, :9, :3] = 255
    for text in ("blur,freq-low:0.2:gaussian", "freq-low:0.2:gaussian,blur"):
        found = run(picture, text, border="wrap").pixels.array
        hidden = picture._replace(array=picture.array.copy())
        hidden.array[:9, :9, :3] = 0  # the colour of what cannot be seen does not matter
        assert np.array_equal(run(hidden, text, border="wrap").pixels.array, found)


def test_light_is_filtered_in_place_of_levels() -> None:
    picture = noise(13, 18)
    found = run(picture, "freq-low:0.2:gaussian", linear=True).pixels.array[..., 0]
    share = picture.array[..., 0] / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = kept(light, mask_of("freq-low:0.2:gaussian"))
    level = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(found - 255 * level).max() <= 0.51


def test_a_region_is_mixed_with_the_picture() -> None:
    picture = noise(40, 30, "rgb")
    whole = run(picture, "freq-low:0.1").pixels.array
    found = run(picture, "freq-low:0.1", region="5,6,10x20").pixels.array
    assert np.array_equal(found[6:26, 5:15], whole[6:26, 5:15])
    outside = np.ones((40, 30), bool)
    outside[6:26, 5:15] = False
    assert np.array_equal(found[outside], picture.array[outside])


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("border", ["wrap", "reflect"])
def test_threads_change_nothing(border: str, threads: int) -> None:
    picture = noise(150, 170, "rgb", "float32")
    one, more = (
        run(picture, "blur,freq-band,sharpen", border=border, threads=number)
        for number in (1, threads)
    )
    assert np.array_equal(one.pixels.array, more.pixels.array) and one.kept == more.kept


def test_the_picture_itself_is_not_changed() -> None:
    picture = noise(40, 30, "rgb", "float32")
    before = picture.array.copy()
    run(picture, "freq-low")
    assert np.array_equal(picture.array, before)


@pytest.mark.parametrize("border", ["edge", "constant", "mirror", "none"])
def test_other_borders_are_refused(border: str) -> None:
    with pytest.raises(UsageError, match="give --border wrap or reflect"):
        run(noise(9, 9), "freq-low", border=border)
    assert Settings(Border("edge")).mask_border == "wrap"


@pytest.mark.parametrize("extent", ["valid", "full"])
def test_other_extents_are_refused(extent: str) -> None:
    with pytest.raises(UsageError, match="keeps the size"):
        run(noise(9, 9), "freq-low", extent=extent)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(value: float) -> None:
    picture = noise(9, 9, "l", "float32")
    picture.array[3, 3] = value
    with pytest.raises(UsageError, match="needs finite ones"):
        run(picture, "freq-low")


def test_memory_is_counted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "free_memory", lambda: 1e8)
    with pytest.raises(LimitError, match="MB of memory"):
        run(noise(3000, 3000), "freq-low")
