"""The pipeline of steps with every engine, in strips and bands of any size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import cycle, pairwise, product
from typing import NamedTuple

import numpy as np
import pytest

from imgconv.engines.base import DEFAULT_OPTIONS, Bounds, Pass, PlanOptions
from imgconv.execution import pipeline
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import disk, gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning import planner
from imgconv.planning.plan import Plan, Step
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import Settings
from tests.support.covering import covering
from tests.support.pictures import BLUR, SHARPEN, SOBEL_X, SOBEL_Y, noise

pytestmark = pytest.mark.arithmetic

THREADS = (1, 2, 3, 7, 64)


class Chosen(NamedTuple):
    """A filter, and an engine for each of its kernels."""

    filter: Filter
    engines: tuple[str, ...]


def chosen(engines: str, *kernels: Kernel, combine: str = "none", range: str = "clamp") -> Chosen:
    filter = Filter(engines, kernels, combine, range)
    return Chosen(filter, tuple(engines.split()))


def choose(monkeypatch: pytest.MonkeyPatch, chain: Sequence[Chosen]) -> None:
    """Run the filters of ``chain`` by the engines that it names, each in a step of its own."""
    engines = {id(filter): names for filter, names in chain}

    def chosen_pass(kernel: Kernel, engine: str, options: PlanOptions) -> Pass:
        alone = [Filter("kernel", (kernel,))]
        options = options._replace(engine=engine, bounds=Bounds())
        return make_plan(alone, options).steps[0].passes[0]

    def planned(
        filters: Sequence[Filter], options: PlanOptions, inside: Sequence[float | None]
    ) -> Plan:
        if options.engine:  # the small picture of a pyramid
            return make_plan(filters, options, inside)
        steps = []
        for position, filter in enumerate(filters):
            is_bytes = options.is_bytes and position == 0 and len(filter.kernels) == 1
            options = options._replace(is_bytes=is_bytes)
            pairs = zip(filter.kernels, engines[id(filter)], strict=True)
            passes = tuple(chosen_pass(kernel, name, options) for kernel, name in pairs)
            how = DEFAULT_OPTIONS._replace(least_inside=inside[position])
            steps.append(Step(filter.map_kernels(Kernel.folded), passes, how))
        return Plan(tuple(steps))

    monkeypatch.setattr(planner, "make_plan", planned)
    monkeypatch.setattr(planner, "fused", lambda filters, *rest: list(filters))


def mean(height: int, width: int, origin: tuple[int, int] | None = None) -> Kernel:
    return Kernel(np.ones((height, width)), height * width, origin=origin)


GAUSSIAN = gaussian(6)
UNEVEN = Kernel.outer(gaussian(6.5).factors[0].column, gaussian(8).factors[0].row, 1, 0, (2, 60))
SOBEL = chosen("separable direct", SOBEL_X, SOBEL_Y, combine="magnitude")
DISK = disk(5)

CHAINS = {
    "differences, pyramid": [SOBEL, chosen("pyramid", GAUSSIAN)],
    "pyramid, differences": [chosen("pyramid", GAUSSIAN), SOBEL],
    "pyramid, running": [chosen("pyramid", UNEVEN), chosen("running", mean(9, 4))],
    "running, pyramid": [chosen("running", mean(8, 5, (7, 0))), chosen("pyramid", GAUSSIAN)],
    "running, differences": [chosen("running", mean(21, 3)), SOBEL],
    "running, running": [chosen("running", mean(4, 9)), chosen("running", mean(15, 2, (0, 1)))],
    "low rank, running": [chosen("low-rank", DISK), chosen("running", mean(6, 7))],
    "running, differences, low rank": [
        chosen("running", mean(5, 5)),
        SOBEL,
        chosen("low-rank", DISK),
    ],
    "differences, stretched, pyramid": [
        SOBEL,
        chosen("running", mean(7, 5), range="stretch"),
        chosen("pyramid", GAUSSIAN),
    ],
    "pyramid, stretched, sharpened": [
        chosen("pyramid", GAUSSIAN, range="stretch"),
        chosen("direct", SHARPEN, range="offset"),
    ],
    "pyramid, pyramid": [chosen("pyramid", GAUSSIAN), chosen("pyramid", UNEVEN)],
    "several in one step, running": [
        chosen("pyramid running direct", UNEVEN, mean(3, 8), SOBEL_X, combine="max"),
        chosen("running", mean(3, 3), range="abs"),
    ],
    "fourier, running": [chosen("fourier", DISK), chosen("running", mean(5, 4))],
    "running, fourier, differences": [
        chosen("running", mean(9, 9)),
        chosen("fourier", DISK),
        SOBEL,
    ],
    "differences, several by spectra": [
        SOBEL,
        chosen("fourier running direct", DISK, mean(3, 8), BLUR, combine="max"),
    ],
}
# The channels, and the channels that the user chose.
CHANNELS = [("l", None), ("rgba", None), ("rgba", "rga"), ("rgb", "b")]


def run(
    picture: Pixels, chain: Sequence[Chosen], how: Settings, may_overwrite: bool = False
) -> Pixels:
    filters = [filter for filter, _ in chain]
    return filter_pixels(picture, filters, how, may_overwrite=may_overwrite).pixels


def copied(picture: Pixels) -> Pixels:
    return Pixels(picture.array.copy(), picture.channels)


def settings(border: str, extent: str, channels: str | None, threads: int = 1) -> Settings:
    around = Border(border, "0.2" if border == "constant" else "")
    return Settings(
        around, extent, None, frozenset(channels) if channels else None, threads=threads
    )


def check_apart(picture: Pixels, chain: Sequence[Chosen], how: Settings) -> None:
    """Compare within 1e-4 of full scale, or of the largest value where that is more."""
    together, apart = run(picture, chain, how).array, picture
    for step in chain:
        apart = run(apart, [step], how)
    near = 1e-4 * max(1.0, float(np.abs(apart.array).max()))
    np.testing.assert_allclose(together, apart.array, rtol=0, atol=near)


@pytest.mark.parametrize(("name", "border"), covering(CHAINS, BORDERS, strength=1))
def test_a_chain_equals_its_steps_one_after_the_other(
    name: str, border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = CHAINS[name]
    choose(monkeypatch, chain)
    turn = list(CHAINS).index(name) + list(BORDERS).index(border)
    for number, extent in enumerate(EXTENTS):
        channels, wanted = CHANNELS[(turn + number) % 3]
        size = (135, 127) if extent == "valid" else (40, 33)
        check_apart(noise(*size, channels, "float32"), chain, settings(border, extent, wanted))


@pytest.mark.parametrize(("name", "border"), covering(CHAINS, BORDERS, strength=1))
def test_a_chain_equals_its_steps_on_the_smallest_pictures(
    name: str, border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = CHAINS[name]
    choose(monkeypatch, chain)
    for size, extent in product([(1, 1), (1, 30), (2, 5), (30, 1)], ["same", "full"]):
        check_apart(noise(*size, "la", "float32"), chain, settings(border, extent, None))


@pytest.mark.parametrize(("name", "border"), covering(CHAINS, BORDERS, strength=1))
def test_threads_strips_and_overwriting_change_no_byte(
    name: str, border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = CHAINS[name]
    choose(monkeypatch, chain)
    monkeypatch.setattr("imgconv.planning.plan.SMALL", 0)
    # A few rows at once, some more, and all.
    sizes = cycle([1, 20_000, 2**19])
    turn = list(CHAINS).index(name) + list(BORDERS).index(border)
    channels, wanted = CHANNELS[turn % len(CHANNELS)]
    picture = noise(75, 17, channels, [*MAXIMUM][turn % len(MAXIMUM)])
    expected = run(picture, chain, settings(border, "same", wanted)).array.copy()
    for threads, may_overwrite in product(THREADS, (False, True)):
        monkeypatch.setattr(pipeline, "STRIP_BYTES", next(sizes))
        how = settings(border, "same", wanted, threads)
        result = run(copied(picture), chain, how, may_overwrite)
        np.testing.assert_array_equal(result.array, expected)


@pytest.mark.parametrize(("name", "extent"), covering(CHAINS, ["valid", "full"], strength=1))
def test_threads_and_strips_change_no_byte_of_a_result_of_another_size(
    name: str, extent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = CHAINS[name]
    choose(monkeypatch, chain)
    monkeypatch.setattr("imgconv.planning.plan.SMALL", 0)
    picture = noise(139, 131, "l", "float32")
    for border, strip_bytes in [("reflect", 1), ("constant", 2**13)]:
        expected = run(picture, chain, settings(border, extent, None)).array
        monkeypatch.setattr(pipeline, "STRIP_BYTES", strip_bytes)
        for threads in (1, 3, 64):
            result = run(picture, chain, settings(border, extent, None, threads))
            np.testing.assert_array_equal(result.array, expected)


@cache
def tall() -> Pixels:
    return noise(700, 5, "rgb")


@pytest.mark.parametrize(
    "name", ["pyramid, differences", "differences, pyramid", "pyramid, pyramid"]
)
def test_the_pyramid_may_overwrite_a_tall_picture(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = CHAINS[name]
    choose(monkeypatch, chain)
    picture = copied(tall())
    expected = run(picture, chain, settings("wrap", "same", None)).array.copy()
    result = run(picture, chain, settings("wrap", "same", None, 2), may_overwrite=True)
    assert result is picture
    np.testing.assert_array_equal(result.array, expected)


def test_a_picture_whose_rows_are_read_twice_is_not_overwritten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain = [chosen("running", mean(3, 3)), SOBEL]
    choose(monkeypatch, chain)
    picture = copied(tall())
    assert run(picture, chain, settings("edge", "same", None), may_overwrite=True) is not picture
    np.testing.assert_array_equal(picture.array, tall().array)


def test_running_sums_in_the_second_step_may_overwrite_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain = [SOBEL, chosen("running", mean(9, 3))]
    choose(monkeypatch, chain)
    for chosen_channels in (None, "gb"):
        how, picture = settings("edge", "same", chosen_channels, 3), copied(tall())
        expected = run(picture, chain, how).array.copy()
        result = run(picture, chain, how, may_overwrite=True)
        assert result is picture
        np.testing.assert_array_equal(result.array, expected)


@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 7, 8, 9, 31])
def test_running_sums_begin_right_whatever_the_strips_of_the_next_step(
    height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tall_mean, then in product([1, 2, 5, 31], [SHARPEN, mean(1, 3), mean(13, 1)]):
        chain = [chosen("running", mean(tall_mean, 3)), chosen("direct", then)]
        choose(monkeypatch, chain)
        picture, how = noise(height, 11, "l", "float32"), settings("reflect", "same", None)
        apart = run(run(picture, chain[:1], how), chain[1:], how).array
        for strip_bytes in (1, 800, 2**18):
            monkeypatch.setattr(pipeline, "STRIP_BYTES", strip_bytes)
            np.testing.assert_allclose(run(picture, chain, how).array, apart, rtol=0, atol=1e-5)


@pytest.mark.parametrize("sigma", [6.0, 7.5, 9.0, 10.5, 12.0])
def test_running_sums_begin_right_under_a_pyramid_of_any_spacing(
    sigma: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = [chosen("running", mean(41, 3)), chosen("pyramid", gaussian(sigma))]
    choose(monkeypatch, chain)
    monkeypatch.setattr("imgconv.planning.plan.SMALL", 0)
    picture = noise(180, 11, "l", "float32")
    for threads in (1, 2, 5):
        how = settings("mirror", "same", None, threads)
        apart = run(run(picture, chain[:1], how), chain[1:], how).array
        np.testing.assert_allclose(run(picture, chain, how).array, apart, rtol=0, atol=1e-5)


@pytest.mark.parametrize("border", BORDERS)
def test_kernels_of_one_step_may_reach_differently_under_any_engine(
    border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = {
        "running": mean(4, 7, (3, 1)),
        "pyramid": UNEVEN,
        "low-rank": disk(4),
        "fourier": disk(3.5),
        "separable": SOBEL_X,
        "direct": mean(75, 2, (0, 1)),
    }
    picture = noise(140, 133, "rgba", "float32")
    for extent, (one, other) in product(EXTENTS, pairwise([*kernels, "running", "direct"])):
        filter = Filter("largest", (kernels[one], kernels[other]), "max")
        how = settings(border, extent, None)
        choose(monkeypatch, [Chosen(filter, (one, other))])
        mixed = filter_pixels(picture, [filter], how).pixels.array
        plainly = tuple("separable" if kernels[n].factor else "direct" for n in (one, other))
        choose(monkeypatch, [Chosen(filter, plainly)])
        wanted = filter_pixels(picture, [filter], how).pixels.array
        np.testing.assert_allclose(mixed, wanted, rtol=0, atol=2.5e-3, err_msg=f"{one} {other}")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("kernels", "reach"),
    [
        ((mean(21, 21),), 10),
        ((mean(121, 121),), 60),
        ((disk(15),), 15),
        ((BLUR,), 1),
        ((GAUSSIAN,), 48),
        ((gaussian(20),), 160),
        ((SOBEL_X, SOBEL_Y), 1),
        ((Kernel(np.random.default_rng(1).random((41, 41))),), 20),
    ],
    ids=["box", "large box", "disk", "blur", "gaussian", "wide", "sobel", "noise"],
)
def test_values_that_are_not_finite_spread_no_further_than_the_kernel_reaches(
    kernels: tuple[Kernel, ...], reach: int, value: float
) -> None:
    picture, dot = noise(360, 350, "l", "float32"), (180, 170)
    picture.array[dot] = value
    filter = Filter("kernel", kernels, "max" if len(kernels) > 1 else "none")
    result = filter_pixels(picture, [filter], Settings(threads=2)).pixels.array[..., 0]
    spoilt = np.argwhere(~np.isfinite(result)) - dot
    assert len(spoilt) and np.abs(spoilt).max() <= reach


@pytest.mark.parametrize("border", BORDERS)
def test_rows_that_borders_repeat_are_laid_out_once(
    border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bands: list[range] = []
    band = pipeline.StepRows.band

    def counted(rows: pipeline.StepRows, wanted: range, *rest: type) -> pipeline.BandRows:
        bands.append(wanted)
        return band(rows, wanted, *rest)

    monkeypatch.setattr(pipeline.StepRows, "band", counted)
    sharpen = Filter("sharpen", (SHARPEN,))
    settings, pixels = Settings(border=Border.parse(border), threads=1), noise(9, 6, "l", "float32")
    whole = filter_pixels(pixels, [sharpen] * 9, settings).pixels
    assert len(bands) < 50
    for _ in range(9):
        pixels = filter_pixels(pixels, [sharpen], settings).pixels
    np.testing.assert_allclose(whole.array, pixels.array, rtol=1e-4, atol=1e-3)
