"""Maps of a layer are those of PyTorch's formulas, computed here by plain loops."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.errors import LimitError, UsageError
from imgconv.kernels.border import Border
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.layer import correlator, maps
from imgconv.study.layer.activation import Activation, Pool
from imgconv.study.layer.bank import Bank, Entry, read_bank
from imgconv.study.layer.geometry import Sampling
from imgconv.study.layer.maps import Layer, LayerOptions
from tests.support.pictures import KERNEL_FILTERS, noise, pixels

Array = NDArray[np.float64]

X = np.array([[1, 2, 0, 1, 3], [0, 1, 2, 3, 1], [4, 0, 1, 1, 0], [2, 1, 3, 0, 2], [1, 0, 2, 1, 1]])
BANK = "1 0; 0 -1 | 0 1; 1 0"
LEVELS = LayerOptions("levels")
MAP_1 = [
    [0.5, 0.5, -2.5, 0.5],
    [0.5, 0.5, 1.5, 3.5],
    [3.5, -2.5, 1.5, -0.5],
    [2.5, -0.5, 2.5, -0.5],
]
MAP_2 = [[0, -1, 1, 4], [3, 0, 2, 0], [0, 0, 2, -2], [0, 1, 0, 1]]


def layer(text: str = BANK, options: LayerOptions = LEVELS) -> list[Array]:
    """Return the maps of X with the biases .5 and -2."""
    bank = read_bank(text)
    biased = options._replace(bias=(0.5, -2.0)[: len(bank.entries)])
    return [*Layer(pixels(X.astype(np.uint8)), bank, biased).maps()]


def test_two_known_maps() -> None:
    first, second = layer()
    assert first.tolist() == MAP_1
    assert second.tolist() == MAP_2


@pytest.mark.parametrize(
    ("pool", "first", "second"),
    [
        ("max:2", [[0.5, 3.5], [3.5, 2.5]], [[3, 4], [1, 2]]),
        ("mean:2", [[0.5, 1.375], [1.5, 1]], [[0.75, 1.75], [0.25, 0.75]]),
    ],
)
def test_known_maps_pooled(pool: str, first: list[Array], second: list[Array]) -> None:
    found = layer(options=LEVELS._replace(activation=Activation("relu"), pool=Pool.parse(pool)))
    assert [each.tolist() for each in found] == [first, second]


def test_known_strides_and_dilations() -> None:
    kernel = "1 0; 0 -1"
    assert layer(kernel, LEVELS._replace(sampling=Sampling(stride=2)))[0].tolist() == [
        [0.5, -2.5],
        [3.5, 1.5],
    ]
    dilated = [[0.5, 1.5, 0.5], [-2.5, 1.5, 0.5], [2.5, -0.5, 0.5]]
    assert layer(kernel, LEVELS._replace(sampling=Sampling(dilation=2)))[0].tolist() == dilated


def plain_maps(
    picture: Array, weights: Array, bias: Array, stride: int, dilation: int, padding: int
) -> Array:
    """Return conv2d of a picture (channels, height, width) by loops."""
    picture = np.pad(picture, ((0, 0), (padding, padding), (padding, padding)))
    count, channels, tall, wide = weights.shape
    high = (picture.shape[1] - dilation * (tall - 1) - 1) // stride + 1
    broad = (picture.shape[2] - dilation * (wide - 1) - 1) // stride + 1
    found = np.zeros((count, high, broad))
    for n, y, x in np.ndindex(*found.shape):
        found[n, y, x] = bias[n]
        for c, j, i in product(range(channels), range(tall), range(wide)):
            value = picture[c, y * stride + j * dilation, x * stride + i * dilation]
            found[n, y, x] += weights[n, c, j, i] * value
    return found


def of_weights(weights: Array) -> Bank:
    return Bank(tuple(Entry(str(n), weights=w) for n, w in enumerate(weights)), weights.shape[1])


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize(("extent", "reaches"), [("valid", 0), ("same", 1), ("full", 2)])
def test_sums_over_channels_are_those_of_plain_loops(
    stride: int, dilation: int, extent: str, reaches: int
) -> None:
    """An extent is a padding in PyTorch's sense: a black border of 0, 1 or 2 reaches."""
    rng = np.random.default_rng(stride + 10 * dilation)
    weights = rng.normal(size=(3, 3, 3, 3))
    bias = rng.normal(size=3)
    picture = noise(17, 19, "rgb")
    sampling = Sampling(stride, dilation, extent, Border("constant"))
    options = LEVELS._replace(sampling=sampling, bias=bias.tolist())
    found = np.stack([*Layer(picture, of_weights(weights), options).maps()])
    planes = np.moveaxis(picture.array.astype(float), -1, 0)
    expected = plain_maps(planes, weights, bias, stride, dilation, reaches * dilation)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("channels", [1, 3])
def test_spectra_give_the_sums(
    monkeypatch: pytest.MonkeyPatch, stride: int, dilation: int, channels: int
) -> None:
    weights = np.random.default_rng(0).normal(size=(2, channels, 5, 4))
    picture = noise(23, 20, "rgb"[:channels])
    options = LEVELS._replace(sampling=Sampling(stride, dilation))

    def found() -> Array:
        return np.stack([*Layer(picture, of_weights(weights), options).maps()])

    by_sums = found()
    monkeypatch.setattr(correlator, "_MANY", 0)
    np.testing.assert_allclose(found(), by_sums, rtol=0, atol=1e-10)


BORDERS = ("edge", "constant", "reflect", "mirror", "wrap", "constant:#ff8000")
PLACES = [("valid", "edge"), *product(("same", "full"), BORDERS)]


def most_reach(name: str) -> int:
    return max(max(kernel.reach) for filter in find(name) for kernel in filter.kernels)


# Those whose kernel fits into the picture of the test below.
SMALL_FILTERS = [name for name in KERNEL_FILTERS if most_reach(name) <= 10]


@pytest.mark.parametrize("name", SMALL_FILTERS)
def test_a_filter_is_what_apply_writes_before_its_range_rule(name: str) -> None:
    picture = noise(22, 25, "rgb")
    for extent, border in PLACES:
        options = LEVELS._replace(sampling=Sampling(extent=extent, border=Border.parse(border)))
        (found,) = Layer(picture, read_bank(name), options).maps()
        expected = results(Chain(picture, find(name), Settings(Border.parse(border), extent)))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9, err_msg=f"{extent} {border}")


def results(chain: Chain) -> Array:
    """Return the unrounded results of a chain, (channels, height, width)."""
    step = chain.steps[-1]
    window = step.window(np.arange(step.height), np.arange(step.width))
    return np.moveaxis(step.finish.combined(step.results(window)), -1, 0)


@pytest.mark.parametrize("maximum", ["uint8", "uint16", "float32"])
def test_units_are_levels_over_the_maximum(maximum: str) -> None:
    """Offsets and thresholds, which are levels, are divided as well."""
    picture = noise(20, 20, dtype=maximum)
    for name in ("emboss", "unsharp:1:1:30", "sobel"):
        (levels,) = Layer(picture, read_bank(name), LEVELS).maps()
        (unit,) = Layer(picture, read_bank(name), LayerOptions()).maps()
        np.testing.assert_allclose(unit * picture.maximum, levels, rtol=1e-12, atol=1e-9)


def test_a_chain_is_its_filters_one_after_the_other() -> None:
    picture, text = noise(40, 43), "gaussian:1,sobel,(1 2; 3 4)"
    (found,) = Layer(picture, read_bank(text), LEVELS).maps()
    expected = results(Chain(picture, find(text), Settings(extent="valid")))
    np.testing.assert_allclose(found[None], expected, rtol=0, atol=1e-9)


def test_kernels_of_different_sizes_lie_on_the_same_pixels() -> None:
    picture = noise(30, 30)
    small, _ = Layer(picture, read_bank("identity | blur:3"), LEVELS).maps()
    np.testing.assert_array_equal(small, picture.array[3:-3, 3:-3, 0])


def test_a_kernel_is_laid_over_each_channel_but_alpha() -> None:
    picture = noise(12, 12, "rgba")
    found = Layer(picture, read_bank("blur | sobel-x"), LEVELS)
    assert found.channels == ("r", "g", "b") and found.shape == (2, 3, 10, 10)
    for channel in range(3):
        alone = Layer(pixels(picture.array[..., channel]), read_bank("blur | sobel-x"), LEVELS)
        for each, expected in zip(found.maps(), alone.maps(), strict=True):
            np.testing.assert_array_equal(each[channel], expected)


def test_channels_that_do_not_fit_are_named() -> None:
    with pytest.raises(UsageError, match=r"have 3 channel\(s\), the picture has 1"):
        Layer(noise(9, 9), of_weights(np.ones((1, 3, 2, 2))), LEVELS)


def test_a_kernel_larger_than_the_picture_is_refused() -> None:
    with pytest.raises(UsageError, match="a kernel of 300x300 leaves nothing of 256x256"):
        Layer(noise(256, 256), read_bank("random:1:300"), LEVELS)


def test_maps_that_need_more_memory_than_there_is_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(maps, "free_memory", lambda: 1e6)
    with pytest.raises(LimitError, match=r"100 maps of 97x97 need .* GB of memory"):
        Layer(noise(100, 100), read_bank("random:100:4"), LEVELS)


def test_biases_are_one_or_one_for_each_map() -> None:
    picture = noise(9, 9)
    with pytest.raises(UsageError, match="3 biases for 2 maps"):
        Layer(picture, read_bank(BANK), LEVELS._replace(bias=(1, 2, 3)))
    assert Layer(picture, read_bank(BANK), LEVELS._replace(bias=(4,))).biases == [4, 4]


def test_values_that_are_not_finite_stay_where_they_are() -> None:
    picture = noise(40, 40, dtype="float32")
    picture.array[5, 5] = np.nan
    (found,) = Layer(picture, read_bank("random:1:12"), LEVELS).maps()
    assert np.isnan(found).sum() == 36


@pytest.mark.parametrize("text", ["freq-low", "blur | gaussian:2,freq-low"])
def test_a_filter_of_frequencies_is_no_kernel_of_a_bank(text: str) -> None:
    with pytest.raises(UsageError, match="'freq-low' filters frequencies"):
        read_bank(text)
