"""Errors of the library's function: which arguments are refused, and in which words."""

from __future__ import annotations

from io import BytesIO
from traceback import format_exception
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv.api import apply
from imgconv.errors import DamagedError, ParameterError, UnknownFilterError, UsageError
from tests.support.pictures import BLUR, noise


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((3, 3), complex), "arrays of complex128.*give an array of bool, of integers, or"),
        (np.ones((3, 3), object), "arrays of object"),
        (np.full((3, 3), "a"), "arrays of <U1"),
        (np.ones((3, 3), np.longdouble), "arrays of float128"),
        (np.ones(3, np.uint8), "no picture"),
        (np.ones((3, 3, 3, 3), np.uint8), "no picture"),
        (np.ones((0, 3), np.uint8), "no picture"),
        (np.ones((3, 3, 0), np.uint8), "no picture"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(array: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        apply(array, BLUR)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"border": "edges"}, "no border"),
        ({"extent": "outer"}, "no extent"),
        ({"range": "wide"}, "no range"),
        ({"channels": "r,x"}, "no channel 'x'"),
        ({"engine": "quantum"}, "no engine is called 'quantum'; choose from direct"),
        ({"border": "constant:reddish"}, "no colour"),
    ],
)
def test_an_invalid_option_is_a_value_error(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        apply(Image.new("RGB", (5, 4)), BLUR, **options)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"picture": None}, "picture is of the type NoneType; give a Pillow image or a NumPy"),
        ({"picture": [[1, 2], [3, 4]]}, "picture is of the type list"),
        ({"picture": "in.png"}, "picture is of the type str"),
        ({"filter": 3}, "filter is of the type int; give a text, an imgconv.Kernel, rows of"),
        ({"filter": None}, "filter is of the type NoneType"),
        ({"filter": ["blur", 3]}, "filter is of the type int"),
        ({"filter": [1, 2, 1]}, r"filter is of the type int; .* as in \[\[1, 2, 1\]\]"),
        ({"filter": b"blur"}, "filter is of the type bytes"),
        ({"filter": np.ones(3)}, "1 dimension"),
        ({"filter": [[1, 2], [3]]}, "give every row as many numbers"),
        ({"gray": "yes"}, "gray is of the type str; give True or False"),
        ({"flip": 1}, "flip is of the type int"),
        ({"linear": None}, "linear is of the type NoneType"),
        ({"straight_alpha": 0.0}, "straight_alpha is of the type float"),
        ({"normalize": True}, "normalize is of the type bool"),
        ({"normalize": "total"}, "no normalisation is called 'total'"),
        ({"scale": "much"}, "the scale is no number"),
        ({"offset": [1]}, "the offset is no number"),
        ({"filter": "blur,sobel", "flip": True}, "^flip is meant for one filter"),
        ({"filter": "gaussian", "sigma": [2]}, "sigma is of the type list; give a number"),
        ({"filter": "gaussian", "sigma": None}, "sigma is of the type NoneType"),
        ({"filter": "gaussian", "sigma": -1}, "sigma: -1 is out of range"),
        ({"filter": "gaussian", "sigma": float("nan")}, "sigma: nan is out of range"),
        ({"filter": "gaussian:2", "sigma": 2}, "sigma is given twice"),
        ({"filter": "laplacian", "neighbours": 5}, "5 is not among its values"),
        ({"border": 5}, "border is of the type int; give a text"),
        ({"border": None}, "border is of the type NoneType"),
        ({"extent": ["same"]}, "extent is of the type list"),
        ({"range": 1}, "range is of the type int"),
        ({"channels": 7}, "channels is of the type int"),
        ({"channels": 0}, "channels is of the type int"),
        ({"channels": ["r", "g"]}, "channels is of the type list"),
        ({"engine": 1}, "engine is of the type int"),
        ({"threads": "2"}, "2 is not a number of threads; give a whole number"),
        ({"threads": 1.5}, "1.5 is not a number of threads"),
        ({"threads": True}, "True is not a number of threads"),
        ({"patience": "long"}, "patience 'long' is no time to wait; give seconds"),
        ({"picture": "blur", "filter": np.ones((9, 9, 3))}, "picture is of the type str"),
    ],
)
def test_an_argument_of_another_type_is_a_usage_error(
    arguments: dict[str, Any], message: str
) -> None:
    usual: dict[str, Any] = {"picture": Image.new("RGB", (5, 4)), "filter": BLUR}
    with pytest.raises(UsageError, match=message):
        apply(**usual | arguments)


FREQUENCIES: dict[str, Any] = {"filter": "freq-low:0.1"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"extent": "valid", "filter": "blur:9"}, "choose extent same"),
        ({"normalize": "sum", "filter": "sobel-x"}, "normalize by abs or none"),
        ({"normalize": "sum", "filter": "blur,sobel"}, "^normalize is meant for one filter"),
        ({"linear": True, "picture": Image.new("CMYK", (5, 4))}, "leave out linear"),
        ({"patience": 0}, "allow it with patience SECONDS"),
        ({"patience": -1}, "^patience -1 is no time to wait"),
        ({"draws": 1, "filter": [[-1]]}, "; normalize softmax makes"),
        (FREQUENCIES | {"border": "mirror"}, "give border wrap or reflect"),
        (FREQUENCIES | {"extent": "full"}, "leave out extent"),
    ],
)
def test_errors_name_the_keywords_of_the_call(arguments: dict[str, Any], words: str) -> None:
    usual: dict[str, Any] = {"picture": Image.new("RGB", (5, 4)), "filter": BLUR}
    with pytest.raises(UsageError, match=words) as caught:
        apply(**usual | arguments)
    assert "--" not in f"{caught.value.problem} {caught.value.remedy}"


def test_an_error_names_the_function_that_lists_all_filters() -> None:
    with pytest.raises(UnknownFilterError, match=r"called 'zzz'; imgconv.filters\(\) lists all"):
        apply(np.ones((3, 3)), "zzz")


def test_a_name_with_dashes_stays_as_it_was_given() -> None:
    with pytest.raises(UsageError, match="'--seed'"):
        apply(np.ones((3, 3)), "--seed")


@pytest.mark.parametrize("options", [{"engine": "quantum"}, {"border": 5}, {"sigma": 99}])
def test_the_traceback_of_an_error_ends_in_apply(options: Any) -> None:
    with pytest.raises(UsageError) as caught:
        apply(np.ones((3, 3), np.uint8), "gaussian:1,blur:99999", **options)
    shown = "".join(format_exception(caught.value))
    assert "another exception" not in shown and "direct cause" not in shown
    assert [entry.name for entry in caught.traceback][-1] == "apply"
    assert len(caught.traceback) == 2


@pytest.mark.parametrize("size", [(0, 4), (4, 0)])
def test_an_image_without_pixels_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="is no picture"):
        apply(Image.new("RGB", size), BLUR)


@pytest.mark.parametrize("value", [-1, 65536])
def test_an_image_of_32_bits_that_are_needed_is_refused(value: int) -> None:
    with pytest.raises(UsageError, match="32-bit"):
        apply(Image.new("I", (3, 3), value), BLUR)


def test_an_image_whose_file_has_ended_is_damaged() -> None:
    whole = BytesIO()
    Image.fromarray(noise(40, 50, "rgb").array).save(whole, "PNG")
    cut = [Image.open(BytesIO(whole.getvalue()[:-900])) for _ in range(2)]
    with pytest.raises(DamagedError, match=r"the image cannot be decoded .*; restore its file"):
        apply(cut[0], BLUR)
    with pytest.raises(DamagedError, match="the mask cannot be decoded"):
        apply(np.ones((40, 50)), BLUR, mask=cut[1])


def test_an_image_of_a_kind_that_cannot_be_filtered_is_refused() -> None:
    with pytest.raises(UsageError, match="LAB"):
        apply(Image.new("LAB", (3, 3)), BLUR)


def test_an_empty_list_of_filters_is_refused() -> None:
    with pytest.raises(UsageError, match="no filter"):
        apply(np.ones((3, 3), np.uint8), [])


@pytest.mark.parametrize("tolerance", [-1, float("nan"), "much"])
def test_an_invalid_tolerance_is_refused(tolerance: Any) -> None:
    with pytest.raises(UsageError, match="no tolerance"):
        apply(noise(3, 3).array, BLUR, tolerance=tolerance)


@pytest.mark.parametrize(
    ("filter", "name", "message"),
    [
        ("blur", "xyz", "apply.. knows no 'xyz' for this filter; known are border"),
        ("blur", "borders", "did you mean 'border'"),
        ("gaussian", "sigmas", "did you mean 'sigma'"),
        ("blur,sobel-x", "sigma", "knows no 'sigma' for this filter"),
        (BLUR, "sigma", "knows no 'sigma' for this filter"),
        ("gaussian", "radius", "knows no 'radius' for this filter; write sigma"),
        ("gaussian:1,blur", "sigmaY", "knows no 'sigmaY' for this filter; write sigma_y"),
        ("blur", "radiusy", "did you mean 'radius_y'"),
        ("blur", "padding_mode", "write border"),
        ("blur", "borderType", "write border"),
        ("blur", "n_jobs", "write threads"),
        ([[1]], "delta", "write offset"),
        ([[1, 2, 1]], "sigma", "knows no 'sigma' for this filter"),
    ],
)
def test_an_unknown_keyword_is_refused(filter: Any, name: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        apply(np.ones((3, 3), np.uint8), filter, **{name: 1})  # type: ignore[call-overload]


@pytest.mark.parametrize("mask", [False, np.eye(6, dtype=bool)])
def test_a_masked_array_is_refused(mask: Any) -> None:
    masked = np.ma.masked_array(np.ones((6, 6), np.uint8), mask=mask)
    with pytest.raises(UsageError, match="a masked array cannot be filtered; fill it first"):
        apply(masked, BLUR)
    assert (apply(masked.filled(1), BLUR) == 1).all()
