"""The names of other tools: each table names what this tool has, and nothing that it has itself."""

from __future__ import annotations

import shlex

import pytest

from imgconv.errors import UsageError
from imgconv.images.colour import check_colour
from imgconv.kernels import library, other_names
from imgconv.kernels.border import BORDERS, Border
from imgconv.kernels.filter import Declaration

NAMES = [(ours, name) for ours, names in other_names.FILTERS.items() for name in names.split()]
NO_FILTERS = [name for names in other_names.NO_CONVOLUTION.values() for name in names.split()]
OTHER_PARTS = [
    (text, name) for text, names in other_names.OTHER_PARTS.items() for name in names.split()
]


def remedy(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        library.find(text)
    assert "\n" not in str(caught.value)
    return caught.value.remedy


@pytest.mark.parametrize(("ours", "name"), NAMES)
def test_the_name_of_another_tool_is_answered_by_a_filter(ours: str, name: str) -> None:
    assert library.find(ours)
    assert remedy(name) == f"write {ours}"
    assert remedy(name.upper().replace("-", "_")) == f"write {ours}"


def test_no_name_stands_for_two_things() -> None:
    names = [name for _, name in NAMES + OTHER_PARTS] + NO_FILTERS
    assert len(names) == len({*names})
    aliases = {alias for each in library.declarations() for alias in each.aliases}
    assert not {*names} & {*library.names(), *aliases}


@pytest.mark.parametrize("name", NO_FILTERS)
def test_a_filter_that_is_no_convolution_is_answered_by_a_tool_that_has_it(name: str) -> None:
    assert remedy(name).startswith("that is no convolution: see ")
    assert remedy(f"{name}_Filter").startswith("that is no convolution: see ")


@pytest.mark.parametrize(("text", "name"), OTHER_PARTS)
def test_another_part_of_this_tool_is_named(text: str, name: str) -> None:
    assert remedy(name.title()) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gauss:2", "gaussian:2"),
        ("Gaussian", "gaussian"),
        ("EDGE", "edge"),
        ("sobelX", "sobel-x"),
        ("gaussian_blur(2)", "gaussian:2"),
        ("GaussianFilter", "gaussian"),
        ("box_blur:3", "blur:3"),
        ("gaussian(2)", "gaussian:2"),
        ("gaussian(2, 0)", "gaussian:2:0"),
        ("gaussian(sigma=2, cut=3)", "gaussian:sigma=2:cut=3"),
        ("gauss(2.5)", "gaussian:2.5"),
        ("motion(25,-45)", "motion:25:-45"),
        ("gaussian=2", "gaussian:2"),
        ("gaussian 2", "gaussian:2"),
        ("gaussian-2", "gaussian:2"),
        ("gaussian[2]", "gaussian:2"),
        ("gaussian{2}", "gaussian:2"),
        ("\N{MINUS SIGN}1 0 1", "-1 0 1"),
        ("blur5", "blur:5"),
        ("unsharp 2 1.5", "unsharp:2:1.5"),
        ("blur+sobel", "blur,sobel"),
        ("box | sobel", "blur,sobel"),
        ("blur sobel", "blur,sobel"),
        ("blur,gauss:2", "gaussian:2"),
    ],
)
def test_another_syntax_is_answered_by_that_of_this_tool(text: str, written: str) -> None:
    assert remedy(text) == f"write {shlex.quote(written)}"
    assert library.find(written)


@pytest.mark.parametrize("text", ["qqqqqq", "qqq(2)", "qqq+sobel", "+", "gaussian(", "gaussian(x)"])
def test_other_texts_are_answered_by_the_nearest_names_or_the_list(text: str) -> None:
    found = remedy(text) if text != "+" else "'imgconv filters' lists all"
    assert found.startswith(("did you mean", "'imgconv filters' lists all"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sobel3", "'sobel' has no parameter for '3'"),
        ("gauss:-1", "sigma: -1 is out of range"),
        ("gauss:2px", "sigma: '2px' is not a number; write 2"),
        ("blur(9999)", "radius: 9999 is out of range"),
    ],
)
def test_what_cannot_be_written_is_not_offered(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        library.find(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("gaussian:2px", "write 2"),
        ("gaussian:2.5 pixels", "write 2.5"),
        ("motion:9:-45°", "write -45"),
        ("motion:9:45deg", "write 45"),
        ("gaussian:0x2.5", "write 2.5"),
        ("motion:9:\N{MINUS SIGN}45", "write -45"),
        ("unsharp:1:150%", "write 150/100"),
        ("unsharp:1:5000%", "give 0 to 10"),
        ("freq-low:20px", "give 0 to 0.7072"),
        ("gaussian:2 -> sobel", "join filters by commas, as blur,sobel"),
        ("gaussian:2;sobel", "join filters by commas, as blur,sobel"),
        ("gaussian:2 sobel", "join filters by commas, as blur,sobel"),
        ("gaussian:2 | blur:1", "join filters by commas, as blur,sobel"),
        ("gaussian:much", "give 0 to 1000"),
    ],
)
def test_a_value_that_is_written_otherwise_is_answered(text: str, answer: str) -> None:
    with pytest.raises(UsageError) as caught:
        library.find(text)
    assert caught.value.remedy == answer


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_filter_is_answered_by_an_example(text: str) -> None:
    assert remedy(text) == "name one, such as blur"
    assert library.find("blur")


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("gaussian:radius=2", "sigma"),
        ("gaussian:size=2", "sigma"),
        ("gaussian:Sigma_Y=2", "sigma-y"),
        ("gaussian:sig=2", "sigma"),
        ("blur:ksize=5", "radius, which is 2 for a size of 5"),
        ("blur:sigma=2", "radius"),
        ("blur:sigma-x=2", "radius"),
        ("motion:radius=3", "length"),
        ("sharpen:strength=2", "amount"),
        ("emboss:azimuth=2", "angle"),
        ("laplacian:neighbors=8", "neighbours"),
        ("gaussian:truncate=3", "cut"),
    ],
)
def test_a_parameter_of_another_tool_is_answered_by_that_of_the_filter(
    text: str, parameter: str
) -> None:
    assert remedy(text) == f"write {parameter}"


def test_every_parameter_of_the_table_is_one_of_a_filter() -> None:
    declared: list[Declaration] = [*library.declarations()]
    known = {parameter.name for each in declared for parameter in each.parameters}
    assert {name for meant in other_names.PARAMETERS.values() for name in meant} <= known


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BORDER_CONSTANT", "constant"),
        ("BORDER_REPLICATE", "edge"),
        ("BORDER_REFLECT", "reflect"),
        ("BORDER_REFLECT_101", "mirror"),
        ("BORDER_REFLECT101", "mirror"),
        ("BORDER_DEFAULT", "mirror"),
        ("cv2.BORDER_WRAP", "wrap"),
        ("reflect_101", "mirror"),
        ("symmetric", "reflect"),
        ("replicate", "edge"),
        ("circular", "wrap"),
        ("nearest", "edge"),
        ("grid-mirror", "reflect"),
        ("grid-wrap", "wrap"),
        ("grid-constant", "constant"),
        ("zeros", "constant"),
        ("black", "constant:black"),
        ("transparent", "constant"),
        ("red", "constant:red"),
        ("constant=red", "constant:red"),
        ("constant(red)", "constant:red"),
        ("255,0,0", "constant:255,0,0"),
        ("Edge", "edge"),
    ],
)
def test_the_border_of_another_tool_is_answered_by_the_same_one(name: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        Border.parse(name)
    drawing = Border.parse(meant).rule.drawing
    assert caught.value.remedy == f"write {meant}, which is {drawing}"


def test_every_border_of_the_table_is_one_and_names_stand_for_one_alone() -> None:
    for ours in other_names.BORDERS:
        check_colour(Border.parse(ours).colour)
    names = [name for names in other_names.BORDERS.values() for name in names.split()]
    assert len(names) == len({*names})
    assert {*BORDERS} <= {*names}
