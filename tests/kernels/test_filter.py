"""Filters, their declarations and parameters."""

from __future__ import annotations

import math

import pytest

from imgconv.errors import ParameterError
from imgconv.kernels.filter import COMBINATIONS, Declaration, Filter, Parameter
from imgconv.kernels.kernel import Kernel
from tests.support.pictures import BLUR, SHARPEN, SOBEL, SOBEL_X

SIGMA = Parameter("sigma", "width", 1.5, 0.1, 10)
COUNT = Parameter("count", "how many", 3, 1)
SIDES = Parameter("sides", "which", 4, choices=(4, 8))
ANY = Parameter("shift", "how far", 0.0)
DECLARED = Declaration(
    "sum",
    "adds numbers",
    (SIGMA, COUNT),
    lambda values: (Kernel([[values["sigma"], values["count"]]]),),
    "none",
    "abs",
    ("count",),
)


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (SIGMA, "2", 2.0),
        (SIGMA, "0.1", 0.1),
        (SIGMA, "1e1", 10.0),
        (COUNT, "7", 7),
        (SIDES, "8", 8),
        (ANY, "-1e6", -1e6),
    ],
)
def test_a_value_is_parsed(parameter: Parameter, text: str, value: float) -> None:
    read = parameter.parse(text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("parameter", "text", "message"),
    [
        (SIGMA, "wide", "sigma: 'wide' is not a number; give 0.1 to 10"),
        (SIGMA, "11", "11 is out of range"),
        (SIGMA, "nan", "out of range"),
        (COUNT, "2.5", "'2.5' is not a whole number; give at least 1"),
        (COUNT, "0", "0 is out of range"),
        (SIDES, "5", "5 is not among its values; give 4 or 8"),
        (ANY, "inf", "inf is out of range; give any number"),
    ],
)
def test_an_invalid_value_is_refused_with_the_allowed_ones(
    parameter: Parameter, text: str, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        parameter.parse(text)


def test_bounds_without_a_minimum_name_the_maximum() -> None:
    with pytest.raises(ParameterError, match=r"give .* 5"):
        Parameter("loss", "how much", 0.0, maximum=5).parse("6")


def test_missing_values_are_the_defaults() -> None:
    assert DECLARED.values({"count": "9"}) == {"sigma": 1.5, "count": 9}


def test_a_default_may_be_the_value_of_a_parameter_before() -> None:
    square = DECLARED._replace(parameters=(SIGMA, SIGMA._replace(name="down", default="sigma")))
    assert square.values({}) == {"sigma": 1.5, "down": 1.5}
    assert square.values({"sigma": "3"}) == {"sigma": 3, "down": 3}
    assert square.values({"sigma": "3", "down": "5"}) == {"sigma": 3, "down": 5}
    assert square.parameters[1].description == "width (default as sigma; 0.1 to 10)"


def test_binding_makes_a_filter_with_kernels_and_threshold() -> None:
    assert DECLARED.bind({"sigma": "2"}) == Filter(
        "sum", (Kernel([[2, 3]]),), "none", "abs", threshold=3
    )


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        ([], {}),
        (["2"], {"sigma": "2"}),
        (["2", "5"], {"sigma": "2", "count": "5"}),
        (["count=5"], {"count": "5"}),
        (["2", " count = 5 "], {"sigma": "2", "count": "5"}),
    ],
)
def test_values_without_a_name_are_taken_in_order(texts: list[str], named: dict[str, str]) -> None:
    assert DECLARED.name_values(texts) == named


def test_one_value_too_many_or_of_an_unknown_name_is_refused() -> None:
    with pytest.raises(ParameterError, match="no parameter for '3'; it takes sigma, count"):
        DECLARED.name_values(["1", "2", "3"])
    with pytest.raises(ParameterError, match="'sum' has no parameter 'size'; write sigma"):
        DECLARED.values({"size": "1"})
    with pytest.raises(ParameterError, match="'sum' has no parameter 'q'; it takes sigma, count"):
        DECLARED.values({"q": "1"})
    with pytest.raises(ParameterError, match="it takes none"):
        Declaration("blur", "", (), lambda values: (BLUR,)).values({"size": "1"})


@pytest.mark.parametrize(
    ("filter", "is_average"),
    [
        (Filter("blur", (BLUR,)), True),
        (Filter("sharpen", (SHARPEN,)), True),
        (Filter("copy", (Kernel([[1]]),)), False),
        (Filter("brighter", (BLUR.scaled(2),)), False),
        (Filter("lifted", (BLUR.replaced(offset=1),)), False),
        (Filter("difference", (SOBEL_X,)), False),
        (SOBEL, False),
        (Filter("largest", (BLUR, SHARPEN), "max"), False),
        (Filter("unsharp", (Kernel([[1]]), SOBEL_X), "add-above"), True),
        (Filter("doubled", (Kernel([[1]]), BLUR), "add-above"), False),
        (Filter("lifted", (BLUR, SOBEL_X.replaced(offset=9)), "add-above"), False),
    ],
)
def test_a_filter_that_keeps_flat_pictures_is_an_average(filter: Filter, is_average: bool) -> None:
    assert filter.is_average == is_average


def test_map_kernels_changes_the_kernels_alone() -> None:
    turned = SOBEL.map_kernels(Kernel.flip)
    assert turned == Filter(
        SOBEL.name, tuple(kernel.flip() for kernel in SOBEL.kernels), SOBEL.combine
    )
    assert SOBEL.combine in COMBINATIONS
    assert math.isfinite(turned.threshold)
