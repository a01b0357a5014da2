"""The library's one function: what goes in comes back as the same kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv.api import apply, filters
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
    assert (apply(array, [filters()["sharpen"], "sobel-x"]) == chain).all()
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
    many = apply(image, BLUR, threads=np.int64(2), patience=float("inf"))  # type: ignore[call-overload]
    assert many.tobytes() == apply(image, BLUR).tobytes()


def test_a_filter_is_rows_of_weights_too() -> None:
    array, rows = noise(20, 30).array[..., 0], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    expected = apply(array, SOBEL_X)
    for filter in (
        rows,
        tuple(map(tuple, rows)),
        np.array(rows),
        [*np.array(rows)],
        [SOBEL_X],
        [rows],
    ):
        assert (apply(array, filter) == expected).all()
    twice = apply(array, [SHARPEN, SOBEL_X])
    assert (apply(array, ["sharpen", rows]) == twice).all()
    assert (apply(array, [SHARPEN, np.array(rows)]) == twice).all()


def test_parameters_are_given_by_keyword() -> None:
    array = noise(20, 30).array
    expected = apply(array, "gaussian:2")
    for sigma in (2, 2.0, np.float32(2), np.int64(2), "2"):
        assert (apply(array, "gaussian", sigma=sigma) == expected).all()  # type: ignore[arg-type]
    assert (apply(array, "gaussian", sigma=2, sigma_y=2) == expected).all()
    assert (apply(array, filters()["gaussian"], sigma=2) == expected).all()
    chain = apply(array, "gaussian:1.5,laplacian:8")
    assert (apply(array, "gaussian,laplacian", sigma=1.5, neighbours=8) == chain).all()
    assert (apply(array, ["gaussian", "laplacian:8"], sigma=1.5) == chain).all()


def test_kernels_are_normalised_turned_and_scaled() -> None:
    array = noise(20, 30).array[..., 0]
    kernel = Kernel([[1, 2], [3, 4]])
    changes: list[tuple[dict[str, Any], Kernel]] = [
        ({"normalize": "sum"}, kernel.normalised()),
        ({"flip": True}, kernel.flip()),
        ({"scale": 20, "offset": 5}, kernel.replaced(20, 5)),
        ({"normalize": None, "flip": False, "scale": None, "offset": None}, kernel),
    ]
    for options, changed in changes:
        assert (apply(array, kernel, **options) == apply(array, changed)).all()


def test_an_image_becomes_grey_first() -> None:
    image = Image.merge("RGB", [Image.fromarray(c) for c in noise(9, 6, "rgb").array.T.copy()])
    grey = apply(image, SHARPEN, gray=True)
    assert grey.mode == "L"
    assert grey.tobytes() == apply(image.convert("L"), SHARPEN).tobytes()
    transparent = apply(image.convert("RGBA"), SHARPEN, gray=True)
    assert (transparent.mode, transparent.getchannel("L").tobytes()) == ("LA", grey.tobytes())


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


def test_the_tolerance_limits_the_error_of_the_result() -> None:
    array = noise(120, 150, dtype="float32").array
    exact = apply(array, "gaussian:8", engine="separable")
    assert np.array_equal(apply(array, "gaussian:8", tolerance=0), exact)
    near = apply(array, "gaussian:8", tolerance=4)
    assert 0 < np.abs(near - exact).max() <= 4 / 255


@pytest.mark.parametrize("options", [{"linear": True}, {"gray_by": "mean-max"}, {"draws": 1}])
def test_what_numpy_is_set_to_do_about_errors_does_not_matter(options: Any) -> None:
    levels = noise(9, 11, "rgb").array
    beyond = np.where(levels > 9, np.inf, levels).astype(np.float32)
    with np.errstate(all="raise"):
        results = [apply(array, "blur", **options) for array in (levels, beyond)]
    assert not np.isfinite(results[1]).all()


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32", "int16", "uint8"])
def test_outside_a_region_every_type_of_number_keeps_its_bits(dtype: str) -> None:
    array = (np.random.default_rng(3).random((9, 11, 3)) * 200).astype(dtype)
    result = apply(array, "blur", region=(2, 3, 4, 5))
    inside = np.zeros((9, 11), bool)
    inside[3:8, 2:6] = True
    assert result.dtype == array.dtype
    assert result[~inside].tobytes() == array[~inside].tobytes()
    assert (result[inside] == apply(array, "blur")[inside]).all()
    assert (apply(array, "blur", mask=inside) == result).all()


def test_a_mask_may_be_an_image() -> None:
    image, mask = Image.new("RGB", (5, 4), "orange"), Image.new("L", (5, 4))
    assert apply(image, "outline", mask=mask).tobytes() == image.tobytes()
    with pytest.raises(UsageError, match="the mask is of 5x4, the picture of 4x5"):
        apply(image.rotate(90, expand=True), "outline", mask=mask)
