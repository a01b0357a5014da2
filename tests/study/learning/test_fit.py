"""A kernel that was applied is learnt: from pictures whose results are rounded, and clipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from imgconv.errors import UsageError
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.study.learning.fit import Fit, FitOptions, fit
from imgconv.study.learning.pairs import Pair, Reading, make_pair
from tests.support.pictures import BLUR, SHARPEN, SOBEL, filtered, noise, pixels, ramp

Array = NDArray[np.float64]


def valid_sums(levels: Array, weights: Array) -> Array:
    """Return the sums of all places inside, by plain loops."""
    high, wide = weights.shape
    rows, columns = levels.shape[0] - high + 1, levels.shape[1] - wide + 1
    return np.array(
        [
            [(weights * levels[y : y + high, x : x + wide]).sum() for x in range(columns)]
            for y in range(rows)
        ]
    )


def soft(height: int = 40, width: int = 50, channels: str = "l") -> Pixels:
    """Return noise between 80 and 175, whose results are rarely clipped."""
    return pixels(80 + noise(height, width, channels).array * 0.37, channels=channels)


def learnt(before: Pixels, *steps: Filter | Kernel, options: FitOptions | None = None) -> Fit:
    """Return what is learnt from a picture and its result."""
    options = options or FitOptions()
    after = pixels(filtered(before, *steps), channels="".join(before.channels))
    pair = make_pair(before, after, options.shape)
    return fit(lambda: [pair], options)


def test_known_numbers_of_a_result_that_is_rounded_and_not_clipped() -> None:
    weights = np.array([[1, 2, 1], [0, 3, 0], [-1, -2, -1]]) / 4
    after = np.floor(valid_sums(ramp(), weights) + 100.5)
    pair = Pair(ramp()[None], after[None], np.ones((1, 10, 14), np.bool_), 255, 0)
    found = fit(lambda: [pair], FitOptions())
    expected = [1.0011, 2.0003, 0.9981, -0.0011, 2.9984, -0.0016, -1.0011, -2.0015, -1.0034]
    assert (4 * found.weights).ravel() == pytest.approx(expected, abs=5e-5)
    assert found.offset == pytest.approx(100.4695, abs=5e-5)
    assert found.learnt_residuals.rms == pytest.approx(0.246179, abs=5e-7)
    assert found.condition == pytest.approx(24.95, abs=5e-3)
    assert found.is_whole and found.kernel.weights.tolist() == (4 * weights).tolist()


def test_numpy_finds_the_same_weights_errors_and_residuals() -> None:
    before = soft(20, 24)
    found = learnt(before, Kernel([[0.1, 0.3], [0.2, 0.37]]), options=FitOptions((2, 2)))
    after = filtered(before, Kernel([[0.1, 0.3], [0.2, 0.37]]))[1:, 1:, 0]
    levels = before.array[..., 0].astype(float)
    parts = [levels[j : j + 19, i : i + 23].ravel() for j in (0, 1) for i in (0, 1)]
    rows = np.stack([*parts, np.ones(19 * 23)], axis=1)
    unknowns, (squares,), *_ = np.linalg.lstsq(rows, after.ravel(), rcond=None)
    assert [*found.weights.ravel(), found.offset] == pytest.approx(unknowns, abs=1e-9)
    assert found.learnt_residuals.rms == pytest.approx(np.sqrt(squares / len(rows)), rel=1e-9)
    spread = np.sqrt(squares / (len(rows) - 5) * np.linalg.inv(rows.T @ rows).diagonal())
    assert [*found.errors.ravel(), found.offset_error] == pytest.approx(spread, rel=1e-6)
    left = after.ravel() - rows @ unknowns
    assert found.learnt_residuals.largest == pytest.approx(np.abs(left).max(), rel=1e-6)
    assert found.learnt_residuals.r_squared == pytest.approx(
        1 - squares / (after.var() * len(rows))
    )


@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (3, 6)])
def test_whole_weights_are_found_with_zeros_around(shape: tuple[int, int]) -> None:
    found = learnt(soft(channels="rgb"), BLUR, options=FitOptions(shape))
    assert found.is_whole and found.kernel.scale == 16 and found.kernel.offset == 0
    grid = found.kernel.weights
    assert grid[np.ix_(*(sorted({*np.nonzero(grid)[axis]}) for axis in (0, 1)))].tolist() == (
        BLUR.weights.tolist()
    )
    assert filtered(soft(), found.kernel).tolist() == filtered(soft(), BLUR).tolist()


def test_clipped_values_do_not_count() -> None:
    found = learnt(noise(60, 60), SHARPEN)
    assert found.clipped > 0.3 and found.learnt_residuals.rms < 1e-8
    assert found.kernel == SHARPEN


def test_the_explained_variance_is_around_one_mean_of_all_colours_that_count() -> None:
    before = noise(20, 24, "rgb")
    found, after = learnt(before, SOBEL), filtered(before, SOBEL)[1:-1, 1:-1]
    levels = before.array.astype(float)
    parts = [levels[j : j + 18, i : i + 22] for j in range(3) for i in range(3)]
    counts = (after > 0) & (after < 255)
    rows = np.stack([part[counts] for part in [*parts, np.ones_like(parts[0])]], axis=1)
    _, (squares,), *_ = np.linalg.lstsq(rows, after[counts].astype(float), rcond=None)
    expected = 1 - squares / (after[counts].var() * len(rows))
    assert found.residuals.r_squared == pytest.approx(expected, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("side", "rms", "share"), [(3, 41.813, 0.0449), (5, 41.775, 0.0495)])
def test_hardly_any_variance_of_sobel_is_explained(side: int, rms: float, share: float) -> None:
    with Image.open(Path(__file__).parents[3] / "sample_images/chelsea.png") as image:
        before = pixels(np.asarray(image.convert("RGB")), channels="rgb")
    found = learnt(before, SOBEL, options=FitOptions((side, side))).residuals
    assert (round(found.rms, 3), round(found.r_squared, 4)) == (rms, share)


def test_a_combination_is_told_from_a_kernel() -> None:
    found = learnt(noise(60, 60), SOBEL)
    assert found.is_poor and found.residuals.rms > 20 and found.residuals.r_squared < 0.3


@pytest.mark.parametrize("symmetric", ["none", "mirror", "turn", "all"])
def test_a_symmetric_kernel_has_equal_weights(symmetric: str) -> None:
    found = learnt(soft(), BLUR, options=FitOptions((5, 5), symmetric)).weights
    turned = {
        "none": [],
        "mirror": [found[::-1], found[:, ::-1]],
        "turn": [found[::-1, ::-1]],
        "all": [found[::-1], found[:, ::-1], found.T],
    }
    for each in turned[symmetric]:  # but for rounding, which BLAS decides
        np.testing.assert_allclose(found, each, rtol=0, atol=1e-13)
    assert found[1:4, 1:4] == pytest.approx(BLUR.weights / 16, abs=5e-3)


def test_the_sum_is_kept() -> None:
    for separable in (False, True):
        options = FitOptions((3, 3), total=0.9, separable=separable)
        assert learnt(soft(), BLUR, options=options).weights.sum() == pytest.approx(0.9)


def test_a_separable_kernel_is_a_column_and_a_row() -> None:
    found = learnt(soft(80, 80), BLUR, options=FitOptions((5, 5), separable=True))
    assert np.linalg.svd(found.weights)[1][1:] == pytest.approx(0, abs=1e-12)
    assert found.weights[1:4, 1:4] == pytest.approx(BLUR.weights / 16, abs=2e-3)
    assert found.dropped == 0 and 0 < found.errors.max() < 2e-3
    free = learnt(soft(80, 80), BLUR, options=FitOptions((5, 5)))
    assert free.learnt_residuals.rms <= found.learnt_residuals.rms


def test_without_an_offset_none_is_learnt() -> None:
    found = learnt(soft(), BLUR, options=FitOptions(has_offset=False))
    assert found.offset == 0 and found.offset_error == 0 and found.kernel == BLUR


def test_a_ridge_makes_weights_smaller() -> None:
    plain, calm = (
        learnt(soft(), BLUR, options=FitOptions(ridge=ridge)).weights for ridge in (0, 0.1)
    )
    assert np.linalg.norm(calm) < np.linalg.norm(plain)


def test_directions_that_pictures_do_not_have_are_counted() -> None:
    stripes = pixels(np.tile(soft(1, 40).array[..., 0], (30, 1)))
    found = learnt(stripes, BLUR)
    assert found.dropped == 6 and not found.is_whole
    assert found.weights.sum(axis=0) == pytest.approx([0.25, 0.5, 0.25], abs=0.01)
    assert learnt(pixels(np.full((9, 9), 70)), BLUR).dropped == 9


def test_nothing_is_learnt_where_nothing_counts() -> None:
    with pytest.raises(UsageError, match="every value after is black, white or not opaque"):
        learnt(pixels(np.zeros((9, 9))), BLUR)


def test_several_pairs_are_one_problem() -> None:
    picture = soft(40, 40)
    after = filtered(picture, BLUR)[..., 0]
    halves = [
        make_pair(pixels(picture.array[part]), pixels(after[part]), (3, 3))
        for part in (slice(0, 20), slice(20, 40))
    ]
    # The middle rows of either half are also in the whole, which has two rows more.
    assert fit(lambda: halves, FitOptions()).used == 2 * 18 * 38


def test_pairs_of_other_depths_have_one_unit() -> None:
    wide = pixels(soft().array[..., 0].astype(float) * 257, "uint16")
    offset = Kernel(BLUR.weights, 16, 10)
    pairs = [
        make_pair(soft(), pixels(filtered(soft(), offset)[..., 0]), (3, 3)),
        make_pair(
            wide, pixels(filtered(wide, offset)[..., 0], "uint16"), (3, 3), Reading(False, 255)
        ),
    ]
    found = fit(lambda: pairs, FitOptions())
    assert found.weights == pytest.approx(BLUR.weights / 16, abs=1e-2)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 5), st.integers(1, 5), st.floats(-1, 1))
def test_learning_inverts_filtering(
    data: st.DataObject, high: int, wide: int, offset: float
) -> None:
    """Floats are neither rounded nor clipped, so that the very kernel is learnt."""
    numbers = st.lists(st.floats(-2, 2), min_size=high * wide, max_size=high * wide)
    grid = np.array(data.draw(numbers)).reshape(high, wide)
    before = noise(16, 18, dtype="float32")
    after = pixels(filtered(before, Kernel(grid, offset=offset)), "float32")
    pair = make_pair(before, after, (high, wide))
    found = fit(lambda: [pair], FitOptions((high, wide)))
    assert found.weights == pytest.approx(grid, abs=2e-5)
    assert found.offset == pytest.approx(offset, abs=2e-5)
    assert found.learnt_residuals.largest < 1e-5
    again = filtered(before, Kernel(found.weights, offset=found.offset))
    assert again == pytest.approx(after.array, abs=2e-5)
