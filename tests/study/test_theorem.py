from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.errors import UsageError
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.matrix import counting_pixels
from imgconv.study.theorem import Theorem, convolution_theorem
from tests.support.covering import covering
from tests.support.pictures import noise, pixels

NINE = "1 2 3; 4 5 6; 7 8 9"
CAMERA = Path(__file__).parents[2] / "sample_images" / "camera.png"


def of(chain: Chain) -> Theorem:
    (filter,) = find(NINE)
    filter = filter.map_kernels(lambda kernel: kernel.replaced(scale=45))
    return convolution_theorem(Chain(chain.pixels, [filter], chain.settings))


def camera(border: str) -> Theorem:
    picture = pixels(np.asarray(Image.open(CAMERA).convert("L")))
    return of(Chain(picture, find("identity"), Settings(Border.parse(border))))


def test_both_ways_agree_on_a_photograph() -> None:
    edge, wrap = camera("edge"), camera("wrap")
    assert 0 < edge.difference < 5e-13 and 0 < wrap.difference < 5e-13
    assert edge.wrapped == 2044
    assert edge.wrapped_difference == pytest.approx(105.977778, abs=1e-6)
    assert edge.corner_difference == pytest.approx(139.022, abs=1e-3)
    assert edge.turned_difference == pytest.approx(83.289, abs=1e-3)
    assert wrap.wrapped == 0 and wrap.wrapped_difference < 5e-13


def test_both_ways_agree_on_small_numbers() -> None:
    chain = Chain(counting_pixels(16, 12), find("identity"), Settings())
    edge, wrap = of(chain), of(Chain(chain.pixels, find("identity"), Settings(Border("wrap"))))
    assert wrap.by_fourier[0, 0, 0] == pytest.approx(90.044444, abs=1e-6)
    assert edge.by_fourier[0, 0, 0] == pytest.approx(63.533333, abs=1e-6)
    assert (edge.wrapped, round(edge.wrapped_difference, 6)) == (52, 74.244444)


@pytest.mark.parametrize(
    ("filter", "extent", "border"),
    covering(
        [NINE, "1 2 3 4", "blur:3", "1;-2", "-2", "disk:20"],
        EXTENTS,
        [*sorted({*BORDERS} - {"none"}), "constant:200"],
    ),
)
def test_both_ways_agree_for_every_border_and_extent(filter: str, extent: str, border: str) -> None:
    settings = Settings(Border.parse(border), extent)
    try:
        chain = Chain(noise(13, 17, "rgb"), find(filter), settings)
    except UsageError:  # a disk of 41 pixels leaves nothing
        assert (filter, extent) == ("disk:20", "valid")
        return
    theorem = convolution_theorem(chain)
    assert theorem.by_sums.shape == theorem.by_fourier.shape
    assert theorem.difference < 1e-11
    is_within = extent == "valid" or border == "wrap" or filter == "-2"
    assert (theorem.wrapped == 0) is (is_within and theorem.wrapped is not None)


def test_the_border_none_is_no_convolution() -> None:
    settings = Settings(Border("none"))
    with pytest.raises(UsageError, match="choose another --border"):
        convolution_theorem(Chain(noise(9, 9), find("blur"), settings))
    # Weights of both signs have no mean, and take another border.
    assert convolution_theorem(Chain(noise(9, 9), find("emboss"), settings)).difference < 1e-11


@pytest.mark.parametrize("filter", ["sobel", "blur,blur", "unsharp"])
def test_only_one_kernel_has_a_spectrum(filter: str) -> None:
    with pytest.raises(UsageError, match="not one kernel"):
        convolution_theorem(Chain(noise(40, 40), find(filter), Settings()))
