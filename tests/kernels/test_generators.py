"""Generators: sums and shapes of kernels, and SciPy's for the same formula."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage, special

from imgconv.errors import KernelError
from imgconv.kernels import generators
from imgconv.kernels.generators import generate
from imgconv.kernels.kernel import Kernel
from tests.support.covering import with_slow
from tests.support.strategies import examples

sigmas = st.just(0.0) | st.floats(0.1, 30)
amounts = st.floats(0, 10)
angles = st.floats(-1e6, 1e6)
cuts = st.floats(0.5, 10)
radii = st.integers(0, 300) | st.floats(0, 300)

BLURS: dict[str, st.SearchStrategy[Kernel]] = {
    "box": st.builds(generators.box, radii, radii),
    "gaussian": st.builds(generators.gaussian, sigmas, sigmas, cuts),
    "sharpen": st.builds(generators.sharpen, amounts),
    "motion": st.builds(generators.motion, st.floats(0, 200), angles),
    "disk": st.builds(generators.disk, st.floats(0, 50)),
    "heat": st.builds(generators.heat, st.floats(0, 1000)),
    "heat-step": st.builds(generators.heat_step, st.floats(0, 1)),
}

DIFFERENCES: dict[str, st.SearchStrategy[Kernel]] = {
    "highpass": st.builds(generators.highpass, sigmas, amounts),
    "laplacian": st.builds(generators.laplacian, st.sampled_from([4, 8])),
    "laplacian-of-gaussian": st.builds(generators.laplacian_of_gaussian, st.floats(0.1, 30), cuts),
    "difference-of-gaussians": st.builds(
        generators.difference_of_gaussians, st.floats(0.1, 15), st.floats(1.1, 4), cuts
    ),
    "emboss": st.builds(generators.emboss, angles),
}


def at_reach(kernel: Kernel, radius: int) -> NDArray[np.float64]:
    """The weights in a grid that reaches ``radius`` pixels from the middle."""
    return np.pad(kernel.weights, [(radius - size // 2,) * 2 for size in kernel.weights.shape])


def delta(radius: int) -> NDArray[np.float64]:
    return at_reach(Kernel([[1]]), radius)


def test_every_generator_is_either_a_blur_or_a_difference() -> None:
    assert {*BLURS, *DIFFERENCES} == set(generators.GENERATORS)


@pytest.mark.parametrize("name", BLURS)
@given(data=st.data())
@examples(50)
def test_a_blur_keeps_brightness_exactly(name: str, data: st.DataObject) -> None:
    kernel = data.draw(BLURS[name])
    assert kernel.sum / kernel.scale == 1


@pytest.mark.parametrize("name", DIFFERENCES)
@given(data=st.data())
@examples(50)
def test_a_difference_sums_to_zero_exactly(name: str, data: st.DataObject) -> None:
    kernel = data.draw(DIFFERENCES[name])
    assert math.fsum(kernel.weights.ravel()) == 0


@pytest.mark.parametrize("name", sorted({*BLURS, *DIFFERENCES} - {"emboss"}))
@given(data=st.data())
@examples(20)
def test_all_but_a_relief_are_symmetric(name: str, data: st.DataObject) -> None:
    kernel = data.draw({**BLURS, **DIFFERENCES}[name])
    assert kernel.flip() == kernel


@pytest.mark.parametrize("radius", [0, 1, 7])
def test_a_box_weighs_all_pixels_equally(radius: int) -> None:
    kernel = generators.box(radius)
    assert kernel.is_box
    assert (kernel.width, kernel.height) == (2 * radius + 1, 2 * radius + 1)


@pytest.mark.parametrize("radius", [0.25, 1.5, 2.9, 7.1])
@pytest.mark.parametrize("radius_y", [0, 1, 3.5])
def test_the_ends_of_a_box_count_by_the_fraction_of_its_radius(
    radius: float, radius_y: float
) -> None:
    kernel = generators.box(radius, radius_y)
    fine = [
        np.repeat(1.0, round(20 * (2 * length + 1))) for length in (radius_y, radius)
    ]  # in twentieths of a pixel, centred
    sizes = (kernel.height, kernel.width)
    column, row = (
        np.pad(line, (20 * size - line.size) // 2).reshape(size, 20).mean(axis=1)
        for line, size in zip(fine, sizes, strict=True)
    )
    np.testing.assert_allclose(kernel.weights, np.outer(column, row), rtol=0, atol=1e-12)
    assert kernel.scale == pytest.approx((2 * radius + 1) * (2 * radius_y + 1))


@pytest.mark.parametrize("radius", [0.4, 1.5, 6.25])
def test_a_box_with_a_fraction_is_the_one_of_pillow(radius: float) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (40, 50), np.uint8)
    expected = Image.fromarray(picture).filter(ImageFilter.BoxBlur(radius))
    kernel = generators.box(radius)
    ours = ndimage.correlate(picture.astype(float), kernel.weights, mode="nearest") / kernel.scale
    np.testing.assert_allclose(ours, np.asarray(expected, float), rtol=0, atol=1.1)


@pytest.mark.parametrize("cut", [0.5, 1, 2.5, 6])
def test_a_gaussian_ends_where_it_is_cut(cut: float) -> None:
    expected = ndimage.gaussian_filter(delta(14), 2.0, truncate=cut, mode="constant")
    kernel = generators.gaussian(2, cut=cut)
    np.testing.assert_allclose(at_reach(kernel, 14), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("sigma", [0.1, 0.4, 1, 2.3, 10])
def test_a_gaussian_is_the_one_of_scipy(sigma: float) -> None:
    radius = int(4 * sigma + 0.5)
    expected = ndimage.gaussian_filter(delta(radius + 2), sigma, mode="constant")
    np.testing.assert_allclose(
        at_reach(generators.gaussian(sigma), radius + 2), expected, rtol=0, atol=1e-15
    )


@pytest.mark.parametrize("sigma", [1, 2.3, 10])
def test_a_highpass_is_what_the_gaussian_of_scipy_removes(sigma: float) -> None:
    radius = int(4 * sigma + 0.5)
    expected = 3 * (delta(radius) - ndimage.gaussian_filter(delta(radius), sigma, mode="constant"))
    np.testing.assert_allclose(generators.highpass(sigma, 3).weights, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("sigma", [1, 1.4, 5])
def test_a_laplacian_of_gaussian_is_sigma_squared_times_the_one_of_scipy(sigma: float) -> None:
    radius = int(4 * sigma + 0.5)
    expected = sigma**2 * ndimage.gaussian_laplace(delta(radius), sigma, mode="constant")
    weights = generators.laplacian_of_gaussian(sigma).weights
    np.testing.assert_allclose(weights, expected, rtol=0, atol=3e-3 * np.abs(expected).max())


@pytest.mark.parametrize("sigma", [5, 8, 20])
def test_a_laplacian_of_gaussian_shows_an_edge_as_bright_at_every_sigma(sigma: float) -> None:
    response = np.cumsum(generators.laplacian_of_gaussian(sigma).weights.sum(axis=0))
    assert np.abs(response).max() == pytest.approx(1 / math.sqrt(2 * math.pi * math.e), rel=0.01)


def test_a_difference_of_gaussians_is_the_narrow_one_minus_the_wide_one() -> None:
    narrow, wide = generators.gaussian(2), generators.gaussian(5)
    np.testing.assert_allclose(
        generators.difference_of_gaussians(2, 2.5).weights,
        at_reach(narrow, 20) - wide.weights,
        rtol=0,
        atol=1e-14,
    )


@pytest.mark.parametrize(
    ("name", "values"),
    with_slow(
        [("difference_of_gaussians", (20, 2))],
        slow=[("highpass", (40,)), ("laplacian_of_gaussian", (40,))],
    ),
)
def test_exact_sums_do_not_change_the_rank_of_a_kernel(name: str, values: tuple[float]) -> None:
    assert getattr(generators, name)(*values).rank == 2


@pytest.mark.parametrize(
    "make",
    [lambda: generators.gaussian(1000), lambda: generators.box(4000)],
    ids=["gaussian", "box"],
)
def test_a_wide_blur_needs_no_grid(make: Callable[[], Kernel]) -> None:
    tracemalloc.start()
    kernel = make()
    facts = (kernel.size, kernel.rank, kernel.taps, kernel.is_average)
    _, most_memory = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert facts == ("8001x8001", 1, 8001**2, True)
    assert most_memory < 5e6


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0, [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        (1, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        (2.5, [[0, -2.5, 0], [-2.5, 11, -2.5], [0, -2.5, 0]]),
    ],
)
def test_sharpening_subtracts_the_neighbours(amount: float, expected: list[list[float]]) -> None:
    assert generators.sharpen(amount) == Kernel(expected)


@pytest.mark.parametrize(
    ("neighbours", "expected"),
    [(4, [[0, 1, 0], [1, -4, 1], [0, 1, 0]]), (8, [[1, 1, 1], [1, -8, 1], [1, 1, 1]])],
)
def test_a_laplacian_has_four_or_eight_neighbours(
    neighbours: int, expected: list[list[float]]
) -> None:
    assert generators.laplacian(neighbours) == Kernel(expected)


@pytest.mark.parametrize(
    ("angle", "expected"),
    [
        (0, [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        (45, [[0, -1, -2], [1, 0, -1], [2, 1, 0]]),
        (90, [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
        (135, [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]]),
        (180, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        (225, [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]),
        (270, [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
        (315, [[2, 1, 0], [1, 0, -1], [0, -1, -2]]),
        (360, [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
    ],
)
def test_a_relief_has_whole_weights_at_multiples_of_45_degrees(
    angle: float, expected: list[list[float]]
) -> None:
    assert generators.emboss(angle) == Kernel(expected)


def test_a_relief_between_two_directions_is_the_mean_of_both() -> None:
    expected = (generators.emboss(90).weights + generators.emboss(135).weights) / 2
    np.testing.assert_allclose(generators.emboss(112.5).weights, expected, rtol=0, atol=1e-15)


def test_the_side_of_a_bright_square_that_faces_the_light_shines() -> None:
    square = np.pad(np.ones((9, 9)), 3)
    relief = ndimage.correlate(square, generators.emboss(135).weights)
    assert relief[3, 3] > 0 > relief[11, 11]


@pytest.mark.parametrize(("angle", "shape"), [(0, (1, 9)), (90, (9, 1)), (180, (1, 9))])
def test_motion_along_an_axis_is_a_box(angle: float, shape: tuple[int, int]) -> None:
    kernel = generators.motion(9, angle)
    assert kernel.is_box
    assert kernel.weights.shape == shape


@pytest.mark.parametrize(("angle", "rising"), [(45, True), (135, False), (225, True)])
def test_motion_along_a_diagonal_touches_only_the_diagonal(angle: float, rising: bool) -> None:
    weights = generators.motion(4 * math.sqrt(2) + 0.1, angle).weights
    diagonal = np.fliplr(weights) if rising else weights
    assert (np.diag(diagonal) > 0).all()
    assert np.count_nonzero(weights) == len(weights) == 5


@given(length=st.floats(0.5, 60), angle=angles)
def test_motion_spreads_along_the_line_as_far_as_it_is_long(length: float, angle: float) -> None:
    kernel = generators.motion(length, angle)
    rows, columns = np.ogrid[: kernel.height, : kernel.width]
    down, right = rows - kernel.origin[0], columns - kernel.origin[1]
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    along, across = right * cosine - down * sine, right * sine + down * cosine
    touched = kernel.weights > 0
    assert (kernel.weights >= 0).all()
    assert np.abs(across[touched]).max() < 1
    assert np.abs(along[touched]).max() < length / 2 + 1.5


@pytest.mark.parametrize("angle", [30, 45, 77])
def test_motion_turned_by_a_right_angle_is_the_kernel_turned_by_one(angle: float) -> None:
    turned = np.rot90(generators.motion(20, angle).weights)
    np.testing.assert_allclose(generators.motion(20, angle + 90).weights, turned, atol=1e-9)


@pytest.mark.parametrize("radius", [0.5, 0.7, 1, 3, 7.25, 50])
def test_a_disk_has_the_area_of_its_circle(radius: float) -> None:
    assert generators.disk(radius).sum == pytest.approx(math.pi * radius**2, rel=1e-8)


@pytest.mark.parametrize("radius", [0.5, 1.3, 3, 7.25])
def test_the_weight_of_a_pixel_of_a_disk_is_its_area_in_the_circle(radius: float) -> None:
    kernel = generators.disk(radius)
    fine = (np.arange(kernel.width * 100) + 0.5) / 100 - kernel.width / 2
    inside = np.add.outer(fine**2, fine**2) < radius**2
    shares = inside.reshape(kernel.width, 100, kernel.width, 100).mean(axis=(1, 3))
    np.testing.assert_allclose(kernel.weights, shares, rtol=0, atol=2e-3)


def test_a_disk_has_the_symmetries_of_the_square() -> None:
    weights = generators.disk(7.25).weights
    np.testing.assert_array_equal(weights, np.fliplr(weights))
    np.testing.assert_allclose(weights, weights.T, rtol=0, atol=2e-9)


def test_generate_gives_a_generator_only_the_values_that_it_takes() -> None:
    kernel = generate("gaussian", {"threshold": 3.0, "sigma": 2.0})
    assert kernel == generators.gaussian(2)


def test_generate_leaves_a_default_where_the_filter_has_no_such_parameter() -> None:
    assert generate("highpass", {"sigma": 2.0}) == generators.highpass(2, 1)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("gausian", {}, "did you mean 'gaussian'"),
        ("xyz", {}, "known are box, gaussian"),
        ("gaussian", {"radius": 1}, "needs 'sigma'"),
    ],
)
def test_generate_names_a_missing_value(
    name: str, values: Mapping[str, float], message: str
) -> None:
    with pytest.raises(KernelError, match=message):
        generate(name, values)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: generators.box(-1), "cannot reach -1 pixels"),
        (lambda: generators.box(4001), "give 0 to 4000"),
        (lambda: generators.gaussian(-1), "sigma -1"),
        (lambda: generators.laplacian_of_gaussian(0), "sigma 0"),
        (lambda: generators.gaussian(1, cut=0), "cut 0"),
        (lambda: generators.gaussian(math.nan), "sigma nan"),
        (lambda: generators.gaussian(1001), "cannot reach 4004.5 pixels"),
        (lambda: generators.highpass(300), "give 0 to 999"),
        (lambda: generators.laplacian_of_gaussian(300), "give 0 to 999"),
        (lambda: generators.difference_of_gaussians(100, 4), "give 0 to 999"),
        (lambda: generators.laplacian(5), "give 4 or 8"),
        (lambda: generators.motion(-1, 0), "length -1"),
        (lambda: generators.motion(9999, 0), "give 0 to 999"),
        (lambda: generators.disk(-1), "radius -1"),
        (lambda: generators.disk(2000), "give 0 to 999"),
    ],
)
def test_a_value_that_makes_no_kernel_is_refused(make: Callable[[], Kernel], message: str) -> None:
    with pytest.raises(KernelError, match=message):
        make()


@pytest.mark.parametrize("time", [0.1, 1, 7, 300, 1000])
def test_heat_spreads_as_scipys_bessel_functions_say(time: float) -> None:
    column = generators.heat(time).factor.column  # type: ignore[union-attr]
    radius = len(column) // 2
    exact = special.ive(np.abs(np.arange(-radius, radius + 1)), 2 * time)
    assert 0 < 1 - exact.sum() < 1e-9
    np.testing.assert_allclose(column, exact, atol=1e-9)
    others = np.arange(len(column)) != radius  # the middle makes the sum 1
    np.testing.assert_allclose(column[others], exact[others], atol=1e-15)


def test_heat_has_twice_the_time_as_variance() -> None:
    column = generators.heat(1).factor.column  # type: ignore[union-attr]
    at = np.arange(len(column)) - len(column) // 2
    assert column[at >= 0][:5].tolist() == pytest.approx(
        [0.3085083226, 0.2152692892, 0.0932390333, 0.0287912226, 0.0068653654], abs=1e-9
    )
    assert float(column @ at**2) == pytest.approx(2, abs=1e-7)
    assert generators.heat(0).weights.tolist() == [[1]]
