"""The shipped filters: declarations, weights, and results against SciPy."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from imgconv.errors import ParameterError
from imgconv.kernels import library, toml
from imgconv.kernels.filter import WITH_PATH, Declaration, Filter
from imgconv.kernels.kernel import Kernel

Array = NDArray[np.float64]

# One needs a picture: see test_mask_picture.py.
SHIPPED = {path.stem for path in library.shipped_folder().glob("*.toml")}
NAMES = sorted(SHIPPED - {WITH_PATH})

# A flat picture stays as it is under these; the others find differences and give nothing.
AVERAGES = {
    *("identity", "blur", "gaussian", "binomial", "motion", "disk"),
    *("sharpen", "mean-removal", "unsharp", "gimp-emboss"),
    *("heat", "heat-step"),
}
PARAMETERS = {
    "blur": ["radius", "radius-y"],
    "gaussian": ["sigma", "sigma-y", "cut"],
    "motion": ["length", "angle"],
    "disk": ["radius"],
    "heat": ["time"],
    "heat-step": ["rate"],
    "sharpen": ["amount"],
    "unsharp": ["sigma", "amount", "threshold", "cut"],
    "highpass": ["sigma", "cut"],
    "laplacian": ["neighbours"],
    "emboss": ["angle"],
    "log": ["sigma", "cut"],
    "dog": ["sigma", "ratio", "cut"],
    "freq-low": ["cutoff", "edge", "order"],
    "freq-high": ["cutoff", "edge", "order"],
    "freq-band": ["low", "high", "edge", "order"],
    "freq-stop": ["low", "high", "edge", "order"],
    "freq-notch": ["fx", "fy", "radius", "edge", "order"],
}
COMBINED = {
    "magnitude": {"sobel", "scharr", "prewitt", "roberts"},
    "max": {"kirsch", "robinson"},
    "add-above": {"unsharp"},
}
# Differences may be negative: relief shows both signs, edges show only how strong they are.
SHOWN = {
    "abs": {
        *("sobel-x", "sobel-y", "laplacian", "difference-x", "difference-y", "gimp-enhance"),
    },
    "offset": {"emboss", "highpass", "log", "dog", "freq-high", "freq-band"},
}
SAME_IN_SCIPY: dict[str, Callable[[Array], Array]] = {
    "identity": lambda picture: picture,
    "blur": lambda picture: ndimage.uniform_filter(picture, 3),
    "gaussian": lambda picture: ndimage.gaussian_filter(picture, 1),
    "sharpen": lambda picture: picture - ndimage.laplace(picture),
    "highpass": lambda picture: picture - ndimage.gaussian_filter(picture, 3),
    "sobel-x": lambda picture: ndimage.sobel(picture, axis=1),
    "sobel-y": lambda picture: ndimage.sobel(picture, axis=0),
    "laplacian": ndimage.laplace,
    "outline": lambda picture: 9 * (picture - ndimage.uniform_filter(picture, 3)),
    "dog": lambda picture: (
        ndimage.gaussian_filter(picture, 1) - ndimage.gaussian_filter(picture, 1.6)
    ),
}


def declared(name: str) -> Declaration:
    return toml.read_declaration(library.shipped_folder() / f"{name}.toml")


def bound(name: str, **values: str) -> Filter:
    return declared(name).bind(values)


@cache
def at_extremes(name: str) -> list[Filter]:
    """The filter with its defaults, then with each least and greatest value of its parameters."""
    parameters = declared(name).parameters
    ends = [
        [str(end) for end in (*each.choices, each.minimum, each.maximum) if math.isfinite(end)]
        for each in parameters
    ]
    names = [each.name for each in parameters]
    given = [dict(zip(names, values, strict=True)) for values in itertools.product(*ends)]
    return [bound(name), *(bound(name, **values) for values in given if is_possible(values))]


def is_possible(values: dict[str, str]) -> bool:
    """Whether a Gaussian has room for its weights: the widest has none to end late."""
    sigma = max(float(values.get(name, 0)) for name in ("sigma", "sigma-y"))
    return sigma < 25 or float(values.get("cut", 0)) <= 4


def applied(kernel: Kernel, picture: Array) -> Array:
    """The formula of ``kernels/kernel.py`` for odd kernels, by SciPy, reflected at the edge."""
    summed: Array = ndimage.correlate(picture, kernel.weights)
    return summed / kernel.scale + kernel.offset


def grids(name: str) -> list[Array]:
    return [kernel.weights for kernel in bound(name).kernels]


@pytest.fixture
def picture() -> Array:
    return np.random.default_rng(1).uniform(0, 255, (40, 50))


def test_a_filter_says_in_one_line_what_it_does() -> None:
    for name in NAMES:
        summary = declared(name).summary
        assert 0 < len(summary) <= 72, name
        assert "\n" not in summary and not summary.endswith("."), name


def test_parameters_are_declared_in_the_order_in_which_people_give_them() -> None:
    found = {name: [each.name for each in declared(name).parameters] for name in NAMES}
    assert found == {name: PARAMETERS.get(name, []) for name in NAMES}


def test_every_parameter_says_what_it_is_and_takes_its_own_default() -> None:
    for name, names in PARAMETERS.items():
        for each in declared(name).parameters:
            assert each.summary, (name, each.name)
            if isinstance(each.default, str):
                assert each.default in names
            else:
                assert each.check(each.default) == each.default


def test_every_parameter_of_a_kernel_but_an_angle_has_bounds() -> None:
    for name in PARAMETERS.keys() - {"unsharp"}:
        for each in declared(name).parameters:
            is_bounded = each.choices or each.labels or math.isfinite(each.maximum - each.minimum)
            assert each.name == "angle" or is_bounded, (name, each.name)


def rule_of(name: str, table: dict[str, set[str]], usual: str) -> str:
    return next((rule for rule, names in table.items() if name in names), usual)


def test_the_combination_and_the_range_are_those_of_the_table() -> None:
    found = {name: (bound(name).combine, bound(name).range) for name in NAMES}
    assert found == {
        name: (rule_of(name, COMBINED, "none"), rule_of(name, SHOWN, "clamp")) for name in NAMES
    }


@pytest.mark.parametrize("name", sorted(AVERAGES))
def test_a_flat_picture_stays_flat_and_as_bright_at_every_extreme(name: str) -> None:
    for filter in at_extremes(name):
        first, *others = filter.kernels
        assert first.sum / first.scale == 1
        assert [kernel.sum for kernel in others] == [0] * len(others)
        assert first.offset == 0


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in AVERAGES and "freq-" not in name]
)
def test_a_flat_picture_has_no_differences_at_any_extreme(name: str) -> None:
    for filter in at_extremes(name):
        assert {(kernel.sum, kernel.offset) for kernel in filter.kernels} == {(0, 0)}


def test_a_filter_without_even_kernels_has_its_origin_in_the_middle() -> None:
    for name in NAMES:
        for kernel in bound(name).kernels:
            middle = ((kernel.height - 1) // 2, (kernel.width - 1) // 2)
            assert kernel.origin == middle, name


@pytest.mark.parametrize("name", SAME_IN_SCIPY)
def test_a_filter_gives_what_scipy_gives(name: str, picture: Array) -> None:
    (kernel,) = bound(name).kernels
    expected = SAME_IN_SCIPY[name](picture)
    np.testing.assert_allclose(applied(kernel, picture), expected, rtol=0, atol=1e-10)


def test_the_names_of_other_tools_are_aliases() -> None:
    assert library.find("gimp-detect") == [bound("laplacian")]
    assert library.find("edge") == [bound("laplacian", neighbours="8")]


def test_a_filter_stands_in_one_group_and_no_other_does_the_same() -> None:
    assert [name for name in NAMES if declared(name).group == "other"] == ["identity"]
    filters = {name: bound(name) for name in NAMES}
    for (one, first), (other, second) in itertools.combinations(filters.items(), 2):
        assert first._replace(name=other) != second, (one, other)


def test_the_magnitude_of_sobel_is_made_of_its_two_directions() -> None:
    assert bound("sobel").kernels == (*bound("sobel-x").kernels, *bound("sobel-y").kernels)


@pytest.mark.parametrize("name", ["sobel", "scharr", "prewitt"])
def test_edge_strength_is_the_same_gradient_along_both_axes(name: str) -> None:
    across, down = grids(name)
    np.testing.assert_array_equal(down, across.T)
    assert (across[:, 2] > 0).all()


@pytest.mark.parametrize("name", ["kirsch", "robinson"])
def test_compass_kernels_face_eight_directions_in_turn(name: str) -> None:
    masks = grids(name)
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    read = [[mask[place] for place in ring] for mask in masks]
    assert read == [list(np.roll(read[0], turn)) for turn in range(8)]


def test_differences_are_taken_to_the_right_and_downwards() -> None:
    assert bound("difference-x").kernels == (Kernel([[-1, 1]], origin=(0, 0)),)
    assert bound("difference-y").kernels == (Kernel([[-1], [1]], origin=(0, 0)),)


def test_roberts_takes_both_diagonals_of_the_same_four_pixels() -> None:
    assert bound("roberts").kernels == (
        Kernel([[1, 0], [0, -1]], origin=(0, 0)),
        Kernel([[0, 1], [-1, 0]], origin=(0, 0)),
    )


def test_unsharp_without_threshold_is_the_picture_and_amount_times_the_highpass(
    picture: Array,
) -> None:
    filter = bound("unsharp", sigma="2", amount="1.5")
    result = sum(applied(kernel, picture) for kernel in filter.kernels)
    expected = picture + 1.5 * (picture - ndimage.gaussian_filter(picture, 2))
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-10)


def test_unsharp_has_the_threshold_of_its_parameter() -> None:
    assert bound("unsharp").threshold == 0
    assert bound("unsharp", threshold="7.5").threshold == 7.5
    # The detail that it is compared with is multiplied by the amount.
    assert bound("unsharp", threshold="7.5", amount="2").threshold == 15


def test_unsharp_preserves_brightness() -> None:
    assert bound("unsharp").is_average


@pytest.mark.parametrize("name", ["sharpen", "unsharp"])
def test_an_amount_of_zero_changes_nothing(name: str, picture: Array) -> None:
    result = sum(applied(kernel, picture) for kernel in bound(name, amount="0").kernels)
    np.testing.assert_array_equal(result, picture)


@pytest.mark.parametrize(
    "text", ["blur:0", "gaussian:0", "gaussian:0:0", "disk:0", "motion:0", "motion:0:33"]
)
def test_a_blur_of_zero_is_the_identity(text: str) -> None:
    (filter,) = library.find(text)
    assert filter.is_identity
    assert filter.kernels[0].size == "1x1"


def test_an_unsharp_mask_of_sigma_0_changes_nothing(picture: Array) -> None:
    result = sum(applied(kernel, picture) for kernel in bound("unsharp", sigma="0").kernels)
    np.testing.assert_array_equal(result, picture)


@pytest.mark.parametrize(
    ("text", "across", "down"),
    [("gaussian:3:0", 3, 0), ("gaussian:0:2", 0, 2), ("gaussian:4:1", 4, 1)],
)
def test_a_gaussian_has_a_sigma_for_each_axis(
    text: str, across: float, down: float, picture: Array
) -> None:
    (kernel,) = library.find(text)[0].kernels
    expected = ndimage.gaussian_filter(picture, (down, across))
    np.testing.assert_allclose(applied(kernel, picture), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("text", "shape"), [("blur:5:1", (3, 11)), ("blur:0:2", (5, 1))])
def test_a_box_has_a_radius_for_each_axis(
    text: str, shape: tuple[int, int], picture: Array
) -> None:
    (kernel,) = library.find(text)[0].kernels
    assert kernel.is_box
    expected = ndimage.uniform_filter(picture, shape)
    np.testing.assert_allclose(applied(kernel, picture), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ["motion", "emboss"])
@pytest.mark.parametrize(("angle", "same"), [("-45", "315"), ("405", "45"), ("-360", "0")])
def test_an_angle_may_have_any_sign_and_size(name: str, angle: str, same: str) -> None:
    assert bound(name, angle=angle) == bound(name, angle=same)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("blur", {"radius": "-1"}),
        ("blur", {"radius": "4001"}),
        ("gaussian", {"sigma": "-0.1"}),
        ("gaussian", {"cut": "0"}),
        ("laplacian", {"neighbours": "5"}),
        ("emboss", {"angle": "inf"}),
        ("unsharp", {"threshold": "-1"}),
    ],
)
def test_a_value_out_of_range_is_refused(name: str, value: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        bound(name, **value)
