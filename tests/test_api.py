"""The library's one function: what goes in comes back as the same kind."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from PIL import Image

import imgconv
from imgconv.api import apply
from imgconv.errors import UsageError
from imgconv.images.pixels import MAXIMUM
from imgconv.kernels.kernel import Kernel
from tests.support.pictures import BLUR, SHARPEN, SOBEL_X, noise


@pytest.mark.parametrize("shape", [(6, 9), (6, 9, 1), (6, 9, 3), (6, 9, 7)])
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_an_array_comes_back_with_its_type_and_shape(dtype: str, shape: tuple[int, ...]) -> None:
    result = apply(np.ones(shape, dtype), BLUR)
    assert (result.shape, result.dtype) == (shape, np.dtype(dtype))
    assert (result == 1).all()


def test_all_channels_of_an_array_are_filtered() -> None:
    array = noise(9, 11, "rgba").array
    alone = [apply(np.ascontiguousarray(array[..., k]), SHARPEN) for k in range(4)]
    np.testing.assert_array_equal(apply(array, SHARPEN), np.stack(alone, axis=-1))


def test_an_array_is_left_as_it_was() -> None:
    array = noise(9, 11).array
    before = array.copy()
    apply(array, BLUR)
    np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize(
    "turn",
    [
        lambda array: array[::-1, ::2],
        lambda array: array.T,
        np.asfortranarray,
        lambda array: array.astype(array.dtype.newbyteorder()),
    ],
    ids=["steps", "transposed", "fortran", "other byte order"],
)
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_the_memory_layout_of_an_array_does_not_matter(dtype: str, turn: Any) -> None:
    array = turn(noise(9, 11, dtype=dtype).array[..., 0])
    plain = np.ascontiguousarray(array, dtype)
    np.testing.assert_array_equal(apply(array, BLUR), apply(plain, BLUR))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_an_image_comes_back_as_an_image_of_its_mode_and_size(mode: str) -> None:
    image = Image.new(mode, (9, 6), "orange")
    result = apply(image, BLUR)
    assert (result.mode, result.size) == (mode, (9, 6))
    assert result.tobytes() == image.tobytes()


@pytest.mark.parametrize(("mode", "result"), [("P", "RGB"), ("1", "L")])
def test_palettes_come_back_as_colours_and_black_and_white_as_grey(mode: str, result: str) -> None:
    assert apply(Image.new(mode, (9, 6)), BLUR).mode == result


def test_a_filter_is_a_text_a_kernel_or_a_list() -> None:
    array = noise(20, 30).array[..., 0]
    chain = apply(array, "sharpen,sobel-x")
    assert (apply(array, ["sharpen", "sobel-x"]) == chain).all()
    assert (apply(array, [SHARPEN, "sobel-x"]) == chain).all()
    assert (apply(array, [SHARPEN, SOBEL_X], range="abs") == chain).all()


def test_options_are_those_of_the_command_line() -> None:
    image = Image.new("RGB", (5, 4), (10, 20, 30))
    red = apply(image, Kernel([[1, 1]]), channels="r", border="constant:100", threads=2)
    assert red.getpixel((0, 0)) == (110, 20, 30)
    assert apply(image, BLUR, extent="valid").size == (3, 2)
    assert apply(image, SOBEL_X, range="offset", engine="direct").getpixel((0, 0)) == (
        *(128, 128, 128),
    )


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((3, 3)), "arrays of float64.*convert to uint8, uint16, float32"),
        (np.ones((3, 3), np.int16), "arrays of int16"),
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
        ({"engine": "quantum"}, "the engine 'quantum'"),
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
        ({"filter": 3}, "filter is of the type int; give a text, an imgconv.Kernel, or a list"),
        ({"filter": None}, "filter is of the type NoneType"),
        ({"filter": ["blur", 3]}, "filter is of the type int"),
        ({"filter": np.ones((3, 3))}, "filter is of the type ndarray"),
        ({"filter": b"blur"}, "filter is of the type int"),
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
    ],
)
def test_an_argument_of_another_type_is_a_usage_error(
    arguments: dict[str, Any], message: str
) -> None:
    usual: dict[str, Any] = {"picture": Image.new("RGB", (5, 4)), "filter": BLUR}
    with pytest.raises(UsageError, match=message):
        apply(**usual | arguments)


@pytest.mark.parametrize("size", [(0, 4), (4, 0)])
def test_an_image_without_pixels_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="is no picture"):
        apply(Image.new("RGB", size), BLUR)


def test_channels_may_have_spaces_and_capitals() -> None:
    image = Image.new("RGB", (5, 4), (10, 20, 30))
    doubled = apply(image, Kernel([[2]]), channels="R, b")
    assert doubled.getpixel((0, 0)) == (20, 20, 60)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "I", "I;16", "CMYK"])
def test_an_image_keeps_its_info(mode: str) -> None:
    image = Image.new(mode, (9, 6))
    image.info = {"dpi": (300, 300), "icc_profile": b"profile", "exif": b"Exif\0\0"}
    before = dict(image.info)
    result = apply(image, BLUR)
    assert result.info == before
    result.info["dpi"] = (72, 72)
    assert image.info == before


def test_a_transparent_colour_is_not_kept_beside_the_alpha_that_it_became() -> None:
    image = Image.new("P", (9, 6))
    image.info = {"transparency": 0, "dpi": (300, 300)}
    result = apply(image, BLUR)
    assert (result.mode, result.info) == ("RGBA", {"dpi": (300, 300)})


def test_an_image_of_32_bits_comes_back_as_one() -> None:
    values = 13 * np.arange(60 * 80, dtype=np.int32).reshape(60, 80)
    result = apply(Image.fromarray(values), "identity")
    assert result.mode == "I"
    np.testing.assert_array_equal(np.asarray(result), values)


@pytest.mark.parametrize("value", [-1, 65536])
def test_an_image_of_32_bits_that_are_needed_is_refused(value: int) -> None:
    with pytest.raises(UsageError, match="32-bit"):
        apply(Image.new("I", (3, 3), value), BLUR)


def test_an_image_of_a_kind_that_cannot_be_filtered_is_refused() -> None:
    with pytest.raises(UsageError, match="LAB"):
        apply(Image.new("LAB", (3, 3)), BLUR)


def test_an_empty_list_of_filters_is_refused() -> None:
    with pytest.raises(UsageError, match="no filter"):
        apply(np.ones((3, 3), np.uint8), [])


def test_the_package_exports_the_function_each_time() -> None:
    assert [imgconv.apply for _ in range(2)] == [apply, apply]


def test_the_package_exports_only_the_names_in_all() -> None:
    assert all(hasattr(imgconv, name) for name in imgconv.__all__)
    with pytest.raises(AttributeError, match="no attribute 'blur'"):
        imgconv.blur  # noqa: B018


def test_importing_the_package_imports_neither_numpy_nor_pillow() -> None:
    source = "import imgconv, sys; print({'numpy', 'PIL', 'numba'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_the_tolerance_limits_the_error_of_the_result() -> None:
    array = noise(120, 150, dtype="float32").array
    exact = apply(array, "gaussian:8", engine="separable")
    assert np.array_equal(apply(array, "gaussian:8", tolerance=0), exact)
    near = apply(array, "gaussian:8", tolerance=4)
    assert 0 < np.abs(near - exact).max() <= 4 / 255


@pytest.mark.parametrize("tolerance", [-1, float("nan"), "much"])
def test_an_invalid_tolerance_is_refused(tolerance: Any) -> None:
    with pytest.raises(UsageError, match="no tolerance"):
        apply(noise(3, 3).array, BLUR, tolerance=tolerance)


def test_an_unknown_option_is_a_type_error() -> None:
    for name in ("patience", "borders"):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
            apply(np.ones((3, 3), np.uint8), BLUR, **{name: 1})  # type: ignore[call-overload]


@pytest.mark.parametrize("mask", [False, np.eye(6, dtype=bool)])
def test_a_masked_array_is_refused(mask: Any) -> None:
    masked = np.ma.masked_array(np.ones((6, 6), np.uint8), mask=mask)
    with pytest.raises(UsageError, match="a masked array cannot be filtered; fill it first"):
        apply(masked, BLUR)
    assert (apply(masked.filled(1), BLUR) == 1).all()
