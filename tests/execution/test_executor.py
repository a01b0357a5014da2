"""The execution of plans: ranges, clipping, channels, alpha, progress, and usage errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from imgconv.errors import LimitError, UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.border import Border
from imgconv.kernels.filter import RANGES, Filter
from imgconv.kernels.generators import disk, gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.pictures import BLUR, SHARPEN, SOBEL, SOBEL_X, filtered, noise, pixels

# The difference between a pixel and its left neighbour: with these pixels 10, 50, -60 and 250.
DIFFERENCE = Kernel([[-1, 1]])
STEPS = [[10, 60, 0, 250]]
CONSTANT = Border("constant")


@pytest.mark.parametrize(
    ("range", "levels"),
    [
        ("clamp", [10, 50, 0, 250]),
        ("abs", [10, 50, 60, 250]),
        ("offset", [138, 178, 68, 255]),
        ("stretch", [58, 90, 0, 255]),
    ],
)
def test_a_range_rule_maps_sums_to_levels(range: str, levels: list[int]) -> None:
    picture = pixels(STEPS)
    result = filtered(picture, DIFFERENCE, settings=Settings(CONSTANT, range=range))
    assert result[0, :, 0].tolist() == levels


@pytest.mark.parametrize(
    ("range", "values"),
    [
        ("clamp", [0.04, 0.2, -0.24, 1]),
        ("abs", [0.04, 0.2, 0.24, 1]),
        ("offset", [0.54, 0.7, 0.26, 1.5]),
        ("stretch", [0.28 / 1.24, 0.44 / 1.24, 0, 1]),
    ],
)
def test_a_range_rule_maps_floats_without_clamping_them(range: str, values: list[float]) -> None:
    picture = pixels(np.array(STEPS) / 250, "float32")
    result = filtered(picture, DIFFERENCE, settings=Settings(CONSTANT, range=range))
    np.testing.assert_allclose(result[0, :, 0], values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("range", RANGES)
def test_the_range_of_a_filter_holds_unless_the_settings_replace_it(range: str) -> None:
    picture = noise(9, 11)
    declared = Filter("difference", (DIFFERENCE,), range=range)
    asked = filtered(picture, DIFFERENCE, settings=Settings(range=range))
    np.testing.assert_array_equal(filtered(picture, declared), asked)


def test_the_range_of_the_settings_applies_to_the_last_filter_only() -> None:
    picture, first = noise(9, 11), Filter("difference", (DIFFERENCE,), range="offset")
    halved = Filter("half", (Kernel([[1]], 2),), range="abs")
    both = filtered(picture, first, halved, settings=Settings(range="clamp"))
    np.testing.assert_array_equal(both, filtered(picture, first, Kernel([[1]], 2)))


def test_a_flat_result_is_stretched_to_black() -> None:
    picture = pixels(np.full((4, 5), 77))
    assert not filtered(picture, BLUR, settings=Settings(range="stretch")).any()


@pytest.mark.parametrize("threads", [1, 3])
def test_stretching_looks_at_the_whole_picture_and_clips_nothing(threads: int) -> None:
    picture = noise(50, 60, "rgb", "uint16")
    how = Settings(range="stretch", threads=threads)
    result = filter_pixels(picture, [Filter("sobel", (SOBEL_X,))], how)
    assert (result.pixels.array.min(), result.pixels.array.max()) == (0, 65535)
    assert result.clipped == 0


@pytest.mark.parametrize("dtype", MAXIMUM)
def test_stretching_leaves_carried_channels_alone(dtype: str) -> None:
    picture = noise(9, 11, "rgba", dtype)
    result = filtered(picture, SOBEL_X, settings=Settings(range="stretch"))
    np.testing.assert_array_equal(result[..., 3], picture.array[..., 3])


def test_stretching_in_the_middle_of_a_chain_stretches_there() -> None:
    picture, then = noise(9, 11, dtype="float32"), Filter("shift", (Kernel([[1, 0]]),))
    stretched = Filter("sobel", (SOBEL_X,), range="stretch")
    middle = pixels(filtered(picture, stretched), "float32")
    np.testing.assert_array_equal(filtered(picture, stretched, then), filtered(middle, then))


@pytest.mark.parametrize(
    ("values", "range", "share"),
    [
        ([[10, 20, 30, 40]], "clamp", 0),
        ([[30, 20, 30, 40]], "clamp", 0.25),
        ([[40, 30, 20, 10]], "clamp", 0.75),
        ([[40, 30, 20, 10]], "abs", 0),
        ([[200, 255, 0, 0]], "offset", 0.5),
    ],
)
def test_the_share_of_clipped_values_is_returned(
    values: list[list[int]], range: str, share: float
) -> None:
    how = Settings(CONSTANT, range=range)
    result = filter_pixels(pixels(values), [Filter("difference", (DIFFERENCE,))], how)
    assert result.clipped == share


def test_floats_are_never_clipped() -> None:
    result = filter_pixels(
        noise(9, 11, dtype="float32"), [Filter("difference", (DIFFERENCE,))], Settings()
    )
    assert result.clipped == 0
    assert result.pixels.array.min() < 0


def test_sums_are_combined_before_they_are_rounded() -> None:
    picture = noise(9, 11)
    values = picture.array[..., 0].astype(np.float64)
    sums = [oracle.correlate(values, kernel.weights) for kernel in SOBEL.kernels]
    expected = oracle.to_levels(np.hypot(*sums), 255)
    np.testing.assert_array_equal(filtered(picture, SOBEL)[..., 0], expected)


def test_kernels_of_one_filter_may_have_any_size_and_origin() -> None:
    picture = noise(9, 11, "rgb", "float32")
    tall, wide = Kernel(np.ones((5, 1)), 5, 0, (4, 0)), Kernel(np.ones((2, 4)), 8, 0, (0, 1))
    largest = filtered(picture, Filter("both", (tall, wide), "max"))
    apart = np.maximum(filtered(picture, tall), filtered(picture, wide))
    np.testing.assert_array_equal(largest, apart)


@pytest.mark.parametrize("threshold", [0, 20, 1000])
def test_detail_is_added_where_it_reaches_the_threshold(threshold: float) -> None:
    picture = noise(9, 11, dtype="float32")
    detail = Kernel([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    filter = Filter("unsharp", (Kernel([[1]]), detail), "add-above", threshold=threshold)
    added = filtered(picture, detail)
    expected = picture.array + np.where(np.abs(added) >= threshold / 255, added, 0)
    np.testing.assert_allclose(filtered(picture, filter), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kernel", [BLUR, SHARPEN, SOBEL_X], ids=["blur", "sharpen", "sobel"])
@pytest.mark.parametrize(
    ("channels", "chosen"),
    [
        *[("rgb", "r"), ("rgb", "gb"), ("rgb", "rgb")],
        *[("rgba", "r"), ("rgba", "rgb"), ("rgba", "a"), ("rgba", "rgba")],
    ],
)
def test_channels_that_are_not_chosen_are_unchanged(
    channels: str, chosen: str, kernel: Kernel
) -> None:
    picture = noise(9, 11, channels)
    result = filtered(picture, kernel, settings=Settings(channels=frozenset(chosen)))
    for position, name in enumerate(channels):
        is_same = np.array_equal(result[..., position], picture.array[..., position])
        assert is_same == (name not in chosen)


@pytest.mark.parametrize("extent", ["same", "valid", "full"])
def test_carried_channels_have_the_size_of_the_result(extent: str) -> None:
    picture = noise(9, 11, "la")
    kernel = Kernel([[1, 2, 3, 4], [0, -1, -4, -5]], origin=(0, 2))
    result = filtered(picture, kernel, settings=Settings(extent=extent))[..., 1]
    moved = oracle.correlate(
        picture.array[..., 1].astype(np.float64),
        np.array([[0, 0, 1.0, 0], [0, 0, 0, 0]]),
        origin=(0, 2),
        extent=extent,
    )
    np.testing.assert_array_equal(result, moved)


def test_a_constant_border_shows_its_colour_in_every_channel() -> None:
    picture = pixels(np.full((3, 3, 3), 10), channels="rgb")
    left = Kernel([[1, 0]])
    result = filtered(picture, left, settings=Settings(Border("constant", "#ff8800")))
    assert result[1, 0].tolist() == [255, 136, 0]
    assert result[1, 1].tolist() == [10, 10, 10]


@pytest.mark.parametrize(
    ("colour", "edge"),
    [
        ("", [100, 40, 20, 128]),
        ("0,0,0,0", [100, 40, 20, 128]),
        ("200,0,40,255", [150, 20, 30, 255]),
        ("200,0,40", [150, 20, 30, 255]),
        ("200,0,40,85", [125, 30, 25, 170]),
    ],
)
def test_a_constant_border_weights_its_colour_by_its_own_alpha(
    colour: str, edge: list[int]
) -> None:
    picture = pixels(np.full((3, 3, 4), [100, 40, 20, 255]), channels="rgba")
    mean = Kernel([[1, 1]], 2)
    result = filtered(picture, mean, settings=Settings(Border("constant", colour)))
    assert result[1, 0].tolist() == edge
    assert result[1, 1].tolist() == [100, 40, 20, 255]


@pytest.mark.parametrize("threads", [1, 4])
def test_progress_ends_at_its_total(threads: int) -> None:
    calls: list[tuple[int, int]] = []
    filter_pixels(
        noise(50, 60),
        [Filter("blur", (BLUR,))],
        Settings(threads=threads),
        lambda done, total: calls.append((done, total)),
    )
    assert max(calls) == (1000, 1000)


def test_the_picture_is_unchanged_without_may_overwrite() -> None:
    picture = noise(9, 11, "rgba")
    before = picture.array.copy()
    filtered(picture, BLUR, SOBEL)
    np.testing.assert_array_equal(picture.array, before)


@pytest.mark.parametrize("dtype", MAXIMUM)
def test_weights_may_be_as_large_as_the_scale_that_divides_them(dtype: str) -> None:
    picture = noise(9, 11, dtype=dtype)
    huge = Kernel([[1e30, 1e30]], 2e30)
    expected = filtered(picture, Kernel([[1, 1]], 2))
    np.testing.assert_allclose(filtered(picture, huge), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("filters", "settings", "message"),
    [
        ([], {}, "no filter"),
        ([BLUR], {"range": "loud"}, "choose from clamp, abs, offset, stretch"),
        ([BLUR], {"channels": frozenset("rx")}, "no channel 'x'; its channels are r,g,b"),
        ([BLUR], {"extent": "wide"}, "no extent"),
        ([SHARPEN], {"engine": "separable"}, "cannot run"),
        ([BLUR], {"border": Border("constant", "1,2")}, "3 channels"),
        ([Kernel(np.ones((9, 1)))], {"extent": "valid"}, "leaves nothing"),
    ],
)
def test_settings_that_do_not_fit_raise_usage_errors(
    filters: list[Kernel], settings: dict[str, Any], message: str
) -> None:
    steps = [Filter("kernel", (kernel,)) for kernel in filters]
    with pytest.raises(UsageError, match=message):
        filter_pixels(noise(8, 9, "rgb"), steps, Settings(**settings))


def test_work_beyond_the_patience_is_refused_before_it_begins() -> None:
    with pytest.raises(LimitError, match="--patience"):
        filtered(noise(8, 9), Kernel(np.eye(999)), settings=Settings(patience=1e-9))


def test_a_result_has_the_channels_and_the_type_of_the_picture() -> None:
    picture = Pixels(np.zeros((4, 5, 4), np.uint16), ("r", "g", "b"))
    result = filter_pixels(picture, [Filter("blur", (BLUR,))], Settings(extent="full")).pixels
    assert (result.array.shape, result.array.dtype.name) == ((6, 7, 4), "uint16")
    assert result.channels == ("r", "g", "b")


@pytest.mark.parametrize("range", ["abs", "offset", "stretch"])
def test_a_range_rule_leaves_averaged_alpha_alone(range: str) -> None:
    picture = noise(9, 11, "rgba")
    shown = filtered(picture, BLUR, settings=Settings(range=range))
    np.testing.assert_array_equal(shown[..., 3], filtered(picture, BLUR)[..., 3])


SHOWN: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "offset": lambda values: values + 0.5,
    "stretch": lambda values: (values - values.min()) / (values.max() - values.min()),
}


@pytest.mark.parametrize("kernel", [BLUR, SHARPEN, SOBEL_X], ids=["blur", "sharpen", "sobel"])
@pytest.mark.parametrize("chosen", ["a", "ra", "rgba", "rgb"])
@pytest.mark.parametrize("range", SHOWN)
def test_a_range_rule_changes_the_channels_that_are_chosen_by_name(
    range: str, chosen: str, kernel: Kernel
) -> None:
    picture = noise(9, 11, "rgba", "float32")
    picture.array[..., 3] = picture.array[..., 3] / 4 + 0.5
    settings = Settings(channels=frozenset(chosen))
    expected = filtered(picture, kernel, settings=settings)
    places = ["rgba".index(name) for name in chosen]
    expected[..., places] = SHOWN[range](expected[..., places])
    shown = filtered(picture, kernel, settings=settings._replace(range=range))
    np.testing.assert_allclose(shown, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("span", [1.0, 6e38])
def test_stretching_leaves_out_values_that_are_not_finite(span: float) -> None:
    values = np.array([[np.nan, -span / 2, 0, np.inf, span / 2, -np.inf]], np.float32)
    shown = Settings(range="stretch")
    result = filtered(pixels(values, "float32"), Kernel([[1]]), settings=shown)[..., 0]
    np.testing.assert_array_equal(result, [[np.nan, 0, 0.5, np.inf, 1, -np.inf]])
    flat = pixels([[2, np.inf, 2]], "float32")
    result = filtered(flat, Kernel([[1]]), settings=shown)[..., 0]
    np.testing.assert_array_equal(result, [[0, np.inf, 0]])
    result = filtered(pixels([[np.nan]], "float32"), Kernel([[1]]), settings=shown)
    assert np.isnan(result).all()


def test_results_that_float32_can_hardly_hold_are_stretched_as_others() -> None:
    faint = filtered(
        pixels([[0, 100, 255]]), Kernel([[3 * 2.0**-149]]), settings=Settings(range="stretch")
    )
    assert faint[0, :, 0].tolist() == [0, 100, 255]


def test_stretching_leaves_an_even_alpha_as_it_is() -> None:
    picture = noise(9, 11, "rgba")
    picture.array[..., 3] = 200
    settings = Settings(range="stretch", channels=frozenset("a"))
    np.testing.assert_array_equal(filtered(picture, BLUR, settings=settings), picture.array)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_colours_stay_where_faint_alpha_is_stretched_or_carried(dtype: str) -> None:
    maximum = MAXIMUM[dtype]
    picture = pixels(np.zeros((50, 50, 4)), dtype, "rgba")
    picture.array[25, 25] = np.array([0.8, 0.4, 0.2, 0.004]) * maximum
    mean = Kernel(np.ones((41, 41)), 1681)
    for settings in (
        Settings(channels=frozenset("rgb")),
        Settings(channels=frozenset("a"), range="stretch"),
    ):
        result = filtered(picture, mean, settings=settings)
        np.testing.assert_array_equal(result[25, 25, :3], picture.array[25, 25, :3])
    assert result[25, 25, 3] == maximum


@pytest.mark.parametrize("threads", [0, -1, 1.5, "x"])
def test_threads_are_a_whole_number_from_one(threads: Any) -> None:
    with pytest.raises(UsageError, match="not a number of threads"):
        filtered(noise(9, 11), BLUR, settings=Settings(threads=threads))


def test_without_tolerance_every_weight_counts_exactly() -> None:
    picture, wide = noise(90, 80, "rgb"), gaussian(10)
    strictly = filtered(picture, wide, settings=Settings(tolerance=0))
    for channel in range(3):
        values = picture.array[..., channel].astype(np.float64)
        exactly = oracle.correlate_quickly(values, wide.weights)
        np.testing.assert_allclose(strictly[..., channel], exactly, rtol=0, atol=0.501)


@pytest.mark.parametrize("kernel", [gaussian(10), disk(15), Kernel(np.ones((41, 40)), 1640)])
def test_results_of_planned_engines_are_within_the_tolerance(kernel: Kernel) -> None:
    for dtype in MAXIMUM:
        picture = noise(90, 80, "l", dtype)
        values = picture.array[..., 0].astype(np.float64)
        exactly = oracle.correlate_quickly(values, kernel.weights, kernel.scale)
        for tolerance in (0.5, 0.01):
            result = filtered(picture, kernel, settings=Settings(tolerance=tolerance))[..., 0]
            near = tolerance / 255 * picture.maximum + (1e-6 if dtype == "float32" else 0.51)
            np.testing.assert_allclose(result, exactly, rtol=0, atol=near)


@pytest.mark.parametrize("tolerance", [-1, np.nan, np.inf, "x", None])
def test_a_tolerance_is_a_number_of_levels(tolerance: Any) -> None:
    with pytest.raises(UsageError, match="no tolerance"):
        filtered(noise(9, 11), BLUR, settings=Settings(tolerance=tolerance))


@pytest.mark.parametrize(
    "filter",
    [Filter("wide", (gaussian(10),)), Filter("blur", (BLUR,), range="stretch")],
    ids=["pyramid", "stretch"],
)
def test_progress_ends_at_its_total_after_a_first_pass_over_the_picture(filter: Filter) -> None:
    calls: list[tuple[int, int]] = []
    how = Settings(threads=1)
    filter_pixels(noise(150, 160), [filter], how, lambda *share: calls.append(share))
    assert calls[-1] == (1000, 1000)
